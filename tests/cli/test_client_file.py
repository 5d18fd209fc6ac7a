"""The client is one file that runs anywhere."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

from cli import xdportal as client
from tests.cli.conftest import CLIENT
from xdportal import VERSION

BASE = Path(__file__).resolve().parents[2]


def test_its_version_is_the_portals() -> None:
    project = tomllib.loads((BASE / "pyproject.toml").read_text())["project"]

    assert client.VERSION == VERSION == project["version"]


def test_it_imports_the_standard_library_alone() -> None:
    tree = ast.parse(CLIENT.read_text(encoding="utf-8"))
    names = {name.partition(".")[0] for node in ast.walk(tree) for name in _imported(node)}

    assert names - set(sys.stdlib_module_names) == set()


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [str(node.module)] if isinstance(node, ast.ImportFrom) else []


def test_it_needs_no_python_newer_than_3_8() -> None:
    vermin = Path(sys.executable).with_name("vermin")
    command = [str(vermin), "--no-tips", "--violations", "--target=3.8-", str(CLIENT)]

    done = subprocess.run(command, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout


def test_help_needs_no_settings() -> None:
    for arguments in ([], ["check"], ["lock"], ["scan"], ["resolve"], ["repin"]):
        command = [sys.executable, str(CLIENT), *arguments, "--help"]
        done = subprocess.run(command, capture_output=True, text=True, env={})
        assert done.returncode == 0
        assert done.stdout.startswith("usage: xdportal")

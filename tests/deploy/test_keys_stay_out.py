"""Keys, data and backups enter neither the repository nor an image."""

import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parents[2]
DOCKERFILE = (BASE / "deploy/Dockerfile").read_text()
DOCKERIGNORE = (BASE / ".dockerignore").read_text().splitlines()
SECRET = [
    ".env",
    ".env.production",
    "deploy/portal.env",
    "deploy/prod.env",
    "var/portal.sqlite3",
    "portal.sqlite3-wal",
    "xdportal.tar.gz",
    "portal.backup",
    "deploy/portal.dump",
    "portal.json",
    "server.pem",
]
KEPT = [".env.example", "tests/test.env", "xdportal/settings.py", "tests/former/portal.sqlite3.xz"]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", folder], check=True)
    shutil.copy(BASE / ".gitignore", folder)
    return folder


def is_ignored(repository: Path, path: str) -> bool:
    command = ["git", "-C", str(repository), "check-ignore", "-q", "--no-index", path]
    return subprocess.run(command).returncode == 0


@pytest.mark.parametrize("path", SECRET)
def test_git_leaves_it_out(repository: Path, path: str) -> None:
    assert is_ignored(repository, path)


@pytest.mark.parametrize("path", KEPT)
def test_git_keeps_it(repository: Path, path: str) -> None:
    assert not is_ignored(repository, path)


def copied() -> list[str]:
    """What the Dockerfile copies: sources, without the options and the target."""
    sources = []
    for line in re.findall(r"^COPY (.*)$", DOCKERFILE, re.MULTILINE):
        words = [word for word in line.split() if not word.startswith("--")]
        sources += words[:-1]
    return sources


def enters_an_image(path: str) -> bool:
    """Apply .dockerignore as Docker does: the last pattern that fits decides."""
    enters = True
    for line in DOCKERIGNORE:
        pattern = line.removeprefix("!").removeprefix("**/")
        parents = [str(parent) for parent in Path(path).parents if str(parent) != "."]
        names = [path, Path(path).name] if "**/" in line else [path, *parents]
        if any(fnmatch(name, pattern) for name in names) and not line.startswith("#"):
            enters = line.startswith("!")
    return enters


def test_only_what_is_copied_is_sent_to_docker() -> None:
    allowed = [line.removeprefix("!") for line in DOCKERIGNORE if line.startswith("!")]

    assert DOCKERIGNORE[1] == "*"
    assert allowed == copied()
    assert [name for name in copied() if not (BASE / name).exists()] == []


@pytest.mark.parametrize("path", [*SECRET, "tests/test.env", ".git/config", "xdportal/.env"])
def test_no_image_holds_it(path: str) -> None:
    assert not enters_an_image(path)


@pytest.mark.parametrize("path", ["manage.py", "xdportal/settings.py", "static/app.css"])
def test_an_image_holds_the_code(path: str) -> None:
    assert enters_an_image(path)

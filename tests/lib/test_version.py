import tomllib
from pathlib import Path

from xdportal import VERSION


def test_the_version_stands_twice_and_is_one() -> None:
    text = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text()

    assert tomllib.loads(text)["project"]["version"] == VERSION

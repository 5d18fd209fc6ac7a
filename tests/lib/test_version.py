import tomllib
from pathlib import Path

from xdportal import VERSION


def test_both_places_name_the_same_version() -> None:
    text = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text()

    assert tomllib.loads(text)["project"]["version"] == VERSION

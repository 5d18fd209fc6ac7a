"""The units for systemd, by systemd's own programs."""

import shutil
import subprocess
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parents[2]
UNITS = sorted(path.name for path in (BASE / "deploy/systemd").glob("*.service"))
MOST_EXPOSED = 20  # tenths: 2.0 of 10 is "OK"
pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed"
)


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True)


@pytest.fixture(params=UNITS)
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The unit with the path of this checkout."""
    copy = tmp_path / request.param
    text = (BASE / "deploy/systemd" / request.param).read_text()
    copy.write_text(text.replace("/opt/xdportal", str(BASE)))
    return str(copy)


def test_it_is_valid(unit: str) -> None:
    ended = analyze("verify", "--man=no", unit)
    about_it = [line for line in ended.stderr.splitlines() if Path(unit).name in line]

    assert about_it == []


def test_little_is_left_to_an_intruder(unit: str) -> None:
    ended = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", unit)

    assert ended.returncode == 0, ended.stdout[-300:]


def test_it_can_write_its_data_and_nothing_else(unit: str) -> None:
    lines = Path(unit).read_text().splitlines()

    assert "ProtectSystem=strict" in lines
    assert [line for line in lines if line.startswith("ReadWritePaths=")] == [
        f"ReadWritePaths={BASE}/var"
    ]

"""What CI systems read: JUnit, GitHub's annotations, GitLab's code quality report."""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest
import xmlschema

from tests.cli.conftest import Result, Run
from tests.cli.lockfile import entry, lock
from tests.cli.portal import DEBIAN, ROCKY, UBUNTU, Portal

Write = Callable[[str, str], Path]

SCHEMA = xmlschema.XMLSchema11(Path(__file__).with_name("junit.xsd"))
IGNORE = {"levels": ["critical"], "reason": "known", "until": "2099-12-31"}


@pytest.fixture
def four_outcomes(portal: Portal, write: Write) -> None:
    """One ok, one broken, one ignored, one unknown."""
    portal.list_item("4044", DEBIAN)
    portal.list_item("4034", UBUNTU)
    portal.list_item("4050", UBUNTU)
    portal.list_item("7021", UBUNTU, environment="sandbox")
    portal.make_stale(environment="sandbox")
    write(
        "images.lock",
        lock(
            entry("4044", DEBIAN),
            entry("4034", ROCKY, ("terraform/main.tf:12", "run.sh:3")),
            entry("4050", ROCKY, ignore=IGNORE),
            entry("7021", UBUNTU, environment="sandbox"),
        ),
    )


def cases(result: Result) -> list[tuple[str, str, str]]:
    """Validate the report, and return class name, name and outcome of each case."""
    SCHEMA.validate(result.out)
    suite = ElementTree.fromstring(result.out)[0]  # noqa: S314 (our own)
    rows = [
        (case.get("classname", ""), case.get("name", ""), case[0].tag if len(case) else "passed")
        for case in suite.iter("testcase")
    ]
    counted = {tag: sum(row[2] == tag for row in rows) for tag in ("failure", "error", "skipped")}
    assert int(suite.get("tests", "")) == len(rows)
    assert int(suite.get("failures", "")) == counted["failure"]
    assert int(suite.get("errors", "")) == counted["error"]
    assert int(suite.get("skipped", "")) == counted["skipped"]
    return rows


@pytest.mark.usefixtures("four_outcomes")
def test_junit_has_one_case_a_pin(run: Run) -> None:
    assert cases(run("check", "--format=junit")) == [
        ("xdportal.images.production", "4034", "failure"),
        ("xdportal.images.production", "4044", "passed"),
        ("xdportal.images.production", "4050", "skipped"),
        ("xdportal.images.sandbox", "7021", "error"),
    ]


@pytest.mark.usefixtures("four_outcomes")
def test_junit_names_are_stable_whatever_happens(portal: Portal, run: Run) -> None:
    first = cases(run("check", "--format=junit"))
    portal.list_item("4034", ROCKY)
    second = cases(run("check", "--format=junit"))
    portal.stop()
    down = cases(run("check", "--format=junit"))

    names = [row[:2] for row in first]
    assert [row[:2] for row in second] == names
    assert [row[:2] for row in down] == names
    assert {row[2] for row in down} == {"error"}


@pytest.mark.usefixtures("four_outcomes")
@pytest.mark.parametrize("mode", ["warn", "pass"])
def test_junit_skips_the_unknown_where_that_is_asked_for(run: Run, mode: str) -> None:
    rows = cases(run("check", "--format=junit", f"--unknown={mode}"))

    assert rows[3] == ("xdportal.images.sandbox", "7021", "skipped")


def test_junit_escapes_what_the_provider_wrote(portal: Portal, run: Run, write: Write) -> None:
    portal.list_item("4034", {**UBUNTU, "name": '<Ubuntu> & "Server" ]]> 64位 \x0b'})
    write("images.lock", lock(entry("4034", ROCKY)))

    assert cases(run("check", "--format=junit")) == [
        ("xdportal.images.production", "4034", "failure")
    ]


def test_junit_of_no_pins_is_valid(run: Run, write: Write) -> None:
    write("images.lock", '{"version": 1, "pins": []}')

    assert cases(run("check", "--format=junit")) == []


@pytest.mark.usefixtures("four_outcomes")
def test_github_is_chosen_automatically_and_annotates_the_line(run: Run) -> None:
    result = run("check", GITHUB_ACTIONS="true")

    assert result.status == 1
    assert result.out.splitlines() == [
        "::error file=terraform/main.tf,line=12,title=BROKEN 4034"
        "::4034: meaning changed since 05:35."
        "%0Awas Rocky Linux 9.3 x64 ceph, now Ubuntu Server 20.04 x64 BL"
        "%0Aused in terraform/main.tf:12, run.sh:3",
        "::error file=images.lock,line=1,title=UNKNOWN 7021::7021: unknown since 05:35.",
        "1 broken, 1 unknown, 1 ignored, 1 ok",
    ]


def test_github_gets_ten_annotations_and_a_summary_of_all(
    portal: Portal, run: Run, write: Write, tmp_path: Path
) -> None:
    ids = [str(number) for number in range(4001, 4038)]
    write("images.lock", lock(*(entry(item_id, ROCKY, (f"{item_id}.tf:1",)) for item_id in ids)))
    summary = write("summary.md", "# before\n")

    result = run("check", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))

    annotations = [line for line in result.out.splitlines() if line.startswith("::")]
    rows = [line for line in summary.read_text().splitlines() if line.startswith("| BROKEN")]
    assert len(annotations) == 10
    assert len(rows) == 37
    assert summary.read_text().startswith("# before\n### xdportal: 37 broken\n")
    assert rows[0] == (
        "| BROKEN | 4001 | images production | 4001: withdrawn since 05:35. | 4001.tf:1 |"
    )


def test_github_puts_what_is_critical_first_and_says_what_only_warns(
    portal: Portal, run: Run, write: Write
) -> None:
    portal.list_item("4001", {**ROCKY, "version": "9.4 x64"})
    write("images.lock", lock(entry("4001", ROCKY), entry("4002", ROCKY)))

    lines = run("check", "--format=github").out.splitlines()

    assert [line.split(" ")[0] for line in lines[:2]] == ["::error", "::warning"]


def test_no_text_can_become_a_command_of_github(portal: Portal, run: Run, write: Write) -> None:
    portal.list_item("4034", {**UBUNTU, "name": "x\n::set-output name=a::b\r100%"})
    write("images.lock", lock(entry("4034", ROCKY, ("a,b:c.tf:1",))))

    lines = run("check", "--format=github").out.splitlines()

    assert len(lines) == 2
    assert lines[0].startswith("::error file=a%2Cb%3Ac.tf,line=1,title=BROKEN 4034::")
    assert "now x ::set-output name=a::b 100%25" in lines[0]


@pytest.mark.usefixtures("four_outcomes")
def test_gitlab_is_chosen_automatically_and_reports_to_code_quality(run: Run) -> None:
    result = run("check", GITLAB_CI="true")

    issues = json.loads(result.out)
    assert [
        (issue["severity"], issue["location"]["path"], issue["location"]["lines"]["begin"])
        for issue in issues
    ] == [("critical", "terraform/main.tf", 12), ("major", "images.lock", 1)]
    assert {"description", "check_name", "fingerprint"} < set(issues[0])
    assert "BROKEN   4034" in result.err


@pytest.mark.usefixtures("four_outcomes")
def test_gitlab_recognises_the_same_issue_in_the_next_run(run: Run) -> None:
    first, second = (json.loads(run("check", "--format=gitlab").out) for _ in range(2))

    assert first == second
    assert len({issue["fingerprint"] for issue in first}) == 2


@pytest.mark.usefixtures("four_outcomes")
def test_a_named_format_beats_the_one_of_the_ci(run: Run) -> None:
    assert run("check", "--format=text", GITHUB_ACTIONS="true").out.startswith("BROKEN ")


@pytest.mark.usefixtures("four_outcomes")
def test_a_report_can_go_to_a_file_while_people_read_text(run: Run, tmp_path: Path) -> None:
    result = run("check", "--format=junit", "--output=report.xml")

    SCHEMA.validate((tmp_path / "report.xml").read_text(encoding="utf-8"))
    assert result.out.startswith("BROKEN ")
    assert result.status == 1

"""Findings × unknown × portal down × wrong key × expired ignore: the exit status of `check`."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.lockfile import entry, lock
from tests.cli.portal import DEBIAN, ROCKY, UBUNTU, Portal

Write = Callable[[str, str], Path]

OK, FOUND, REFUSED, UNKNOWN = 0, 1, 2, 3
PAST, FUTURE = "2020-01-31", "2099-12-31"


def prepare(portal: Portal, write: Write, finding: str, unknown: bool, ignore: str) -> None:
    """List what the lock file of the case speaks of, and write it."""
    portal.list_item("4034", ROCKY)
    portal.list_item("4044", DEBIAN)
    portal.list_item("7021", UBUNTU, environment="sandbox")
    if finding == "critical":
        portal.list_item("4034", UBUNTU)
    if finding == "warning":
        portal.list_item("4034", {**ROCKY, "version": "9.4 x64"})
    if unknown:
        portal.make_stale(environment="sandbox")
    more = {"ignore": {"levels": ["critical", "warning"], "reason": "known", "until": ignore}}
    first = entry("4034", ROCKY, **(more if ignore else {}))
    others = [entry("4044", DEBIAN), entry("7021", UBUNTU, environment="sandbox")]
    write("images.lock", lock(first, *others))


def expected(finding: str, unknown: bool, ignore: str, down: bool, wrong_key: bool) -> int:
    if down:
        return UNKNOWN
    if wrong_key:
        return REFUSED
    if finding == "critical" and ignore != FUTURE:
        return FOUND
    return UNKNOWN if unknown else OK


CASES = list(
    itertools.product(
        ("none", "warning", "critical"),
        (False, True),
        ("", PAST, FUTURE),
        (False, True),
        (False, True),
    )
)


@pytest.mark.parametrize(("finding", "unknown", "ignore", "down", "wrong_key"), CASES)
def test_the_exit_status_of_every_combination(
    portal: Portal,
    run: Run,
    write: Write,
    finding: str,
    unknown: bool,
    ignore: str,
    down: bool,
    wrong_key: bool,
) -> None:
    prepare(portal, write, finding, unknown, ignore)
    if down:
        portal.stop()

    result = run("check", XDP_KEY=portal.wrong_key if wrong_key else portal.key)

    assert result.status == expected(finding, unknown, ignore, down, wrong_key)


@pytest.mark.parametrize("mode", ["warn", "pass"])
@pytest.mark.parametrize(
    ("finding", "unknown", "status"),
    [
        ("none", True, OK),
        ("warning", True, OK),
        ("critical", True, FOUND),
        ("critical", False, FOUND),
    ],
)
def test_unknown_passes_only_where_that_is_asked_for(
    portal: Portal, run: Run, write: Write, finding: str, unknown: bool, status: int, mode: str
) -> None:
    prepare(portal, write, finding, unknown, "")

    assert run("check", f"--unknown={mode}").status == status


@pytest.mark.parametrize(
    "command", [["check"], ["lock"], ["scan", "jobs.yml"], ["resolve", "A", "1"]]
)
def test_a_portal_that_is_down_is_3_and_with_a_word_0(
    portal: Portal, run: Run, write: Write, command: list[str]
) -> None:
    write("images.lock", lock(entry("4034", ROCKY)))
    write("jobs.yml", "image: 4034\n")
    portal.stop()

    plain = run(*command)
    warned = run(*command, "--unknown=warn")
    passed = run(*command, "--unknown=pass")

    assert (plain.status, warned.status, passed.status) == (UNKNOWN, OK, OK)
    assert "could not be read" in plain.err
    assert "could not be read" in warned.err
    assert passed.err == ""


@pytest.mark.parametrize("mode", ["fail", "warn", "pass"])
def test_a_refused_key_is_never_taken_for_unknown(
    portal: Portal, run: Run, write: Write, mode: str
) -> None:
    write("images.lock", lock(entry("4034", ROCKY)))

    result = run("check", f"--unknown={mode}", XDP_KEY=portal.wrong_key)

    assert result.status == REFUSED
    assert "refused the key" in result.err


@pytest.mark.parametrize(
    ("fail_on", "status"), [("critical", OK), ("warning", FOUND), ("info", FOUND)]
)
def test_fail_on_says_which_findings_count(
    portal: Portal, run: Run, write: Write, fail_on: str, status: int
) -> None:
    prepare(portal, write, "warning", False, "")

    assert run("check", f"--fail-on={fail_on}").status == status


def test_an_ignore_holds_for_its_levels_alone(portal: Portal, run: Run, write: Write) -> None:
    portal.list_item("4034", UBUNTU)
    ignore = {"levels": ["warning"], "reason": "known", "until": FUTURE}
    write("images.lock", lock(entry("4034", ROCKY, ignore=ignore)))

    assert run("check").status == FOUND


def test_an_ignore_never_hides_the_unknown(portal: Portal, run: Run, write: Write) -> None:
    portal.list_item("4034", ROCKY)
    portal.make_stale()
    ignore = {"levels": ["critical", "warning", "info"], "reason": "", "until": FUTURE}
    write("images.lock", lock(entry("4034", ROCKY, ignore=ignore)))

    assert run("check").status == UNKNOWN


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["frobnicate"],
        ["check", "--fail-on=never"],
        ["check", "missing.lock"],
        ["check", "--timeout=0"],
        ["resolve"],
        ["repin", "4034"],
        ["check", "--environment=production", "--connection=farm"],
    ],
)
def test_misuse_is_2_and_says_so(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)

    assert result.status == REFUSED
    assert result.out == ""
    assert result.err != ""


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"XDP_URL": ""}, "Set XDP_URL"),
        ({"XDP_KEY": ""}, "Set XDP_KEY"),
        ({"XDP_KEY": "two\nlines"}, "one line"),
        ({"XDP_URL": "portal.example"}, "must look like https://portal.example"),
        ({"XDP_URL": "ftp://portal.example"}, "must look like https://portal.example"),
        (
            {"XDP_URL": "https://user:secret@portal.example"},
            "must look like https://portal.example",
        ),
    ],
)
def test_a_missing_or_broken_setting_is_2_and_named(
    run: Run, write: Write, variables: dict[str, str], words: str
) -> None:
    write("images.lock", lock(entry("4034", ROCKY)))

    result = run("check", **variables)

    assert result.status == REFUSED
    assert words in result.err

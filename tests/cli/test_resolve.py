"""`resolve`: an id for a name and version, or for a pin."""

import json

import pytest

from tests.cli.conftest import Run
from tests.cli.portal import ROCKY, UBUNTU, Portal
from tests.cli.portal_stub import PortalStub

WHERE = "--environment=production"


def test_the_id_alone_is_printed(portal: Portal, run: Run) -> None:
    portal.list_item("4034", ROCKY)

    result = run("resolve", "Rocky Linux", "9.3 x64", WHERE)

    assert (result.status, result.out, result.err) == (0, "4034\n", "")


def test_the_type_tells_two_apart(portal: Portal, run: Run) -> None:
    portal.list_item("4034", ROCKY)
    portal.list_item("4035", {**ROCKY, "type": "BL"})

    several = run("resolve", "Rocky Linux", "9.3 x64", WHERE)
    one = run("resolve", "Rocky Linux", "9.3 x64", "--type=BL", WHERE)

    assert (several.status, several.out) == (1, "")
    assert "candidate: 4034 Rocky Linux 9.3 x64 ceph" in several.err
    assert "candidate: 4035 Rocky Linux 9.3 x64 BL" in several.err
    assert (one.status, one.out) == (0, "4035\n")


def test_no_match_names_the_nearest(portal: Portal, run: Run) -> None:
    portal.list_item("4034", ROCKY)

    result = run("resolve", "Rocky Linux", "7", WHERE)

    assert (result.status, result.out) == (1, "")
    assert "nearest: 4106 Rocky" in result.err


def test_a_list_that_is_out_of_date_answers_only_where_that_is_asked_for(
    portal: Portal, run: Run
) -> None:
    portal.list_item("4034", ROCKY)
    portal.make_stale()

    refused = run("resolve", "Rocky Linux", "9.3 x64", WHERE)
    allowed = run("resolve", "Rocky Linux", "9.3 x64", WHERE, "--allow-stale")

    assert (refused.status, refused.out) == (3, "")
    assert (allowed.status, allowed.out) == (0, "4034\n")


def test_a_pin_is_resolved_by_its_name(stub: PortalStub, run: Run) -> None:
    stub.pins["maya-base"] = "4034"

    assert run("resolve", "pin:maya-base").out == "4034\n"
    assert run("resolve", "pin:other").status == 1


def test_json_prints_the_whole_answer(portal: Portal, run: Run) -> None:
    portal.list_item("4063", UBUNTU)

    answer = json.loads(run("resolve", "Ubuntu Server", "20.04 x64", WHERE, "--format=json").out)

    assert answer["data"] == {"id": "4063", **UBUNTU}
    assert answer["rule"] == "exact"


@pytest.mark.parametrize("arguments", [["Ubuntu Server"], []])
def test_a_name_needs_a_version(run: Run, arguments: list[str]) -> None:
    assert run("resolve", *arguments).status == 2


def test_without_an_environment_the_portal_decides(stub: PortalStub, run: Run) -> None:
    result = run("resolve", "Rocky Linux", "9.3 x64")

    assert result.status == 1
    assert "2 connections match: name one." in result.err
    assert stub.sent[0].path == "/api/v1/resolve?name=Rocky+Linux&version=9.3+x64"

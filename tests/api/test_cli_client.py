"""The CI client against the real portal: its own cases, over HTTP and a database."""

from typing import Any

import pytest

from tests.api.real_portal import RealPortal
from tests.cli.conftest import run, write  # noqa: F401 (fixtures)
from tests.cli.portal import DEBIAN, ROCKY, UBUNTU
from tests.cli.test_exit_status import (  # noqa: F401 (run again, with this file's portal)
    test_a_portal_that_is_down_is_3_and_with_a_word_0,
    test_a_refused_key_is_never_taken_for_unknown,
    test_an_ignore_holds_for_its_levels_alone,
    test_an_ignore_never_hides_the_unknown,
    test_fail_on_says_which_findings_count,
    test_the_exit_status_of_every_combination,
    test_unknown_passes_only_where_that_is_asked_for,
)

pytestmark = pytest.mark.full


@pytest.fixture
def portal(live_server: Any) -> RealPortal:
    return RealPortal(live_server.url)


def test_lock_check_resolve_and_repin(portal: RealPortal, run: Any, write: Any) -> None:  # noqa: F811
    portal.list_item("4034", ROCKY)
    portal.list_item("4044", DEBIAN)
    write("main.tf", 'image_id = "4034"\n')

    assert run("scan", "main.tf").status == 0
    assert run("check").status == 0

    portal.list_item("4106", ROCKY)
    portal.list_item("4034", UBUNTU)
    checked = run("check")
    assert checked.status == 1
    assert "4106" in checked.out

    resolved = run("resolve", "rocky linux", "9.3", "--environment", "production")
    assert (resolved.status, resolved.out.strip()) == (0, "4106")
    assert run("repin", "4034", "4106").status == 0
    assert run("check").status == 0

"""Somebody is told when a list is out of date, once, and once when it is not any more."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from tests.items import START, fail, give, items
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection
from xdportal.operations import freshness
from xdportal.operations import mail as postbox
from xdportal.provider.errors import Busy

HOUR = timedelta(hours=1)
STALE, FRESH = "[xdportal] 1 image list is out of date", "[xdportal] 1 image list is up to date again"


@pytest.fixture
def hourly(connect: Any) -> Catalog:
    """Checked well at START, in Mia's name; the team's owner is Olga."""
    catalog: Catalog = connect(interval=3600).catalogs.get(kind="images")
    give(catalog, items(range(6)), START)
    return catalog


def told() -> list[tuple[str, str]]:
    """(subject, to) of the mails since the last look."""
    sent = sorted((message.subject, message.to[0]) for message in mail.outbox)
    mail.outbox.clear()
    return sent


def test_told_once_to_the_connections_and_the_teams_owner_and_once_that_all_is_well(hourly: Catalog) -> None:
    fail(hourly, Busy(), START + 1.5 * HOUR)
    freshness.tell(START + 1.9 * HOUR)
    assert told() == []

    fail(hourly, Busy(), START + 2.5 * HOUR)
    freshness.tell(START + 2.6 * HOUR)
    freshness.tell(START + 2.7 * HOUR)
    assert told() == [(STALE, "mia@example.com"), (STALE, "olga@example.com")]

    give(hourly, items(range(6)), START + 3 * HOUR)
    freshness.tell(START + 3.1 * HOUR)
    freshness.tell(START + 3.2 * HOUR)
    assert told() == [(FRESH, "mia@example.com"), (FRESH, "olga@example.com")]


def test_what_nobody_has_tried_yet_is_no_news(hourly: Catalog) -> None:
    """After a night without a worker everything is overdue, and about to be checked."""
    freshness.tell(START + 12 * HOUR)

    assert told() == []


def test_a_paused_connection_is_not_stale(hourly: Catalog) -> None:
    fail(hourly, Busy(), START + 3 * HOUR)
    Connection.objects.update(state="paused")
    freshness.tell(START + 4 * HOUR)

    assert told() == []


def test_a_connection_that_never_worked(connect: Any) -> None:
    with time_machine.travel(START, tick=False):
        catalog = connect(interval=3600).catalogs.get(kind="images")
    fail(catalog, Busy(), START + 1 * HOUR)
    freshness.tell(START + 1.5 * HOUR)
    assert told() == []

    fail(catalog, Busy(), START + 3 * HOUR)
    freshness.tell(START + 3 * HOUR)
    assert told() == [(STALE, "mia@example.com"), (STALE, "olga@example.com")]


def test_one_mail_a_person_names_all_in_their_language(connect: Any, cast: SimpleNamespace) -> None:
    cast.olga.language, cast.olga.time_zone = "zh-hans", "Europe/Berlin"
    cast.olga.save()
    for name in ("A", "B"):
        catalog = connect(name, interval=3600).catalogs.get(kind="images")
        give(catalog, items(range(6)), START)
        fail(catalog, Busy(), START + 3 * HOUR)
    freshness.tell(START + 3 * HOUR)

    assert told_texts() == [
        ("[xdportal] 2 image lists are out of date", "mia@example.com"),
        ("[xdportal] 2 个镜像列表已过期", "olga@example.com"),
    ]
    body = next(message.body for message in mail.outbox if message.to == ["olga@example.com"])
    for line in (
        "A · 生产环境",
        "上次成功检查： 2026-01-01 01:00 CET",
        "最近一次检查： 服务商繁忙",
        "http://127.0.0.1:8000/c/b-",
    ):
        assert line in body


def told_texts() -> list[tuple[str, str]]:
    return sorted((message.subject, message.to[0]) for message in mail.outbox)


def test_a_mail_that_is_not_taken_is_sent_a_minute_later(hourly: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(hourly, Busy(), START + 3 * HOUR)
    with monkeypatch.context() as patched:
        patched.setattr(postbox, "send_mail", refuse)
        freshness.tell(START + 3 * HOUR)
    freshness.tell(START + 3.1 * HOUR)
    assert [subject for subject, _ in told()] == [STALE, STALE]

    give(hourly, items(range(6)), START + 4 * HOUR)
    with monkeypatch.context() as patched:
        patched.setattr(postbox, "send_mail", refuse)
        freshness.tell(START + 4 * HOUR)
    freshness.tell(START + 4.1 * HOUR)
    assert [subject for subject, _ in told()] == [FRESH, FRESH]


def refuse(*args: Any) -> None:
    raise ConnectionRefusedError


def test_only_who_can_be_reached_and_may_still_see_it(hourly: Catalog, cast: SimpleNamespace) -> None:
    cast.olga.is_active = False
    cast.olga.save()
    cast.mia.email = ""
    cast.mia.save()
    fail(hourly, Busy(), START + 3 * HOUR)
    freshness.tell(START + 3 * HOUR)

    assert told() == []


def test_a_good_check_between_look_and_claim_is_not_called_stale(hourly: Catalog) -> None:
    fail(hourly, Busy(), START + 3 * HOUR)
    seen = Catalog.objects.get(kind="images")
    give(hourly, items(range(6)), START + 4 * HOUR)

    assert not freshness._claim(seen, START + 4 * HOUR)


def test_the_page_calls_stale_what_the_mail_calls_stale(hourly: Catalog, sign_in: Any, cast: SimpleNamespace) -> None:
    def stale_at(at: Any) -> tuple[bool, bool]:
        with time_machine.travel(at, tick=False):
            page = sign_in(cast.rita).get(f"/c/{hourly.slug}/changes/").content.decode()
            return "Out of date" in page, Catalog.objects.stale(timezone.now()).exists()

    assert stale_at(START + timedelta(seconds=7200)) == (False, False)
    assert stale_at(START + timedelta(seconds=7203)) == (True, True)

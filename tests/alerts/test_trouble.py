"""Lists that get old and connections that need someone: said once, and once that it is over."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail

from tests.alerts.stage import HOUR, Outside
from tests.items import START, fail, give, items
from tests.servers import free_port
from xdportal.alerts.models import Delivery
from xdportal.catalog.models import Catalog
from xdportal.provider.errors import ApiError, Busy, Details

STALE = "[xdportal] Main · production: The list is out of date"
FRESH = "[xdportal] Main · production: The list is up to date again"


def told() -> list[tuple[str, str]]:
    """Return subject and recipient of the mails since the last look."""
    sent = sorted((message.subject, message.to[0]) for message in mail.outbox)
    mail.outbox.clear()
    return sent


def after(outside: Outside, hours: float) -> list[tuple[str, str]]:
    """Return the messages sent once the current batch has left."""
    outside.work(START + hours * HOUR)
    outside.work(START + (hours + 0.05) * HOUR)
    return told()


def test_said_once_to_the_connections_and_the_teams_owner(
    listed: Catalog, outside: Outside
) -> None:
    fail(listed, Busy(), START + 1.5 * HOUR)
    assert after(outside, 1.5) == []

    fail(listed, Busy(), START + 2.5 * HOUR)
    assert after(outside, 2.5) == [(STALE, "mia@example.com"), (STALE, "olga@example.com")]
    assert after(outside, 2.7) == []
    give(listed, items(range(1, 8)), START + 3 * HOUR)
    assert after(outside, 3) == [(FRESH, "mia@example.com"), (FRESH, "olga@example.com")]
    assert after(outside, 3.5) == []


def test_what_nobody_has_tried_yet_is_no_news(listed: Catalog, outside: Outside) -> None:
    assert after(outside, 12) == []


def test_in_the_persons_language_with_code_trace_id_and_page(
    listed: Catalog, outside: Outside, cast: SimpleNamespace
) -> None:
    cast.olga.language = "zh-hans"
    cast.olga.time_zone = "Europe/Berlin"
    cast.olga.save()
    fail(listed, ApiError("", Details(200, 1003, "失败", "trace-1")), START + 2.5 * HOUR)
    outside.work(START + 2.5 * HOUR)
    outside.work(START + 2.6 * HOUR)

    bodies = {message.to[0]: message.body for message in mail.outbox}
    assert (
        "Main · production (images) is out of date: it was last read at 08:00. Latest check: "
        "The provider reported an error · code 1003 · Trace ID trace-1 · "
        "http://127.0.0.1:8000/errors/1003/" in bodies["mia@example.com"]
    )
    assert "Main · 生产环境（镜像） 已过期：上次读取于 01:00。" in bodies["olga@example.com"]


def test_a_mail_that_is_not_taken_is_tried_again(
    listed: Catalog, outside: Outside, settings: Any
) -> None:
    in_memory = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = free_port()
    fail(listed, Busy(), START + 2.5 * HOUR)
    assert after(outside, 2.5) == []
    assert set(Delivery.objects.values_list("state", flat=True)) == {"retrying"}

    settings.EMAIL_BACKEND = in_memory
    outside.work(START + 2.6 * HOUR)
    assert told() == [(STALE, "mia@example.com"), (STALE, "olga@example.com")]


@pytest.mark.parametrize("state", ["off", "paused"])
def test_a_persons_own_channel_can_be_stopped(
    listed: Catalog, outside: Outside, cast: SimpleNamespace, state: str
) -> None:
    fail(listed, Busy(), START + 2.5 * HOUR)
    outside.work(START + 2.5 * HOUR)
    cast.mia.alert_channel.__class__.objects.filter(user=cast.mia).update(state=state)

    assert after(outside, 2.6) == [(STALE, "olga@example.com")]

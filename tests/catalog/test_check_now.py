"""Asking for a check: what refuses it, on the page and everywhere else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests.items import give, items
from xdportal.accounts.models import User
from xdportal.catalog.checks.asking import Refusal, ask_for_check
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection


@pytest.fixture
def catalog(catalog: Catalog) -> Catalog:
    """Return a list that is due in half an hour."""
    give(catalog, items(range(3)), timezone.now() - timedelta(minutes=1))
    return catalog


def ask(catalog: Catalog) -> Refusal | None:
    fresh = Catalog.objects.select_related("connection").get(pk=catalog.pk)
    return ask_for_check(fresh, timezone.now())


def test_the_list_is_due_at_once(catalog: Catalog) -> None:
    assert not catalog.is_due(timezone.now())
    assert ask(catalog) is None
    assert Catalog.objects.get(pk=catalog.pk).is_due(timezone.now())


def test_once_a_connection_in_ten_seconds(catalog: Catalog) -> None:
    ask(catalog)
    assert ask(catalog) is Refusal.TOO_SOON
    with time_machine.travel(timezone.now() + timedelta(seconds=10), tick=True):
        assert ask(catalog) is None


def test_another_connection_is_not_held_up(
    catalog: Catalog, connect: Callable[..., Connection]
) -> None:
    other = connect("Other").catalogs.get(kind="images")

    assert [ask(catalog), ask(other)] == [None, None]


@pytest.mark.parametrize("why", list(Refusal))
def test_what_refuses_says_why(
    catalog: Catalog, why: Refusal, cast: object, sign_in: Callable[[User], Client]
) -> None:
    now = timezone.now()
    match why:
        case Refusal.SWITCHED_OFF:
            Catalog.objects.update(enabled=False)
        case Refusal.PAUSED:
            catalog.connection.pause()
        case Refusal.RETRY_AFTER:
            catalog.connection.wait_until(now + timedelta(minutes=1))
        case Refusal.LEASED:
            Catalog.objects.update(lease_until=now + timedelta(seconds=30))
        case Refusal.TOO_SOON:
            catalog.connection.ask_for_check(now)
    client = sign_in(catalog.connection.owner)  # type: ignore[arg-type]
    page = client.post(f"/c/{catalog.slug}/check/", follow=True).content.decode()

    assert str(why.label).removesuffix(".") in page
    assert not Catalog.objects.get(pk=catalog.pk).is_due(now)

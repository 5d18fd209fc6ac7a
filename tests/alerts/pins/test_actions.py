"""What people and pipelines do to pins."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError

from tests.alerts.stage import HOUR, pin
from tests.items import START, give, item, items
from xdportal.accounts.models import AuditEntry
from xdportal.alerts.models import Pin
from xdportal.alerts.pins import actions
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.alerts.pins.declared import declare
from xdportal.catalog.models import Catalog, Event

MEANING = {"type": "BL", "name": "Ubuntu Server", "version": "20.04 x64"}


@pytest.fixture
def listed(catalog: Catalog) -> Catalog:
    give(catalog, items(range(1, 8)), START)
    return catalog


@pytest.fixture
def mia(cast: SimpleNamespace) -> Actor:
    return Actor(cast.mia, START + HOUR)


def test_a_pin_keeps_the_meaning_of_its_time(listed: Catalog, mia: Actor) -> None:
    made = pin(listed, "1", START, "base", sources=["infra main.tf:12"], note="for Maya")
    give(listed, [item(1, version="22.04 x64"), *items(range(2, 8))], START + HOUR)

    assert made.revision.meaning == MEANING
    assert (made.revision.number, made.revision.snapshot, made.name) == (1, 1, "base")
    assert [source.text for source in made.sources.all()] == ["infra main.tf:12"]
    assert Event.objects.filter(type__startswith="pin.").count() == 0


def test_names_are_made_from_ids_and_unique_in_the_team(listed: Catalog) -> None:
    names = [pin(listed, item_id, START).name for item_id in ("1", "1", "a/b", "..")]

    assert names == ["1", "1-2", "a-b", "id-.."]


@pytest.mark.parametrize(
    "name", ["base", "a/b", ".", "x" * 101, "0f6c2a9e-0000-4000-8000-000000000000", "a\x07"]
)
def test_names_that_are_refused(listed: Catalog, name: str) -> None:
    pin(listed, "1", START, "base")

    with pytest.raises(ValidationError) as refused:
        pin(listed, "2", START, name)
    assert list(refused.value.message_dict) == ["name"]


def test_repinning_is_a_new_revision_that_is_audited(listed: Catalog, mia: Actor) -> None:
    made = pin(listed, "1", START, "base")
    actions.repin(made, mia, "2")
    actions.repin(made, mia)

    targets = [(row.number, row.item_id) for row in made.revisions.all()]
    assert targets == [(1, "1"), (2, "2"), (3, "2")]
    assert Pin.objects.get().item_id == "2"
    kinds = list(
        AuditEntry.objects.filter(target__startswith="base").values_list("kind", flat=True)
    )
    assert sorted(kinds) == ["pinned", "repinned", "repinned"]


def test_acknowledging_silences_this_state_only(listed: Catalog, mia: Actor) -> None:
    made = pin(listed, "1", START)
    give(listed, items(range(2, 8)), START + HOUR)
    actions.acknowledge(made, Actor(mia.user, START + HOUR), "known")
    finding = actions.announce_quietly([made], START + HOUR)[made.pk]
    assert (finding.state, finding.is_acknowledged) == ("withdrawn", True)

    give(listed, [item(1, type="SC"), *items(range(2, 8))], START + 1.2 * HOUR)
    finding = actions.announce_quietly([made], START + 1.2 * HOUR)[made.pk]
    assert (finding.state, finding.is_acknowledged) == ("reused", False)


def test_a_mute_needs_a_reason_and_an_end(listed: Catalog, mia: Actor) -> None:
    made = pin(listed, "1", START)
    for until, reason in ((mia.at, "x"), (mia.at + HOUR, " ")):
        with pytest.raises(ValidationError):
            actions.mute(made, mia, until, reason)
    actions.mute(made, mia, mia.at + timedelta(days=1), "maintenance")

    assert Pin.objects.muted(mia.at + HOUR).get() == made
    assert not Pin.objects.muted(mia.at + timedelta(days=2)).exists()


def test_a_pipeline_declares_its_pins_as_often_as_it_likes(listed: Catalog, mia: Actor) -> None:
    team = listed.connection.team
    own = pin(listed, "5", START, "own", sources=["repo"])
    first = [Wish(listed, "1", "a"), Wish(listed, "2", "b")]

    assert declare(team, "repo", first, mia) == (["a", "b"], [], [], [])
    assert declare(team, "repo", first, mia) == ([], [], [], ["a", "b"])
    second = [Wish(listed, "3", "b"), Wish(listed, "4", "c")]
    assert declare(team, "repo", second, mia) == (["c"], ["a"], ["b"], [])
    names = Pin.objects.order_by("name").values_list("name", "item_id")
    assert list(names) == [("b", "3"), ("c", "4"), ("own", "5")]
    assert list(own.sources.all()) == []


def test_an_unknown_field_of_a_meaning(listed: Catalog, mia: Actor) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.create(Wish(listed, "1", meaning={"colour": "red"}), mia)
    assert list(refused.value.message_dict) == ["meaning"]


def test_an_id_that_was_never_listed(listed: Catalog, mia: Actor) -> None:
    made = actions.create(Wish(listed, "ghost"), Actor(mia.user, START))
    assert (made.revision.meaning, made.announced.state) == ({}, "never_listed")

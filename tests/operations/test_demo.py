import ipaddress
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from xdportal.accounts.models import Membership, User
from xdportal.alerts import reading, receiving
from xdportal.alerts.deliveries import sending
from xdportal.alerts.models import Channel, PinState, Recipe
from xdportal.catalog.models import Catalog, Check, Event, Snapshot
from xdportal.operations import demo
from xdportal.simulator import World
from xdportal.simulator.receiver import DEMO_ROBOTS, Receiver


@pytest.mark.django_db
def test_sixty_days_of_history_that_the_simulator_goes_on_from(settings: Any) -> None:
    settings.DEMO_PASSWORD = "a demo's password"
    call_command("seed_demo")
    call_command("seed_demo")
    user = User.objects.get()

    assert user.check_password("a demo's password")
    assert sorted(Membership.objects.values_list("team__name", "role")) == [
        ("Demo", "owner"),
        ("demo", "owner"),
    ]
    assert sorted(c.connection.environment for c in Catalog.objects.filter(kind="images")) == [
        "production",
        "sandbox",
    ]
    for catalog in Catalog.objects.filter(kind="images"):
        oldest = catalog.checks.earliest("started")
        assert abs(timezone.now() - oldest.started - timedelta(days=60)) < timedelta(minutes=1)
        assert catalog.snapshots.count() > 20
        latest = World(demo.SEED, demo.SIZE, catalog.connection.environment).items(demo.STEPS - 1)
        assert catalog.latest_snapshot is not None
        assert abs(catalog.latest_snapshot.item_count - len(latest)) <= 3
    for catalog in Catalog.objects.exclude(kind="images"):
        assert catalog.snapshots.count() > 5
        assert catalog.quarantined_answer is None
    assert set(Check.objects.values_list("outcome", flat=True)) == {"ok", "busy", "transport"}
    assert Snapshot.objects.filter(number=1, item_count=40).count() == 2


@pytest.mark.django_db
def test_pins_that_break_and_channels_to_the_receiver(settings: Any) -> None:
    settings.DEMO_PASSWORD = "a demo's password"
    settings.NOTIFY_ALLOW_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with Receiver(DEMO_ROBOTS) as receiver:
        settings.NOTIFY_ROBOT_URL = receiver.url
        call_command("seed_demo")
        lists = Catalog.objects.filter(kind="images")
        read_at = max(lists.values_list("last_ok_at", flat=True))
        receiving.receive(read_at + timedelta(seconds=1))  # while the lists can be relied on
        later = read_at + timedelta(seconds=settings.ALERT_BATCH_SECONDS + 2)
        with time_machine.travel(later):  # the robots compare times with their own clock
            for key in sending.due(later):
                sending.send(key, later)

    broken = Event.objects.filter(type__startswith="pin.").count()
    assert broken > 0
    user = User.objects.get()
    assert reading.unread_count(user, Channel.objects.earliest("pk").team, 100) == broken
    states = {row.state for row in PinState.objects.all()}
    assert {"withdrawn", "meaning_changed", "ok"} <= states
    assert Recipe.objects.count() == 1
    kinds = {arrival.kind for arrival in receiver.arrivals if arrival.is_accepted}
    assert {"dingtalk", "wecom", "slack", "webhook"} <= kinds
    closed = Channel.objects.get(state="paused")
    assert closed.reason == "bad_key"


@pytest.mark.django_db
def test_a_real_installation_is_left_alone() -> None:
    User.objects.create_user("olga")
    with pytest.raises(CommandError, match="There are users already and DEMO_PASSWORD is not set"):
        call_command("seed_demo")
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_without_a_password_an_empty_one_is_filled_and_the_password_is_printed(capsys: Any) -> None:
    call_command("seed_demo")
    name, password = capsys.readouterr().out.split()

    assert name == "demo"
    assert User.objects.get().check_password(password)

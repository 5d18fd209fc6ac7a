"""Pins, a recipe, channels that work or not, and deliveries, for the browser."""

from datetime import datetime, timedelta

from django.utils import timezone

from xdportal.accounts.models import User
from xdportal.alerts import actions, receiving
from xdportal.alerts.actions import Address, RuleWish
from xdportal.alerts.deliveries import outbox
from xdportal.alerts.models import Attempt, Channel, Delivery, ExpectedChange, Pin, Recipe
from xdportal.alerts.pins import actions as pins
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.catalog.models import Catalog

WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0000"


def give_pins(catalog: Catalog, at: datetime) -> list[Pin]:
    """Pin an id that stays, one that is withdrawn, one that changes, and the longest."""
    wishes = [
        Wish(catalog, "4002", "base", sources=["farm-infra terraform/render/main.tf:12"]),
        Wish(catalog, "4001", "gone", note="备注"),
        Wish(catalog, "4005", "moved"),
        Wish(catalog, "w" * 128, "名" * 100),
        Wish(catalog, "9999", "never"),
    ]
    return pins.create_many(wishes, Actor(catalog.connection.owner, at))


def give_alerts(pinned: list[Pin], manager: User, at: datetime) -> None:
    team = pinned[0].team
    actor = Actor(manager, at)
    good = actions.add_channel(team, "wecom", "夜班", Address(WECOM), actor)
    bad = actions.add_channel(team, "mail", "Ops", Address("ops@example.com"), actor)
    actions.add_rule(good, RuleWish("pins"), actor)
    receiving.receive(at)
    Channel.objects.filter(pk=bad.pk).update(state="paused", reason="recipient")
    pins.mute(pinned[3], actor, at + timedelta(days=3), "moving")
    delivery = outbox.new(bad, at, state="failed", title="gone (4001)", body="x" * 300)
    delivery.save()
    Attempt.objects.create(
        delivery=delivery, number=1, started=at, state="failed", status=500, detail="y" * 300
    )
    Recipe.objects.create(
        team=team, label="夜间批量", image=pinned[0], package=pinned[1], billing="packages-payg"
    )
    ExpectedChange.objects.create(
        team=team,
        catalog=pinned[0].catalog,
        starts_at=at,
        ends_at=timezone.now() + timedelta(hours=1),
        note="renewal",
    )
    assert Delivery.objects.filter(team=team).count() == 2

"""The demo's pins, some of which break in its last days, and its channels to a local receiver."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from xdportal.accounts.models import Team, User
from xdportal.alerts import actions, reading
from xdportal.alerts.actions import Address, RuleWish
from xdportal.alerts.models import Pin, Recipe
from xdportal.alerts.pins import actions as pins
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.catalog.models import Catalog, Event
from xdportal.connections.models import Connection
from xdportal.simulator.receiver import DEMO_ROBOTS
from xdportal.simulator.robots import Robot

Items = Iterable[Mapping[str, Any]]
# Names for ids that are withdrawn, that come to mean something else, and that stay.
GONE = ("houdini-sim", "legacy-render")
MOVED = ("maya-base", "nuke-worker", "blender-ci")
KEPT = ("status-web", "license-proxy", "artist-desk", "合成节点-夜间")
SOURCES: dict[str, tuple[str, ...]] = {
    "houdini-sim": ("farm-infra jobs/houdini/host.yml:8", "farm-infra terraform/sim/main.tf:31"),
    "maya-base": ("farm-infra terraform/render/main.tf:12", "Wiki：夜间批量渲染值班手册"),
    "nuke-worker": ("pipeline-jobs nuke/submit.py:44",),
    "status-web": ("farm-infra terraform/web/main.tf:5",),
}
NAMES = {
    "dingtalk": "渲染值班群",
    "feishu": "合成组飞书群",
    "wecom": "企业微信夜班",
    "slack": "Slack #render",
    "teams": "Teams farm",
    "webhook": "farm-bot",
}
RULES: dict[str, tuple[RuleWish, ...]] = {
    "dingtalk": (RuleWish("pins", "warning"), RuleWish("attention", "warning")),
    "feishu": (RuleWish("changes", "info", "hourly"),),
    "wecom": (RuleWish("pins", "critical"),),
    "slack": (RuleWish("changes"),),
    "teams": (RuleWish("all", "info", "daily"),),
    "webhook": (RuleWish("all"),),
}
CLOSED = Robot("wecom", "closed-group")  # no robot of the receiver: it refuses, and says why


class Moves:
    """What becomes of the ids between two moments of a list."""

    def __init__(self, before: Items, after: Items) -> None:
        now = {item["imageId"]: item for item in after}
        self.gone: list[str] = []
        self.moved: list[str] = []
        self.kept: list[str] = []
        for item in before:
            self._place_of(item, now.get(item["imageId"])).append(str(item["imageId"]))

    def _place_of(self, item: Mapping[str, Any], now: Mapping[str, Any] | None) -> list[str]:
        if now is None:
            return self.gone
        return self.kept if dict(item) == dict(now) else self.moved


def pin(connection: Connection, moves: Moves, user: User, at: datetime) -> None:
    """Pin some of the production's ids and make a recipe of two. What happened before is old."""
    Event.objects.filter(connection=connection, handled_at=None).update(handled_at=at)
    if connection.environment != Connection.Environment.PRODUCTION:
        return
    catalog = connection.catalogs.get(kind=Catalog.Kind.IMAGES)
    actor = Actor(user, at)
    groups = ((GONE, moves.gone), (MOVED, moves.moved), (KEPT, moves.kept))
    wishes = [
        Wish(catalog, item_id, name, sources=SOURCES.get(name, ()))
        for names, ids in groups
        for name, item_id in zip(names, ids, strict=False)
    ]
    made = pins.create_many(wishes, actor)
    _add_recipe(connection, made, actor)


def mark_read(team: Team, user: User) -> None:
    """Take the past as read, so that the inbox begins with the pins that break."""
    reading.mark_all(user, team, Event.objects.latest("pk").pk)


def add_channels(team: Team, user: User, at: datetime) -> None:
    """Add a channel for each robot of the demo's receiver, and one whose group is closed."""
    if not settings.NOTIFY_ROBOT_URL:
        return
    actor = Actor(user, at)
    for robot in DEMO_ROBOTS:
        address = Address(_url(robot), robot.secret, robot.keyword)
        channel = actions.add_channel(team, robot.kind, NAMES[robot.kind], address, actor)
        for wish in RULES[robot.kind]:
            actions.add_rule(channel, wish, actor)
    closed = actions.add_channel(team, "wecom", "上海棚（已解散）", Address(CLOSED.url), actor)
    actions.add_rule(closed, RuleWish("pins", "critical"), actor)


def _add_recipe(connection: Connection, images: list[Pin], actor: Actor) -> None:
    packages = connection.catalogs.get(kind=Catalog.Kind.PACKAGES_PAYG)
    used = images[0].revision.meaning.get("type", "")
    fitting = packages.listings.current().filter(type=used).first()
    package = fitting or packages.listings.current().first()
    if package is None:
        return
    pinned = pins.create(Wish(packages, package.item_id, "gpu-hour"), actor)
    Recipe.objects.create(
        team=connection.team,
        label="夜间批量",
        image=images[0],
        package=pinned,
        billing=Recipe.Billing.BY_THE_HOUR,
        created_by=actor.user,
    )


def _url(robot: Robot) -> str:
    is_own = robot.kind == "webhook"
    return f"{settings.NOTIFY_ROBOT_URL}{robot.url}" if is_own else robot.url

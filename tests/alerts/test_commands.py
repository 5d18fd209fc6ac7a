"""The commands that scripts rely on: what they read, what they print, and nothing else."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from tests.alerts.stage import HOUR, Outside, pin
from tests.items import START, give, items
from xdportal.alerts.deliveries.sending import opened
from xdportal.alerts.models import Channel, Rule
from xdportal.catalog.models import Catalog
from xdportal.lib.sealing import Keyring

Run = Callable[..., str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    def call(*arguments: str, text: str = "") -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        out = io.StringIO()
        call_command(*arguments, stdout=out, stderr=io.StringIO())
        return out.getvalue()

    return call


def add(run: Run, kind: str, text: str, user: str = "max") -> list[str]:
    arguments = ("--user", user, "--team", "render", "--kind", kind, "--name", "n")
    return run("add_channel", *arguments, text=text).splitlines()


def test_a_webhook_prints_its_uuid_and_secret(
    cast: SimpleNamespace, outside: Outside, run: Run
) -> None:
    uuid, secret = add(run, "webhook", f"{outside.url}\n")

    channel = Channel.objects.get(uuid=uuid)
    assert secret.startswith("whsec_")
    assert opened(channel).secret == secret  # type: ignore[union-attr]


def test_a_robot_takes_its_secret_and_keyword(cast: SimpleNamespace, run: Run) -> None:
    url = "https://oapi.dingtalk.com/robot/send?access_token=a1b2c3"
    (uuid,) = add(run, "dingtalk", f"{url}\nSEC123\n告警\n")

    config = opened(Channel.objects.get(uuid=UUID(uuid)))
    assert config is not None
    assert (config.url, config.secret, config.keyword) == (url, "SEC123", "告警")


@pytest.mark.parametrize(
    ("user", "kind", "text"),
    [
        ("mia", "mail", "a@example.com"),
        ("nobody", "mail", "a@example.com"),
        ("max", "mail", "nonsense"),
        ("max", "dingtalk", "https://example.com/"),
        ("max", "webhook", "https://127.0.0.1/"),
        ("max", "webhook", ""),
    ],
)
def test_what_is_refused(cast: SimpleNamespace, run: Run, user: str, kind: str, text: str) -> None:
    with pytest.raises(CommandError):
        add(run, kind, text, user)
    assert not Channel.objects.exists()


def test_a_rule_with_connections(catalog: Catalog, run: Run) -> None:
    (channel,) = add(run, "mail", "a@example.com\n")
    options = ("--events", "pins", "--level", "critical", "--mode", "daily")
    printed = run("add_rule", "--channel", channel, *options, "--connection", catalog.slug)

    rule = Rule.objects.get(uuid=printed.strip())
    assert (rule.events, rule.level, rule.mode, rule.all_connections) == (
        "pins",
        "critical",
        "daily",
        False,
    )
    assert list(rule.connections.all()) == [catalog.connection]
    with pytest.raises(CommandError):
        run("add_rule", "--channel", channel, "--events", "all", "--connection", "foreign")
    with pytest.raises(CommandError):
        run("add_rule", "--channel", "nonsense", "--events", "all")


def test_send_alerts_prints_a_line_an_attempt(
    listed: Catalog, outside: Outside, run: Run, cast: SimpleNamespace, settings: Any
) -> None:
    settings.ALERT_BATCH_SECONDS = 0
    uuid, _secret = add(run, "webhook", f"{outside.url}\n{outside.robot.secret}\n")
    run("add_rule", "--channel", uuid, "--events", "pins")
    pin(listed, "1", START)
    give(listed, items(range(2, 8)), START + HOUR)
    cast.mia.email = ""
    cast.mia.save()
    outside.go_to(START + HOUR + timedelta(seconds=2))
    (line,) = run("send_alerts", "--once").splitlines()

    record = json.loads(line)
    delivery = outside.receiver.arrivals[-1].call.header("webhook-id")
    assert record == {
        "channel": uuid,
        "kind": "webhook",
        "delivery": delivery,
        "types": ["pin.withdrawn"],
        "state": "sent",
        "status": 204,
        "code": "",
        "detail": "",
        "next_try": None,
    }
    assert run("send_alerts") == ""


def test_rotating_keys_seals_channels_again(cast: SimpleNamespace, run: Run, settings: Any) -> None:
    (uuid,) = add(run, "slack", "https://hooks.slack.com/services/T1/B1/secretpart\n")
    first = "test:3zWJ1rTnq7m0pG5cXv2kYb8sQd4hUe6LaRfNoIiMwEk="
    new = "new:Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZmdoaWo="
    settings.CREDENTIAL_KEYRING = Keyring.parse(f"{new},{first}")
    assert run("rotate_credential_keys").splitlines() == ["new 1", "test 0"]

    settings.CREDENTIAL_KEYRING = Keyring.parse(new)
    config = opened(Channel.objects.get(uuid=uuid))
    assert config is not None
    assert config.url.endswith("secretpart")

"""Channels, rules and deliveries on their pages, against a receiver on loopback."""

import ipaddress
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from kombu.exceptions import OperationalError

from tests.reading import html_of
from xdportal.alerts import actions, tasks
from xdportal.alerts.actions import Address, RuleWish
from xdportal.alerts.channels import webhook
from xdportal.alerts.channels.registry import MAIL
from xdportal.alerts.deliveries import outbox, sending
from xdportal.alerts.models import Channel, Delivery, Kind, Rule
from xdportal.alerts.pins.actions import Actor
from xdportal.simulator.receiver import Receiver
from xdportal.simulator.robots import Answer, Robot

ALERTS = "/settings/alerts/?team=render"
DELIVERIES = "/settings/alerts/deliveries/?team=render"
OWN = "/settings/alerts/own/"
ROBOTS = {
    "dingtalk": Robot("dingtalk", "keyding", "SECabc", "farm"),
    "feishu": Robot("feishu", "key-feishu", "feishu-secret"),
    "wecom": Robot("wecom", "key-wecom"),
    "slack": Robot("slack", "keyslack"),
    "teams": Robot("teams", "key-teams"),
}
TIMES = {"language": "en", "digest_hour": "9", "digest_weekday": "0", "time_zone": ""}


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.NOTIFY_ALLOW_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with Receiver(ROBOTS.values()) as running:
        settings.NOTIFY_ROBOT_URL = running.url
        yield running


@pytest.fixture
def max_(cast: SimpleNamespace, sign_in: Any) -> Client:
    client: Client = sign_in(cast.max)
    return client


def add(client: Client, kind: str, **fields: Any) -> Any:
    data = {"name": "Night shift", **TIMES, **fields}
    return client.post(f"/settings/alerts/of/render/{kind}/", data, follow=True)


def made(receiver: Receiver, cast: SimpleNamespace, name: str = "deploy") -> Channel:
    """Return a webhook of the team's that the receiver knows."""
    robot = Robot("webhook", name, webhook.new_secret())
    address = Address(receiver.register(robot), robot.secret)
    actor = Actor(cast.max, timezone.now())
    return actions.add_channel(cast.team, "webhook", name, address, actor)


def deliver(channel: Channel, **fields: Any) -> Delivery:
    delivery = outbox.new(channel, timezone.now(), **fields)
    delivery.save()
    return delivery


def try_out(channel: Channel, cast: SimpleNamespace) -> Delivery:
    """Ask for a test of a channel, and let a worker send it."""
    test = actions.ask_for_test(channel, Actor(cast.max, timezone.now()))
    assert test is not None
    work()
    return test


def work() -> None:
    """Send what is due, as a worker does."""
    now = timezone.now()
    for key in sending.due(now):
        sending.send(key, now)


def page_of(client: Client, channel: Channel) -> str:
    return html_of(client.get(channel.get_absolute_url()))


class TestAdd:
    @pytest.mark.parametrize("kind", Kind.values)
    def test_every_kind_has_a_form_with_the_vendors_steps(self, max_: Client, kind: str) -> None:
        page = html_of(max_.get(f"/settings/alerts/of/render/{kind}/"))

        assert "Where do I find these?" in page
        assert 'name="url"' in page

    @pytest.mark.parametrize("kind", ROBOTS)
    def test_a_robot_is_saved_tested_and_sealed(
        self, max_: Client, receiver: Receiver, kind: str
    ) -> None:
        robot = ROBOTS[kind]
        fields = {"url": robot.url, "secret": robot.secret, "keyword": robot.keyword}
        page = html_of(add(max_, kind, **fields, rules=["pins"], then="test"))
        channel = Channel.objects.get(team__isnull=False)
        assert "Sending the test" in page
        assert receiver.arrivals == []

        work()
        page = page_of(max_, channel)
        assert "The test was delivered" in page
        assert len(receiver.accepted(kind)) == 1
        assert robot.url not in page
        assert not robot.secret or robot.secret not in page
        assert robot.url not in channel.config
        assert [rule.events for rule in channel.rules.all()] == ["pins"]

    def test_a_webhooks_secret_is_shown_once(self, max_: Client, receiver: Receiver) -> None:
        page = html_of(add(max_, "webhook", url=f"{receiver.url}/webhook/new"))
        channel = Channel.objects.get(team__isnull=False)
        secret = channel.opened_config().secret

        assert secret in page
        assert secret not in html_of(max_.get(channel.get_absolute_url()))

    def test_a_refused_test_says_why_in_place(self, max_: Client, receiver: Receiver) -> None:
        robot = ROBOTS["dingtalk"]
        add(max_, "dingtalk", url=robot.url, secret="SECwrong", then="test")
        work()
        channel = Channel.objects.get(team__isnull=False)
        page = page_of(max_, channel)

        assert "The test was refused" in page
        assert "310000" in page
        assert channel.state == "active"

    def test_mail(self, max_: Client, mailoutbox: Any) -> None:
        add(max_, MAIL, url="ops@example.com", then="test")
        work()

        assert "The test was delivered" in page_of(max_, Channel.objects.get(team__isnull=False))
        assert mailoutbox[0].to == ["ops@example.com"]

    @pytest.mark.parametrize(
        ("kind", "fields", "wrong"),
        [
            ("dingtalk", {"url": "https://example.com/x"}, "This is not the robot"),
            ("dingtalk", {"url": ""}, "This field is required."),
            ("webhook", {"url": "http://127.0.0.1/x"}, "The URL must begin with https://."),
            ("webhook", {"url": "https://127.0.0.1/x"}, "Messages can&#x27;t be sent"),
            ("webhook", {"url": "nonsense"}, "Enter a complete URL"),
            ("mail", {"url": "nobody"}, 'class="wrong"'),
            ("slack", {"url": ROBOTS["slack"].url, "digest_hour": "24"}, "Select a valid choice"),
            ("slack", {"url": ROBOTS["slack"].url, "name": " "}, "This field is required."),
            ("slack", {"url": ROBOTS["slack"].url, "rules": ["x"]}, "Select a valid choice"),
        ],
    )
    def test_bad_input_is_said_at_its_field(
        self, max_: Client, kind: str, fields: dict[str, str], wrong: str
    ) -> None:
        page = add(max_, kind, **fields)

        assert wrong in html_of(page)
        assert not Channel.objects.filter(team__isnull=False).exists()

    def test_an_unknown_kind_is_no_page(self, max_: Client) -> None:
        assert max_.get("/settings/alerts/of/render/pager/").status_code == 404


class TestChannel:
    def test_five_tests_a_minute(
        self, max_: Client, cast: SimpleNamespace, receiver: Receiver
    ) -> None:
        channel = made(receiver, cast)
        for _number in range(6):
            page = max_.post(f"{channel.get_absolute_url()}test/", follow=True)

        assert "the limit is five tests a minute" in html_of(page)
        assert channel.deliveries.count() == 5

    def test_its_page_asks_again_until_the_worker_has_sent_the_test(
        self, max_: Client, cast: SimpleNamespace, receiver: Receiver
    ) -> None:
        channel = made(receiver, cast)
        page = html_of(max_.post(f"{channel.get_absolute_url()}test/", follow=True))
        assert f'hx-get="{channel.get_absolute_url()}"' in page
        with time_machine.travel(timezone.now() + timedelta(minutes=10)):
            page = page_of(max_, channel)
            assert "The test is still waiting" in page
            assert "hx-get" not in page.split('id="test"')[1].split(">")[0]

        work()
        page = page_of(max_, channel)
        assert "The test was delivered" in page
        assert f'hx-get="{channel.get_absolute_url()}"' not in page

    def test_a_broker_that_is_away_leaves_the_test_to_the_sweep(
        self,
        max_: Client,
        cast: SimpleNamespace,
        receiver: Receiver,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        def refuse(*arguments: object, **options: object) -> None:
            raise OperationalError

        monkeypatch.setattr(tasks.send, "apply_async", refuse)
        channel = made(receiver, cast)
        with django_capture_on_commit_callbacks(execute=True):
            page = max_.post(f"{channel.get_absolute_url()}test/", follow=True)

        assert "Sending the test" in html_of(page)
        assert sending.due(timezone.now()) == [channel.deliveries.get().pk]

    def test_both_secrets_sign_until_the_rotation_ends(
        self, max_: Client, cast: SimpleNamespace, receiver: Receiver
    ) -> None:
        channel = made(receiver, cast)
        old = channel.opened_config().secret
        page = html_of(max_.post(f"{channel.get_absolute_url()}rotate/"))
        channel.refresh_from_db()
        config = channel.opened_config()
        assert config.secret in page
        assert config.previous_secret == old

        max_.post(f"{channel.get_absolute_url()}rotated/")
        channel.refresh_from_db()
        assert channel.opened_config().previous_secret == ""

    def test_another_address_keeps_the_secret(
        self, max_: Client, cast: SimpleNamespace, receiver: Receiver
    ) -> None:
        channel = made(receiver, cast)
        secret = channel.opened_config().secret
        url = f"{receiver.url}/webhook/other"
        max_.post(f"{channel.get_absolute_url()}address/", {"url": url})
        channel.refresh_from_db()

        assert (channel.opened_config().url, channel.opened_config().secret) == (url, secret)

    def test_another_url_keeps_keyword_and_rotation(
        self, max_: Client, cast: SimpleNamespace, receiver: Receiver
    ) -> None:
        actor = Actor(cast.max, timezone.now())
        first = Address(ROBOTS["dingtalk"].url, "SECold", "告警")
        robot = actions.add_channel(cast.team, "dingtalk", "group", first, actor)
        actions.change_address(robot, Address(f"{first.url}x", "SECnew"), actor)
        config = robot.opened_config()
        assert (config.secret, config.keyword) == ("SECnew", "告警")

        hook = made(receiver, cast)
        former = hook.opened_config().secret
        actions.rotate_secret(hook, actor)
        actions.change_address(hook, Address(f"{receiver.url}/webhook/other"), actor)
        assert hook.opened_config().previous_secret == former

    def test_language_and_times(
        self, max_: Client, cast: SimpleNamespace, receiver: Receiver
    ) -> None:
        channel = made(receiver, cast)
        data = {"language": "zh-hans", "digest_hour": "7", "digest_weekday": "4", "time_zone": ""}
        max_.post(f"{channel.get_absolute_url()}times/", data)
        channel.refresh_from_db()

        assert (channel.language, channel.digest_hour, channel.digest_weekday) == ("zh-hans", 7, 4)

    def test_paused_resumed_and_removed(
        self, max_: Client, cast: SimpleNamespace, receiver: Receiver
    ) -> None:
        channel = made(receiver, cast)
        waiting = deliver(channel)
        url = channel.get_absolute_url()
        max_.post(f"{url}pause/")
        assert "Resume" in html_of(max_.get(url))
        max_.post(f"{url}resume/")
        channel.refresh_from_db()
        assert channel.state == "active"

        assert "Nothing more is sent to" in html_of(max_.get(f"{url}remove/"))
        max_.post(f"{url}remove/")
        waiting.refresh_from_db()
        assert (waiting.state, waiting.reason, waiting.channel) == ("dropped", "removed", None)

    def test_rules_are_added_and_removed(
        self, max_: Client, cast: SimpleNamespace, receiver: Receiver, connect: Any
    ) -> None:
        channel = made(receiver, cast)
        connection = connect()
        data = {"events": "changes", "level": "info", "mode": "daily"}
        url = f"{channel.get_absolute_url()}rules/"
        max_.post(url, {**data, "connections": [connection.pk]})
        rule = Rule.objects.get()
        assert (rule.events, rule.mode, rule.all_connections) == ("changes", "daily", False)
        assert list(rule.connections.all()) == [connection]

        max_.post(f"/settings/alerts/rules/{rule.uuid}/remove/")
        assert not Rule.objects.exists()

    @pytest.mark.parametrize("data", [{}, {"events": "x", "level": "info", "mode": "instant"}])
    def test_a_bad_rule_is_refused_on_the_page(
        self,
        max_: Client,
        cast: SimpleNamespace,
        receiver: Receiver,
        data: dict[str, str],
    ) -> None:
        channel = made(receiver, cast)
        page = max_.post(f"{channel.get_absolute_url()}rules/", data)

        assert 'class="wrong"' in html_of(page)
        assert not Rule.objects.exists()

    def test_the_preview_is_in_the_channels_language(
        self, max_: Client, cast: SimpleNamespace, receiver: Receiver
    ) -> None:
        channel = made(receiver, cast)
        Channel.objects.filter(pk=channel.pk).update(language="zh-hans")

        assert "【测试】" in html_of(max_.get(channel.get_absolute_url()))

    def test_a_persons_own_has_no_page_here(self, max_: Client, cast: SimpleNamespace) -> None:
        own = Channel.objects.personal(cast.max)

        assert max_.get(own.get_absolute_url()).status_code == 404


class TestOverview:
    def test_what_does_not_get_through_comes_first(
        self, max_: Client, cast: SimpleNamespace, receiver: Receiver
    ) -> None:
        made(receiver, cast, "a-good")
        bad = made(receiver, cast, "b-bad")
        Channel.objects.filter(pk=bad.pk).update(state="paused", reason="keyword")
        page = html_of(max_.get(ALERTS))

        assert "1 channel can’t deliver messages" in page
        assert "only accepts messages that contain its keyword" in page
        assert page.index("b-bad") < page.index("a-good")

    def test_a_reader_sees_states_but_no_addresses(
        self, cast: SimpleNamespace, sign_in: Any, receiver: Receiver
    ) -> None:
        channel = made(receiver, cast)
        delivery = deliver(channel)
        receiver.plan("webhook", Answer(500, b"look at https://secret.example/x"))
        try_out(channel, cast)
        reader = sign_in(cast.rita)
        page = html_of(reader.get(ALERTS))

        assert "deploy" in page
        assert channel.shown not in page
        assert "Add a channel" not in page
        test = Delivery.objects.exclude(pk=delivery.pk).get()
        assert "secret.example" not in html_of(reader.get(test.get_absolute_url()))

    def test_a_constant_number_of_queries(
        self, max_: Client, cast: SimpleNamespace, receiver: Receiver
    ) -> None:
        def queries(path: str) -> int:
            with CaptureQueriesContext(database) as captured:
                assert max_.get(path).status_code == 200
            return len(captured)

        actor = Actor(cast.max, timezone.now())
        for names in (["one"], ["two", "three"]):
            for name in names:
                channel = made(receiver, cast, name)
                actions.add_rule(channel, RuleWish("pins"), actor)
                try_out(channel, cast)
            if names == ["one"]:
                queries(ALERTS)
                one = [queries(ALERTS), queries(DELIVERIES)]
        assert [queries(ALERTS), queries(DELIVERIES)] == one


class TestDeliveries:
    def test_filters(self, max_: Client, cast: SimpleNamespace, receiver: Receiver) -> None:
        first = made(receiver, cast, "first")
        second = made(receiver, cast, "second")
        deliver(first, title="about one", state="failed")
        deliver(second, title="about two", state="sent")

        page = html_of(max_.get(f"{DELIVERIES}&channel={first.uuid}"))
        assert ("about one" in page, "about two" in page) == (True, False)
        page = html_of(max_.get(f"{DELIVERIES}&state=sent"))
        assert ("about one" in page, "about two" in page) == (False, True)
        page = html_of(max_.get(f"{DELIVERIES}&state=nonsense&channel=x"))
        assert ("about one" in page, "about two" in page) == (True, True)

    def test_attempts_with_the_receivers_own_answer(
        self, max_: Client, cast: SimpleNamespace, receiver: Receiver
    ) -> None:
        channel = made(receiver, cast)
        receiver.plan("webhook", Answer(500, b"no room"))
        test = try_out(channel, cast)
        page = html_of(max_.get(test.get_absolute_url()))

        assert "1 attempt" in page
        assert "no room" in page
        assert "xdportal can reach you here" in page

    def test_one_that_waits_for_a_person_names_no_time(
        self, max_: Client, cast: SimpleNamespace, receiver: Receiver
    ) -> None:
        channel = made(receiver, cast)
        delivery = deliver(channel, state="retrying")
        assert "Next try" in html_of(max_.get(delivery.get_absolute_url()))
        actions.pause(channel, Actor(cast.max, timezone.now()))
        page = html_of(max_.get(delivery.get_absolute_url()))

        assert "It is sent when the channel is resumed." in page

    def test_what_failed_is_sent_again(
        self, max_: Client, cast: SimpleNamespace, receiver: Receiver
    ) -> None:
        delivery = deliver(made(receiver, cast), state="failed", ended_at=timezone.now())
        assert "Send again" in html_of(max_.get(delivery.get_absolute_url()))
        max_.post(f"{delivery.get_absolute_url()}resend/")
        delivery.refresh_from_db()

        assert (delivery.state, delivery.attempt_count) == ("retrying", 0)

    def test_what_was_dropped_is_not(
        self, max_: Client, cast: SimpleNamespace, receiver: Receiver
    ) -> None:
        delivery = deliver(made(receiver, cast), state="dropped", reason="silent")
        page = html_of(max_.post(f"{delivery.get_absolute_url()}resend/", follow=True))

        assert "It can’t be sent again" in page
        assert "There was nothing left to report" in page


class TestOwn:
    def test_the_defaults_are_shown_and_nothing_is_written(
        self, max_: Client, cast: SimpleNamespace
    ) -> None:
        form = max_.get(OWN).context["form"]

        assert form.initial["pins_level"] == "critical"
        assert form.initial["active"] is True
        assert not Channel.objects.exists()

    def test_what_waits_is_not_sent_after_switching_off(
        self, max_: Client, cast: SimpleNamespace
    ) -> None:
        deliver(Channel.objects.personal(cast.max))
        levels = {"pins_level": "critical", "attention_level": "critical"}
        max_.post(OWN, {"pins_mode": "instant", "attention_mode": "instant", **levels})

        waited = Delivery.objects.values_list("state", "reason")
        assert list(waited) == [("dropped", "removed")]

    def test_they_can_be_changed_and_switched_off(
        self, max_: Client, cast: SimpleNamespace
    ) -> None:
        modes = {"pins_mode": "daily", "attention_mode": "instant"}
        levels = {"pins_level": "warning", "attention_level": "critical"}
        max_.post(OWN, {"active": "on", "pins": "on", **modes, **levels})
        channel = Channel.objects.get(user=cast.max)
        rules = {rule.events: rule for rule in channel.rules.all()}
        assert (rules["pins"].level, rules["pins"].mode) == ("warning", "daily")
        assert rules["attention"].enabled is False

        max_.post(OWN, {**modes, **levels})
        channel.refresh_from_db()
        assert channel.state == "off"

    def test_bad_input_is_refused(self, max_: Client) -> None:
        page = max_.post(OWN, {"pins_level": "x", "pins_mode": "", "attention_level": "info"})

        assert 'class="wrong"' in html_of(page)
        assert not Channel.objects.exists()

    def test_it_belongs_to_the_account_not_to_the_teams_alerts(self, max_: Client) -> None:
        tabs = max_.get(OWN).context["navigation"].settings

        assert [str(tab.label) for tab in tabs if tab.is_current] == ["Your account"]

    def test_the_profile_leads_there(self, max_: Client) -> None:
        assert 'href="/settings/alerts/own/"' in html_of(max_.get("/settings/profile/"))

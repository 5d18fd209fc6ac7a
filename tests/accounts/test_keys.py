"""What a key opens, and when it stops."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from xdportal.accounts import keys
from xdportal.accounts.access import GRANTS, Right, allows
from xdportal.accounts.keys import KEY, RIGHTS, NewKey, viewer_for_key
from xdportal.accounts.models import ApiKey, AuditEntry, Membership, Scope, Team, User
from xdportal.accounts.retention import forget
from xdportal.accounts.teams import Refused
from xdportal.connections.models import Connection
from xdportal.errorcodes.masking import mask
from xdportal.lib.redaction import RedactingFilter, redact

ALL = tuple(Scope.values)


@pytest.fixture
def make(cast: SimpleNamespace) -> Callable[..., tuple[ApiKey, str]]:
    """A key of Mia's in team Render, unless said otherwise."""

    def of(
        scopes: Any = ALL, days: int = 30, connections: Any = None, creator: User = cast.mia
    ) -> Any:
        return keys.create(cast.team, creator, NewKey("ci", scopes, days, connections))

    return of


def rights(text: str) -> set[Right]:
    """What the key may do in its team now; empty when it opens nothing."""
    viewer = viewer_for_key(text, timezone.now())
    team = Team.objects.visible_to(viewer).first() if viewer else None
    return {right for right in Right if team is not None and allows(team, right)}


class TestForm:
    def test_it_has_the_documented_parts(self, make: Any) -> None:
        key, text = make()

        assert re.fullmatch(r"xdp_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}", text)
        assert text.startswith(f"{key.prefix}_")

    def test_only_a_hash_is_stored(self, make: Any) -> None:
        key, text = make()
        secret = text.split("_")[2]

        with database.cursor() as cursor:
            cursor.execute("SELECT * FROM accounts_apikey")
            assert secret not in str(cursor.fetchall())
        assert len(key.secret_hash) == 64
        assert not AuditEntry.objects.filter(target__contains=secret).exists()

    @pytest.mark.parametrize(
        "change", ["", "x", " ", "\n", "xdp_", "xdp_1_2_3", "Bearer", "钥匙", "\0", "x" * 100_000]
    )
    def test_a_malformed_key_opens_nothing_and_asks_no_database(
        self, change: str, db: None, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(0):
            assert viewer_for_key(change, timezone.now()) is None

    def test_every_changed_character_closes_it(
        self, make: Any, django_assert_num_queries: Any
    ) -> None:
        text = make()[1]
        with django_assert_num_queries(0):  # the checksum notices
            for place in range(4, len(text)):
                other = "a" if text[place] != "a" else "b"
                assert (
                    viewer_for_key(text[:place] + other + text[place + 1 :], timezone.now()) is None
                )

    def test_the_secret_of_another_key_does_not_open_it(self, make: Any) -> None:
        first, second = make()[1].split("_"), make()[1].split("_")
        body = f"xdp_{first[1]}_{second[2]}"

        assert viewer_for_key(f"{body}_{keys._checksum(body)}", timezone.now()) is None

    @given(st.binary(max_size=80))
    def test_the_checksum_always_has_six_characters(self, body: bytes) -> None:
        assert re.fullmatch("[0-9A-Za-z]{6}", keys._checksum(body.hex()))

    def test_it_costs_one_query(self, make: Any, django_assert_num_queries: Any) -> None:
        text = make()[1]
        with django_assert_num_queries(1):
            viewer = viewer_for_key(text, timezone.now())
            assert viewer is not None
            assert (viewer.user.username, viewer.team and viewer.team.slug) == ("mia", "render")


class TestRights:
    @pytest.mark.parametrize("role", GRANTS)
    @pytest.mark.parametrize("scope", ALL)
    def test_they_are_the_smaller_of_role_and_scope(
        self, cast: SimpleNamespace, make: Any, role: str, scope: str
    ) -> None:
        text = make([scope])[1]
        Membership.objects.filter(user=cast.mia, team=cast.team).update(role=role)

        assert rights(text) == GRANTS[role] & RIGHTS[scope]

    def test_no_scope_manages_or_owns(self) -> None:
        assert frozenset().union(*RIGHTS.values()) == {Right.LOOK, Right.WORK}

    def test_it_sees_its_team_alone(self, cast: SimpleNamespace, make: Any, connect: Any) -> None:
        ours = connect("Ours")
        connect("Own", team=Team.objects.personal(cast.mia))
        viewer = viewer_for_key(make()[1], timezone.now())
        assert viewer is not None

        assert list(Connection.objects.visible_to(viewer)) == [ours]

    def test_it_sees_its_connections_alone(self, make: Any, connect: Any) -> None:
        shown, hidden = connect("Shown"), connect("Hidden")
        viewer = viewer_for_key(make(connections=[shown.uuid])[1], timezone.now())
        assert viewer is not None
        assert list(Connection.objects.visible_to(viewer)) == [shown]
        shown.delete()

        assert list(Connection.objects.visible_to(viewer)) == []
        assert hidden.pk


class TestEnd:
    def end(self, what: str, cast: SimpleNamespace, key: ApiKey) -> None:
        match what:
            case "revoked":
                keys.revoke([key])
            case "expired":
                ApiKey.objects.update(expires_at=timezone.now())
            case "left":
                Membership.objects.get(user=cast.mia, team=cast.team).delete()
            case "deactivated":
                cast.mia.is_active = False
                cast.mia.save()
            case "deactivated by a bulk update":
                User.objects.filter(pk=cast.mia.pk).update(is_active=False)
            case "account deleted":
                cast.mia.delete()
            case "team deleted":
                cast.team.delete()

    @pytest.mark.parametrize(
        "what",
        [
            *("revoked", "expired", "left", "deactivated", "deactivated by a bulk update"),
            *("account deleted", "team deleted"),
        ],
    )
    def test_it_opens_nothing_at_once(self, cast: SimpleNamespace, make: Any, what: str) -> None:
        key, text = make()
        assert viewer_for_key(text, timezone.now()) is not None
        self.end(what, cast, key)

        assert viewer_for_key(text, timezone.now()) is None

    def test_who_comes_back_needs_a_new_one(self, cast: SimpleNamespace, make: Any) -> None:
        text = make()[1]
        Membership.objects.get(user=cast.mia, team=cast.team).delete()
        Membership.objects.create(user=cast.mia, team=cast.team, role="owner")

        assert viewer_for_key(text, timezone.now()) is None
        assert AuditEntry.objects.get(kind="key_revoked").team == cast.team

    def test_activating_an_account_again_revives_no_key(
        self, cast: SimpleNamespace, make: Any
    ) -> None:
        text = make()[1]
        for active in (False, True):
            cast.mia.is_active = active
            cast.mia.save()

        assert viewer_for_key(text, timezone.now()) is None

    def test_it_expires_after_the_days_asked_for_and_never_later_than_the_limit(
        self, make: Any, settings: Any
    ) -> None:
        settings.API_KEY_MAX_DAYS = 10

        assert [(make(days=days)[0].expires_at - timezone.now()).days + 1 for days in (3, 30)] == [
            3,
            10,
        ]

    def test_a_revoked_key_is_forgotten_after_a_month(self, make: Any) -> None:
        keys.revoke([make()[0], make()[0]])
        first = ApiKey.objects.first()
        ApiKey.objects.filter(pk=first.pk).update(revoked_at=timezone.now() - timedelta(days=31))  # type: ignore[union-attr]
        forget(timezone.now())

        assert ApiKey.objects.count() == 1

    def test_a_team_has_no_endless_number(self, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(keys, "MOST_KEYS", 1)
        first = make()[0]
        with pytest.raises(Refused):
            make()
        keys.revoke([first])

        assert make()


class TestUse:
    def test_it_is_noted_once_a_minute_with_the_address(
        self, make: Any, django_assert_num_queries: Any
    ) -> None:
        key, now = make()[0], timezone.now()
        key.note_use(now, "192.0.2.1")
        with django_assert_num_queries(0):
            key.note_use(now + timedelta(seconds=59), "192.0.2.2")
        key.refresh_from_db()
        assert (key.last_used_at, key.last_used_ip) == (now, "192.0.2.1")
        key.note_use(now + timedelta(seconds=60), "192.0.2.3")
        key.refresh_from_db()

        assert key.last_used_ip == "192.0.2.3"

    def test_two_processes_note_one_use(self, make: Any) -> None:
        key, now = make()[0], timezone.now()
        other = ApiKey.objects.get()
        key.note_use(now, "192.0.2.1")
        other.note_use(now, "192.0.2.2")
        key.refresh_from_db()

        assert key.last_used_ip == "192.0.2.1"


class TestNoTrace:
    def test_it_is_masked_in_a_pasted_text(self, make: Any) -> None:
        key, text = make()

        assert mask(f"it was {text}, I think") == f"it was {key.prefix}_•••, I think"

    def test_it_is_struck_out_of_every_log_line(self, make: Any) -> None:
        key, text = make()
        record = logging.LogRecord("a", logging.INFO, "a.py", 1, "asked with %s", (text,), None)
        RedactingFilter().filter(record)

        assert record.getMessage() == f"asked with {key.prefix}_[redacted]"

    def test_and_of_tracebacks(self, make: Any) -> None:
        key, text = make()
        try:
            raise ValueError(text)
        except ValueError as error:
            record = logging.LogRecord(
                "a", logging.INFO, "a.py", 1, "oops", (), (ValueError, error, None)
            )
        RedactingFilter().filter(record)

        assert text not in str(record.exc_text)
        assert key.prefix in str(record.exc_text)

    def test_a_cut_key_is_struck_out_too(self, make: Any) -> None:
        key, text = make()

        assert redact(text[:40]) == f"{key.prefix}_[redacted]"


class TestCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("create_api_key", "--user", "mia", "--name", "ci", *arguments, stdout=out)
        return out.getvalue()

    def test_it_prints_the_key_alone(self, cast: SimpleNamespace) -> None:
        printed = self.run("--team", "render", "--scopes", "check,pins", "--days", "7")
        viewer = viewer_for_key(printed.strip(), timezone.now())
        assert KEY.fullmatch(printed.strip())
        assert viewer is not None

        assert (viewer.key.scopes, viewer.key.team) == (["check", "pins"], cast.team)
        assert AuditEntry.objects.get(kind="key_created").actor == cast.mia

    def test_without_a_team_it_is_the_personal_one_for_as_long_as_may_be(
        self, cast: SimpleNamespace
    ) -> None:
        viewer = viewer_for_key(self.run("--scopes", "read").strip(), timezone.now())
        assert viewer is not None

        assert viewer.team == Team.objects.personal(cast.mia)
        assert (viewer.key.expires_at - timezone.now()).days == 364

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (("--scopes", "all"), "--scopes takes some of check, read, pins, run"),
            (("--scopes", ","), "--scopes takes some of"),
            (("--scopes", "read", "--days", "0"), "it must be a whole number from 1 to 365"),
            (("--scopes", "read", "--days", "366"), "it must be a whole number from 1 to 365"),
            (("--scopes", "read", "--team", "nowhere"), "mia has no team 'nowhere'."),
            (("--scopes", "read", "--user", "nobody"), "There is no active user 'nobody'."),
            (("--scopes", "read", "--name", " "), "A name must have 1 to 100 characters."),
            (("--scopes", "read", "--name", "a\x07"), "characters that cannot be shown"),
        ],
    )
    def test_bad_input_gets_a_clear_message(
        self, cast: SimpleNamespace, arguments: tuple[str, ...], sentence: str
    ) -> None:
        with pytest.raises(CommandError, match=re.escape(sentence)):
            self.run(*arguments)
        assert not ApiKey.objects.exists()

    def test_a_reader_gets_no_scope_that_writes(self, cast: SimpleNamespace) -> None:
        Membership.objects.filter(user=cast.mia, team=cast.team).update(role="reader")
        with pytest.raises(CommandError, match="does not allow: pins, run"):
            self.run("--team", "render", "--scopes", "read,pins,run")

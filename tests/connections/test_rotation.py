"""Changing CREDENTIAL_KEYS: nothing is lost at any point, and what is left to do is reported."""

import base64
import hashlib
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.models import Authenticator
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.items import refresh
from xdportal.accounts.models import AuditEntry
from xdportal.connections import rotation
from xdportal.connections.models import Connection, CredentialUnreadable
from xdportal.lib.sealing import Keyring, key_id_of
from xdportal.provider.client import Token
from xdportal.provider.credentials import AccountSecret
from xdportal.simulator import Simulator

OLD, NEW = (
    f"{name}:{base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()}"
    for name in ("old", "new")
)


@pytest.fixture
def keys(settings: Any) -> Any:
    def use(*texts: str) -> None:
        settings.CREDENTIAL_KEYRING = Keyring.parse(",".join(texts))

    use(OLD)
    return use


def run(ends: bool = True) -> str:
    """What the command prints; it fails where `ends` is false."""
    out = StringIO()
    if ends:
        call_command("rotate_credential_keys", stdout=out, stderr=StringIO())
    else:
        with pytest.raises(CommandError, match="do not open"):
            call_command("rotate_credential_keys", stdout=out, stderr=StringIO())
    return out.getvalue()


def key_ids() -> list[str]:
    return [
        key_id_of(text)
        for text in Connection.objects.order_by("pk").values_list("credential", flat=True)
    ]


def test_all_are_sealed_again_and_the_old_key_may_go(
    keys: Any, connect: Any, simulator: Simulator
) -> None:
    first, second = connect("one"), connect("two")
    before = [connection.opened_credential() for connection in (first, second)]
    keys(NEW, OLD)

    assert run() == "new 2\nold 0\n"
    keys(NEW)
    assert [
        connection.opened_credential() for connection in Connection.objects.order_by("pk")
    ] == before
    assert refresh(first.catalogs.get(kind="images"))["outcome"] == "ok"
    assert [m for m in run_checks(databases=["default"]) if m.id == "connections.W001"] == []


def test_it_can_be_interrupted_and_repeated(keys: Any, connect: Any, monkeypatch: Any) -> None:
    for number in range(3):
        connect(str(number))
    keys(NEW, OLD)
    reseal, done = rotation._reseal, []

    def interrupted(connection: Connection) -> bool:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(connection.pk)
        return reseal(connection)

    monkeypatch.setattr(rotation, "_reseal", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert key_ids() == ["new", "new", "old"]
    monkeypatch.undo()

    assert run() == "new 3\nold 0\n"
    assert run() == "new 3\nold 0\n"


@pytest.mark.parametrize("batch", [1, 2, 200])
def test_it_goes_in_batches(keys: Any, connect: Any, monkeypatch: Any, batch: int) -> None:
    monkeypatch.setattr(rotation, "BATCH", batch)
    for number in range(5):
        connect(str(number))
    keys(NEW, OLD)

    assert run() == "new 5\nold 0\n"


def test_a_credential_saved_during_the_rotation_stays(
    keys: Any, connect: Any, monkeypatch: Any
) -> None:
    connect()
    keys(NEW, OLD)
    seal, replaced = Keyring.seal, AccountSecret("A1", "saved meanwhile")

    def slow(ring: Keyring, text: str, place: list[str]) -> str:
        monkeypatch.undo()
        connection = Connection.objects.get()
        connection.set_credential(replaced, timezone.now())
        connection.save()
        return seal(ring, text, place)

    monkeypatch.setattr(Keyring, "seal", slow)
    rotation.rotate()

    assert Connection.objects.get().opened_credential().secret == "saved meanwhile"  # type: ignore[union-attr]


def test_what_no_key_opens_is_counted_kept_and_needs_attention(keys: Any, connect: Any) -> None:
    lost, kept = connect("lost"), connect("kept")
    keys(NEW)
    kept.set_credential(AccountSecret("A1", "under the new key"), timezone.now())
    kept.save()

    assert run(ends=False) == "new 1\nold 1\n"
    lost.refresh_from_db()
    assert (lost.state, lost.reason, key_id_of(lost.credential)) == (
        "attention",
        "unreadable",
        "old",
    )
    with pytest.raises(CredentialUnreadable):
        lost.opened_credential()

    keys(NEW, OLD)
    assert run() == "new 2\nold 0\n"


def test_what_another_key_of_the_same_id_sealed_is_counted_kept_and_needs_attention(
    keys: Any, connect: Any, cast: SimpleNamespace
) -> None:
    lost = connect("lost")
    secret = get_mfa_adapter().encrypt("JBSWY3DPEHPK3PXP")
    Authenticator.objects.create(
        user=cast.mia, type=Authenticator.Type.TOTP, data={"secret": secret}
    )
    keys(NEW.replace("new:", "old:"))
    connect("kept")

    assert run(ends=False) == "old 1\n"
    assert run(ends=False) == "old 1\n"
    lost.refresh_from_db()
    assert (lost.state, lost.reason) == ("attention", "unreadable")
    assert sorted(
        str(m.msg) for m in run_checks(databases=["default"]) if m.id.endswith(".W001")
    ) == [
        "1 credentials sealed with the key 'old' do not open with CREDENTIAL_KEYS.",
        "1 secrets of second factors sealed with the key 'old' do not open with CREDENTIAL_KEYS.",
    ]

    keys(NEW, OLD)
    lost.refresh_from_db()
    assert lost.opened_credential().secret  # type: ignore[union-attr]


def test_a_token_of_another_key_goes(keys: Any, connect: Any, simulator: Simulator) -> None:
    connection = connect()
    connection.keep_token(Token("abcdefgh", 1800), timezone.now())
    keys(NEW, OLD)
    run()
    connection.refresh_from_db()

    assert (connection.token, connection.token_expires_at) == ("", None)
    assert refresh(connection.catalogs.get(kind="images"))["outcome"] == "ok"


def test_without_connections_there_is_nothing_to_do(keys: Any, db: None) -> None:
    assert run() == "old 0\n"


def test_second_factors_go_along_and_the_audit_trail_knows(
    keys: Any, cast: SimpleNamespace
) -> None:
    secret = get_mfa_adapter().encrypt("JBSWY3DPEHPK3PXP")
    factor = Authenticator.objects.create(
        user=cast.mia, type=Authenticator.Type.TOTP, data={"secret": secret}
    )
    keys(NEW, OLD)

    assert run() == "new 1\nold 0\n"
    factor.refresh_from_db()
    keys(NEW)
    assert get_mfa_adapter().decrypt(factor.data["secret"]) == "JBSWY3DPEHPK3PXP"
    assert list(AuditEntry.objects.values_list("kind", "target", "team")) == [
        ("keys_rotated", "new 1", None)
    ]


def test_a_second_factor_that_no_key_opens_stays_as_it_is(keys: Any, cast: SimpleNamespace) -> None:
    secret = get_mfa_adapter().encrypt("JBSWY3DPEHPK3PXP")
    factor = Authenticator.objects.create(
        user=cast.mia, type=Authenticator.Type.TOTP, data={"secret": secret}
    )
    keys(NEW)

    assert run(ends=False) == "new 0\nold 1\n"
    assert Authenticator.objects.get().data == factor.data


def test_a_second_factor_of_a_former_version_is_bound_to_its_user(
    keys: Any, cast: SimpleNamespace
) -> None:
    """Its key was missing when the portal was brought up to date, and was put back."""
    adapter = get_mfa_adapter()
    Authenticator.objects.create(user=cast.mia, type=Authenticator.Type.TOTP, data={})
    unbound = adapter.encrypt("JBSWY3DPEHPK3PXP")
    Authenticator.objects.update(data={"secret": unbound})
    assert adapter.decrypt(Authenticator.objects.get().data["secret"]) != "JBSWY3DPEHPK3PXP"

    assert run() == "old 1\n"
    assert adapter.decrypt(Authenticator.objects.get().data["secret"]) == "JBSWY3DPEHPK3PXP"

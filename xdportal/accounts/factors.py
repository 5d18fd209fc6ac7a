"""The secrets of second factors: allauth stores them, sealed and bound to their user and field."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings

from xdportal.accounts.adapters import UNBOUND, BoundText
from xdportal.lib.sealing import CannotOpen, key_id_of

SEALED = ("secret", "seed")  # of an authenticator app, of recovery codes


def context_of(authenticator: Authenticator, name: str) -> list[str]:
    """Return what a secret is bound to: another user's row doesn't open it."""
    return ["mfa.Authenticator", name, str(authenticator.user_id)]


def know_context(authenticator: Authenticator) -> None:
    """Let the secrets in memory know what they are bound to. The row itself is not changed."""
    data = authenticator.__dict__.get("data")  # absent where the query left it out
    if isinstance(data, dict) and any(name in data for name in SEALED):
        authenticator.data = _bound(authenticator, data)


def bind(authenticator: Authenticator) -> None:
    """Bind a new secret before it is saved."""
    data = dict(authenticator.data)
    for name in SEALED:
        text = _opened(data.get(name, ""), UNBOUND)
        if text is not None:
            context = context_of(authenticator, name)
            data[name] = settings.CREDENTIAL_KEYRING.seal(text, context)
    authenticator.data = _bound(authenticator, data)


def key_ids() -> Counter[str]:
    """Return how many secrets each key seals."""
    return Counter(key_id_of(sealed) for sealed in _sealed())


def unopened() -> Counter[str]:
    """Return how many secrets can't be opened, by key id.

    Their key is missing, another key has its id, or they are bound to another user.
    """
    shut = (sealed for sealed in _sealed() if _opened(sealed, sealed.context) is None)
    return Counter(key_id_of(sealed) for sealed in shut)


def rotate() -> int:
    """Seal with the first key what another key sealed, and bind what is unbound; return how many.

    Secrets that no key opens are left alone.
    """
    return sum(
        reseal(authenticator) for authenticator in Authenticator.objects.order_by("pk").iterator()
    )


def reseal(authenticator: Authenticator) -> bool:
    """Seal the secret with the present key; return whether that was necessary.

    The update is conditional: the secret may be in use at the same time.
    """
    data = dict(authenticator.data)
    for name in SEALED:
        if name not in data:
            continue
        text = _present(data[name], context_of(authenticator, name))
        if text is None:
            return False
        data[name] = text
    if data == authenticator.data:
        return False
    read = Authenticator.objects.filter(pk=authenticator.pk, data=authenticator.data)
    authenticator.data = _bound(authenticator, data)
    return bool(read.update(data=data))


def _present(sealed: str, context: list[str]) -> str | None:
    """Return the secret bound to its row and sealed with the present key; None if it is shut."""
    ring = settings.CREDENTIAL_KEYRING
    text = _opened(sealed, context)
    if text is not None and sealed.startswith(ring.prefix):
        return sealed
    if text is None:
        text = _opened(sealed, UNBOUND)
    return None if text is None else str(ring.seal(text, context))


def _bound(authenticator: Authenticator, data: dict[str, Any]) -> dict[str, Any]:
    bound = dict(data)
    for name in SEALED:
        if name in data:
            bound[name] = BoundText(data[name])
            bound[name].context = context_of(authenticator, name)
    return bound


def _sealed() -> Iterator[BoundText]:
    for authenticator in Authenticator.objects.iterator():
        yield from (authenticator.data[name] for name in SEALED if name in authenticator.data)


def _opened(sealed: str, context: list[str] | Any) -> str | None:
    try:
        return str(settings.CREDENTIAL_KEYRING.open(sealed, context))
    except CannotOpen:
        return None

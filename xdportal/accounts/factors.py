"""The secrets of second factors: allauth stores them, `adapters.MFAAdapter` seals them."""

from collections import Counter
from collections.abc import Iterator

from allauth.mfa.models import Authenticator
from django.conf import settings

from xdportal.accounts.adapters import SECOND_FACTOR
from xdportal.lib.sealing import CannotOpen, key_id_of

SEALED = ("secret", "seed")  # of an authenticator app, of recovery codes


def key_ids() -> Counter[str]:
    """Return how many secrets each key seals."""
    return Counter(map(key_id_of, _sealed()))


def unopened() -> Counter[str]:
    """Return how many secrets can't be opened, by key id.

    Their key is missing, or another key has its id.
    """
    return Counter(key_id_of(sealed) for sealed in _sealed() if not _opens(sealed))


def rotate() -> int:
    """Seal with the first key what another key sealed; return how many.

    Secrets that no key opens are left alone.
    """
    return sum(
        reseal(authenticator) for authenticator in Authenticator.objects.order_by("pk").iterator()
    )


def reseal(authenticator: Authenticator) -> bool:
    """Seal the secret with the present key; return whether that was necessary.

    The update is conditional: the secret may be in use at the same time.
    """
    ring = settings.CREDENTIAL_KEYRING
    data = dict(authenticator.data)
    for name in SEALED:
        sealed = data.get(name, "")
        if not sealed or sealed.startswith(ring.prefix):
            continue
        try:
            data[name] = ring.seal(ring.open(sealed, SECOND_FACTOR), SECOND_FACTOR)
        except CannotOpen:
            return False
    if data == authenticator.data:
        return False
    read = Authenticator.objects.filter(pk=authenticator.pk, data=authenticator.data)
    authenticator.data = data
    return bool(read.update(data=data))


def _sealed() -> Iterator[str]:
    found = Authenticator.objects.values_list("data", flat=True)
    return (data[name] for data in found.iterator() for name in SEALED if name in data)


def _opens(sealed: str) -> bool:
    try:
        settings.CREDENTIAL_KEYRING.open(sealed, SECOND_FACTOR)
    except CannotOpen:
        return False
    return True

"""Second factors' secrets and the keys that seal them: allauth keeps them, `adapters.MFAAdapter` seals them."""

from collections import Counter
from collections.abc import Iterator

from allauth.mfa.models import Authenticator
from django.conf import settings

from xdportal.accounts.adapters import SECOND_FACTOR
from xdportal.lib.sealing import Unsealable, key_id_of

SEALED = ("secret", "seed")  # of an app, of recovery codes


def key_ids() -> Counter[str]:
    """How many secrets each key seals."""
    return Counter(map(key_id_of, _sealed()))


def unopened() -> Counter[str]:
    """Key id → number of secrets that do not open: their key is missing, or another one bears its id."""
    return Counter(key_id_of(sealed) for sealed in _sealed() if not _opens(sealed))


def rotate() -> int:
    """Seals with the first key what another one sealed; how many. What no key opens stays as it is."""
    return sum(
        reseal(authenticator) for authenticator in Authenticator.objects.order_by("pk").iterator()
    )


def reseal(authenticator: Authenticator) -> bool:
    """Whether something was sealed anew, with the present key. Only over what was read: it may be used meanwhile."""
    ring, data = settings.CREDENTIAL_KEYRING, dict(authenticator.data)
    for name in SEALED:
        sealed = data.get(name, "")
        if not sealed or sealed.startswith(ring.prefix):
            continue
        try:
            data[name] = ring.seal(ring.open(sealed, SECOND_FACTOR), SECOND_FACTOR)
        except Unsealable:
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
    except Unsealable:
        return False
    return True

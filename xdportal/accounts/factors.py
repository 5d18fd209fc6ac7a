"""Second factors' secrets and the keys that seal them: allauth keeps them, `adapters.MFAAdapter` seals them."""

from collections import Counter

from allauth.mfa.models import Authenticator
from django.conf import settings

from xdportal.accounts.adapters import SECOND_FACTOR
from xdportal.lib.sealing import Unsealable, key_id_of

SEALED = ("secret", "seed")  # of an app, of recovery codes


def key_ids() -> Counter[str]:
    """How many secrets each key seals."""
    found = Authenticator.objects.values_list("data", flat=True)
    return Counter(key_id_of(data[name]) for data in found for name in SEALED if name in data)


def rotate() -> int:
    """Seals with the first key what another one sealed; how many. What no key opens stays as it is."""
    return sum(reseal(authenticator) for authenticator in Authenticator.objects.order_by("pk").iterator())


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

"""Second factors' secrets and the keys that seal them: allauth keeps them, `adapters.MFAAdapter` seals them."""

from collections import Counter

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from django.conf import settings

from xdportal.lib.sealing import key_id_of

SEALED = ("secret", "seed")  # of an app, of recovery codes


def key_ids() -> Counter[str]:
    """How many secrets each key seals."""
    found = Authenticator.objects.values_list("data", flat=True)
    return Counter(key_id_of(data[name]) for data in found for name in SEALED if name in data)


def reseal(authenticator: Authenticator) -> None:
    """With the present key. It was used a moment ago, so that one of the keys opens it."""
    for name in SEALED:
        sealed = authenticator.data.get(name, "")
        if sealed and key_id_of(sealed) != settings.CREDENTIAL_KEYRING.sealing_key:
            authenticator.data[name] = encrypt(decrypt(sealed))
            authenticator.save(update_fields=["data"])

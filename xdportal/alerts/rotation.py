"""Channels' part in changing the key that seals."""

from collections import Counter

from django.conf import settings

from xdportal.alerts.models import Channel
from xdportal.lib.sealing import CannotOpen, Keyring, key_id_of


def keys_in_use() -> Counter[str]:
    """Return the number of channels by the id of the key that sealed them."""
    sealed = Channel.objects.exclude(config="").values_list("config", flat=True)
    return Counter(key_id_of(text) for text in sealed.iterator())


def unopened() -> Counter[str]:
    """Return, by key, the number of channels that no key opens."""
    shut: Counter[str] = Counter()
    for channel in Channel.objects.exclude(config="").iterator():
        if _text(channel) is None:
            shut[key_id_of(channel.config)] += 1
    return shut


def rotate() -> int:
    """Seal with the first key what another one sealed; return how many channels that were.

    Each row is written only over what was read, so that an address saved at the same time stays.
    """
    keyring: Keyring = settings.CREDENTIAL_KEYRING
    sealed_again = 0
    for channel in Channel.objects.exclude(config="").iterator():
        text = _text(channel)
        if text is None or channel.config.startswith(keyring.prefix):
            continue
        read = Channel.objects.filter(pk=channel.pk, config=channel.config)
        sealed_again += read.update(config=keyring.seal(text, channel.context))
    return sealed_again


def _text(channel: Channel) -> str | None:
    try:
        return str(settings.CREDENTIAL_KEYRING.open(channel.config, channel.context))
    except CannotOpen:
        return None

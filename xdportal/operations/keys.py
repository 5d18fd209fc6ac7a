"""The encryption keys in use, over all rooms that seal something."""

from collections import Counter
from typing import NamedTuple

from xdportal.accounts import factors
from xdportal.alerts import rotation as alerts
from xdportal.connections import rotation as connections


class Sealed(NamedTuple):
    """How many secrets of each kind there are, by the id of the key that sealed them."""

    credentials: Counter[str]
    second_factors: Counter[str]
    channels: Counter[str]

    @property
    def total(self) -> Counter[str]:
        return self.credentials + self.second_factors + self.channels


def sealed() -> Sealed:
    return Sealed(connections.keys_in_use(), factors.key_ids(), alerts.keys_in_use())


def unopened() -> Sealed:
    """Count the secrets that no key of CREDENTIAL_KEYS opens, by the key that sealed them."""
    return Sealed(connections.unopened(), factors.unopened(), alerts.unopened())


def seal_again() -> dict[str, int]:
    """Seal with the first key what another one sealed; return how many of each kind."""
    return {
        "credentials": connections.rotate(),
        "second factors": factors.rotate(),
        "channels": alerts.rotate(),
    }

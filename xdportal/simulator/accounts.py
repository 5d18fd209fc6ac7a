"""The accounts that the simulated provider knows; the same for the same seed."""

import base64
import hashlib
from dataclasses import dataclass, field

ACCOUNTS = 4  # in each environment


@dataclass(frozen=True)
class Account:
    account_id: str
    secret: str = field(repr=False)


def accounts(seed: int, environment: str) -> tuple[Account, ...]:
    return tuple(_account(f"{seed}/{environment}/{number}") for number in range(ACCOUNTS))


def _account(text: str) -> Account:
    digest = hashlib.sha256(text.encode()).digest()
    number = int.from_bytes(digest[24:]) % 10**8
    return Account(f"A{number:08}", base64.urlsafe_b64encode(digest[:24]).decode())

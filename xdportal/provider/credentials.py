"""What opens the provider's door, in the forms it accepts. Neither ever appears in a repr."""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,512}")
ACCOUNT_ID = re.compile(r"[!-~]{1,64}")
SHORTEST_SECRET, LONGEST_SECRET = 8, 512


@dataclass(frozen=True, slots=True)
class AccountSecret:
    account_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BareToken:
    token: str = field(repr=False)


Credential = AccountSecret | BareToken


def is_token(text: str) -> bool:
    return TOKEN.fullmatch(text) is not None


def is_account_id(text: str) -> bool:
    return ACCOUNT_ID.fullmatch(text) is not None


def is_secret(text: str) -> bool:
    """Any one line of the right length that can be stored."""
    return SHORTEST_SECRET <= len(text) <= LONGEST_SECRET and not re.search(
        "[\0\r\n\ud800-\udfff]", text
    )

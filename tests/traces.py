"""The search for secrets: in all forms, wherever they could have been left."""

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from django.apps import apps

from xdportal.simulator import Simulator


def secrets_of(simulator: Simulator) -> set[str]:
    """What its accounts and tokens are."""
    accounts = [account for known in simulator.accounts.values() for account in known]
    return {account.secret for account in accounts} | {
        call.token for call in simulator.calls if call.token
    }


def forms(secret: str) -> Iterator[str]:
    """Plain, URL-encoded, in hex, and in base64 wherever it begins within a group of three
    bytes.
    """
    yield from (secret, quote(secret, safe=""), secret.encode().hex())
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(b"." * shift + secret.encode()).decode()[4 * (shift > 0) : -4]


def stored() -> Iterator[str]:
    """Every row of every table."""
    for model in apps.get_models():
        yield from (repr(row) for row in model._default_manager.values())


def traces(
    secrets: Iterable[str], texts: Iterable[str] = (), folder: Path | None = None
) -> list[str]:
    """Which texts (by number) and which files below the folder hold any of the secrets."""
    wanted = {form for secret in secrets for form in forms(secret)}
    found = [
        f"text {number}"
        for number, text in enumerate(texts)
        if any(form in text for form in wanted)
    ]
    for path in sorted(folder.rglob("*") if folder else []):
        if path.is_file() and any(form.encode() in path.read_bytes() for form in wanted):
            found.append(path.name)
    return found

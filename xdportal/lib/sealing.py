"""Authenticated encryption of short texts, bound to where they are stored (AES-256-GCM).

A sealed text is `v1:<key id>:<base64url of nonce and ciphertext>`. The context is authenticated
with it: a text copied to another row, field or owner does not open.
"""

import base64
import binascii
import json
import os
import re
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32
FEWEST_DISTINCT_BYTES = 12  # 32 random bytes have about 30; a repeated phrase has far fewer


class KeyringError(ValueError):
    """The text of the keys is invalid. The message says what to do and contains no key."""


class CannotOpen(Exception):
    """The text does not open: unknown key, altered, cut, or sealed for another context."""


class Keyring:
    """The first key seals; every key opens."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self.sealing_key = next(iter(keys))

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Read comma-separated `id:base64 of 32 bytes`, the sealing key first."""
        keys: dict[str, bytes] = {}
        entries = [part.strip() for part in text.split(",") if part.strip()]
        for number, entry in enumerate(entries, start=1):
            key_id, _, encoded = entry.partition(":")
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", key_id):
                raise KeyringError(
                    f"key {number} has no id: write it as id:base64, id of letters and digits."
                )
            if key_id in keys:
                raise KeyringError(f"the key id {key_id!r} is used twice.")
            keys[key_id] = _strong(key_id, encoded)
        if not keys:
            raise KeyringError("there is no key.")
        return cls(keys)

    @property
    def key_ids(self) -> list[str]:
        return list(self._ciphers)

    @property
    def prefix(self) -> str:
        """Return the beginning of every text sealed with the first key."""
        return f"v1:{self.sealing_key}:"

    def seal(self, text: str, context: Sequence[str]) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._ciphers[self.sealing_key].encrypt(
            nonce, text.encode(), _bytes(context)
        )
        return self.prefix + base64.urlsafe_b64encode(sealed).decode()

    def open(self, sealed: str, context: Sequence[str]) -> str:
        """Return the text. Raise CannotOpen unless it was sealed for this context."""
        try:
            version, key_id, encoded = sealed.split(":")
            data = base64.b64decode(encoded, altchars=b"-_", validate=True)
            if version != "v1":
                raise CannotOpen("unknown format")
            return (
                self._ciphers[key_id]
                .decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], _bytes(context))
                .decode()
            )
        except KeyError:
            raise CannotOpen("unknown key") from None
        except (ValueError, binascii.Error, InvalidTag):
            raise CannotOpen("altered, or sealed for another context") from None


def key_id_of(sealed: str) -> str:
    """Return the id of the key a text was sealed with; empty if it is not a sealed text."""
    parts = sealed.split(":")
    return parts[1] if len(parts) == 3 else ""


def _bytes(context: Sequence[str]) -> bytes:
    return json.dumps(list(context)).encode()


def _strong(key_id: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
    except (ValueError, binascii.Error):
        raise KeyringError(f"key {key_id!r} is not base64.") from None
    if len(key) != KEY_BYTES:
        raise KeyringError(f"key {key_id!r} has {len(key)} bytes; it must have {KEY_BYTES}.")
    if len(set(key)) < FEWEST_DISTINCT_BYTES:
        raise KeyringError(f"key {key_id!r} is weak: take {KEY_BYTES} random bytes.")
    return key

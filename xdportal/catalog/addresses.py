"""Addresses of a list's pages. Those of images keep the short form of the first version."""

import base64
import binascii
import re
from collections.abc import Callable

from django.urls import reverse

IMAGES = "images"
PLACE = "0"  # an id like any other
PLAIN = re.compile(r"[A-Za-z0-9._-]+")


def catalog_url(slug: str, kind: str, page: str, *parts: object) -> str:
    """Return the address of a page of a list, such as `changes` or `snapshot` with its number."""
    if kind == IMAGES:
        return reverse(page, args=[slug, *parts])
    return reverse(f"kind:{page}", args=[slug, kind, *parts])


def item_url(slug: str, kind: str, item_id: str) -> str:
    return catalog_url(slug, kind, "item", id_part(item_id))


def item_urls(slug: str, kind: str) -> Callable[[str], str]:
    """Return what makes the addresses of one list's items, without resolving each."""
    before, after = item_url(slug, kind, PLACE).rsplit(PLACE, 1)
    return lambda item_id: f"{before}{id_part(item_id)}{after}"


def id_part(item_id: str) -> str:
    """Return `4005`, or `~` and base64url for ids outside [A-Za-z0-9._-] and ids of dots only."""
    if PLAIN.fullmatch(item_id) and item_id.strip("."):
        return item_id
    return "~" + base64.urlsafe_b64encode(item_id.encode()).decode().rstrip("=")


def id_from(part: str) -> str | None:
    """Return the id that a part of a path names; None where it names none."""
    if not part.startswith("~"):
        return part if PLAIN.fullmatch(part) else None
    encoded = part[1:]
    padded = encoded + "=" * (-len(encoded) % 4)
    try:
        item_id = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        return None
    return item_id if "\0" not in item_id else None

"""The address of an image's page. Ids that a path cannot carry plainly are written in base64."""

import base64
import binascii
import re

from django.urls import reverse

PLAIN = re.compile(r"[A-Za-z0-9._-]+")


def image_url(slug: str, image_id: str) -> str:
    return reverse("image", args=[slug, image_part(image_id)])


def image_part(image_id: str) -> str:
    """`4005`, or `~` and base64url for ids outside [A-Za-z0-9._-] and ids of dots only."""
    if PLAIN.fullmatch(image_id) and image_id.strip("."):
        return image_id
    return "~" + base64.urlsafe_b64encode(image_id.encode()).decode().rstrip("=")


def image_id_from(part: str) -> str | None:
    """The id that a part of a path names; None where it names none."""
    if not part.startswith("~"):
        return part if PLAIN.fullmatch(part) else None
    encoded = part[1:]
    try:
        image_id = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        return None
    return image_id if "\0" not in image_id else None

"""Paste an answer, read what it means. Here and not beside the reference, because catalogs know the ids in it."""

import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog.pages.lookup import known_images
from xdportal.errorcodes import decoder, masking

TYPES_DIFFER = 7005
LONGEST_SHOWN = 20_000  # a longer text is not repeated in the form


@sensitive_post_parameters("text")
@require_http_methods(["GET", "HEAD", "POST"])
def decode(request: AuthenticatedRequest) -> HttpResponse:
    """Nothing of what is pasted is stored, logged or put into an address."""
    context: dict[str, Any] = {"patterns": json.dumps(masking.PATTERNS), "mask": masking.MASK}
    if request.method == "POST":
        pasted = decoder.read(request.POST.get("text", ""))
        ids = pasted.image_ids or pasted.numbers
        known = known_images(request.viewer, ids)
        context |= {
            "pasted": pasted,
            "shown": pasted.text if len(pasted.text) <= LONGEST_SHOWN else "",
            "known": known,
            "unknown": [i for i in pasted.image_ids if i not in {one.item_id for one in known}],
            "types_differ": pasted.code == TYPES_DIFFER,
            "message": decoder.support_message(pasted) if pasted.meanings or pasted.code else "",
        }
    return render(request, "catalog/decoder.html", context)

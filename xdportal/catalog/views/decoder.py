"""Explain a pasted error. Not beside the reference, because catalogs know the ids in it."""

import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog.pages.lookup import known_images
from xdportal.errorcodes import decoder, masking, sharing
from xdportal.errorcodes.forms import PasteForm
from xdportal.errorcodes.support import support_message

TYPES_DIFFER = 7005


@sensitive_post_parameters("text")
@require_http_methods(["GET", "HEAD", "POST"])
def decode(request: AuthenticatedRequest) -> HttpResponse:
    """Nothing of what is pasted is stored, logged or put into an address."""
    context: dict[str, Any] = {
        "form": PasteForm(),
        "patterns": json.dumps(masking.PATTERNS),
        "mask": masking.MASK,
    }
    if request.method == "POST":
        context |= _pasted(request, PasteForm(request.POST))
    else:
        context |= _shared(request)
    return render(request, "catalog/decoder.html", context)


def _pasted(request: AuthenticatedRequest, form: PasteForm) -> dict[str, Any]:
    if not form.is_valid():
        return {"errors": form.errors["text"]}
    pasted = decoder.read(form.cleaned_data["text"])
    shown = PasteForm(initial={"text": pasted.text})
    return {"form": shown, **_explanation(request, pasted)}


def _shared(request: AuthenticatedRequest) -> dict[str, Any]:
    text = sharing.text_of(request.GET)
    return {"is_shared": True, **_explanation(request, decoder.read(text))} if text else {}


def _explanation(request: AuthenticatedRequest, pasted: decoder.Pasted) -> dict[str, Any]:
    url = request.build_absolute_uri(reverse("decoder"))
    query = sharing.query_of(pasted)
    return {
        "pasted": pasted,
        "link": f"{url}?{query}" if query else "",
        "message": support_message(pasted),
        **_known_ids(request, pasted),
    }


def _known_ids(request: AuthenticatedRequest, pasted: decoder.Pasted) -> dict[str, Any]:
    known = known_images(request.viewer, pasted.image_ids or pasted.numbers)
    known_ids = {one.item_id for one in known}
    return {
        "known": known,
        "unknown": [image_id for image_id in pasted.image_ids if image_id not in known_ids],
        "types_differ": pasted.code == TYPES_DIFFER,
    }

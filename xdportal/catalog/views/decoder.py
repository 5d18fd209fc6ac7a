"""Explain a pasted error. Not beside the reference, because catalogs know the ids in it."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog.pages.causes import cause_of, question_of, remedy_of
from xdportal.catalog.pages.fates import Fate, fates
from xdportal.errorcodes import decoder, masking, sharing
from xdportal.errorcodes.forms import PasteForm
from xdportal.errorcodes.support import support_message
from xdportal.lib.person_locks import PersonLocks
from xdportal.lib.shares import Share

# Of a process's eight threads two, and one a person in all processes
LOCKS = PersonLocks(settings.DATA_DIR / "decoder.lock")
SHARE = Share(size=2, each=1, methods=frozenset({"POST"}), locks=LOCKS)


@SHARE.bound
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
    image_ids = pasted.image_ids or pasted.numbers
    found = fates(request.viewer, image_ids, pasted.package_ids)
    cause = cause_of(pasted, found)
    question = question_of(cause) if cause else ""
    return {
        "pasted": pasted,
        "link": _link(request, pasted),
        "fates": found,
        "unknown": _unknown(pasted, found),
        "cause": cause,
        "remedy": remedy_of(cause) if cause else None,
        "message": support_message(pasted, question),
    }


def _link(request: AuthenticatedRequest, pasted: decoder.Pasted) -> str:
    query = sharing.query_of(pasted)
    if not query:
        return ""
    url = reverse("decoder")
    return request.build_absolute_uri(f"{url}?{query}")


def _unknown(pasted: decoder.Pasted, found: list[Fate]) -> list[str]:
    """Return the ids that the text names as such, and that were never listed."""
    known = {fate.item_id for fate in found}
    named = [*pasted.image_ids, *pasted.package_ids]
    return [item_id for item_id in named if item_id not in known]

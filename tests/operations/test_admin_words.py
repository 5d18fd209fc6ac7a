"""The admin panel speaks the language of who reads it: no field is named by its Python name."""

import re
from collections.abc import Iterator
from types import SimpleNamespace

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, label_for_field
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import translation

ABBREVIATIONS = {"API", "CPU", "GPU", "HTTP", "ID", "IP", "MFA", "URL", "UUID"}


def request_of(cast: SimpleNamespace) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = cast.ada
    return request


def labels(request: HttpRequest) -> Iterator[tuple[str, str, str]]:
    """Return each field that a list or a form shows, with its model and its label."""
    for model, page in admin.site._registry.items():
        form = page.get_fieldsets(request, model())
        shown = [*page.get_list_display(request), *flatten_fieldsets(form)]
        for name in dict.fromkeys(shown):
            yield model._meta.label, name, str(label_for_field(name, model, page))


def test_every_field_has_a_chinese_name(cast: SimpleNamespace) -> None:
    with translation.override("zh-hans"):
        english = [
            (model, name, label)
            for model, name, label in labels(request_of(cast))
            if set(re.findall("[A-Za-z]{2,}", label)) - ABBREVIATIONS
        ]

    assert english == []

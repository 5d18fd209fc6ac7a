"""A long select is the same as Django's own, without a template for each option."""

import pytest
from django import forms
from django.test.html import Element, parse_html
from django.utils.translation import gettext_lazy as _

from xdportal.lib.widgets import LongSelect

CHOICES = [("", _("Time zone")), ("Asia/Shanghai", "Asia/Shanghai"), ('"<&', "<b>&'")]


class Plain(forms.Form):
    zone = forms.ChoiceField(choices=CHOICES, required=False, help_text="h")


class Long(forms.Form):
    zone = forms.ChoiceField(choices=CHOICES, required=False, help_text="h", widget=LongSelect)


def drawn(form: forms.Form, **attributes: str) -> Element:
    """Return the control without the order of its attributes."""
    return parse_html(form["zone"].as_widget(attrs=attributes))


@pytest.mark.parametrize("value", ["", "Asia/Shanghai", '"<&', "unknown"])
def test_as_django_draws_it(value: str) -> None:
    data = {"zone": value}

    assert drawn(Long(data), **{"class": "sel"}) == drawn(Plain(data), **{"class": "sel"})


def test_without_a_value() -> None:
    assert drawn(Long()) == drawn(Plain())

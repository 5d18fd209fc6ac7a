"""A form's field by its name, as the kind that it is."""

import pytest
from django import forms

from xdportal.lib.forms import field_of


class ColourForm(forms.Form):
    colour = forms.ChoiceField()


def test_a_field_is_returned_as_its_kind() -> None:
    form = ColourForm()
    field_of(form, "colour", forms.ChoiceField).choices = [("r", "red")]

    assert form.fields["colour"].widget.choices == [("r", "red")]


def test_a_field_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="colour is no DateField"):
        field_of(ColourForm(), "colour", forms.DateField)

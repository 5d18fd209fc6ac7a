"""Forms of pins, recipes, channels and rules. What they ask for is done in `actions`."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError


def refuse(form: forms.Form, error: ValidationError) -> None:
    """Show what an action refused at its field, or above the form where it has no such field."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


class Choices(forms.ChoiceField):
    """A choice whose values are set when the form is made."""

    def offer(self, choices: list[tuple[Any, Any]]) -> None:
        self.choices = choices

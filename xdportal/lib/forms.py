"""Reaching a form's field by its name."""

from typing import TypeVar

from django.forms import BaseForm, Field

FieldT = TypeVar("FieldT", bound=Field)


def field_of(form: BaseForm, name: str, kind: type[FieldT]) -> FieldT:
    """Return the field, which must be of this kind: a form knows it only as a Field."""
    field = form.fields[name]
    if not isinstance(field, kind):
        raise TypeError(f"{name} is no {kind.__name__}")
    return field

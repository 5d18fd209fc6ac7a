"""A team's note on an image: anybody who works in the team writes it, everyone in the team reads it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from xdportal.catalog.models import LONGEST_NOTE, Catalog, Note


class NoteForm(forms.Form):
    """The text of the note; empty takes it away."""

    text = forms.CharField(
        label=_("Note of the team"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Everybody in the team can read it, for example what the image is used for."),
    )

    def store(self, catalog: Catalog, image_id: str, author: Any) -> None:
        text = self.cleaned_data["text"]
        if text:
            Note.objects.update_or_create(catalog=catalog, image_id=image_id, defaults={"text": text, "author": author})
        else:
            Note.objects.filter(catalog=catalog, image_id=image_id).delete()


def note_on(catalog: Catalog, image_id: str) -> Note | None:
    """One query."""
    return catalog.notes.select_related("author").filter(image_id=image_id).first()

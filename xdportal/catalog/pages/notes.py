"""A team's note on an item: members and above write it, everyone in the team reads it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from xdportal.catalog.models import LONGEST_NOTE, Catalog, Note


class NoteForm(forms.Form):
    """The text of the note; an empty one deletes the note."""

    text = forms.CharField(
        label=_("Note of the team"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "Everyone in the team can read it. Say, for example, what the image is used for."
        ),
    )

    def store(self, catalog: Catalog, item_id: str, author: Any) -> None:
        text = self.cleaned_data["text"]
        if text:
            written = {"text": text, "author": author}
            Note.objects.update_or_create(catalog=catalog, item_id=item_id, defaults=written)
        else:
            Note.objects.filter(catalog=catalog, item_id=item_id).delete()


def note_on(catalog: Catalog, item_id: str) -> Note | None:
    """One query."""
    return catalog.notes.select_related("author").filter(item_id=item_id).first()

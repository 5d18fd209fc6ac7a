from django.db import models
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models import User
from xdportal.catalog.models.catalog import Catalog
from xdportal.provider.fields import MAX_LENGTH

LONGEST_NOTE = 500


class Note(models.Model):
    """What a team wants to remember about an item, such as `base of the Maya template`."""

    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="notes")
    item_id = models.CharField(max_length=MAX_LENGTH, db_column="image_id")
    text = models.CharField(max_length=LONGEST_NOTE)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        constraints = [
            models.UniqueConstraint(fields=["catalog", "item_id"], name="one_note_an_image")
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.text}"

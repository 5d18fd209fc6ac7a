from django.db import models

from xdportal.accounts.models import User
from xdportal.catalog.models.catalog import Catalog


class SeenChanges(models.Model):
    """Up to which snapshot of a list a person has read the changes."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    catalog = models.ForeignKey(Catalog, on_delete=models.CASCADE, related_name="seen")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()  # when that was said

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "catalog"], name="one_mark_a_person_and_list")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.catalog_id} #{self.number}"

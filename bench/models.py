from django.db import models
from simple_history.models import HistoricalRecords


class Peer(models.Model):
    """The same list, kept by django-simple-history."""

    image_id = models.CharField(max_length=128, unique=True)
    type = models.CharField(max_length=128)
    name = models.CharField(max_length=128)
    version = models.CharField(max_length=128)
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.image_id

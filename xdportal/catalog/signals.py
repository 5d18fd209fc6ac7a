from typing import Any

from django.db.models.signals import post_save
from django.dispatch import Signal, receiver
from django.utils import timezone

from xdportal.accounts.models import User
from xdportal.accounts.signals import personal_data
from xdportal.catalog import upkeep
from xdportal.catalog.lease import NO_LEASE
from xdportal.catalog.models import Catalog, HeldAnswer, Note, Snapshot
from xdportal.connections.models import Connection
from xdportal.connections.signals import check_wanted

snapshot_recorded = Signal()  # after commit, with `snapshot`


@receiver(snapshot_recorded)
def analyze_after_the_first(snapshot: Snapshot, **kwargs: Any) -> None:
    if snapshot.number == 1:
        upkeep.analyze()


@receiver(check_wanted)
def check_soon(connection: Connection, account: bool = False, **kwargs: Any) -> None:
    """A new credential, or a resumed connection. Of another account nothing is compared or accepted any more."""
    for catalog in connection.catalogs.all():
        if account:
            HeldAnswer.objects.filter(catalog=catalog).delete()
            Catalog.objects.filter(pk=catalog.pk).update(answer_digest=b"", failures=0, **NO_LEASE)
        Catalog.objects.filter(pk=catalog.pk).update(next_check_at=timezone.now())


@receiver(personal_data)
def notes_of(user: User, **kwargs: Any) -> tuple[str, list[dict[str, Any]]]:
    fields = ("catalog__connection__slug", "image_id", "text", "written_at")
    return "notes", list(Note.objects.filter(author=user).values(*fields))


@receiver(post_save, sender=Connection)
def make_catalogs(instance: Connection, created: bool, raw: bool, **kwargs: Any) -> None:
    """A new connection is due at once. (`loaddata` brings the catalog itself.)"""
    if created and not raw:
        Catalog.objects.create(connection=instance, kind=Catalog.Kind.IMAGES, next_check_at=timezone.now())

"""Notes what is new about the provider's answers. It decides nothing about the list."""

import logging
from datetime import datetime

from django.db import transaction

from xdportal.catalog.kinds import spec_of
from xdportal.catalog.models import Catalog, ShapeChange
from xdportal.catalog.signals import shape_changed
from xdportal.provider.shape import Shape, deviations, known_after

log = logging.getLogger(__name__)


def note(catalog: Catalog, shape: Shape, at: datetime) -> None:
    """Compare an answer with those before. No query while it looks the same."""
    known = known_after(catalog.shape, shape)
    if not shape or known == catalog.shape:
        return
    found = deviations(spec_of(catalog).provider, catalog.shape, shape)
    with transaction.atomic():
        Catalog.objects.filter(pk=catalog.pk).update(shape=known)
        noted = [ShapeChange.objects.note(catalog, one, at) for one in found]
        changes = [change for change in noted if change is not None]
        if changes:
            transaction.on_commit(lambda: shape_changed.send(Catalog, changes=changes))
    for one in found:
        log.warning("The provider's answer changed: %s %s %s", one.what, one.field, one.type)

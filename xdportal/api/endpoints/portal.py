"""The portal itself: is it well, and what can it be asked."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy

from xdportal import VERSION
from xdportal.api import groups, meta, specification
from xdportal.api.operations import ANY, Answer, Call, NoQuery, get
from xdportal.api.schemas import One, PortalStatus
from xdportal.catalog.models import Catalog, Sweep
from xdportal.catalog.pages.state import is_trusted


@get(
    "/status",
    summary=gettext_lazy("Health of the portal and of the lists"),
    description=gettext_lazy("Counts only what the key can see."),
    group=groups.PORTAL,
    scopes=ANY,
    answer=One[PortalStatus],
)
def get_status(call: Call[NoQuery, None]) -> Answer:
    lists = Catalog.objects.visible_to(call.viewer).enabled()
    catalogs = list(lists.select_related("connection", "latest_snapshot", "quarantined"))
    sweep = Sweep.objects.first()
    patience = timedelta(seconds=settings.SWEEP_PATIENCE)
    data = {
        "version": VERSION,
        "worker_alive": sweep is not None and call.at - sweep.at <= patience,
        "connections": len({catalog.connection_id for catalog in catalogs}),
        "lists": len(catalogs),
        "stale": sum(meta.is_stale(catalog, call.at) for catalog in catalogs),
        "held": sum(meta.is_held(catalog) for catalog in catalogs),
        "unknown": sum(not is_trusted(catalog, call.at) for catalog in catalogs),
    }
    return Answer({"data": data, "meta": {}})


@get(
    "/openapi.json",
    summary=gettext_lazy("This specification"),
    group=groups.PORTAL,
    is_public=True,
    answer=dict,
)
def get_specification(call: Call[NoQuery, None]) -> Answer:
    return Answer(specification.document())

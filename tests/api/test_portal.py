"""Is the portal well, and what can it be asked."""

from django.utils import timezone

from tests.api.conftest import Api
from tests.items import give
from xdportal import VERSION
from xdportal.catalog.models import Catalog, Sweep


def test_the_portal_is_well(api: Api, images: Catalog) -> None:
    Sweep.note(timezone.now())

    assert api.data("/status") == {
        "version": VERSION,
        "worker_alive": True,
        "connections": 1,
        "lists": 4,
        "stale": 0,
        "held": 0,
        "unknown": 0,
    }


def test_what_cannot_be_relied_on_is_counted(api: Api, images: Catalog) -> None:
    give(images, [], timezone.now())

    status = api.data("/status")

    assert (status["worker_alive"], status["held"], status["unknown"]) == (False, 1, 1)

"""Ids of events that survive a move of host, a rename, and the step from http to https."""

from functools import cache
from uuid import UUID, uuid5

from xdportal.alerts.models import Instance
from xdportal.catalog.models import Event


def urn_of(event: Event) -> str:
    return uuid5(_instance(), f"event:{event.pk}").urn


def uuid_of(name: str) -> UUID:
    return uuid5(_instance(), name)


@cache
def _instance() -> UUID:
    return Instance.uuid_of_this()

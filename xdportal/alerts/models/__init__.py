from xdportal.alerts.models.channel import SEALED_FIELDS, Channel, Kind, RateBucket, Rule
from xdportal.alerts.models.delivery import Attempt, Delivery
from xdportal.alerts.models.expected import ExpectedChange, ReadMark
from xdportal.alerts.models.pin import (
    CatalogMute,
    Pin,
    PinRevision,
    PinSource,
    PinState,
    Recipe,
)
from xdportal.alerts.models.public import Instance, PublicToken

__all__ = [
    "SEALED_FIELDS",
    "Attempt",
    "CatalogMute",
    "Channel",
    "Delivery",
    "ExpectedChange",
    "Instance",
    "Kind",
    "Pin",
    "PinRevision",
    "PinSource",
    "PinState",
    "PublicToken",
    "RateBucket",
    "ReadMark",
    "Recipe",
    "Rule",
]

from xdportal.catalog.models.catalog import Catalog, Sweep
from xdportal.catalog.models.check import GOOD_OUTCOMES, Check, Outcome
from xdportal.catalog.models.event import Event
from xdportal.catalog.models.listing import (
    LISTINGS,
    AsLine,
    AsNumber,
    ImageListing,
    Listing,
    Listings,
    PackageListing,
    PersonalListing,
)
from xdportal.catalog.models.note import LONGEST_NOTE, Note
from xdportal.catalog.models.saved_filter import LONGEST_FILTER, SavedFilter
from xdportal.catalog.models.seen import SeenChanges
from xdportal.catalog.models.shape import ShapeChange
from xdportal.catalog.models.snapshot import QuarantinedAnswer, Snapshot

__all__ = [
    "GOOD_OUTCOMES",
    "LISTINGS",
    "LONGEST_FILTER",
    "LONGEST_NOTE",
    "AsLine",
    "AsNumber",
    "Catalog",
    "Check",
    "Event",
    "ImageListing",
    "Listing",
    "Listings",
    "Note",
    "Outcome",
    "PackageListing",
    "PersonalListing",
    "QuarantinedAnswer",
    "SavedFilter",
    "SeenChanges",
    "ShapeChange",
    "Snapshot",
    "Sweep",
]

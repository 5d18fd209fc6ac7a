"""What each kind of list means here: its fields, their words, and how pages and exports show them.

With `provider/kinds.py` this is all that knows a kind by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xdportal.catalog.models import LISTINGS, Catalog, Listing
from xdportal.provider import kinds as provider
from xdportal.provider.kinds import Kind


class Role(Enum):
    MEANING = auto()  # what the id stands for: a change may break whoever uses it
    VALUE = auto()  # may change while the id stands for the same


@dataclass(frozen=True)
class Field:
    """One field of a record, as people and programs meet it."""

    name: str  # in the record, in the API
    label: Promise
    position: int  # in the record
    role: Role = Role.MEANING
    facet: bool = False  # offered as a filter, counted with each snapshot
    searched: bool = False
    exactly: bool = False  # searched for as a whole only
    numeric: bool = False  # ordered as a number
    words: Mapping[str, Promise] = field(default_factory=dict)  # the provider's codes explained
    column: str = ""  # its name in exports and query strings, where it differs
    parameter: str = ""  # its name in query strings, where that differs, too
    then: tuple[str, ...] = ()  # columns that order what is equal in this one; else by id

    @property
    def export(self) -> str:
        return self.column or self.name

    @property
    def query(self) -> str:
        return self.parameter or self.export


@dataclass(frozen=True)
class CatalogKind:
    provider: Kind[Any]
    label: Promise
    item_label: Promise
    fields: tuple[Field, ...]  # without the id
    id_label: Promise
    id_column: str = "id"  # the name of the id in exports
    title: tuple[str, ...] = ("name",)  # the fields that name an item in a sentence
    aside: tuple[str, ...] = ("type",)  # those that follow in brackets
    listed_as: str = "items"  # the name of the list in JSON exports
    may_be_empty: bool = False  # whether an empty first list is plausible
    list_template: str = "catalog/images.html"
    item_template: str = "catalog/image.html"

    @property
    def name(self) -> str:
        return self.provider.name

    @property
    def listing(self) -> type[Listing]:
        return LISTINGS[self.name]

    @cached_property
    def facets(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.facet)

    @cached_property
    def searched(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.searched)

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {f.name: f for f in self.fields}

    @cached_property
    def meaning(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.role is Role.MEANING)


AREAS = {"0": _("South China"), "1": _("West China"), "2": _("International")}
MACHINE_TYPES = {"0": _("Office"), "1": _("Image processing"), "2": _("Compute")}
USE_TYPES = {
    "0": _("By the hour only"),
    "1": _("For a period only"),
    "2": _("By the hour and for a period"),
}
STATUSES = {
    "0": pgettext_lazy("personal image", "Being created"),
    "1": pgettext_lazy("personal image", "Usable"),
    "2": pgettext_lazy("personal image", "Failed"),
    "3": pgettext_lazy("personal image", "Expired"),
}

IMAGES = CatalogKind(
    provider=provider.IMAGES,
    label=_("Images"),
    item_label=_("image"),
    id_label=_("Image ID"),
    id_column="image_id",
    title=("name", "version"),
    listed_as="images",
    fields=(
        Field("type", _("type"), 1, facet=True, searched=True, exactly=True),
        Field("name", _("system"), 2, facet=True, searched=True, column="system", then=("version", "item_id", "type")),
        Field("version", _("version"), 3, searched=True, then=("name",)),
    ),
)

_PACKAGE_FIELDS = (
    Field("name", _("name"), 1, searched=True),
    Field("type", _("type"), 2, facet=True, searched=True, exactly=True),
    Field("gpu", _("GPU"), 3, facet=True, searched=True),
    Field("gpu_count", _("GPUs"), 4, numeric=True),
    Field("cpu", _("CPU"), 5, numeric=True),
    Field("memory", _("memory"), 6, numeric=True),
    Field("disk", _("disk"), 7, numeric=True),
    Field("bandwidth", _("bandwidth"), 8, numeric=True),
    Field("area", _("area"), 9, facet=True, words=AREAS),
    Field("machine_type", _("machine type"), 10, facet=True, words=MACHINE_TYPES),
    Field("use_type", _("billing"), 11, words=USE_TYPES),
    Field("price", _("price"), 12, role=Role.VALUE, numeric=True),
    Field("discount", _("discount"), 13, role=Role.VALUE, numeric=True),
)

PACKAGES_PAYG = CatalogKind(
    provider=provider.PACKAGES_PAYG,
    label=_("Packages by the hour"),
    item_label=_("package"),
    id_label=_("Package ID"),
    fields=_PACKAGE_FIELDS,
)

PACKAGES_RENTAL = CatalogKind(
    provider=provider.PACKAGES_RENTAL,
    label=_("Packages for a period"),
    item_label=_("package"),
    id_label=_("Package ID"),
    fields=_PACKAGE_FIELDS,
)

PERSONAL = CatalogKind(
    provider=provider.PERSONAL,
    label=_("Personal images"),
    item_label=_("personal image"),
    id_label=_("ID"),
    aside=("os",),
    may_be_empty=True,
    fields=(
        Field("image_id", _("image ID"), 1),
        Field("name", _("name"), 2, searched=True),
        Field("os", _("system"), 3, facet=True, searched=True),
        Field("size", _("size"), 4, role=Role.VALUE),
        Field("data_center", _("data center"), 5, facet=True),
        Field("status", _("status"), 6, role=Role.VALUE, facet=True, words=STATUSES, parameter="state"),
        Field("created", _("created"), 7, numeric=True),
    ),
)

KINDS: dict[str, CatalogKind] = {kind.name: kind for kind in (IMAGES, PACKAGES_PAYG, PACKAGES_RENTAL, PERSONAL)}


def spec_of(catalog: Catalog) -> CatalogKind:
    return KINDS[catalog.kind]

"""What each kind of list means here: its fields, their words, and how pages and exports show them.

`provider/kinds.py` has the rest. CONTRIBUTING.md says where else a kind is named.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property
from typing import Any

from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from xdportal.catalog.grades import Grade
from xdportal.catalog.models import LISTINGS, Catalog, Listing
from xdportal.catalog.pairs import Billing
from xdportal.provider import kinds as provider
from xdportal.provider.kinds import Kind


class Role(Enum):
    MEANING = auto()  # what the id stands for: a change may break its users
    VALUE = auto()  # may change while the id stands for the same


@dataclass(frozen=True)
class Field:
    """One field of a record, as people and programs meet it."""

    name: str  # in the record, in the API
    label: Promise
    position: int  # in the record
    role: Role = Role.MEANING
    grade: Grade = Grade.DETAIL  # of a change of it
    facet: bool = False  # offered as a filter, counted with each snapshot
    optional: bool = False  # may be empty, which is a value like any other
    brief: bool = True  # among the columns of a past list
    searched: bool = False
    exactly: bool = False  # searched for as a whole only
    numeric: bool = False  # ordered as a number
    is_time: bool = False  # milliseconds since 1970
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


def _images(number: int) -> str:
    return ngettext("%(n)s image", "%(n)s images", number) % {"n": localize(number)}


def _packages(number: int) -> str:
    return ngettext("%(n)s package", "%(n)s packages", number) % {"n": localize(number)}


def _personal_images(number: int) -> str:
    words = ngettext("%(n)s personal image", "%(n)s personal images", number)
    return words % {"n": localize(number)}


PACKAGES = _("Packages")
SEARCH_HINT = _("Search by ID, system or version")


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
    counted: Callable[[int], str] = _images  # a number of items in words
    may_be_empty: bool = False  # whether an empty first list is plausible
    table_template: str = "catalog/tables/images.html"  # the rows of the list with their heads
    item_template: str = "catalog/image.html"
    search_hint: Promise = SEARCH_HINT

    @property
    def name(self) -> str:
        return self.provider.name

    @property
    def heading(self) -> Promise:
        """Return the title of its pages; the two lists of packages share one."""
        return PACKAGES if self.has_price else self.label

    @property
    def has_price(self) -> bool:
        return "price" in self.by_name

    @property
    def listing(self) -> type[Listing]:
        return LISTINGS[self.name]

    @cached_property
    def facets(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.facet)

    @cached_property
    def brief(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.brief)

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
BILLINGS = {Billing.PAYG: _("By the hour"), Billing.RENTAL: _("For a period")}
STATUS_GRADES = {"2": Grade.ATTENTION, "3": Grade.EXPIRED}  # of a personal image, by its new status
USABLE = "1"

IMAGES = CatalogKind(
    provider=provider.IMAGES,
    label=_("Images"),
    item_label=_("image"),
    id_label=_("Image ID"),
    id_column="image_id",
    title=("name", "version"),
    listed_as="images",
    fields=(
        Field("type", _("type"), 1, grade=Grade.TYPE, facet=True, searched=True, exactly=True),
        Field(
            "name",
            _("system"),
            2,
            grade=Grade.SYSTEM,
            facet=True,
            searched=True,
            column="system",
            then=("version", "item_id", "type"),
        ),
        Field("version", _("version"), 3, grade=Grade.VERSION, searched=True, then=("name",)),
    ),
)


def _hardware(name: str, label: Promise, position: int, **more: Any) -> Field:
    return Field(name, label, position, grade=Grade.HARDWARE, **more)


_PACKAGE_FIELDS = (
    Field("name", _("name"), 1, role=Role.VALUE, searched=True),
    Field("type", _("type"), 2, grade=Grade.TYPE, facet=True, searched=True, exactly=True),
    _hardware("gpu", _("GPU"), 3, facet=True, optional=True, searched=True),
    _hardware("gpu_count", _("GPUs"), 4, numeric=True),
    _hardware("cpu", _("CPU"), 5, numeric=True),
    _hardware("memory", _("memory"), 6, numeric=True),
    _hardware("disk", _("disk"), 7, numeric=True),
    _hardware("bandwidth", _("bandwidth"), 8, numeric=True, brief=False),
    _hardware("area", _("area"), 9, facet=True, optional=True, words=AREAS),
    _hardware(
        "machine_type",
        _("machine type"),
        10,
        facet=True,
        optional=True,
        words=MACHINE_TYPES,
        brief=False,
    ),
    Field("use_type", _("billing"), 11, words=USE_TYPES, brief=False),
    Field("price", _("price"), 12, role=Role.VALUE, numeric=True),
    Field("discount", _("discount"), 13, role=Role.VALUE, numeric=True, brief=False),
)

PACKAGES_PAYG = CatalogKind(
    provider=provider.PACKAGES_PAYG,
    label=_("Packages by the hour"),
    item_label=_("package"),
    id_label=_("Package ID"),
    counted=_packages,
    fields=_PACKAGE_FIELDS,
    table_template="catalog/tables/packages.html",
    item_template="catalog/package.html",
    search_hint=_("Search by ID, name or GPU"),
)

PACKAGES_RENTAL = CatalogKind(
    provider=provider.PACKAGES_RENTAL,
    label=_("Packages for a period"),
    item_label=_("package"),
    id_label=_("Package ID"),
    counted=_packages,
    fields=_PACKAGE_FIELDS,
    table_template="catalog/tables/packages.html",
    item_template="catalog/package.html",
    search_hint=_("Search by ID, name or GPU"),
)

PERSONAL = CatalogKind(
    provider=provider.PERSONAL,
    label=_("Personal images"),
    item_label=_("personal image"),
    id_label=_("ID"),
    aside=("os",),
    may_be_empty=True,
    counted=_personal_images,
    table_template="catalog/tables/personal.html",
    item_template="catalog/personal.html",
    search_hint=_("Search by ID, name or system"),
    fields=(
        Field("image_id", _("image ID"), 1, role=Role.VALUE, brief=False),
        Field("name", _("name"), 2, searched=True),
        Field("os", _("system"), 3, grade=Grade.SYSTEM, facet=True, optional=True, searched=True),
        Field("size", _("size"), 4, role=Role.VALUE, numeric=True),
        Field("data_center", _("data center"), 5, facet=True, optional=True),
        Field(
            "status",
            pgettext_lazy("personal image", "state"),
            6,
            role=Role.VALUE,
            facet=True,
            words=STATUSES,
            parameter="state",
        ),
        Field("created", _("created"), 7, role=Role.VALUE, numeric=True, is_time=True),
    ),
)

KINDS: dict[str, CatalogKind] = {
    kind.name: kind for kind in (IMAGES, PACKAGES_PAYG, PACKAGES_RENTAL, PERSONAL)
}


def spec_of(catalog: Catalog) -> CatalogKind:
    return KINDS[catalog.kind]

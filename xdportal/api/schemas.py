"""What answers look like. The records are made by catalog/records.py and alerts/records.py."""

from typing import Annotated, Any, Generic, Literal, NotRequired, TypedDict, TypeVar

from msgspec import Meta

T = TypeVar("T")

Time = Annotated[
    str,
    Meta(
        description="ISO 8601 with offset, in UTC.",
        extra_json_schema={"format": "date-time", "examples": ["2026-11-25T01:30:12.104511+00:00"]},
    ),
]
Address = Annotated[str, Meta(extra_json_schema={"format": "uri"})]
Environment = Literal["production", "sandbox"]
KindName = Literal["images", "packages-payg", "packages-rental", "personal"]
Status = Literal["available", "new", "changed", "withdrawn"]
Count = Annotated[int, Meta(ge=0)]


class CatalogMeta(TypedDict):
    """Where an answer comes from, and whether its list can be relied on now."""

    connection: str
    environment: Environment
    kind: KindName
    snapshot: Annotated[
        int | None, Meta(description="The number of the list; null before the first.")
    ]
    taken_at: Time | None
    checked_at: Annotated[Time | None, Meta(description="When the list was last read and trusted.")]
    stale: Annotated[bool, Meta(description="No trusted check for twice the interval.")]
    held: Annotated[bool, Meta(description="An unusual answer is waiting for confirmation.")]


class NoMeta(TypedDict):
    """Nothing to say here."""


class ConnectionKind(TypedDict):
    snapshot: int | None
    taken_at: Time | None
    checked_at: Time | None
    next_check_at: Time | None
    stale: bool
    held: bool
    state: Annotated[
        Literal["attention", "suspect", "stale", "paused", "off", "waiting", "ok"],
        Meta(description="Only `ok` can be relied on."),
    ]


class Connection(TypedDict):
    slug: str
    name: str
    environment: Environment
    state: Literal["ok", "attention", "paused"]
    reason: Annotated[str | None, Meta(description="Why it is not ok, in words.")]
    team: str
    account: Annotated[
        str, Meta(description="The account id, masked up to its last four characters.")
    ]
    kinds: Annotated[
        dict[str, ConnectionKind], Meta(description="The lists that are read, by kind.")
    ]


def _any_of(*names: str) -> dict[str, Any]:
    return {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in names]}


class Listed(TypedDict):
    """What is said of an item beside the fields of its kind."""

    status: Annotated[Status, Meta(description="As on the page: new and changed for a week.")]
    first_seen: Time
    last_change: Time | None


class ImageFields(TypedDict):
    id: str
    type: str
    name: str
    version: str


class PackageFields(TypedDict):
    id: str
    name: str
    type: str
    gpu: str
    gpu_count: str
    cpu: str
    memory: str
    disk: str
    bandwidth: str
    area: str
    machine_type: str
    use_type: str
    price: str
    discount: str


class PersonalBase(TypedDict):
    id: str
    image_id: str
    name: str
    os: str
    size: str
    data_center: str
    created: str


PersonalStatus = Annotated[str, Meta(description="0 being created, 1 usable, 2 failed, 3 expired.")]


class PersonalFields(PersonalBase):
    status: PersonalStatus


Fields = Annotated[
    dict[str, str],
    Meta(
        description="`id` and the fields of the kind, as texts.",
        extra_json_schema=_any_of("ImageFields", "PackageFields", "PersonalFields"),
    ),
]
Meaning = Annotated[
    dict[str, str],
    Meta(description="The fields that say what an id stands for, without its price or status."),
]


class ImageItem(ImageFields, Listed):
    pass


class PackageItem(PackageFields, Listed):
    pass


class PersonalItem(PersonalBase, Listed):
    state: Annotated[PersonalStatus, Meta(description="The provider's status.")]


Item = Annotated[
    dict[str, Any], Meta(extra_json_schema=_any_of("ImageItem", "PackageItem", "PersonalItem"))
]


class FieldChange(TypedDict):
    name: str
    before: str
    after: str


class Others(TypedDict):
    before: list[Fields]
    after: list[Fields]


class Change(TypedDict):
    change: Literal["added", "removed", "changed", "returned"]
    id: str
    before: Fields | None
    after: Fields | None
    fields: list[FieldChange]
    sentence: str
    also: NotRequired[
        Annotated[Others, Meta(description="Other records listed under the same id.")]
    ]


class ChangeOfSnapshot(Change):
    snapshot: int
    at: Time


class Moment(ChangeOfSnapshot):
    absent_seconds: Annotated[int | None, Meta(description="For a return: how long it was away.")]


class Successor(TypedDict):
    id: str
    meaning: Meaning
    reason: str


class Detail(TypedDict):
    listed: bool
    last_seen: Time
    was: Annotated[Fields | None, Meta(description="What it was before its last change.")]
    also: Annotated[list[Fields], Meta(description="Other records listed under the same id.")]
    timeline: Annotated[list[Moment], Meta(description="What happened to it, newest first.")]
    successors: Annotated[
        list[Successor], Meta(description="What could take over; none when unsure.")
    ]
    url: Address


class ImageDetail(ImageItem, Detail):
    pass


class PackageDetail(PackageItem, Detail):
    pass


class PersonalDetail(PersonalItem, Detail):
    pass


ItemInDetail = Annotated[
    dict[str, Any],
    Meta(extra_json_schema=_any_of("ImageDetail", "PackageDetail", "PersonalDetail")),
]


class Snapshot(TypedDict):
    number: int
    taken_at: Time
    confirmed_at: Time
    items: Count
    added: Count
    removed: Count
    changed: Count


class Check(TypedDict):
    id: int
    connection: str
    kind: KindName
    outcome: str
    http_status: int | None
    code: int | None
    msg: str
    trace_id: str
    images: Annotated[int, Meta(description="Items in the list, whatever the kind.")]
    ignored: Count
    snapshot: int | None
    duration_ms: int
    started: Time
    ended: Time


class StartedCheck(TypedDict):
    connection: str
    kinds: list[KindName]
    url: Annotated[
        Address, Meta(description="Lists the checks once they are over: ask until it does.")
    ]


class ComparisonMeta(CatalogMeta):
    from_snapshot: int
    to_snapshot: int


class SnapshotComparison(TypedDict):
    data: list[Change]
    meta: ComparisonMeta
    next: Annotated[Address | None, Meta(description="The next page; null on the last.")]


class DifferentField(TypedDict):
    name: str
    left: str
    right: str


class DifferentPair(TypedDict):
    left: Fields
    right: Fields
    fields: list[DifferentField]


class CatalogComparison(TypedDict):
    only_left: list[Fields]
    only_right: list[Fields]
    differs: Annotated[
        list[DifferentPair], Meta(description="Matched, but not equal in every field.")
    ]
    same_id_other_meaning: Annotated[
        list[DifferentPair],
        Meta(description="An id of one that stands for something else in the other."),
    ]
    same: Annotated[int, Meta(description="How many are equal on both sides.")]


class SidesMeta(TypedDict):
    match: Literal["id", "meaning"]
    left: CatalogMeta
    right: CatalogMeta


class FittingPackage(PackageFields):
    list: Literal["payg", "rental"]


class Pair(ImageFields):
    packages: Annotated[
        list[FittingPackage], Meta(description="Of the same type, the cheapest of each list first.")
    ]


class PairsMeta(TypedDict):
    catalogs: list[CatalogMeta]


class Pairs(TypedDict):
    data: list[Pair]
    meta: PairsMeta
    next: Annotated[Address | None, Meta(description="The next page; null on the last.")]


class PortalStatus(TypedDict):
    version: str
    worker_alive: bool
    connections: Count
    lists: Count
    stale: Count
    held: Count
    unknown: Annotated[int, Meta(description="Lists that can't be relied on, for whatever reason.")]


class Items(TypedDict):
    data: list[Item]
    meta: CatalogMeta
    next: Annotated[Address | None, Meta(description="The next page; null on the last.")]


class OneItem(TypedDict):
    data: ItemInDetail
    meta: CatalogMeta


class One(TypedDict, Generic[T]):
    data: T
    meta: NoMeta


class OneOfCatalog(TypedDict, Generic[T]):
    data: T
    meta: CatalogMeta


class Many(TypedDict, Generic[T]):
    data: list[T]
    meta: NoMeta
    next: Annotated[Address | None, Meta(description="The next page; null on the last.")]


class ManyOfCatalog(TypedDict, Generic[T]):
    data: list[T]
    meta: CatalogMeta
    next: Annotated[Address | None, Meta(description="The next page; null on the last.")]


class Compared(TypedDict, Generic[T]):
    data: T
    meta: SidesMeta


class ErrorMeaning(TypedDict):
    code: int
    api: Annotated[str, Meta(description="The call that answers it; for `?api=`.")]
    api_name: str
    method: str
    path: Annotated[str, Meta(description="Empty for the codes that are common to all calls.")]
    message_zh: str
    message_en: str
    solution_zh: str
    solution_en: str
    cause: str
    advice: str
    retry: Annotated[
        Literal["none", "later", "fixed"],
        Meta(
            description="Whether sending it again helps: nothing failed, later, once it is fixed."
        ),
    ]
    similar: Annotated[list[int], Meta(description="Codes that are easily taken for this one.")]
    url: Address


class ErrorMeanings(TypedDict):
    data: list[ErrorMeaning]
    meta: NoMeta
    next: Annotated[None, Meta(description="There is only one page.")]


class KnownId(TypedDict):
    connection: str
    kind: KindName
    id: str
    listed: bool
    now: Annotated[Fields, Meta(description="What it means, or meant last.")]
    before: Annotated[Fields | None, Meta(description="What it meant before.")]
    at: Annotated[Time, Meta(description="When that changed, or when it was first listed.")]


class Decoded(TypedDict):
    code: int | None
    http_status: int | None
    msg: str
    trace_id: str
    at: Annotated[str, Meta(description="The first time in the text, as written there.")]
    api: str | None
    image_ids: list[str]
    package_ids: list[str]
    types: list[str]
    masked: Annotated[int, Meta(description="How many secrets were hidden before it was read.")]
    meanings: Annotated[list[ErrorMeaning], Meta(description="Of the code, the likeliest first.")]
    suggestions: Annotated[
        list[ErrorMeaning], Meta(description="Without a code: what the words may mean.")
    ]
    known: Annotated[list[KnownId], Meta(description="What your lists say about the ids in it.")]


class LockEntry(TypedDict):
    """An entry of images.lock."""

    id: str
    kind: KindName
    environment: Environment
    connection: NotRequired[str]
    meaning: Meaning
    seen: "Seen"
    used: list[str]


class Seen(TypedDict):
    at: Time | None
    snapshot: int | None


class Resolved(TypedDict):
    data: Annotated[
        dict[str, str],
        Meta(
            description="`id` and what it means: type, name and version of an image.",
            extra_json_schema={"required": ["id"]},
        ),
    ]
    rule: Literal["pin", "exact", "normalised"]
    lock: LockEntry
    meta: CatalogMeta


PinStateName = Literal[
    "ok",
    "unknown",
    "never_listed",
    "withdrawn",
    "meaning_changed",
    "reused",
    "expired",
    "ambiguous",
    "renamed",
    "too_dear",
    "newer",
]
LevelName = Literal["critical", "warning", "info"]


class CheckedPin(TypedDict):
    id: str
    kind: KindName
    connection: str
    environment: Environment
    state: PinStateName
    level: Annotated[LevelName | None, Meta(description="Null: ok, or unknown.")]
    since: Time | None
    was: Meaning | None
    now: Annotated[Meaning | None, Meta(description="Null: not listed, or not known.")]
    successors: list[Successor]
    sentence: str
    url: Address | None
    ignored: Annotated[bool, Meta(description="Left out of the verdict, as the request asks for.")]


class CheckedRecipe(TypedDict):
    image: str
    package: str
    billing: str
    state: Literal["ok", "unknown", "image", "package", "types", "billing"]
    level: LevelName | None
    sentence: str


class CheckOutcome(TypedDict):
    verdict: Literal["ok", "warning", "broken", "unknown"]
    pins: list[CheckedPin]
    recipes: list[CheckedRecipe]
    catalogs: list[CatalogMeta]


class Mute(TypedDict):
    until: Time
    reason: str


class Acknowledgement(TypedDict):
    by: str | None
    at: Time | None
    note: str


class Pin(TypedDict):
    uuid: str
    name: str
    revision: Annotated[int, Meta(description="Grows when a person moves the pin.")]
    connection: str
    environment: Environment
    kind: KindName
    id: str
    meaning: Annotated[Meaning, Meta(description="What the id stood for when it was pinned.")]
    state: PinStateName
    level: LevelName | None
    since: Time | None
    snapshot: int | None
    fields: Annotated[list[str], Meta(description="The fields of the meaning that differ.")]
    was: Meaning
    now: Meaning | None
    successors: list[Successor]
    recipes: Annotated[list[str], Meta(description="The names of the recipes it is part of.")]
    muted: Mute | None
    acknowledged: Acknowledgement | None
    sources: list[str]
    note: str
    ceiling: str | None
    exact: bool
    sentence: str
    url: Address


class Declared(TypedDict):
    """The names of pins."""

    added: list[str]
    removed: list[str]
    changed: list[str]
    unchanged: list[str]


class Recipe(TypedDict):
    uuid: str
    label: str
    image: Annotated[str, Meta(description="The name of a pin.")]
    package: Annotated[str, Meta(description="The name of a pin.")]
    billing: Literal["packages-payg", "packages-rental"]
    state: Literal["ok", "unknown", "image", "package", "types", "billing"]
    level: LevelName | None
    sentence: str


class Place(TypedDict):
    slug: str
    name: str
    environment: Environment


class Event(TypedDict):
    id: Annotated[str, Meta(description="A URN, the same in feeds.")]
    type: str
    level: LevelName
    at: Time
    sentence: str
    kind: KindName | None
    connection: Place | None
    url: Address
    data: Annotated[dict[str, Any], Meta(description="What there is to know, by type.")]


class Release(TypedDict):
    version: Annotated[str, Meta(description="The revision of the pin.")]
    digest: Annotated[str, Meta(description="The id.")]
    isDeprecated: bool
    releaseTimestamp: Time
    changelogUrl: Address


class Releases(TypedDict):
    releases: list[Release]


VARIANTS = (
    *(ImageFields, PackageFields, PersonalFields),
    *(ImageItem, PackageItem, PersonalItem),
    *(ImageDetail, PackageDetail, PersonalDetail),
)

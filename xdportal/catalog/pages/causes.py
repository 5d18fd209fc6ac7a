"""The likely cause of a pasted error, as far as the history of its ids tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from xdportal.catalog.grades import Grade
from xdportal.catalog.models import Catalog, ImageListing, Listing, PackageListing
from xdportal.catalog.pages.fates import Fate
from xdportal.errorcodes.decoder import Pasted
from xdportal.lib import dates

TYPES_DIFFER = 7005
MOST_INSTEAD = 3
MOST_PACKAGES = 200  # compared by price


@dataclass(frozen=True, slots=True)
class Cause:
    """What happened to an id: it changed its type, was withdrawn, or never fitted its partner."""

    fate: Fate
    partner_id: str  # of the package for an image, of the image for a package; may be empty
    partner_type: str
    earlier: timedelta | None  # how long before the error, where the text says when that was

    @property
    def is_withdrawal(self) -> bool:
        return self.fate.grade is Grade.WITHDRAWN

    @property
    def is_change(self) -> bool:
        return self.fate.grade is Grade.TYPE


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to use instead: other images, or packages that fit the image as it is now."""

    images: list[Listing]
    package: Listing | None  # the cheapest
    package_count: int


def cause_of(pasted: Pasted, fates: Sequence[Fate]) -> Cause | None:
    """Return what explains the error best: the latest change of type, else a withdrawal."""
    if pasted.is_success:
        return None
    named = {*pasted.image_ids, *pasted.package_ids}
    candidates = [fate for fate in fates if fate.item_id in named]
    if pasted.code == TYPES_DIFFER:
        fate = _latest(candidates, Grade.TYPE) or _mismatched(candidates, pasted.types)
        if fate:
            return _cause(fate, pasted, fates)
    fate = _latest(candidates, Grade.WITHDRAWN)
    return _cause(fate, pasted, fates) if fate else None


def _latest(fates: Sequence[Fate], grade: Grade) -> Fate | None:
    of_grade = [fate for fate in fates if fate.grade is grade]
    return max(of_grade, key=lambda fate: fate.at, default=None)


def _mismatched(fates: Sequence[Fate], named_types: Sequence[str]) -> Fate | None:
    """Return an image that is listed beside a package, or a type, that it does not fit."""
    for image in fates:
        if not image.is_image or not image.is_listed:
            continue
        partner = _partner(image, fates)
        types = [_type(partner.now)] if partner else named_types
        if types and _type(image.now) not in types:
            return image
    return None


def _cause(fate: Fate, pasted: Pasted, fates: Sequence[Fate]) -> Cause:
    partner = _partner(fate, fates)
    named_type = pasted.types[0] if pasted.types else ""
    return Cause(
        fate=fate,
        partner_id=partner.item_id if partner else "",
        partner_type=_type(partner.now) if partner else named_type,
        earlier=_earlier(fate.at, pasted.at),
    )


def _partner(fate: Fate, fates: Sequence[Fate]) -> Fate | None:
    """Return the package beside an image, or the image beside a package, of one connection."""
    for other in fates:
        if other.is_image != fate.is_image and other.connection_id == fate.connection_id:
            return other
    return None


def _type(listing: Listing) -> str:
    return str(getattr(listing, "type", ""))


def _earlier(at: datetime, written: str) -> timedelta | None:
    moment = moment_of(written)
    if moment is None or moment < at:
        return None
    return moment - at


def moment_of(written: str) -> datetime | None:
    """Return the time that a log line names; without an offset it is of the viewer's zone."""
    try:
        moment = datetime.fromisoformat(
            written.replace(" +", "+").replace(" -", "-").replace(" Z", "Z")
        )
    except ValueError:
        return None
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


# What to do


def remedy_of(cause: Cause) -> Remedy | None:
    """Return what fits instead, in the connection of the cause. Three queries at most."""
    fate = cause.fate
    if not fate.is_image:
        return None
    images = _images_instead(cause)
    if cause.is_withdrawal:
        return Remedy(images, None, 0) if images else None
    packages = _packages_of(fate.catalog, _type(fate.now))
    cheapest = min(packages, key=_price, default=None)
    return Remedy(images, cheapest, len({package.item_id for package in packages}))


def _images_instead(cause: Cause) -> list[Listing]:
    """Return images of the same system: of the type that is needed, the same version first."""
    now = cause.fate.now
    before = cause.fate.before
    own_type = _type(before) if before and cause.is_change else _type(now)
    wanted_type = cause.partner_type or own_type
    name, version = getattr(now, "name", ""), getattr(now, "version", "")
    same_system = ImageListing.objects.filter(
        catalog=cause.fate.catalog, ended=None, name=name, type=wanted_type
    )
    others = same_system.exclude(item_id=now.item_id).order_by("-first", "-pk")[:100]
    same_version_first = sorted(others, key=lambda image: image.version != version)
    return list(same_version_first[:MOST_INSTEAD])


def _packages_of(catalog: Catalog, type: str) -> list[PackageListing]:
    packages = PackageListing.objects.filter(
        catalog__connection=catalog.connection_id, catalog__enabled=True, ended=None, type=type
    )
    return list(packages.select_related("catalog__connection")[:MOST_PACKAGES])


def _price(package: PackageListing) -> tuple[bool, float]:
    try:
        return False, float(package.price)
    except ValueError:
        return True, 0.0


# In the message for the provider's support, who read Chinese


def question_of(cause: Cause) -> str:
    """Return what to ask the provider's support about the cause, in Chinese."""
    fate = cause.fate
    noun = "镜像" if fate.is_image else "主机配置"
    at = f"{dates.minute(fate.at)} {dates.offset(fate.at)}"
    if cause.is_withdrawal:
        return f"{noun} {fate.item_id} 于 {at} 从列表中消失，请问是否已下架？"
    if cause.is_change and fate.before:
        types = f"由 {_type(fate.before)} 类型变为 {_type(fate.now)} 类型"
        return f"{noun} {fate.item_id} 于 {at} {types}，请问是否为预期调整？"
    return ""

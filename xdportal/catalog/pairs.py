"""Which package fits which image, by the documented conditions. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from xdportal.provider.kinds import ImageRecord, PackageRecord

TYPES_DIFFER = 7005  # the provider's answer to an image and a package of different types


class Billing(StrEnum):
    """How a host is paid for. Each has its own list of packages and its own call."""

    PAYG = "payg"
    RENTAL = "rental"

    @property
    def kind(self) -> str:
        """The name of the list of its packages."""
        return f"packages-{self}"


class Problem(StrEnum):
    TYPE = "type"  # the provider answers 7005
    BILLING = "billing"  # the package cannot be had in this way


# useType; an unknown code says nothing, so it forbids nothing.
ALLOWED: Mapping[str, frozenset[Billing]] = {
    "0": frozenset({Billing.PAYG}),
    "1": frozenset({Billing.RENTAL}),
    "2": frozenset({Billing.PAYG, Billing.RENTAL}),
}
EITHER = frozenset(Billing)
CALLS = {
    Billing.PAYG: "/v1/pve/open/createquantity",
    Billing.RENTAL: "/v1/pve/open/createRent",
}


def fit(image: ImageRecord, package: PackageRecord, billing: Billing) -> Problem | None:
    """Return why a host cannot be created from the two; None if they fit."""
    if image.type != package.type:
        return Problem.TYPE
    if billing not in ALLOWED.get(package.use_type, EITHER):
        return Problem.BILLING
    return None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for; an empty text leaves it open."""

    name: str = ""
    version: str = ""
    type: str = ""

    def holds(self, image: ImageRecord) -> bool:
        wanted = ((self.name, image.name), (self.version, image.version), (self.type, image.type))
        return all(not asked or asked == listed for asked, listed in wanted)


class Offer(NamedTuple):
    """An image with the packages that fit it, the cheapest first."""

    image: ImageRecord
    packages: tuple[PackageRecord, ...]


def offers(
    images: Iterable[ImageRecord],
    packages: Sequence[PackageRecord],
    billing: Billing,
    wish: Wish | None = None,
) -> list[Offer]:
    """Return each image that is asked for, with what fits it."""
    asked = wish or Wish()
    by_type: dict[str, list[PackageRecord]] = {}
    for package in packages:
        by_type.setdefault(package.type, []).append(package)
    found = []
    for image in images:
        if asked.holds(image):
            fitting = [p for p in by_type.get(image.type, []) if fit(image, p, billing) is None]
            found.append(Offer(image, tuple(fitting)))
    return found


def request_body(image_id: str, package_id: str) -> dict[str, str]:
    return {"packageId": package_id, "imageId": image_id}

"""The star beside an id on every list: pinned or not, and the pins that it has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from xdportal.accounts.access import Right, Viewer, allows
from xdportal.accounts.requests import viewer_of
from xdportal.alerts.models import Pin
from xdportal.catalog import slots
from xdportal.catalog.addresses import id_part
from xdportal.catalog.models import Catalog
from xdportal.catalog.slots import Drawn
from xdportal.lib.templatetags.portal import icon, provider

ON, OFF, TRUE, FALSE, NOTHING = map(SafeString, ("on", "off", "true", "false", ""))
PLACE = "0"  # an id like any other
FORM = (
    '<form class="pin-star" method="post" action="{url}" hx-post="{url}" hx-target="this"'
    ' hx-swap="outerHTML" hx-select="unset" hx-select-oob="unset" hx-push-url="false">'
    '<input type="hidden" name="csrfmiddlewaretoken" value="{token}">'
    '<button class="ib" name="pin" value="{value}" aria-pressed="{pressed}"'
    ' aria-label="{label}" title="{title}">{icon}</button>{names}</form>'
)


def of_list(request: HttpRequest, catalog: Catalog) -> Drawn:
    """Return what draws the stars of a list. One query for any number of rows."""
    viewer = viewer_of(request)
    pins: dict[str, list[Pin]] = {}
    for pin in _pins(viewer, catalog):
        pins.setdefault(pin.item_id, []).append(pin)
    if not allows(catalog, Right.WORK):
        return lambda item_id: names_of(pins.get(item_id, ()))
    form = StarForm.of(request, catalog)
    return lambda item_id: form.draw(item_id, pins.get(item_id, ()))


def star_of(request: HttpRequest, catalog: Catalog, item_id: str) -> SafeString:
    """Return the star of one id, for a viewer who may pin."""
    viewer = viewer_of(request)
    own = [pin for pin in _pins(viewer, catalog) if pin.item_id == item_id]
    return StarForm.of(request, catalog).draw(item_id, own)


@dataclass(frozen=True, slots=True)
class StarForm:
    """A form with one button that pins or unpins. What all stars of a page share is kept here, and
    escaped once.
    """

    before: str  # of the address, up to the id
    after: str
    token: SafeString
    label: str
    pin: SafeString
    pinned: SafeString

    @classmethod
    def of(cls, request: HttpRequest, catalog: Catalog) -> "StarForm":
        url = reverse("pin-star", args=[catalog.slug, catalog.kind, PLACE])
        before, after = url.rsplit(PLACE, 1)
        return cls(
            before=before,
            after=after,
            token=conditional_escape(get_token(request)),
            label=_("Pin %(id)s"),
            pin=conditional_escape(pgettext("verb", "Pin")),
            pinned=conditional_escape(_("Pinned")),
        )

    def draw(self, item_id: str, pins: Sequence[Pin]) -> SafeString:
        return format_html(
            FORM,
            url=conditional_escape(f"{self.before}{id_part(item_id)}{self.after}"),
            token=self.token,
            value=OFF if pins else ON,
            pressed=TRUE if pins else FALSE,
            label=self.label % {"id": item_id},
            title=self.pinned if pins else self.pin,
            icon=icon("star"),
            names=names_of(pins),
        )


def names_of(pins: Sequence[Pin]) -> SafeString:
    """The names that an id is pinned as."""
    if not pins:
        return NOTHING
    return format_html_join(
        "",
        '<a class="tag" href="{}" title="{}">{}</a>',
        [
            (
                pin.get_absolute_url(),
                _("Pinned as %(name)s") % {"name": pin.name},
                provider(pin.name),
            )
            for pin in pins
        ],
    )


def register() -> None:
    slots.add(of_list)


def _pins(viewer: Viewer, catalog: Catalog) -> Iterator[Pin]:
    rows = Pin.objects.visible_to(viewer).filter(catalog=catalog)
    yield from rows.only("uuid", "name", "item_id")

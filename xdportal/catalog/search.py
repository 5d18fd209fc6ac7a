"""Ids and systems in the viewer's lists, for the search."""

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xdportal.accounts.requests import viewer_of
from xdportal.catalog import sentences
from xdportal.catalog.addresses import catalog_url, item_url
from xdportal.catalog.kinds import IMAGES, spec_of
from xdportal.catalog.models import Catalog, ImageListing, PackageListing, PersonalListing
from xdportal.catalog.pages.fates import Fate, fates_in
from xdportal.catalog.pasted_ids import ids_in
from xdportal.lib import search
from xdportal.lib.search import MOST, Group, Hit, Question

TABLES = (ImageListing, PackageListing, PersonalListing)
MOST_NAMES = 3
ICONS = {Catalog.Kind.IMAGES: "list", Catalog.Kind.PERSONAL: "disk"}


def items(request: HttpRequest, question: Question) -> Iterator[Group]:
    """Yield what ids stand for and where, else the lists with images of these words.

    Six queries at most.
    """
    viewer = viewer_of(request)
    catalogs = list(
        Catalog.objects.visible_to(viewer).enabled().select_related("connection").order_by("pk")
    )
    ids = [one.id for one in ids_in(question.text).ids]
    if ids:
        yield _of_ids(ids, catalogs)
    else:
        yield Group(gettext_lazy("Systems"), _of_words(question.words, catalogs))


def _of_ids(ids: Sequence[str], catalogs: Sequence[Catalog]) -> Group:
    found = fates_in(catalogs, dict.fromkeys(TABLES, ids))
    found.sort(key=lambda fate: not fate.is_listed)
    remark = where(ids[0], found, catalogs) if len(ids) == 1 else ""
    return Group(gettext_lazy("IDs"), [_hit(fate) for fate in found[:MOST]], remark)


def _hit(fate: Fate) -> Hit:
    catalog = fate.catalog
    words = sentences.describe(spec_of(catalog), fate.now.record)
    if not fate.is_listed:
        words = _("%(what)s, withdrawn") % {"what": words}
    return Hit(
        url=item_url(catalog.slug, catalog.kind, fate.item_id),
        id=fate.item_id,
        label=words,
        aside=str(catalog.connection),
        icon=ICONS.get(Catalog.Kind(catalog.kind), "box"),
    )


def where(item_id: str, found: Sequence[Fate], catalogs: Sequence[Catalog]) -> str:
    """Say in which connections an image is listed, and in which it is not."""
    listed = {fate.connection_id: fate.catalog for fate in found if fate.is_listed}
    if not found:
        return _("%(id)s has never been listed in any connection you can see.") % {"id": item_id}
    if not listed:
        return _("%(id)s is no longer listed.") % {"id": item_id}
    lacking = [
        catalog
        for catalog in catalogs
        if catalog.kind == Catalog.Kind.IMAGES and catalog.connection_id not in listed
    ]
    if not lacking or not any(fate.is_image for fate in found):
        return ""
    names = {"id": item_id, "here": _names(listed.values()), "not": _names(lacking)}
    return _("%(id)s is not in %(not)s; it is in %(here)s.") % names


def _names(catalogs: Iterable[Catalog]) -> str:
    names = [str(catalog.connection) for catalog in catalogs]
    more = len(names) - MOST_NAMES
    shown = ", ".join(names[:MOST_NAMES])
    return _("%(names)s and %(n)d more") % {"names": shown, "n": more} if more > 0 else shown


def _of_words(words: Sequence[str], catalogs: Sequence[Catalog]) -> list[Hit]:
    """Return the lists of images that hold every word, with the number of images."""
    by_key = {one.pk: one for one in catalogs if one.kind == Catalog.Kind.IMAGES}
    rows = ImageListing.objects.current().filter(catalog__in=by_key)
    for word in words:
        rows = rows.filter(
            Q(name__icontains=word) | Q(version__icontains=word) | Q(type__iexact=word)
        )
    counts = rows.order_by().values_list("catalog").annotate(number=Count("item_id", distinct=True))
    hits = []
    for key, number in sorted(counts, key=lambda row: -row[1])[:MOST]:
        catalog = by_key[key]
        query = urlencode({"q": " ".join(words)})
        url = f"{catalog_url(catalog.slug, catalog.kind, 'items')}?{query}"
        aside = str(catalog.connection)
        hits.append(Hit(url=url, label=IMAGES.counted(number), aside=aside, icon="list"))
    return hits


def register() -> None:
    search.add(items, 20)

"""Filters of a list that people keep under a name."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Right, Viewer, allows
from xdportal.accounts.composed import ComposedForViewer
from xdportal.catalog.models import LONGEST_FILTER, Catalog, SavedFilter
from xdportal.lib.names import clean_name

MOST_FILTERS = 30  # of a person in a team
LEFT_OUT = ("page", "rows")


@dataclass(frozen=True, slots=True)
class Saved:
    filter: SavedFilter
    is_current: bool
    may_delete: bool


class SaveForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    query = forms.CharField(max_length=LONGEST_FILTER, widget=forms.HiddenInput)
    is_shared = forms.BooleanField(label=_("for the whole team"), required=False)

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean_query(self) -> str:
        query = normal(self.cleaned_data["query"])
        if not query:
            raise ValidationError(_("Choose a filter first."))
        return query

    def store(self, catalog: Catalog, viewer: Viewer) -> bool:
        """Save it in place of one of that name; return False if there are too many."""
        own = SavedFilter.objects.filter(team=catalog.connection.team, owner=viewer.user)
        named = {"kind": catalog.kind, "name": self.cleaned_data["name"]}
        if own.exclude(**named).count() >= MOST_FILTERS:
            return False
        is_shared = self.cleaned_data["is_shared"] and allows(catalog, Right.WORK)
        values = {"query": self.cleaned_data["query"], "is_shared": is_shared}
        SavedFilter.objects.update_or_create(
            team=catalog.connection.team, owner=viewer.user, **named, defaults=values
        )
        return True


def normal(query: str) -> str:
    """Return the query without the page, in one order, so that equal filters are equal."""
    data = QueryDict(query.replace("\0", ""), mutable=True)
    for name in LEFT_OUT:
        data.pop(name, None)
    ordered = QueryDict(mutable=True)
    for name, values in sorted(data.lists()):
        ordered.setlist(name, [value for value in values if value])
    return ordered.urlencode()


def saved_of(catalog: Catalog, viewer: Viewer, query: str) -> list[Saved]:
    """Return the filters for a list, one's own and the team's. One query."""
    current = normal(query)
    filters = OF_LIST.rows(viewer, of_team=catalog.connection.team_id, kind=catalog.kind)
    return [Saved(one, one.query == current, may_delete(one, viewer)) for one in filters]


def _of_list(viewer: Viewer, of_team: Any, kind: Any) -> QuerySet[SavedFilter]:
    return SavedFilter.objects.visible_to(viewer).filter(team=of_team, kind=kind)


OF_LIST = ComposedForViewer(_of_list)


def may_delete(saved: SavedFilter, viewer: Viewer) -> bool:
    """Whose it is may; the team's also those who manage it."""
    return viewer.is_user(saved.owner_id) or (saved.is_shared and allows(saved, Right.MANAGE))

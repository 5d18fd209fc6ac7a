"""The form of a new token for feeds, or for a badge."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Team
from xdportal.alerts.models import Pin, PinSource, PublicToken, Recipe
from xdportal.alerts.public import TokenWish
from xdportal.lib.forms import field_of
from xdportal.lib.names import clean_name

MOST_CHOICES = 500


class TokenForm(forms.Form):
    """What a token opens is one choice: the feeds, or one of the things that a badge can show."""

    name = forms.CharField(label=_("Name"), max_length=100)
    opens = forms.ChoiceField(label=_("What should it show?"))

    def __init__(self, team: Team, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._team = team
        self._viewer = viewer
        field_of(self, "opens", forms.ChoiceField).choices = self._choices()

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def wish(self) -> TokenWish:
        name = self.cleaned_data["name"]
        sort, _colon, key = self.cleaned_data["opens"].partition(":")
        if sort == "pin":
            pin = self._pins().get(uuid=key)
            return TokenWish(name, PublicToken.Kind.BADGE, pin=pin)
        if sort == "recipe":
            recipe = self._recipes().get(uuid=key)
            return TokenWish(name, PublicToken.Kind.BADGE, recipe=recipe)
        if sort == "source":
            return TokenWish(name, PublicToken.Kind.BADGE, source=key)
        return TokenWish(name, PublicToken.Kind.FEEDS)

    def _choices(self) -> list[tuple[Any, Any]]:
        pins = [(f"pin:{pin.uuid}", pin.name) for pin in self._pins()[:MOST_CHOICES]]
        recipes = [(f"recipe:{one.uuid}", one.label) for one in self._recipes()[:MOST_CHOICES]]
        sources = [(f"source:{text}", text) for text in self._sources()]
        groups = (
            (_("Badge of a pin"), pins),
            (_("Badge of a recipe"), recipes),
            (_("Badge of all pins of a source"), sources),
        )
        return [("feeds", _("Feeds of the team")), *(group for group in groups if group[1])]

    def _pins(self) -> Any:
        return Pin.objects.visible_to(self._viewer).filter(team=self._team).order_by("name")

    def _recipes(self) -> Any:
        return Recipe.objects.visible_to(self._viewer).filter(team=self._team).order_by("label")

    def _sources(self) -> list[str]:
        rows = PinSource.objects.filter(pin__in=self._pins().values("pk")).order_by("text")
        return list(rows.values_list("text", flat=True).distinct()[:MOST_CHOICES])

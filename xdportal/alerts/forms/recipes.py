from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Team
from xdportal.alerts.forms import Choices
from xdportal.alerts.models import Pin, Recipe
from xdportal.alerts.models.pin import LONGEST_NAME
from xdportal.alerts.pins.recipe_actions import PACKAGES, PairWish, RecipeWish
from xdportal.lib.forms import field_of
from xdportal.provider.fields import MAX_LENGTH


class RecipeForm(forms.Form):
    """A pinned image and a pinned package of the team."""

    label = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    image = Choices(label=_("Image"))
    package = Choices(label=_("Package"))
    billing = forms.ChoiceField(label=_("Billing"), choices=Recipe.Billing.choices)

    def __init__(self, team: Team, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Pin.objects.visible_to(viewer).filter(team=team).select_related("catalog")
        self._pins = {str(pin.uuid): pin for pin in rows}
        self._offer("package", [pin for pin in self._pins.values() if _is_package(pin)])
        self._offer("image", [pin for pin in self._pins.values() if not _is_package(pin)])

    @property
    def is_possible(self) -> bool:
        """Whether there is a pin for each part."""
        return all(field_of(self, name, Choices).choices for name in ("image", "package"))

    def wish(self) -> RecipeWish:
        chosen = self.cleaned_data
        image = self._pins[chosen["image"]]
        package = self._pins[chosen["package"]]
        return RecipeWish(chosen["label"], image, package, chosen["billing"])

    def _offer(self, name: str, pins: list[Pin]) -> None:
        choices = [(str(pin.uuid), f"{pin.name} ({pin.item_id})") for pin in pins]
        field_of(self, name, Choices).offer(choices)


class PairForm(forms.Form):
    """An image and a package that fit, from the page of pairs."""

    label = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    image = forms.CharField(max_length=MAX_LENGTH)
    package = forms.CharField(max_length=MAX_LENGTH)
    billing = forms.ChoiceField(choices=Recipe.Billing.choices)

    @property
    def wish(self) -> PairWish:
        return PairWish(**self.cleaned_data)


def _is_package(pin: Pin) -> bool:
    return pin.catalog.kind in PACKAGES

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import BaseUserCreationForm
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models import User


def time_zones() -> list[tuple[str, str]]:
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [("", f"{settings.TIME_ZONE}"), *((name, name.replace("_", " ")) for name in names)]


class ProfileForm(forms.ModelForm[User]):
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones, required=False)

    class Meta:
        model = User
        fields = ["language", "time_zone", "theme", "shortcuts"]
        labels = {"language": _("Language"), "theme": _("Theme"), "shortcuts": _("One-key shortcuts")}
        help_texts = {"shortcuts": _("Keyboard shortcuts such as / and g i. They are off while you type in a field.")}


class FirstAdministratorForm(BaseUserCreationForm[User]):
    class Meta:
        model = User
        fields = ["username", "email"]

    def save(self, commit: bool = True) -> Any:
        self.instance.is_staff = self.instance.is_superuser = True
        return super().save(commit)

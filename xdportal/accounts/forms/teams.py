from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.access import gives
from xdportal.accounts.models import AuditEntry, Membership, Role, Team, User
from xdportal.lib.forms import field_of
from xdportal.lib.names import clean_name

INVITATIONS_AN_HOUR = 30


class TeamForm(forms.ModelForm[Team]):
    class Meta:
        model = Team
        fields = ["name"]
        labels = {"name": _("Name")}

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)
    confirmed = forms.BooleanField(required=False)


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("Email"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), initial=Role.MEMBER)

    def __init__(self, team: Team, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        self.user = user
        choices = [choice for choice in Role.choices if gives(team, choice[0])]
        field_of(self, "role", forms.ChoiceField).choices = choices

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.team.personal_of_id is not None:
            raise ValidationError(_("A personal team is for one person: create a team to share."))
        if self.team.users.filter(email__iexact=data.get("email", "")).exclude(email="").exists():
            raise ValidationError(_("Someone with this address is already in the team."))
        if invitations_of(self.user) >= INVITATIONS_AN_HOUR:
            raise ValidationError(_("Too many invitations for now. Try again in an hour."))
        return data


def invitations_of(user: User) -> int:
    """Return how many invitations the user sent in the last hour.

    Anyone may create a team: without a limit, anyone could make us write to anyone.
    """
    since = timezone.now() - timedelta(hours=1)
    return AuditEntry.objects.filter(kind=AuditEntry.Kind.INVITED, actor=user, at__gt=since).count()


class _MemberField(forms.ModelChoiceField[Membership]):
    def label_from_instance(self, obj: Membership) -> str:
        return obj.user.get_username()


class HandOverForm(forms.Form):
    to = _MemberField(label=_("New owner"), queryset=Membership.objects.none())

    def __init__(self, team: Team, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = team.memberships.exclude(user=user).select_related("user", "team")
        field_of(self, "to", _MemberField).queryset = others


class DeleteTeamForm(forms.Form):
    name = forms.CharField(label=_("Name of the team"), required=False)

    def __init__(self, team: Team, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "delete_%s", **kwargs})
        self.team = team

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        if name != self.team.name:
            raise ValidationError(_("The name does not match. Nothing was deleted."))
        if self.team.personal_of_id is not None:
            raise ValidationError(_("A personal team is deleted with its account."))
        return name

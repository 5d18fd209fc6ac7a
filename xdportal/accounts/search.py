"""People of the viewer's teams, for the search."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models import Membership
from xdportal.accounts.requests import viewer_of
from xdportal.lib import search
from xdportal.lib.search import MOST, Group, Hit, Question


def people(request: HttpRequest, question: Question) -> Iterator[Group]:
    """Yield members by a part of their name, each in each team. One query."""
    viewer = viewer_of(request)
    members = Membership.objects.visible_to(viewer).filter(
        user__username__icontains=question.text, team__personal_of=None
    )
    hits = []
    for member in members.select_related("user", "team").order_by("user__username", "pk")[:MOST]:
        url = f"{reverse('members')}?team={member.team.slug}"
        name = member.user.get_username()
        hits.append(Hit(url=url, label=name, aside=member.team.name, icon="user"))
    yield Group(_("People"), hits)


def register() -> None:
    search.add(people, 60)

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.signals import post_save, pre_delete
from django.dispatch import receiver

from xdportal.accounts import audit, mail
from xdportal.accounts.access import Viewer
from xdportal.accounts.models import AuditEntry, Membership, Role, Team, User
from xdportal.accounts.signals import (
    connections_wanted,
    names_wanted,
    personal_data,
    stops_wanted,
)
from xdportal.connections.models import Connection


@receiver(pre_delete, sender=Membership)
def orphan_connections_in_team(instance: Membership, origin: Any = None, **kwargs: Any) -> None:
    """When a whole team is deleted, its connections go with it."""
    if not isinstance(origin, Team):
        _orphan_connections_of(instance)


@receiver(post_save, sender=Membership)
def orphan_connections_of_a_reader(instance: Membership, **kwargs: Any) -> None:
    """A reader may not replace a credential any more, and no one else may replace theirs."""
    if instance.role == Role.READER:
        _orphan_connections_of(instance)


@receiver(pre_delete, sender=User)
def orphan_connections(instance: User, **kwargs: Any) -> None:
    """Those in the personal team are deleted with it."""
    owned = Connection.objects.filter(owner=instance)
    for connection in owned.exclude(team__personal_of=instance):
        connection.orphan()


@receiver(personal_data)
def connections_of(user: User, **kwargs: Any) -> tuple[str, list[dict[str, Any]]]:
    fields = (
        "name",
        "slug",
        "team__name",
        "environment",
        "account_id",
        "kinds",
        "credential_kind",
        "credential_saved_at",
        "state",
    )
    return "connections", list(Connection.objects.filter(owner=user).values(*fields))


@receiver(connections_wanted)
def connections_for_a_key(viewer: Viewer, team: Team, **kwargs: Any) -> list[tuple[UUID, str]]:
    connections = Connection.objects.visible_to(viewer).filter(team=team)
    return [(connection.uuid, str(connection)) for connection in connections]


@receiver(names_wanted)
def connections_by_slug(
    viewer: Viewer, slugs: set[str], **kwargs: Any
) -> dict[str, tuple[str, str]]:
    connections = Connection.objects.visible_to(viewer).filter(slug__in=slugs)
    return {one.slug: (str(one), one.get_absolute_url()) for one in connections}


@receiver(stops_wanted)
def connections_that_stop(membership: Membership, **kwargs: Any) -> list[str]:
    return [connection.name for connection in _connections_of(membership)]


def _connections_of(membership: Membership) -> list[Connection]:
    """Return the member's connections in the team. A personal team keeps its own."""
    team = membership.team
    if team.personal_of_id == membership.user_id:
        return []
    return list(Connection.objects.filter(owner=membership.user_id, team=team))


def _orphan_connections_of(membership: Membership) -> None:
    """Erase the credentials, and mail the team."""
    team = membership.team
    orphaned = _connections_of(membership)
    for connection in orphaned:
        connection.orphan()
        kind = AuditEntry.Kind.CREDENTIAL_WIPED
        audit.note(kind, team, connection.slug, subject=membership.user)
    if orphaned:
        name = membership.user.get_username()
        transaction.on_commit(lambda: _mail(team, name, orphaned))


def _mail(team: Team, who: str, orphaned: list[Connection]) -> None:
    """Write to those who can do something about it."""
    roles = [Role.OWNER, Role.MANAGER]
    readers = User.objects.filter(memberships__team=team, memberships__role__in=roles)
    mail.tell(readers, "connections_orphaned", team=team, who=who, connections=orphaned)

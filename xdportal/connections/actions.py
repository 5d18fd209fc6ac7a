"""Actions on a connection, written once for pages, the admin panel and commands.

Each action locks the team and asks for the right again, so that whoever was removed in the meantime
cannot go on. State, audit note and signals are one transaction.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from xdportal.accounts import audit, teams
from xdportal.accounts.access import Right, Viewer, allows, get_or_404, require
from xdportal.accounts.models import AuditEntry, Team, User
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.connections import access, hooks, limits, tasks
from xdportal.connections.models import Connection, CredentialTest
from xdportal.connections.signals import check_wanted, kinds_chosen, team_changed
from xdportal.provider.credentials import Credential

Kind = AuditEntry.Kind
Permission = Callable[[Connection, Viewer], bool]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, with what the audit trail records about them."""

    viewer: Viewer
    request: HttpRequest | None = None
    is_administrator: bool = False  # acts in the admin panel, where no role in the team is needed

    @classmethod
    def on_page(cls, request: AuthenticatedRequest) -> Self:
        return cls(request.viewer, request)

    @classmethod
    def in_admin(cls, request: HttpRequest) -> Self:
        assert isinstance(request.user, User)  # noqa: S101
        return cls(Viewer(request.user), request, is_administrator=True)

    @classmethod
    def by_command(cls, user: User) -> Self:
        return cls(Viewer(user))

    def note(self, kind: AuditEntry.Kind, connection: Connection, target: str = "") -> None:
        audit.note(
            kind,
            connection.team,
            target or connection.slug,
            self.request,
            actor=None if self.request else self.viewer.user,
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be changed of a connection; None keeps what there is."""

    name: str | None = None
    interval: int | None = None
    environment: str | None = None
    account_id: str | None = None


@transaction.atomic
def create(connection: Connection, credential: Credential, actor: Actor) -> None:
    """Save a new connection of the actor's. Its lists are due at once.

    Raise LimitReached if the actor or the team has as many as allowed.
    """
    team = teams.locked(connection.team_id, actor.viewer, Right.WORK)
    limits.require_room_in(team)
    limits.require_room_for(actor.viewer.user)
    connection.owner = actor.viewer.user
    connection.set_credential(credential, timezone.now())
    connection.save()
    actor.note(Kind.CREDENTIAL_SAVED, connection)
    check_wanted.send(Connection, connection=connection)


def change(connection: Connection, settings: Settings, actor: Actor) -> None:
    with _locked(connection, actor, access.may_steer) as stored:
        account = _account(stored, settings)
        if account != (stored.environment, stored.account_id):
            require(access.is_own(stored, actor.viewer) and not hooks.has_history(stored))
            stored.change_account(*account)
            check_wanted.send(Connection, connection=stored, account=True)
        if settings.name is not None:
            stored.name = settings.name
        if settings.interval is not None:
            stored.interval = settings.interval
        stored.save(update_fields=["name", "interval"])
        actor.note(Kind.CONNECTION_CHANGED, stored)


def choose_kinds(connection: Connection, kinds: Iterable[str], actor: Actor) -> None:
    """Choose the lists that are read from now on. The history of the others stays."""
    with _locked(connection, actor, access.may_steer) as stored:
        before = stored.kinds
        stored.choose_kinds(kinds)
        if stored.kinds != before:
            kinds_chosen.send(Connection, connection=stored)
            actor.note(Kind.KINDS_CHOSEN, stored, f"{stored.slug}: {', '.join(stored.kinds)}")


def replace_credential(connection: Connection, credential: Credential, actor: Actor) -> None:
    with _locked(connection, actor, access.is_own) as stored:
        stored.set_credential(credential, timezone.now())
        _try_again(stored)
        actor.note(Kind.CREDENTIAL_REPLACED, stored)


def take_over(connection: Connection, credential: Credential, actor: Actor) -> None:
    """Give an ownerless connection the actor's credential. Raise LimitReached as `create` does."""
    with _locked(connection, actor, access.may_take_over) as stored:
        limits.require_room_for(actor.viewer.user)
        require(stored.take_over(actor.viewer.user, credential, timezone.now()))
        _try_again(stored)
        actor.note(Kind.TAKEN_OVER, stored)


def pause(connection: Connection, actor: Actor) -> None:
    with _locked(connection, actor, access.may_steer) as stored:
        stored.pause()
        actor.note(Kind.PAUSED, stored)


def resume(connection: Connection, actor: Actor) -> None:
    with _locked(connection, actor, access.may_resume) as stored:
        stored.resume()
        check_wanted.send(Connection, connection=stored)
        actor.note(Kind.RESUMED, stored)


def move(connection: Connection, team: Team, actor: Actor) -> None:
    """Give the connection, with its history, to another team in which its owner may have it.

    Raise LimitReached if that team has as many as allowed.
    """
    with transaction.atomic():
        _lock_teams(connection.team_id, team.pk)
        with _locked(connection, actor, access.may_delete) as stored:
            target = get_or_404(Team.objects.all(), actor.viewer, Right.WORK, pk=team.pk)
            require(_owner_may_work_in(stored, target))
            limits.require_room_in(target)
            before = stored.team
            actor.note(Kind.CONNECTION_MOVED, stored, f"{stored.slug}: {before} → {target}")
            stored.move(target)
            team_changed.send(Connection, connection=stored, before=before)
            actor.note(Kind.CONNECTION_MOVED, stored, f"{stored.slug}: {before} → {target}")


def delete(connection: Connection, actor: Actor) -> None:
    """Delete the connection with its credential and its history."""
    with _locked(connection, actor, access.may_delete) as stored:
        # Its slug will lead nowhere.
        actor.note(Kind.CONNECTION_DELETED, stored, f"{stored} ({stored.slug})")
        stored.delete()


def test(connection: Connection, actor: Actor, at: datetime) -> None:
    """Have a worker test the credential."""
    with _locked(connection, actor, access.is_own) as stored:
        CredentialTest.objects.filter(connection=stored).delete()
        CredentialTest.objects.create(connection=stored, asked_at=at)
        transaction.on_commit(lambda: tasks.queue_test(stored.pk))
        actor.note(Kind.CREDENTIAL_TESTED, stored)


def teams_to_move_to(connection: Connection, viewer: Viewer) -> list[Team]:
    """Return the teams to which the viewer may move the connection."""
    own = Team.objects.visible_to(viewer).exclude(pk=connection.team_id)
    return [team for team in own if _may_move_to(team, connection)]


@contextmanager
def _locked(connection: Connection, actor: Actor, permitted: Permission) -> Iterator[Connection]:
    """Lock the team, and yield the connection as it is now if the actor still has the right."""
    with transaction.atomic():
        if actor.is_administrator:
            Team.objects.select_for_update().filter(pk=connection.team_id).first()
            yield Connection.objects.select_related("team", "owner").get(pk=connection.pk)
        else:
            teams.locked(connection.team_id, actor.viewer, Right.LOOK)
            stored = access.get_connection_or_404(actor.viewer, connection.slug)
            require(stored.team_id == connection.team_id and permitted(stored, actor.viewer))
            yield stored


def _lock_teams(*keys: int) -> None:
    """Lock them in one order, so that two moves in opposite directions don't wait for each
    other.
    """
    list(Team.objects.select_for_update().filter(pk__in=keys).order_by("pk"))


def _account(stored: Connection, settings: Settings) -> tuple[str, str]:
    environment = stored.environment if settings.environment is None else settings.environment
    account_id = stored.account_id if settings.account_id is None else settings.account_id
    return environment, account_id


def _try_again(stored: Connection) -> None:
    """The result of a test is about the former credential."""
    CredentialTest.objects.filter(connection=stored).delete()
    check_wanted.send(Connection, connection=stored)


def _may_move_to(team: Team, connection: Connection) -> bool:
    return allows(team, Right.WORK) and _owner_may_work_in(connection, team)


def _owner_may_work_in(connection: Connection, team: Team) -> bool:
    """Whether the owner, whose credential it is, may have connections in the team."""
    if connection.owner is None:
        return True
    own = Team.objects.visible_to(Viewer(connection.owner)).filter(pk=team.pk).first()
    return own is not None and allows(own, Right.WORK)

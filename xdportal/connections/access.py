"""Who may do what to a connection, beyond what the role says."""

from xdportal.accounts.access import Right, Viewer, allows, get_or_404
from xdportal.connections.models import Connection
from xdportal.lib import logs


def get_connection_or_404(viewer: Viewer, slug: str, right: Right = Right.LOOK) -> Connection:
    connections = Connection.objects.select_related("team", "owner")
    connection = get_or_404(connections, viewer, right, slug=slug)
    logs.note(connection=connection.slug)
    return connection


def may_steer(connection: Connection, viewer: Viewer) -> bool:
    """Change name, interval and lists, pause: the connection's owner, and managers."""
    return allows(connection, Right.MANAGE) or is_own(connection, viewer)


def may_resume(connection: Connection, viewer: Viewer) -> bool:
    """Without an owner there is no credential to go on with."""
    return connection.owner_id is not None and may_steer(connection, viewer)


def may_delete(connection: Connection, viewer: Viewer) -> bool:
    """Delete it with its history, or move it away: the connection's owner, and the team's
    owners.
    """
    return allows(connection, Right.OWN) or is_own(connection, viewer)


def may_take_over(connection: Connection, viewer: Viewer) -> bool:
    """An ownerless connection is for any member who may have connections in the team."""
    return connection.owner_id is None and allows(connection, Right.WORK)


def is_own(connection: Connection, viewer: Viewer) -> bool:
    return viewer.is_user(connection.owner_id) and allows(connection, Right.WORK)

"""Who may do what to a connection, beyond what the role says."""

from xdportal.accounts.access import Right, Viewer, allows, get_or_404
from xdportal.connections.models import Connection
from xdportal.lib import logs


def get_connection_or_404(viewer: Viewer, slug: str, right: Right = Right.LOOK) -> Connection:
    connection = get_or_404(Connection.objects.select_related("team", "owner"), viewer, right, slug=slug)
    logs.note(connection=connection.slug)
    return connection


def may_steer(connection: Connection, viewer: Viewer) -> bool:
    """Name, interval, pause and resume: the connection's own user, and managers."""
    return allows(connection, Right.MANAGE) or is_own(connection, viewer)


def may_delete(connection: Connection, viewer: Viewer) -> bool:
    """The connection's own user, and the team's owners: history goes with it."""
    return allows(connection, Right.OWN) or is_own(connection, viewer)


def may_take_over(connection: Connection) -> bool:
    """An ownerless connection is anybody's who may have connections in the team."""
    return connection.owner_id is None and allows(connection, Right.WORK)


def is_own(connection: Connection, viewer: Viewer) -> bool:
    return viewer.is_user(connection.owner_id) and allows(connection, Right.WORK)

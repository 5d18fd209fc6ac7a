from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.http import Http404

from xdportal.accounts.access import Right, Viewer
from xdportal.catalog.models import Catalog
from xdportal.connections import access
from xdportal.connections.models import Connection


def test_a_viewer_confined_to_connections_sees_no_other(
    cast: SimpleNamespace, connect: Callable[..., Connection]
) -> None:
    shown, hidden = connect("Shown"), connect("Hidden")
    viewer = Viewer(cast.olga, connections=frozenset({shown.uuid}))

    assert list(Connection.objects.visible_to(viewer)) == [shown]
    assert {catalog.connection for catalog in Catalog.objects.visible_to(viewer)} == {shown}
    with pytest.raises(Http404):
        access.get_connection_or_404(viewer, hidden.slug)


def test_a_ceiling_holds_for_the_own_connection_too(
    cast: SimpleNamespace, connect: Callable[..., Connection]
) -> None:
    made = connect()
    viewer = Viewer(cast.mia, ceiling=frozenset({Right.LOOK}))
    connection = access.get_connection_or_404(viewer, made.slug)

    assert not access.is_own(connection, viewer)
    assert not access.may_steer(connection, viewer)
    assert not access.may_delete(connection, viewer)

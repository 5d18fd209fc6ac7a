"""Deleting a connection, its team or its owner leaves no ciphertext."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.items import refresh
from tests.traces import stored
from xdportal.catalog.models import Catalog, Check, ImageListing, Snapshot
from xdportal.catalog.tasks import check_connection
from xdportal.connections.models import Connection
from xdportal.connections.session import Sitting
from xdportal.simulator import Simulator


class TestDeleting:
    """What is deleted leaves no ciphertext, and what was queued for it finds nothing to do."""

    @pytest.mark.parametrize("gone", ["connection", "team"])
    def test_nothing_is_left(
        self, catalog: Catalog, check: Any, simulator: Simulator, gone: str
    ) -> None:
        check()
        sealed = Connection.objects.get().credential
        simulator.clear_calls()
        {"connection": catalog.connection, "team": catalog.connection.team}[gone].delete()

        left = [model.objects.count() for model in (Connection, Catalog, Check)]
        assert left == [0, 0, 0]
        assert [row for row in stored() if sealed in row] == []
        assert check_connection(catalog.connection_id) == []
        assert simulator.calls == []

    def test_a_check_that_is_running_records_nothing(
        self, catalog: Catalog, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = Sitting.read

        def read(*arguments: Any) -> Any:
            answer = real(*arguments)
            Connection.objects.all().delete()
            return answer

        monkeypatch.setattr(Sitting, "read", read)

        assert refresh(catalog)["outcome"] == "aborted"
        left = [model.objects.count() for model in (ImageListing, Snapshot, Check)]
        assert left == [0, 0, 0]

    def test_the_credentials_of_a_deleted_user_are_gone(
        self, catalog: Catalog, cast: SimpleNamespace, simulator: Simulator
    ) -> None:
        sealed = Connection.objects.get().credential
        cast.mia.delete()

        assert [row for row in stored() if sealed in row] == []
        assert check_connection(catalog.connection_id) == []
        assert simulator.calls == []

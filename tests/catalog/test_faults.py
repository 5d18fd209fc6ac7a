"""Whatever the provider answers: one outcome, one check, the history untouched, no secret anywhere,
and recovery.

The table is in tests/provider/faults.py; each fault comes over real HTTP from the simulator.
"""

import base64
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.items import refresh
from tests.provider.faults import DEADLINE, FAULTS, MAX_BODY, PATIENT, Fault
from tests.traces import secrets_of, stored, traces
from xdportal.catalog.models import Catalog, Check, ImageListing, Snapshot
from xdportal.connections.models import Connection
from xdportal.provider import client as door
from xdportal.simulator import Simulator

SPARE = 5  # seconds over the deadline
PATHS = {"image": "open/image", "token": "getToken"}


@pytest.fixture
def elsewhere() -> Iterator[Simulator]:
    with Simulator() as another:
        yield another


@pytest.fixture
def known(
    catalog: Catalog, check: Any, settings: Any, simulator: Simulator, monkeypatch: Any
) -> Catalog:
    """A catalog that has been read once, and will wait for nothing."""
    settings.PROVIDER_DEADLINE, settings.PROVIDER_MAX_BODY = PATIENT, MAX_BODY
    monkeypatch.setattr(door, "FIRST_WAIT", 0.001)
    assert check()["outcome"] == "ok"
    return catalog


def history() -> list[Any]:
    listings = ImageListing.objects.order_by("pk").values_list()
    return [*Snapshot.objects.order_by("pk").values_list("number", "digest"), *listings]


def spoil(simulator: Simulator, fault: Fault, elsewhere: Simulator) -> None:
    options = dict(fault.options)
    for name, value in options.items():
        if isinstance(value, str):
            host = elsewhere.url.removeprefix("http://")
            options[name] = value.replace("ELSEWHERE", elsewhere.url).replace("ELSEHOST", host)
        elif isinstance(value, dict):
            options[name] = {
                key: text.replace("ELSEWHERE", elsewhere.url) for key, text in value.items()
            }
    if fault.on == "token":
        Connection.objects.update(token="", token_expires_at=None)
    simulator.clear_calls()
    simulator.fault(fault.switch, times=None, on=fault.on, **options)


def test_there_are_at_least_eighty() -> None:
    assert len(FAULTS) >= 80


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault(
    name: str,
    known: Catalog,
    simulator: Simulator,
    elsewhere: Simulator,
    cast: SimpleNamespace,
    sign_in: Any,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fault, before = FAULTS[name], history()
    if fault.outcome == "timeout":
        settings.PROVIDER_DEADLINE = DEADLINE
    spoil(simulator, fault, elsewhere)

    started = time.monotonic()
    report = refresh(known)
    assert time.monotonic() - started < settings.PROVIDER_DEADLINE + SPARE

    made = Check.objects.latest("pk")
    assert (report["outcome"], made.outcome, made.reason) == (
        fault.outcome,
        fault.outcome,
        fault.reason,
    )
    assert Check.objects.count() == 2
    assert simulator.count(PATHS[fault.on]) == fault.calls
    assert simulator.count("getToken") <= 3
    assert simulator.count("open/image") <= 4
    assert elsewhere.calls == []
    assert len(made.msg) <= 500
    assert len(made.trace_id) <= 200
    if report["outcome"] != "ok_with_warnings":
        assert history() == before

    page = sign_in(cast.mia).get(f"/c/{known.slug}/checks/{made.pk}/").content.decode()
    images = sign_in(cast.mia).get(f"/c/{known.slug}/images/").content.decode()
    secrets = secrets_of(simulator)
    assert traces(secrets, [*stored(), caplog.text, page, images]) == []
    assert "<script>alert" not in page + images

    simulator.clear_faults()
    Connection.objects.update(not_before=None)
    assert refresh(known)["outcome"] == "ok"
    known.connection.refresh_from_db()
    assert known.connection.state == "ok"


def test_a_code_too_large_to_store_keeps_what_was_said_beside_it(
    known: Catalog, simulator: Simulator
) -> None:
    simulator.fault(
        "body", body='{"code":99999999999999999999,"success":false,"msg":"odd","traceId":"t-1"}'
    )

    report = refresh(known)
    assert (report["outcome"], report["code"], report["msg"], report["trace_id"]) == (
        "provider",
        None,
        "odd",
        "t-1",
    )


def test_the_search_finds_what_is_planted(known: Catalog, simulator: Simulator) -> None:
    secret = simulator.accounts["production"][0].secret
    Check.objects.update(msg=base64.b64encode(f"user:{secret}".encode()).decode())

    assert len(traces(secrets_of(simulator), stored())) == 1

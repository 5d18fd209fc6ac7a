"""The simulator's own addresses."""

import pytest

from tests.simulator.calls import IMAGES, call, images, token_of
from xdportal.simulator import FAULTS, Simulator


def test_control(sim: Simulator) -> None:
    call(
        sim.url,
        "/simulator/fault",
        body={"name": "code", "times": None, "on": "any", "code": 1001, "msg": "hidden"},
    )
    reply = call(sim.url, "/simulator/move", body={"steps": 3})
    assert reply.json == {
        "step": 3,
        "accounts": {
            name: [account.account_id for account in known] for name, known in sim.accounts.items()
        },
        "queued": [{"name": "code", "times": None, "on": "any"}],
        "faults": list(FAULTS),
    }
    assert call(sim.url, "/simulator/").json == reply.json
    assert images(sim, "").code == 1001
    assert call(sim.url, "/simulator/clear", body={}).json["queued"] == []
    assert [noted.path for noted in sim.calls] == [IMAGES]


def test_control_never_tells_a_secret(sim: Simulator) -> None:
    token = token_of(sim)
    shown = call(sim.url, "/simulator/").body.decode()
    assert token not in shown
    for known in sim.accounts.values():
        assert [account for account in known if account.secret in shown] == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("fault", {"name": "no such fault"}, 400),
        ("fault", {"name": "code", "surprise": 1}, 400),
        ("fault", {}, 400),
        ("fault", [], 400),
        ("fault", b"no json", 400),
        ("move", {"steps": "far"}, 400),
        ("elsewhere", {}, 404),
    ],
)
def test_control_refuses_invalid_commands(
    sim: Simulator, path: str, body: object, status: int
) -> None:
    reply = call(sim.url, f"/simulator/{path}", body=body)
    assert (reply.status, list(reply.json)) == (status, ["error"])
    assert call(sim.url, "/simulator/").json["queued"] == []

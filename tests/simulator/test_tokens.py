"""Accounts and their tokens."""

import re

import pytest

from tests.simulator.calls import IMAGES, PERSONAL, TOKEN, Clock, call, images, mint, token_of
from xdportal.simulator import ENVIRONMENTS, Account, Simulator, accounts


def test_accounts_can_be_computed_without_a_simulator(sim: Simulator) -> None:
    assert sim.accounts == {environment: accounts(1, environment) for environment in ENVIRONMENTS}


def test_accounts_look_like_the_providers() -> None:
    known = accounts(1, "production") + accounts(1, "sandbox") + accounts(2, "production")
    assert (
        len({account.account_id for account in known})
        == len({account.secret for account in known})
        == 12
    )
    for account in known:
        assert re.fullmatch(r"A\d{8}", account.account_id)
        assert re.fullmatch(r"[A-Za-z0-9_-]{32}", account.secret)
        assert account.secret not in repr(account)


def test_a_token_is_minted(sim: Simulator) -> None:
    reply = mint(sim.production_url, sim.accounts["production"][0])
    data = reply.json["data"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", data["token"])
    assert data == {"token": data["token"], "effectiveTime": 1_800_000}
    assert reply.json | {"data": None, "traceId": ""} == {
        "code": 0,
        "success": True,
        "msg": "success",
        "data": None,
        "traceId": "",
    }
    assert reply.headers["Content-Type"] == "application/json; charset=UTF-8"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"uuid": "A00000000", "secret": "x" * 32}, 401),
        ({"uuid": "A00000000"}, 1007),
        ({"secret": "x"}, 1007),
        ({"uuid": "", "secret": "x"}, 1007),
        ({"uuid": 1, "secret": "x"}, 1007),
        ([], 1007),
        (b"no json", 1007),
        (b"\xff", 1007),
    ],
)
def test_a_bad_request_mints_nothing(sim: Simulator, body: object, code: int) -> None:
    reply = call(sim.production_url, TOKEN, body=body)
    assert (reply.status, reply.code, reply.json["success"], reply.json["data"]) == (
        200,
        code,
        False,
        None,
    )


def test_a_wrong_secret_is_refused(sim: Simulator) -> None:
    first, second, *_ = sim.accounts["production"]
    reply = mint(sim.production_url, Account(first.account_id, second.secret))
    assert (reply.code, reply.json["msg"]) == (401, "身份认证失败")


def test_an_account_belongs_to_one_environment(sim: Simulator) -> None:
    assert mint(sim.sandbox_url, sim.accounts["production"][0]).code == 401
    assert mint(sim.sandbox_url, sim.accounts["sandbox"][0]).code == 0


@pytest.mark.parametrize("path", [IMAGES, "/v1/pve/open/packAge/0", PERSONAL])
def test_every_list_needs_a_token_of_its_environment(sim: Simulator, path: str) -> None:
    token = token_of(sim)
    assert call(sim.production_url, path, token).code == 0
    for base, other in (
        (sim.production_url, None),
        (sim.production_url, "unknown"),
        (sim.sandbox_url, token),
    ):
        reply = call(base, path, other)
        assert (reply.status, reply.code, reply.json["msg"]) == (200, 401, "身份认证失败")


def test_a_token_expires() -> None:
    clock = Clock()
    with Simulator(token_life=60, clock=clock) as sim:
        token = token_of(sim)
        clock.now += 59.9
        assert images(sim, token).code == 0
        clock.now += 0.1
        assert images(sim, token).code == 401


@pytest.mark.parametrize(("revoke", "code"), [(False, 0), (True, 401)])
def test_a_new_token_may_end_the_old_one(revoke: bool, code: int) -> None:
    with Simulator(revoke_old_tokens=revoke) as sim:
        old, neighbour, new = token_of(sim), token_of(sim, number=1), token_of(sim)
        assert [images(sim, token).code for token in (old, neighbour, new)] == [code, 0, 0]

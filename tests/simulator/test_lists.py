"""What is listed, and how it moves."""

import re
import time
from typing import Any

import pytest

from tests.simulator.calls import IMAGES, PERSONAL, Clock, call, images, ordered, token_of
from xdportal.simulator import PackageWorld, Simulator, World


def test_the_image_list_is_the_worlds(sim: Simulator) -> None:
    reply = images(sim, token_of(sim))
    assert ordered(reply.json["data"]) == ordered(World(1, 40).items(0))
    sandbox = call(sim.sandbox_url, IMAGES, token_of(sim, "sandbox"))
    assert ordered(sandbox.json["data"]) == ordered(World(1, 40, "sandbox").items(0))


def test_without_prefix_it_is_production(sim: Simulator) -> None:
    reply = call(sim.url, IMAGES, token_of(sim))
    assert ordered(reply.json["data"]) == ordered(World(1, 40).items(0))


def test_order_and_trace_id_differ_from_answer_to_answer(sim: Simulator) -> None:
    token = token_of(sim)
    first, second = images(sim, token).json, images(sim, token).json
    assert first["data"] != second["data"]
    assert first["traceId"] != second["traceId"]
    assert re.fullmatch(r"[0-9a-f]{32}", first["traceId"])


def test_order_can_be_kept() -> None:
    with Simulator(shuffle=False) as sim:
        assert images(sim, token_of(sim)).json["data"] == World(1, 40).items(0)


@pytest.mark.parametrize(("use", "kind"), [("0", "packages-payg"), ("1", "packages-rental")])
def test_packages(sim: Simulator, use: str, kind: str) -> None:
    token = token_of(sim)
    sim.move(3)
    reply = call(sim.production_url, f"/v1/pve/open/packAge/{use}", token)
    listed = sorted(reply.json["data"], key=lambda row: row["packageId"])
    wanted = sorted(PackageWorld(1).items(use, 3), key=lambda row: str(row["packageId"]))
    assert listed == wanted
    sim.set_items("production", [1], kind=kind)
    assert call(sim.production_url, f"/v1/pve/open/packAge/{use}", token).json["data"] == [1]
    assert call(sim.production_url, "/v1/pve/open/packAge/2", token).status == 404


def test_personal_images_come_in_pages(sim: Simulator) -> None:
    token = token_of(sim)
    every = call(sim.production_url, PERSONAL, token).json["data"]
    pages = [
        call(sim.production_url, f"{PERSONAL}?page={page}&pageSize=2", token).json["data"]
        for page in (1, 2, 3, 4)
    ]
    assert [row for page in pages for row in page["data"]] == every["data"]
    assert {page["totalCounts"] for page in pages} == {every["totalCounts"]} == {len(every["data"])}
    assert call(sim.production_url, f"{PERSONAL}?page=0", token).code == 1007


def test_an_unknown_path_is_not_found(sim: Simulator) -> None:
    for reply in (
        call(sim.url, "/v1/elsewhere"),
        call(sim.url, IMAGES, body={}),
        call(sim.sandbox_url, "/"),
    ):
        assert (reply.status, reply.code, reply.json["success"]) == (404, 404, False)


@pytest.mark.parametrize(
    "items", [[], [{"imageId": 4005}], [None, "x", 1.5, {"imageId": "\ud800", "名": []}]]
)
def test_any_list_can_be_set(items: list[Any]) -> None:
    with Simulator(shuffle=False) as sim:
        token = token_of(sim)
        sim.set_items("production", items)
        assert images(sim, token).json["data"] == items
        sim.set_items("production", None)
        assert images(sim, token).json["data"] == World(1, 40).items(0)


def test_the_list_moves(sim: Simulator) -> None:
    token = token_of(sim)
    for moves, step in ((1, 1), (4, 5), (-2, 3), (-9, 0)):
        sim.move(moves)
        assert sim.step == step
        assert ordered(images(sim, token).json["data"]) == ordered(World(1, 40).items(step))


def test_the_list_moves_with_time() -> None:
    clock = Clock()
    sim = Simulator(move_every=10, start_step=3, clock=clock)
    steps = []
    for seconds in (0, 9, 1, 25):
        clock.now += seconds
        steps.append(sim.step)
    sim.move()
    assert [*steps, sim.step] == [3, 3, 4, 6, 7]
    sim.stop()


def test_the_list_moves_since_an_epoch() -> None:
    for ago, step in ((1000.5, 100), (-1000.0, 0)):
        sim = Simulator(move_every=10, epoch=time.time() - ago)
        assert sim.step == step
        sim.stop()

"""Whatever comes, a check's memory stays within 100 MiB over idle, and its work within one and a
half of what the largest good list takes on the same machine.

Each answer is as large as the default limits admit, and built to be dear: to decode, to keep, or to
look at.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stage import Stage
from xdportal.simulator import Simulator

MOST = 100  # MiB over idle
WORK = 1.5  # of the largest good list's time on the processor
LARGEST = "200,000 images"
MIB = 2**20
WIDE = "\N{GRINNING FACE}" + "x" * 100
HEAD = '{"code":0,"success":true,"data":['


def row(number: int, **fields: Any) -> dict[str, Any]:
    texts = {
        "type": "BL",
        "systemImageName": "Ubuntu Server",
        "systemImageVersion": f"20.04 x64 {number}",
    }
    return {"imageId": str(number), **texts, **fields}


def listed(rows: Any) -> dict[str, str]:
    return {"body": HEAD + ",".join(json.dumps(item, ensure_ascii=False) for item in rows) + "]}"}


def many(text: str, size: int) -> dict[str, str]:
    return {"body": HEAD + text * (size // len(text)) + "{}]}"}


def traced(text: str, size: int) -> dict[str, str]:
    return {
        "body": '{"code":0,"traceId":"'
        + text * (size // len(text))
        + '","data":['
        + json.dumps(row(1))
        + "]}"
    }


Case = tuple[str, dict[str, Any], str]  # switch of the simulator, its options, outcome


def lists() -> dict[str, Case]:
    """Return lists that can be read. 200,000 images come first: the later ones meet them."""
    half_bad = (row(number) if number % 5 else {} for number in range(200_000))
    other_ids = (row(number, imageId=f"n{number}") for number in range(200_000))
    long_texts = (
        row(number, systemImageName=f"{WIDE}{number}", systemImageVersion=WIDE, type=WIDE)
        for number in range(80_000)
    )
    return {
        "200,000 images": ("body", listed(map(row, range(200_000))), "ok"),
        "one in five unusable": ("body", listed(half_bad), "ok_with_warnings"),
        "200,000 other ids": ("body", listed(other_ids), "suspect"),
        "texts as long as can be": ("body", listed(long_texts), "suspect"),
        "an unknown field of 31 MiB": (
            "body",
            listed([row(1, x="x" * 31 * MIB + WIDE), row(2)]),
            "suspect",
        ),
    }


def other_answers() -> dict[str, Case]:
    """Return answers that are no list, or carry more than a list."""
    return {
        "a name of 31 MiB": ("body", listed([row(1, type="x" * 31 * MIB + WIDE)]), "bad_data"),
        "msg of 31 MiB": (
            "body",
            {"body": '{"code":1003,"msg":"' + "x" * 31 * MIB + WIDE + '"}'},
            "provider",
        ),
        "a traceId of 31 MiB": ("body", traced("x", 31 * MIB), "suspect"),
        "a traceId of escapes": ("body", traced(r"\n", 31 * MIB), "suspect"),
        "lone surrogates": (
            "body",
            {"body": '{"code":1003,"msg":"' + r"\ud800" * 5 * MIB + '"}'},
            "provider",
        ),
        "empty objects": ("body", many("{},", 31 * MIB), "too_large"),
        "empty lists": ("body", many("[],", 31 * MIB), "too_large"),
        "numbers": ("body", many("1,", 31 * MIB), "too_large"),
        "texts full of ends of items": ("body", many('"},{},{",', 31 * MIB), "too_large"),
        "one item of many fields": (
            "body",
            {"body": HEAD + "{" + ",".join(f'"{n}":1' for n in range(2_500_000)) + "}]}"},
            "too_large",
        ),
        "deep nesting": ("body", {"body": '{"code":0,"data":' + "[" * 31 * MIB}, "bad_data"),
        "white space": ("big_body", {"size": 31 * MIB}, "bad_data"),
        "300 MB": ("big_body", {"size": 300_000_000}, "too_large"),
        "a body without end": ("big_body", {}, "too_large"),
        "a gzip bomb": ("gzip_bomb", {"size": 300_000_000}, "too_large"),
        "a gzip bomb of 1 KB in two layers": (
            "gzip_bomb",
            {"size": 300_000_000, "layers": 2},
            "too_large",
        ),
    }


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Simulator(shuffle=False) as simulator, Stage(tmp_path, simulator) as stage:
        yield stage


def test_any_answer_stays_within_the_limits(stage: Stage) -> None:
    idle = stage.check().peak  # what any check takes: the library's pages, the connections
    work = {}
    for name, (switch, options, outcome) in (lists() | other_answers()).items():
        stage.simulator.fault(switch, times=None, **options)
        said = stage.check()
        stage.simulator.clear_faults()

        assert said.outcome == outcome, name
        assert said.peak - idle < MOST, name
        work[name] = said.processor
    assert max(work.values()) < WORK * work[LARGEST], work


def test_a_byte_a_second_ends_with_the_deadline(tmp_path: Path) -> None:
    with Simulator() as simulator, Stage(tmp_path, simulator, PROVIDER_DEADLINE="3") as stage:
        idle = stage.check().peak
        simulator.fault("drip", every=1)
        said = stage.check()

        assert said.outcome == "timeout"
        assert said.peak - idle < MOST
        assert said.processor < 3

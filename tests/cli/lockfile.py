"""Lock files as tests write and read them."""

import json
from pathlib import Path
from typing import Any

from tests.cli.portal import Meaning

Json = dict[str, Any]


def entry(
    item_id: str,
    meaning: Meaning,
    used: tuple[str, ...] = (),
    environment: str = "production",
    **more: Any,
) -> Json:
    return {
        "id": item_id,
        "kind": "images",
        "environment": environment,
        "meaning": meaning,
        "seen": {"at": "2026-11-24T01:30:12Z", "snapshot": 74},
        "used": list(used),
        **more,
    }


def lock(*entries: Json) -> str:
    return json.dumps({"version": 1, "pins": list(entries)}, ensure_ascii=False)


def pins_of(path: Path) -> list[Json]:
    pins: list[Json] = json.loads(path.read_text(encoding="utf-8"))["pins"]
    return pins

"""The containers' file, by the format's own schema."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

BASE = Path(__file__).resolve().parents[2]
TEXT = (BASE / "deploy/compose.yaml").read_text()
SCHEMA = json.loads((BASE / "tests/vendor/compose-spec/compose-spec.json").read_text())


@pytest.fixture
def compose() -> dict[str, Any]:
    """The file as Docker reads it: merge keys resolved, required variables set."""
    return dict(yaml.safe_load(re.sub(r"\$\{\w+:\?[^}]*\}", "secret", TEXT)))


def test_it_fits_the_format(compose: dict[str, Any]) -> None:
    if not os.environ.get("CI"):
        pytest.importorskip("jsonschema")
    from jsonschema import Draft7Validator

    assert [error.message for error in Draft7Validator(SCHEMA).iter_errors(compose)] == []


def test_every_command_is_one_of_the_portal_s(compose: dict[str, Any]) -> None:
    services = compose["services"]
    programs = {name: services[name].get("command", [""])[0] for name in services}

    assert programs == {
        "database": "",
        "redis": "redis-server",
        "prepare": "sh",
        "web": "",
        "worker": "celery",
        "beat": "celery",
    }


def test_only_the_web_process_is_reached_and_only_from_the_machine(compose: dict[str, Any]) -> None:
    services = compose["services"].items()
    ports = {name: service["ports"] for name, service in services if "ports" in service}

    assert ports == {"web": ["127.0.0.1:8000:8000"]}

"""Schemathesis asks every operation what its specification allows, and what it does not."""

from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import ComponentInfo
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

import xdportal.api.urls  # noqa: F401 (declares the operations)
from tests.api.conftest import Api
from xdportal.api import specification
from xdportal.connections.models import Connection

# What no schema says makes some of what it allows wrong: cursors of other queries, times to come,
# a system without its version, control characters.
EXCLUDED = [positive_data_acceptance]
TEXT = "text/plain"  # whatever is sent as text is a text, a number or a list, too
NEGATIVE = ComponentInfo(GenerationMode.NEGATIVE)
WITHOUT_INPUT = {"/openapi.json"}


def excluded_for(case: Any) -> list[Any]:
    """A text may be anything, and the key is sent even where a case leaves it out."""
    lacks_key = case.meta.components.get(ParameterLocation.HEADER) == NEGATIVE
    may_be_right = case.media_type == TEXT or lacks_key
    return [*EXCLUDED, negative_data_rejection] if may_be_right else EXCLUDED


OPERATIONS = [
    (path, method.upper())
    for path, methods in specification.document()["paths"].items()
    for method in methods
]


def ask(path: str, method: str, api: Api, examples: int) -> None:
    headers = {**api.headers, "Accept-Encoding": "identity"}
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", WSGIHandler())
    operation = schema[path][method]
    for mode in GenerationMode:
        is_wrong = mode is GenerationMode.NEGATIVE
        if is_wrong and path in WITHOUT_INPUT:
            continue

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def check(case: Any) -> None:
            with transaction.atomic():
                excluded = [
                    *EXCLUDED,
                    *([negative_data_rejection] if case.media_type == TEXT else []),
                ]
                case.call_and_validate(headers=headers, excluded_checks=excluded)
                transaction.set_rollback(True)

        check()


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_nothing_is_found(
    path: str, method: str, api: Api, connection: Connection, settings: Any
) -> None:
    settings.API_RATE = 1_000_000
    ask(path, method, api, examples=5)


@pytest.mark.full
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_nothing_is_found_by_asking_long(
    path: str, method: str, api: Api, connection: Connection, settings: Any
) -> None:
    settings.API_RATE = 1_000_000
    ask(path, method, api, examples=150)

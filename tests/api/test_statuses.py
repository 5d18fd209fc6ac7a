"""Every operation gives each status that it documents."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

import xdportal.api.urls  # noqa: F401 (declares the operations)
from tests.api.conftest import Api, fresh
from tests.items import give, item
from xdportal.accounts.models import Membership, Scope, Team
from xdportal.alerts.pins import actions, recipe_actions
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.alerts.pins.recipe_actions import RecipeWish
from xdportal.api import auth
from xdportal.api.operations import ANY, JSON, REGISTRY, Operation
from xdportal.api.specification import problems_of
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection

QUERIES: dict[str, dict[str, str]] = {
    "compare_snapshots": {"from": "1"},
    "compare_connections": {"left": "{slug}", "right": "{slug}"},
    "resolve": {"name": "Ubuntu Server", "version": "20.04 x64", "connection": "{slug}"},
}
BODIES: dict[str, tuple[str, str]] = {
    "decode": ("text/plain", "code 7005"),
    "start_check": ("application/json", "{{}}"),
    "create_pin": ("application/json", '{{"id": "4034", "connection": "{slug}"}}'),
    "change_pin": ("application/json", "{{}}"),
    "mute": ("application/json", '{{"until": "2999-01-01", "reason": "x"}}'),
    "declare_pins": ("application/json", '{{"source": "x", "pins": []}}'),
    "create_recipe": (
        "application/json",
        '{{"image": "base", "package": "gpu", "billing": "payg"}}',
    ),
    "check": ("application/json", '{{"pins": [{{"id": "1", "connection": "{slug}"}}]}}'),
}


class Situation(NamedTuple):
    """What it takes to be answered with a status: things as they are, and what is sent."""

    arrange: Callable[[Connection], object] = lambda connection: None
    query: Mapping[str, str] = {}
    body: str = ""


def pause(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(state=Connection.State.PAUSED)


def list_it_twice(connection: Connection) -> None:
    images = connection.catalogs.get(kind="images")
    give(images, [item("4034"), item("4035", type="ceph")], timezone.now())


def make_stale(connection: Connection) -> None:
    connection.catalogs.update(last_ok_at=timezone.now() - timedelta(days=2))


def add_another(connection: Connection) -> None:
    Connection.objects.create(
        team=connection.team,
        owner=connection.owner,
        name="Another",
        environment=connection.environment,
        account_id="another",
    )


STALE = Situation(make_stale)
STRICT = {"strict": "1"}
LONG_AGO = Situation(query={"as_of": "2020-01-01"})
PARTICULAR: dict[tuple[str, int], Situation] = {
    ("start_check", 409): Situation(pause),
    ("resolve", 409): Situation(list_it_twice),
    ("resolve", 503): STALE,
    ("check", 409): Situation(query=STRICT),
    ("check", 503): Situation(make_stale, STRICT),
    ("create_pin", 409): Situation(body='{{"id": "4034", "connection": "{slug}", "name": "base"}}'),
    ("change_pin", 409): Situation(body='{{"name": "gpu"}}'),
    ("create_recipe", 409): Situation(
        body='{{"image": "base", "package": "gpu", "billing": "payg", "label": "4034"}}'
    ),
    ("declare_pins", 409): Situation(
        add_another,
        body='{{"source": "x", "pins": [{{"name": "x", "id": "1", "environment": "production"}}]}}',
    ),
    ("list_pins", 404): LONG_AGO,
    ("terraform_variables", 404): LONG_AGO,
    ("terraform_external", 404): LONG_AGO,
    ("ansible_variables", 404): LONG_AGO,
    ("shell_variables", 404): LONG_AGO,
    ("list_releases", 503): STALE,
    ("terraform_variables", 503): STALE,
    ("terraform_external", 503): STALE,
    ("ansible_variables", 503): STALE,
    ("shell_variables", 503): STALE,
}


@pytest.fixture
def values(images: Catalog, cast: SimpleNamespace) -> dict[str, str]:
    packages = images.connection.catalogs.get(kind="packages-payg")
    actor = Actor(cast.mia, timezone.now())
    image = actions.create(Wish(fresh(images), "4034", "base"), actor)
    package = actions.create(Wish(fresh(packages), "p1", "gpu"), actor)
    wish = RecipeWish("4034", image, package, "packages-payg")
    recipe_actions.create(images.connection.team, wish, actor)
    return {
        "slug": images.slug,
        "kind": "images",
        "id": "4034",
        "n": "1",
        "code": "7005",
        "pin": "base",
    }


def ask(
    operation: Operation,
    api: Api,
    values: dict[str, str],
    more: dict[str, str] | None = None,
    body: tuple[str, str] | None = None,
    **headers: str,
) -> Any:
    """Send what the operation takes, but for what is asked to be different."""
    path = re.sub(r"\{(\w+)\}", lambda found: values[found[1]], operation.path)
    query = {name: text.format(**values) for name, text in QUERIES.get(operation.name, {}).items()}
    media, text = body or BODIES.get(operation.name, ("application/octet-stream", ""))
    if body is None and text:
        text = text.format(**values)
    return api.client.generic(
        operation.method,
        f"/api/v1{path}",
        data=text,
        content_type=media,
        query_params={**query, **(more or {})},
        headers={**api.headers, **headers},
    )


def statuses(operation: Operation) -> set[int]:
    documented = {operation.status, *problems_of(operation), *operation.others}
    if operation.is_read:
        documented.add(304)
    return documented - {status for name, status in PARTICULAR if name == operation.name}


@pytest.mark.parametrize(("name", "status"), PARTICULAR, ids=lambda part: str(part))
def test_a_status_of_its_own_is_given(
    name: str, status: int, api: Api, values: dict[str, str], connection: Connection
) -> None:
    operation = next(one for one in REGISTRY if one.name == name)
    situation = PARTICULAR[name, status]
    situation.arrange(connection)
    body = (JSON, situation.body.format(**values)) if situation.body else None

    answer = ask(operation, api, values, dict(situation.query), body)

    assert answer.status_code == status


@pytest.mark.parametrize("operation", REGISTRY, ids=lambda operation: operation.name)
def test_each_documented_status_is_given(
    operation: Operation,
    api: Api,
    api_of: Callable[..., Api],
    cast: SimpleNamespace,
    values: dict[str, str],
    settings: Any,
) -> None:
    given: dict[int, Any] = {}
    good = ask(operation, api, values)
    given[good.status_code] = good
    if operation.is_read:
        known = {"If-None-Match": good.headers["ETag"]}
        given[ask(operation, api, values, **known).status_code] = good
    for answer in (
        ask(operation, Api(None), values),
        ask(operation, api, values, Accept="image/png"),
        ask(operation, api, values, {"no-such-parameter": "1"}),
        *others(operation, api, api_of, values),
    ):
        given[answer.status_code] = answer
    settings.API_RATE = 0
    limited = ask(operation, api, values)
    given[limited.status_code] = limited
    without_database = ask_without_database(operation, api, values)
    given[without_database.status_code] = without_database

    assert statuses(operation) - given.keys() == set()


def ask_without_database(operation: Operation, api: Api, values: dict[str, str]) -> Any:
    api.client.raise_request_exception = False
    with mock.patch.object(auth, "viewer_for_key", side_effect=OperationalError):
        return ask(operation, api, values)


def others(
    operation: Operation, api: Api, api_of: Callable[..., Api], values: dict[str, str]
) -> list[Any]:
    answers = []
    lacking = sorted(set(Scope) - operation.scopes)
    if lacking and operation.scopes != ANY:
        answers.append(ask(operation, api_of(scopes=lacking[:1]), values))
    if operation.bodies:
        answers.append(ask(operation, api, values, body=("image/png", "x")))
        media = next(iter(operation.bodies))
        answers.append(ask(operation, api, values, body=(media, "x" * (2**20 + 1))))
    if "{" in operation.path:
        absent = dict.fromkeys(values, "absent") | {"kind": "images"}
        answers.append(ask(operation, api, absent))
    elif 404 in operation.problems and operation.name == "check":
        absent = '{"pins": [{"id": "1", "connection": "absent"}]}'
        answers.append(ask(operation, api, values, body=("application/json", absent)))
    elif operation.name in ABSENT:
        answers.append(
            ask(operation, api, values, body=("application/json", ABSENT[operation.name]))
        )
    elif 404 in operation.problems:
        absent = {**values, "slug": "absent"}
        answers.append(ask(operation, api, absent))
    return answers


@pytest.mark.parametrize("operation", REGISTRY, ids=lambda operation: operation.name)
def test_a_key_does_what_its_scope_and_its_maker_may(
    operation: Operation, api_of: Callable[..., Api], cast: SimpleNamespace, values: dict[str, str]
) -> None:
    people = {"owner": cast.olga, "manager": cast.max, "member": cast.mia, "reader": cast.rita}
    given = {}
    expected = {}
    for role, person in people.items():
        for scope in Scope:
            Catalog.objects.update(queued_until=None)
            api = api_of(person, [scope])
            with transaction.atomic():  # each finds what was there before
                given[role, scope] = ask(operation, api, values).status_code
                transaction.set_rollback(True)
            is_open = operation.is_public or scope in operation.scopes
            may = operation.is_read or operation.name in READING or role != "reader"
            expected[role, scope] = operation.status if is_open and may else 403

    assert given == expected


ABSENT = {
    "create_pin": '{"id": "1", "connection": "absent"}',
    "declare_pins": '{"source": "x", "pins": [{"name": "x", "id": "1", "connection": "absent"}]}',
    "create_recipe": '{"image": "absent", "package": "gpu", "billing": "payg"}',
}
NAMING = {
    "compare_connections",
    "resolve",
    "check",
    "create_pin",
    "create_recipe",
}  # a connection, though not in the path
READING = {"decode", "check"}  # by POST, but nothing is written


@pytest.mark.parametrize("operation", REGISTRY, ids=lambda operation: operation.name)
def test_nothing_of_another_team_is_answered(
    operation: Operation, api_of: Callable[..., Api], cast: SimpleNamespace, values: dict[str, str]
) -> None:
    theirs = Team.objects.create(name="Other", slug="other")
    Membership.objects.create(team=theirs, user=cast.stefan, role="owner")
    api = api_of(cast.stefan, team=theirs)

    answer = ask(operation, api, values)

    if re.search("slug|pin}|recipes/", operation.path) or operation.name in NAMING:
        assert answer.status_code == 404
    else:
        assert answer.status_code == operation.status
        assert values["slug"] not in answer.content.decode()

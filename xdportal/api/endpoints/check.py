"""POST /check: do ids still mean what they meant."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from msgspec import Meta

from xdportal.alerts import records as alert_records
from xdportal.alerts.models import Recipe
from xdportal.alerts.pins.facts import is_listed
from xdportal.alerts.pins.recipes import RecipeFinding, evaluate_parts, recipe_sentence
from xdportal.alerts.pins.state import Finding
from xdportal.alerts.pins.states import State
from xdportal.alerts.pins.successors import successors_of
from xdportal.api import groups, junit, meta, problems, questions, times, trust
from xdportal.api.operations import (
    CHECK,
    JSON,
    TEXT,
    XML,
    Answer,
    Body,
    Call,
    Query,
    post,
)
from xdportal.api.parameters import Needed
from xdportal.api.places import Places
from xdportal.api.questions import Answered, Ignore, Question
from xdportal.api.schemas import CheckOutcome, Environment, KindName
from xdportal.catalog import records
from xdportal.catalog.addresses import item_urls
from xdportal.catalog.models import Catalog
from xdportal.catalog.replacements import Replacement
from xdportal.provider.fields import MAX_LENGTH

MOST = 1000  # ids, and recipes, in one request
Level = Literal["critical", "warning", "info"]
ItemId = Annotated[str, Meta(min_length=1, max_length=MAX_LENGTH)] | int
FieldText = Annotated[str, Meta(max_length=MAX_LENGTH)]
BILLINGS = {"payg": "packages-payg", "rental": "packages-rental"}


class IgnoreBody(Body, frozen=True, kw_only=True):
    levels: Annotated[list[Level], Meta(min_length=1)]
    until: Annotated[
        str, Meta(description=gettext_noop("A time, or a day, which lasts to its end."))
    ]
    reason: str = ""


class PinBody(Body, frozen=True, kw_only=True):
    id: ItemId
    kind: KindName = "images"
    environment: Environment | None = None
    connection: Needed | None = None
    meaning: Annotated[
        dict[str, FieldText] | None,
        Meta(
            description=gettext_noop(
                "What the ID stood for. Without it, the meaning of your pin is used; without a "
                "pin, the ID only has to be listed."
            )
        ),
    ] = None
    ignore: IgnoreBody | None = None


class RecipeBody(Body, frozen=True, kw_only=True):
    image: ItemId
    package: ItemId
    billing: Literal["payg", "rental", "packages-payg", "packages-rental"]
    environment: Environment | None = None
    connection: Needed | None = None


class CheckBody(Body, frozen=True, kw_only=True):
    pins: Annotated[list[PinBody], Meta(max_length=MOST)] = []
    recipes: Annotated[list[RecipeBody], Meta(max_length=MOST)] = []


class CheckQuery(Query, frozen=True, kw_only=True):
    strict: Annotated[
        bool, Meta(description=gettext_noop("409 if an ID is broken, 503 if one is unknown."))
    ] = False
    kind: Annotated[KindName, Meta(description=gettext_noop("For IDs sent as text."))] = "images"
    environment: Annotated[
        Environment | None, Meta(description=gettext_noop("For IDs that don’t name one."))
    ] = None
    connection: Annotated[
        Needed | None, Meta(description=gettext_noop("For IDs that don’t name one."))
    ] = None


OUTCOME = {JSON: CheckOutcome, XML: str}


@post(
    "/check",
    summary=gettext_lazy("Do these IDs still mean what they meant?"),
    description=gettext_lazy(
        "The states are those of pins. As text: one ID a line, # begins a comment. With Accept: "
        "application/xml the answer is JUnit."
    ),
    group=groups.CHECKS,
    scopes=CHECK,
    query=CheckQuery,
    bodies={JSON: CheckBody, TEXT: str},
    answers=OUTCOME,
    others={409: OUTCOME, 503: OUTCOME},
    problems={404},
    conflicts=(problems.BROKEN, problems.WHICH_CONNECTION),
    example='{"pins": [{"id": "4034", "environment": "production", '
    '"meaning": {"type": "ceph", "name": "Rocky Linux", "version": "9.3 x64"}}]}',
)
def check(call: Call[CheckQuery, CheckBody | str]) -> Answer:
    places = Places(call.viewer)
    body = _read_text(call.body) if isinstance(call.body, str) else call.body
    asked = _Asked(call, places)
    pins = [asked.pin(f"pins.{number}", one) for number, one in enumerate(body.pins)]
    parts = [
        part
        for number, one in enumerate(body.recipes)
        for part in asked.parts(f"recipes.{number}", one)
    ]
    answered = questions.answer([*pins, *parts], call.viewer, call.at)
    of_pins, of_parts = answered[: len(pins)], answered[len(pins) :]
    recipes = _recipes(body.recipes, of_parts)
    verdict = _verdict(of_pins, recipes)
    outcome = {
        "verdict": verdict,
        "pins": _rows(of_pins),
        "recipes": [
            _recipe(one, finding) for one, finding in zip(body.recipes, recipes, strict=True)
        ],
        "catalogs": _catalogs(answered, call.at),
    }
    return _answer(call, outcome, answered)


class _Asked:
    """Turns entries of the body into questions, with the query's place where they name none."""

    def __init__(self, call: Call[CheckQuery, Any], places: Places) -> None:
        self._query = call.query
        self._is_text = isinstance(call.body, str)
        self._places = places

    def pin(self, place: str, body: PinBody) -> Question:
        kind = self._query.kind if self._is_text else body.kind
        catalog = self._catalog(kind, body)
        meaning = None
        if body.meaning is not None:
            meaning = questions.checked_meaning(kind, body.meaning, place)
        ignore = _ignore(place, body.ignore) if body.ignore else None
        return Question(catalog, _id(place, body.id), meaning, ignore, place)

    def parts(self, place: str, body: RecipeBody) -> tuple[Question, Question]:
        billing = BILLINGS.get(body.billing, body.billing)
        image = Question(self._catalog("images", body), _id(place, body.image))
        package = Question(self._catalog(billing, body), _id(place, body.package))
        return image, package

    def _catalog(self, kind: str, body: PinBody | RecipeBody) -> Catalog:
        if body.connection is not None or body.environment is not None:
            return self._places.catalog(kind, body.connection, body.environment)
        return self._places.catalog(kind, self._query.connection, self._query.environment)


def _id(place: str, given: str | int) -> str:
    """A number and its decimal text are the same id."""
    item_id = str(given).strip()
    if not item_id or len(item_id) > MAX_LENGTH or not item_id.isprintable():
        raise problems.invalid(f"{place}.id", _("An ID must have 1 to 128 characters."))
    return item_id


def _read_text(text: str) -> CheckBody:
    ids = []
    for line in text.splitlines():
        content = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
        if content:
            ids.append(content)
    if len(ids) > MOST:
        raise problems.invalid("body", _("At most %(number)d IDs.") % {"number": MOST})
    return CheckBody(pins=[PinBody(id=item_id) for item_id in ids])


def _ignore(place: str, body: IgnoreBody) -> Ignore:
    try:
        until = times.parse(body.until)
    except (ValueError, OverflowError):
        words = _("Use a time such as 2026-11-25T01:30:12Z.")
        raise problems.invalid(f"{place}.ignore.until", words) from None
    return Ignore(
        body.levels, times.end_of_day(until) if times.DAY.fullmatch(body.until) else until
    )


def _recipes(bodies: Sequence[RecipeBody], parts: Sequence[Answered]) -> list[RecipeFinding]:
    pairs = []
    for number, body in enumerate(bodies):
        image, package = parts[2 * number], parts[2 * number + 1]
        recipe = Recipe(billing=BILLINGS.get(body.billing, body.billing))
        pairs.append((recipe, image.finding, package.finding))
    return evaluate_parts(pairs)


def _verdict(pins: Sequence[Answered], recipes: Sequence[RecipeFinding]) -> str:
    """What is broken is certain, so it comes before what is unknown."""
    levels = {one.level for one in pins if not one.is_ignored}
    levels |= {one.level.value if one.level else None for one in recipes}
    if "critical" in levels:
        return "broken"
    states = {one.finding.state for one in pins} | {one.state for one in recipes}
    if State.UNKNOWN in states:
        return "unknown"
    return "warning" if "warning" in levels else "ok"


def _rows(answered: Sequence[Answered]) -> list[records.Record]:
    broken = [one.finding for one in answered if one.finding.is_broken]
    successors = successors_of(broken) if broken else {}
    return [_row(one, successors.get(one.finding.pin.pk, ())) for one in answered]


def _row(one: Answered, successors: Sequence[Replacement]) -> records.Record:
    finding = one.finding
    catalog = one.question.catalog
    return {
        "id": one.question.item_id,
        "kind": catalog.kind,
        "connection": catalog.slug,
        "environment": catalog.connection.environment,
        "state": finding.state.value,
        "level": one.level,
        "since": _since(finding),
        "was": dict(finding.was) or None,
        "now": dict(finding.now) if is_listed(finding) else None,
        "successors": [_successor(successor) for successor in successors],
        "sentence": alert_records.sentence(finding),
        "url": _url(one),
        "ignored": one.is_ignored,
    }


def _since(finding: Finding) -> str | None:
    return None if finding.state is State.NEVER_LISTED else records.time(finding.since)


def _successor(successor: Replacement) -> records.Record:
    return alert_records.successor_record(successor)


def _url(one: Answered) -> str | None:
    if one.pin is not None:
        return alert_records.absolute(one.pin.get_absolute_url())
    if one.finding.state is State.NEVER_LISTED:
        return None
    catalog = one.question.catalog
    address_of = _addresses(catalog.slug, catalog.kind)
    return alert_records.absolute(address_of(one.question.item_id))


_addresses = lru_cache(maxsize=256)(item_urls)  # the same few lists for all ids


def _recipe(body: RecipeBody, finding: RecipeFinding) -> records.Record:
    return {
        "image": str(body.image),
        "package": str(body.package),
        "billing": body.billing,
        "state": finding.state.value,
        "level": finding.level.value if finding.level else None,
        "sentence": recipe_sentence(finding),
    }


def _catalogs(answered: Sequence[Answered], at: datetime) -> list[records.Record]:
    asked = {one.question.catalog.pk: one.question.catalog for one in answered}
    return [meta.of_catalog(catalog, at) for catalog in asked.values()]


def _answer(
    call: Call[CheckQuery, Any], outcome: records.Record, answered: Sequence[Answered]
) -> Answer:
    status = 200
    headers: dict[str, str] = {}
    if call.query.strict:
        status = {"broken": 409, "unknown": 503}.get(outcome["verdict"], 200)
    if status == 503:
        waits = [trust.wait_for(one.question.catalog, call.at) for one in answered]
        headers["Retry-After"] = str(min(waits))
    if call.media == XML:
        text = junit.report(outcome, call.at)
        return Answer(text, status=status, media=XML, headers=headers)
    return Answer(outcome, status=status, headers=headers)

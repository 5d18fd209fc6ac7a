"""What the API can be asked: one declaration an operation, for views, specification and docs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from django.http import HttpRequest
from django.utils.functional import Promise

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Scope
from xdportal.api import etags
from xdportal.api.problems import Kind

JSON = "application/json"
TEXT = "text/plain"
XML = "application/xml"
YAML = "application/yaml"

READ = frozenset({Scope.READ})
CHECK = frozenset({Scope.CHECK})
READ_OR_CHECK = frozenset({Scope.READ, Scope.CHECK})
PINS = frozenset({Scope.PINS})
RUN = frozenset({Scope.RUN})
ANY = frozenset(Scope)


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """The query string of an operation. Every field has a default, or is required."""


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A JSON body, or an object in one."""


class NoQuery(Query, frozen=True):
    pass


Q = TypeVar("Q", bound=Query)
B = TypeVar("B")


@dataclass
class Answer:
    """What a handler returns. `data` is encoded as JSON, unless it is a text already."""

    data: Any
    status: int = 200
    media: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call(Generic[Q, B]):
    """One request, understood: who asks, what for, in which format."""

    request: HttpRequest
    operation: "Operation"
    viewer: Viewer
    at: datetime
    path: Mapping[str, str]
    query: Q
    body: B
    media: str  # of the answer, as the client prefers it
    content: str = JSON  # of the body
    etag: str = ""

    def depends_on(self, *parts: object) -> None:
        """Declare what the answer is made of; raise NotModified if the client has it already."""
        self.etag = etags.of(self.request, self.viewer, self.media, parts)
        etags.raise_if_known(self.request, self.etag)


Handler = Callable[[Any], Answer]


@dataclass(frozen=True, kw_only=True)
class Operation:
    method: str
    path: str  # below /api/v1, with the parameters in braces
    summary: Promise
    group: "Group"
    handler: Handler
    scopes: frozenset[Scope] = frozenset()  # any of them opens it
    is_public: bool = False
    query: type[Query] = NoQuery
    bodies: Mapping[str, Any] = field(default_factory=dict)  # media type → type
    is_body_required: bool = True
    status: int = 200
    answers: Mapping[str, Any] = field(default_factory=dict)  # media type → type
    others: Mapping[int, Mapping[str, Any]] = field(
        default_factory=dict
    )  # answers by other statuses
    problems: frozenset[int] = frozenset()
    conflicts: tuple[Kind, ...] = ()  # the kinds of its 409, where they are particular
    description: Promise | str = ""
    example: str = ""  # of a body

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def is_read(self) -> bool:
        return self.method == "GET"


@dataclass(frozen=True)
class Group:
    name: str
    title: Promise


REGISTRY: list[Operation] = []


def operation(
    method: str, path: str, *, answer: Any = None, **declared: Any
) -> Callable[[Handler], Handler]:
    """Declare the decorated handler as an operation. `answer` is the type of its JSON answer."""
    problems = frozenset(declared.pop("problems", ()))
    answers = declared.pop("answers", None)
    if answers is None:
        answers = {JSON: answer}

    def register(handler: Handler) -> Handler:
        REGISTRY.append(
            Operation(
                method=method,
                path=path,
                handler=handler,
                answers=answers,
                problems=problems,
                **declared,
            )
        )
        return handler

    return register


def get(path: str, **declared: Any) -> Callable[[Handler], Handler]:
    return operation("GET", path, **declared)


def post(path: str, **declared: Any) -> Callable[[Handler], Handler]:
    return operation("POST", path, **declared)

"""A share of a process's threads: so many at a time, and so many of one person."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from tests.lib.test_person_locks import held_elsewhere
from xdportal.lib.person_locks import PersonLocks
from xdportal.lib.shares import Share

pytestmark = pytest.mark.django_db  # the end of a request closes old connections
GET = frozenset({"GET"})


def ask(view: Any, user: int, method: str = "get") -> Any:
    request = getattr(RequestFactory(), method)("/")
    request.user = SimpleNamespace(pk=user, is_authenticated=False)
    return view(request)


def streams() -> Any:
    return Share(size=3, each=2, methods=GET).bound(lambda request: StreamingHttpResponse(["x"]))


def test_a_person_has_so_many_places() -> None:
    view = streams()
    held = [ask(view, user=1) for _ in range(3)]

    assert [response.status_code for response in held] == [200, 200, 429]
    assert "isn’t finished" in held[2].content.decode()
    assert held[2].headers["Retry-After"] == "5"


def test_all_together_have_so_many() -> None:
    view = streams()
    held = [ask(view, user=user) for user in range(4)]

    assert [response.status_code for response in held] == [200, 200, 200, 503]
    assert "busy with other requests" in held[3].content.decode()


def test_a_place_is_free_once_the_answer_is_sent() -> None:
    view = streams()
    held = [ask(view, user=1) for _ in range(2)]
    held[0].close()

    assert ask(view, user=1).status_code == 200


def test_a_stream_that_nobody_reads_gives_its_place_back() -> None:
    view = streams()

    assert [ask(view, user=1).status_code for _ in range(9)] == [200] * 9


def test_a_page_gives_it_back_at_once() -> None:
    view = Share(size=1, each=1, methods=GET).bound(lambda request: HttpResponse("x"))
    held = [ask(view, user=1) for _ in range(3)]

    assert [response.status_code for response in held] == [200] * 3


def test_an_error_gives_it_back() -> None:
    def fail(request: Any) -> HttpResponse:
        raise KeyError("x")

    view = Share(size=1, each=1, methods=GET).bound(fail)
    for _ in range(3):
        with pytest.raises(KeyError):
            ask(view, user=1)


def test_other_methods_are_not_counted() -> None:
    view = streams()
    held = [ask(view, user=1, method="head") for _ in range(5)]

    assert [response.status_code for response in held] == [200] * 5


def test_with_locks_a_person_has_one_among_all_processes(tmp_path: Path) -> None:
    locks = PersonLocks(tmp_path / "lock")
    view = Share(size=3, each=1, methods=GET, locks=locks).bound(lambda request: HttpResponse("x"))
    with held_elsewhere(locks.path):
        assert [ask(view, user=7).status_code, ask(view, user=8).status_code] == [429, 200]

    assert ask(view, user=7).status_code == 200

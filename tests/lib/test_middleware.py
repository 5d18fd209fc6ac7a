from threading import Event, Thread

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse, UnreadablePostError
from django.test import RequestFactory

from xdportal.lib.middleware import (
    LARGE_FORM,
    head_without_body,
    is_large_form,
    one_large_form_at_a_time,
)


def asked(method: str) -> HttpRequest:
    request = HttpRequest()
    request.method = method
    return request


def test_head_has_the_headers_of_get_alone() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("text", headers={"Content-Length": "4"})

    get, head = (head_without_body(view)(asked(method)) for method in ("GET", "HEAD"))
    assert (b"".join(get), b"".join(head)) == (b"text", b"")
    assert get.headers == head.headers


def test_what_would_be_streamed_for_head_is_not_even_made() -> None:
    def view(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(str(1 // 0) for _ in range(3))

    assert list(head_without_body(view)(asked("HEAD"))) == []


def form(size: int, content_type: str = "application/x-www-form-urlencoded") -> HttpRequest:
    return RequestFactory().post("/", "a=" + "x" * (size - 2), content_type=content_type)


def test_large_forms_are_parsed_one_at_a_time() -> None:
    """A second one waits while the first is parsed; a small one doesn't."""
    begin, end, order = Event(), Event(), []

    class Slow(WSGIRequest):
        def _load_post_and_files(self) -> None:
            begin.set()
            end.wait(10)
            order.append("first")
            super()._load_post_and_files()

    def view(request: HttpRequest) -> HttpResponse:
        order.append(f"{len(request.POST['a'])}")
        return HttpResponse()

    ask = one_large_form_at_a_time(view)
    threads = [Thread(target=ask, args=(Slow(form(LARGE_FORM).environ),))]
    threads[0].start()
    begin.wait(10)
    threads.append(Thread(target=ask, args=(form(LARGE_FORM),)))
    threads[1].start()
    ask(form(LARGE_FORM - 1))
    end.set()
    for thread in threads:
        thread.join(10)

    assert order[:2] == [f"{LARGE_FORM - 3}", "first"]
    assert order[2:] == [f"{LARGE_FORM - 2}"] * 2


def test_only_forms_of_fields_count_as_large() -> None:
    assert is_large_form(form(LARGE_FORM))
    assert not is_large_form(form(LARGE_FORM, "application/json"))
    assert not is_large_form(RequestFactory().get("/"))


def test_a_form_that_broke_off_is_left_to_csrf_protection() -> None:
    """Nothing is read twice, and nothing is raised."""

    class Broken(WSGIRequest):
        @property
        def body(self) -> bytes:
            self._read_started = True
            raise UnreadablePostError("broken off")

    request = Broken(form(LARGE_FORM).environ)
    one_large_form_at_a_time(lambda got: HttpResponse(str(len(got.POST))))(request)
    assert dict(request.POST) == {}

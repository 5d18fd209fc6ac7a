from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from xdportal.lib.middleware import head_without_body


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

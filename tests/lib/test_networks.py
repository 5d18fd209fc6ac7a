"""Where a URL that a user entered may lead: nowhere inside, however it is spelled."""

import ipaddress
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.listeners import Listener, answer
from xdportal.lib import networks
from xdportal.lib.http import Door, Forbidden
from xdportal.lib.networks import BadUrl, parse_url

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")]

_connects: list[Any] = []
sys.addaudithook(
    lambda event, arguments: _connects.append(arguments[1]) if event == "socket.connect" else None
)


@pytest.fixture
def connects() -> list[Any]:
    """Every address that this process connects a socket to."""
    _connects.clear()
    return _connects


@pytest.fixture
def inside() -> Iterator[Listener]:
    with Listener() as listener:
        yield listener


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have `name.test` resolve to one list of addresses after the other."""

    def install(*lookups: list[str]) -> None:
        answers = iter(lookups)

        def getaddrinfo(host: str, port: int, *arguments: Any, **options: Any) -> Any:
            assert host == "name.test"
            return [
                (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (ip, port))
                for ip in next(answers)
            ]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return install


def send(text: str, allowed: Any = ()) -> int:
    """Do what a sender does: parse, then post through a guarded door."""
    url = parse_url(text, allowed)
    with Door(deadline=5, max_body=1000, guard=networks.guard(url, allowed)) as door:
        return door.request("POST", str(url), body=b"{}").status


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("127.0.0.1", "forbidden"),
        ("127.0.0.1.", "forbidden"),
        ("127.8.9.1", "forbidden"),
        ("0.0.0.0", "forbidden"),  # noqa: S104
        ("10.0.0.1", "forbidden"),
        ("172.16.0.1", "forbidden"),
        ("192.168.1.1", "forbidden"),
        ("169.254.169.254", "forbidden"),
        ("100.64.0.1", "forbidden"),
        ("198.18.0.1", "forbidden"),
        ("224.0.1.1", "forbidden"),
        ("240.0.0.1", "forbidden"),
        ("255.255.255.255", "forbidden"),
        ("[::1]", "forbidden"),
        ("[::]", "forbidden"),
        ("[fe80::1]", "forbidden"),
        ("[fec0::1]", "forbidden"),
        ("[fc00::1]", "forbidden"),
        ("[ff0e::1]", "forbidden"),
        ("[::127.0.0.1]", "forbidden"),
        ("[::ffff:127.0.0.1]", "forbidden"),
        ("[::ffff:a9fe:a9fe]", "forbidden"),
        ("[64:ff9b::127.0.0.1]", "forbidden"),
        ("[64:ff9b::a00:1]", "forbidden"),
        ("[64:ff9b:1::1]", "forbidden"),
        ("[2002:7f00:1::]", "forbidden"),
        ("[2002:c0a8:101::1]", "forbidden"),
        ("[2001:0:4136:e378:8000:63bf:80ff:fffe]", "forbidden"),
        ("[fe80::1%25eth0]", "host"),
        ("2130706433", "host"),
        ("0177.0.0.1", "host"),
        ("0x7f.0.0.1", "host"),
        ("0x7f000001", "host"),
        ("127.1", "host"),
        ("127.0.1", "host"),
        ("name.0x7f", "host"),
        ("127.0.0.1..", "host"),
        ("a..b", "host"),
        ("127.0.0.1%2eexample.com", "host"),
        ("１２７.0.0.1", "syntax"),
        ("user@127.0.0.1", "userinfo"),
        ("example.com@127.0.0.1", "userinfo"),
        ("@example.com", "userinfo"),
        ("example.com:80@127.0.0.1", "userinfo"),
        ("example.com\\@127.0.0.1", "syntax"),
        ("127.0.0.1\t", "syntax"),
        ("", "host"),
    ],
)
def test_no_spelling_of_an_inside_address_reaches_a_socket(
    host: str, reason: str, inside: Listener, connects: list[Any]
) -> None:
    with pytest.raises(BadUrl) as raised:
        send(f"https://{host}:{inside.port}/")

    assert raised.value.reason == reason
    assert (connects, inside.connections) == ([], 0)


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.1.2.3", "169.254.169.254"])
def test_a_name_of_an_inside_address_reaches_no_socket(
    ip: str, inside: Listener, connects: list[Any], resolver: Callable[..., None]
) -> None:
    resolver(["8.8.8.8", ip])

    with pytest.raises(Forbidden):
        send(f"https://name.test:{inside.port}/")
    assert (connects, inside.connections) == ([], 0)


def test_localhost_with_a_trailing_dot_reaches_no_socket(
    inside: Listener, connects: list[Any]
) -> None:
    with pytest.raises(Forbidden):
        send(f"https://localhost.:{inside.port}/")
    assert (connects, inside.connections) == ([], 0)


def test_a_name_that_resolves_elsewhere_later_reaches_no_socket(
    inside: Listener, connects: list[Any], resolver: Callable[..., None]
) -> None:
    """DNS rebinding: harmless when saved, inside when sent."""
    resolver(["8.8.8.8"], ["127.0.0.1"])
    text = f"https://name.test:{inside.port}/"
    networks.check_resolved(parse_url(text))

    with pytest.raises(Forbidden):
        send(text)
    assert (connects, inside.connections) == ([], 0)


def test_an_inside_name_is_refused_when_it_is_saved(resolver: Callable[..., None]) -> None:
    resolver(["192.168.0.7"])

    with pytest.raises(BadUrl) as raised:
        networks.check_resolved(parse_url("https://name.test/"))
    assert raised.value.reason == "forbidden"


def test_a_refusal_reads_the_same_for_open_and_closed_ports(inside: Listener) -> None:
    with Listener() as closed:
        pass
    refusals = []
    for port in (inside.port, closed.port):
        with pytest.raises(BadUrl) as literal:
            send(f"https://127.0.0.1:{port}/")
        with pytest.raises(Forbidden) as named:
            send(f"https://localhost:{port}/")
        refusals.append((str(literal.value), str(named.value)))

    assert refusals == [("forbidden", "forbidden"), ("forbidden", "forbidden")]


def test_a_redirect_to_inside_is_not_followed(inside: Listener) -> None:
    with Listener(answer("302 Found", Location=inside.url)) as outside:
        assert send(outside.url, LOOPBACK) == 302

    assert inside.connections == 0


def test_http_is_for_allowed_networks_only(
    inside: Listener, connects: list[Any], resolver: Callable[..., None]
) -> None:
    assert send(inside.url, LOOPBACK) == 200
    with pytest.raises(BadUrl) as raised:
        send("http://8.8.8.8/")
    assert raised.value.reason == "scheme"

    connects.clear()
    resolver(["8.8.8.8"])
    with pytest.raises(Forbidden):
        send("http://name.test/", LOOPBACK)
    assert connects == []


@pytest.mark.parametrize("ip", ["127.0.0.1", "::ffff:127.0.0.1", "::1"])
def test_an_allowed_network_covers_every_form_of_its_addresses(ip: str) -> None:
    url = parse_url("https://name.test/", LOOPBACK)

    assert networks.guard(url, LOOPBACK)(ip)
    assert not networks.guard(url)(ip)


@pytest.mark.parametrize(
    "ip", ["8.8.8.8", "2606:4700::1111", "64:ff9b::8.8.8.8", "2002:808:808::1", "::ffff:8.8.8.8"]
)
def test_public_addresses_are_allowed(ip: str) -> None:
    assert networks.guard(parse_url("https://example.com/"))(ip)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("https://Example.COM", "https://example.com/"),
        ("https://example.com.:443/a?b=c", "https://example.com/a?b=c"),
        ("https://example.com:8443/a%2Fb", "https://example.com:8443/a%2Fb"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
        ("HTTPS://8.8.8.8/", "https://8.8.8.8/"),
    ],
)
def test_a_url_has_one_spelling(text: str, spelled: str) -> None:
    assert str(parse_url(text)) == spelled


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://example.com:22/", "port"),
        ("https://example.com:0/", "port"),
        ("https://example.com:99999/", "port"),
        ("https://example.com:٣/", "syntax"),
        ("https://example.com/#part", "syntax"),
        ("https://example.com/a b", "syntax"),
        ("https://" + "a" * 2048, "syntax"),
        ("https:///path", "syntax"),
        ("https://[::1/", "syntax"),
        ("example.com", "syntax"),
        ("ftp://example.com/", "scheme"),
        ("file://example.com/etc/passwd", "scheme"),
        ("http://example.com/", "scheme"),
    ],
)
def test_anything_else_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadUrl) as raised:
        parse_url(text)
    assert raised.value.reason == reason

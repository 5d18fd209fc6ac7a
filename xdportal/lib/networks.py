"""Which addresses the portal may send to when a user enters a URL.

A name is judged by what it resolves to, at every attempt and before any socket is opened. All
refusals of an address read alike, so nothing can be learned about the network from inside.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from xdportal.lib.deadline import Deadline
from xdportal.lib.env import HOST, Network
from xdportal.lib.http import Guard

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
LONGEST_URL = 2048
RESOLVE_SECONDS = 5.0
PORTS = {"https": 443, "http": 80}
FIRST_UNPRIVILEGED_PORT = 1024
PRINTABLE = re.compile(r"[!-~]+")
NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class BadUrl(ValueError):
    """`reason`: syntax, scheme, userinfo, host, port, name or forbidden."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Url:
    """An absolute URL in one spelling, so every parser reads the same host."""

    scheme: str
    host: str  # lower case, without brackets and trailing dot
    port: int
    path: str
    query: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{host}{port}{self.path}{query}"


def parse_url(text: str, allowed: Sequence[Network] = ()) -> Url:
    """Return the parts of a URL that may be sent to, as far as can be said without resolving it.

    http is accepted only where networks are allowed explicitly; `guard` then admits no others.
    """
    parts = _split(text)
    if parts.scheme not in PORTS or (parts.scheme == "http" and not allowed):
        raise BadUrl("scheme")
    if "@" in parts.netloc:
        raise BadUrl("userinfo")
    host = _host(parts)
    url = Url(parts.scheme, host, _port(parts), parts.path or "/", parts.query)
    ip = _literal(host)
    if ip is not None and not guard(url, allowed)(host):
        raise BadUrl("forbidden")
    return url


def check_resolved(url: Url, allowed: Sequence[Network] = ()) -> None:
    """Raise BadUrl unless the host has addresses now, and all of them may be sent to."""
    with Deadline(RESOLVE_SECONDS) as deadline:
        try:
            ips = deadline.resolve(url.host, url.port)
        except (OSError, UnicodeError):
            raise BadUrl("name") from None
    judge = guard(url, allowed)
    if not all(judge(ip) for ip in ips):
        raise BadUrl("forbidden")


def guard(url: Url, allowed: Sequence[Network] = ()) -> Guard:
    """Return what judges each address that the URL's host resolves to."""

    def judge(text: str) -> bool:
        ip = ipaddress.ip_address(text)
        if is_in(ip, allowed):
            return True
        return url.scheme == "https" and is_global(ip)

    return judge


def is_in(ip: IP, networks: Sequence[Network]) -> bool:
    """Return whether the address, or the IPv4 address inside it, is in one of the networks."""
    inner = embedded(ip) or ip
    return any(ip in network or inner in network for network in networks)


def is_global(ip: IP) -> bool:
    """Return whether the address, and the IPv4 address inside it, is one of the public internet."""
    inner = embedded(ip)
    if inner is not None:
        return is_global(inner)
    is_special = ip.is_multicast or ip.is_reserved or ip.is_link_local or ip.is_unspecified
    is_site_local = isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local
    return ip.is_global and not is_special and not is_site_local


def embedded(ip: IP) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to: mapped, NAT64, 6to4, or Teredo."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip.teredo is not None:
        return ip.teredo[1]
    return ip.ipv4_mapped or ip.sixtofour


def _split(text: str) -> SplitResult:
    if len(text) > LONGEST_URL or not PRINTABLE.fullmatch(text) or "\\" in text:
        raise BadUrl("syntax")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise BadUrl("syntax") from None
    if not parts.netloc or parts.fragment:
        raise BadUrl("syntax")
    return parts


def _host(parts: SplitResult) -> str:
    """Return the host. IPv4 addresses have four decimal parts here, never any other notation."""
    host = (parts.hostname or "").removesuffix(".")
    if _literal(host) is not None and "%" not in host:
        return host
    last_label = host.rpartition(".")[2]
    if not HOST.fullmatch(host) or host.endswith(".") or NUMBER.fullmatch(last_label):
        raise BadUrl("host")
    return host


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        raise BadUrl("port") from None
    if port is None:
        return PORTS[parts.scheme]
    if port not in PORTS.values() and port < FIRST_UNPRIVILEGED_PORT:
        raise BadUrl("port")
    return port


def _literal(host: str) -> IP | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None

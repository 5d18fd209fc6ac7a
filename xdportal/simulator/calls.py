"""One call as the provider sees it, and which of its lists is meant."""

import json
import re
from contextlib import suppress
from typing import NamedTuple, Self
from urllib.parse import parse_qs

from xdportal.simulator.images import ENVIRONMENTS

ACCESS_HEADER = "finovy-access-token"
ROUTES = {
    "token": ("POST", re.compile(r"/v1/auth/getToken")),
    "image": ("GET", re.compile(r"/v1/pve/open/image")),
    "package": ("GET", re.compile(r"/v1/pve/open/packAge/[01]")),
    "packages-payg": ("GET", re.compile(r"/v1/pve/open/packAge/0")),
    "packages-rental": ("GET", re.compile(r"/v1/pve/open/packAge/1")),
    "personal": ("GET", re.compile(r"/v1/open/image/personal/getList")),
}
LISTS = ("image", "packages-payg", "packages-rental", "personal")


class Call(NamedTuple):
    """The path is without the environment's prefix, with the query."""

    environment: str
    method: str
    path: str
    body: bytes
    headers: dict[str, str]

    @property
    def plain_path(self) -> str:
        return self.path.partition("?")[0]

    @property
    def kind(self) -> str | None:
        """Return the first route that fits: both lists of packages are `package`."""
        return next((name for name in ROUTES if self.fits(name)), None)

    @property
    def list_name(self) -> str:
        """Return the list that is asked for, a word of LISTS; empty if it is none."""
        return next((name for name in LISTS if self.fits(name)), "")

    def fits(self, name: str) -> bool:
        """Whether a fault for this kind of call strikes here."""
        if name == "any":
            return True
        method, path = ROUTES[name]
        return self.method == method and path.fullmatch(self.plain_path) is not None

    @property
    def token(self) -> str:
        named = {name.lower(): value for name, value in self.headers.items()}
        return named.get(ACCESS_HEADER, "")

    @property
    def page(self) -> int | None:
        """Return the number of the page asked for, 1 by default; None if it is invalid."""
        return self._number("page", 1)

    @property
    def page_size(self) -> int | None:
        return self._number("pageSize", 20)

    def with_page(self, page: int) -> Self:
        return self._replace(path=f"{self.plain_path}?page={page}&pageSize={self.page_size}")

    def field(self, name: str) -> str:
        """Return a text of the JSON body; empty if it is missing or no text."""
        with suppress(ValueError):
            fields = json.loads(self.body)
            value = fields.get(name) if isinstance(fields, dict) else None
            return value if isinstance(value, str) else ""
        return ""

    def _number(self, name: str, default: int) -> int | None:
        query = parse_qs(self.path.partition("?")[2])
        text = query.get(name, [str(default)])[-1]
        return int(text) or None if text.isdecimal() else None


def split_target(target: str) -> tuple[str, str]:
    """Return the environment and the path of a request's target; without prefix, production."""
    for environment in ENVIRONMENTS:
        if target.startswith(f"/{environment}/"):
            return environment, target.removeprefix(f"/{environment}")
    return "production", target

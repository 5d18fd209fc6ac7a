"""Settings from the environment. Each reader checks its value and stops start-up with a message."""

import ipaddress
import os
import re
import zoneinfo
from collections.abc import Callable, Mapping, Set
from pathlib import Path
from typing import ClassVar
from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

Parser = Callable[[str], Mapping[str, object]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
BROKERS = frozenset({"filesystem", "redis", "rediss", "amqp", "amqps", "memory"})
REDIS = frozenset({"redis", "rediss", "rediscache"})
ENGINES = frozenset({"django.db.backends.sqlite3", "django.db.backends.postgresql"})
DATABASE = re.compile(r"(?:/[0-9]{0,5})?")
HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
MOST_NUMBERS = 20
SHORTEST_SECRET = 32
FEWEST_CHARACTERS = 12
FLAGS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


class Environment:
    """The process's variables win over those of the env file. An empty variable is an unset one."""

    def __init__(self, process: Mapping[str, str], env_file: Path | None = None) -> None:
        class File(environ.Env):  # type: ignore[misc]  # environ has no types
            ENVIRON: ClassVar[dict[str, str]] = {}

        if env_file is not None and env_file.is_file():
            File.read_env(env_file)
        self.values = {**_set(File.ENVIRON), **_set(process)}

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, default).strip()

    def required(self, name: str, hint: str) -> str:
        value = self.text(name)
        if not value:
            raise ImproperlyConfigured(f"{name} is not set. {hint}")
        return value

    def words(self, name: str) -> list[str]:
        """Return a comma-separated list."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.text(name)
        if not value:
            return default
        if value.lower() not in FLAGS:
            raise ImproperlyConfigured(
                f"{name} is {value!r}; it must be one of {', '.join(FLAGS)}."
            )
        return FLAGS[value.lower()]

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if not _is_whole(value, low, high):
            raise ImproperlyConfigured(
                f"{name} is {value[:40]!r}; it must be a whole number from {low} to {high}."
            )
        return int(value)

    def whole_numbers(
        self,
        name: str,
        default: tuple[int, ...],
        low: int,
        high: int,
    ) -> tuple[int, ...]:
        """Return 1 to 20 whole numbers, separated by commas."""
        if not self.text(name):
            return default
        words = self.words(name)
        are_whole = all(_is_whole(word, low, high) for word in words)
        if not are_whole or not 1 <= len(words) <= MOST_NUMBERS:
            raise ImproperlyConfigured(
                f"{name} must be 1 to {MOST_NUMBERS} whole numbers from {low} to {high}, "
                "separated by commas."
            )
        return tuple(int(word) for word in words)

    def one_of(self, name: str, default: str, words: Set[str]) -> str:
        value = self.text(name, default)
        if value not in words:
            raise ImproperlyConfigured(
                f"{name} is {value!r}; it must be one of {', '.join(sorted(words))}."
            )
        return value

    def url(
        self, name: str, default: str, *, https_unless_loopback: bool, has_path: bool = True
    ) -> str:
        """Return an http(s) URL without its trailing slash."""
        value = self.text(name, default)
        parts = _http_parts(value)
        if parts is None:
            raise ImproperlyConfigured(
                f"{name} must be a URL such as https://example.com, without user, query and "
                f"fragment; it begins with {_scheme(value)}:"
            )
        if parts.path.strip("/") and not has_path:
            raise ImproperlyConfigured(
                f"{name} must be a URL without a path: the portal is the root of its host."
            )
        host = parts.hostname or ""
        is_secure = parts.scheme == "https" or is_loopback(host)
        if https_unless_loopback and not is_secure:
            raise ImproperlyConfigured(
                f"{name} is an http URL of {host}; http is allowed only on loopback, "
                "because credentials travel there."
            )
        return value.rstrip("/")

    def optional_url(self, name: str, *, https_unless_loopback: bool) -> str:
        """Return the URL, or an empty text if it is not set."""
        if not self.text(name):
            return ""
        return self.url(name, "", https_unless_loopback=https_unless_loopback)

    def networks(self, name: str) -> list[Network]:
        """Return comma-separated IP addresses and networks (10.0.0.0/8)."""
        try:
            return [ipaddress.ip_network(word) for word in self.words(name)]
        except ValueError as error:
            raise ImproperlyConfigured(f"{name}: {error}.") from None

    def hosts(self, name: str) -> list[str]:
        words = self.words(name)
        for host in words:
            if host != "*" and not is_host(host.removeprefix(".").strip("[]")):
                raise ImproperlyConfigured(
                    f"{name} holds {host!r}; it takes names of hosts, without https://."
                )
        return words

    def time_zone(self, name: str, default: str) -> str:
        value = self.text(name, default)
        if value not in zoneinfo.available_timezones():
            raise ImproperlyConfigured(
                f"{name} is {value!r}; it must be a name such as Asia/Shanghai."
            )
        return value

    def broker(self, default: str) -> str:
        """Return the queue's URL. The path of a Redis URL is the number of a database."""
        url = self.text("CELERY_BROKER_URL", default)
        if _scheme(url) not in BROKERS or "://" not in url:
            raise ImproperlyConfigured(
                f"CELERY_BROKER_URL must begin with one of {', '.join(sorted(BROKERS))}://"
            )
        parts = _split(url)
        is_redis = _scheme(url).startswith("redis")
        if parts is None or (is_redis and not _is_redis(parts)):
            raise ImproperlyConfigured(
                "CELERY_BROKER_URL must be a URL such as redis://127.0.0.1:6379/0; "
                f"it begins with {_scheme(url)}:"
            )
        return url

    def folder(self, name: str, base: Path, default: str) -> Path:
        """Return a private folder (mode 0700), creating it if necessary."""
        path = base / self.text(name, default)
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.chmod(0o700)
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name} is {str(path)!r}, which cannot be used: {error.strerror}."
            ) from None
        return path

    def database(self, default: str) -> dict[str, object]:
        url = self.text("DATABASE_URL", default)
        if environ.Env.DB_SCHEMES.get(_scheme(url)) not in ENGINES or "://" not in url:
            raise ImproperlyConfigured(
                f"DATABASE_URL must begin with sqlite:/// or postgres://, not {_scheme(url)!r}."
            )
        return _parsed("DATABASE_URL", url, environ.Env.db_url_config)

    def cache(self) -> dict[str, object]:
        """Return the database's own cache, or Redis with the database behind it."""
        url = self.text("CACHE_URL")
        if not url:
            return {"BACKEND": "xdportal.lib.cache.Database"}
        backend = _parsed("CACHE_URL", url, environ.Env.cache_url_config)
        if _scheme(url) in REDIS:
            backend["BACKEND"] = "xdportal.lib.redis_cache.Redis"
        return backend

    def email(self) -> dict[str, object]:
        """Return where mails go; without EMAIL_URL, to the log."""
        url = self.text("EMAIL_URL")
        if not url:
            return {"EMAIL_BACKEND": "xdportal.lib.logged_mail.EmailBackend"}
        return _parsed("EMAIL_URL", url, environ.Env.email_url_config)


def is_weak(secret: str) -> bool:
    """Whether a signing key could be guessed: too short, too uniform, or from a template."""
    is_varied = len(set(secret)) >= FEWEST_CHARACTERS
    return len(secret) < SHORTEST_SECRET or not is_varied or secret.startswith("django-insecure-")


def is_host(text: str) -> bool:
    """Whether the text is an ASCII host name or an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return HOST.fullmatch(text) is not None
    return True


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def read(base: Path) -> Environment:
    """Read `.env` beside manage.py, or the file named by ENV_FILE."""
    return Environment(os.environ, Path(os.environ.get("ENV_FILE") or base / ".env"))


def _is_whole(text: str, low: int, high: int) -> bool:
    is_number = text.isascii() and text.isdigit() and len(text) < 20
    return is_number and low <= int(text) <= high


def _set(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values that are not empty."""
    return {name: value for name, value in values.items() if value.strip()}


def _split(url: str) -> SplitResult | None:
    """Return the parts of a URL, or None if it is not one."""
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _http_parts(url: str) -> SplitResult | None:
    """Return the parts of a plain http(s) URL; None for anything else, or with more in it."""
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"}:
        return None
    has_more = parts.username or parts.query or parts.fragment
    return None if has_more or not is_host(parts.hostname or "") else parts


def _is_redis(parts: SplitResult) -> bool:
    has_host = is_host(parts.hostname or "")
    return has_host and DATABASE.fullmatch(parts.path) is not None


def _scheme(url: str) -> str:
    """Return the scheme, the only part that may be shown: the rest can hold a password."""
    return url.partition(":")[0]


def _parsed(name: str, url: str, parse: Parser) -> dict[str, object]:
    try:
        return dict(parse(url))
    except (environ.ImproperlyConfigured, ValueError, KeyError) as error:
        raise ImproperlyConfigured(
            f"{name} cannot be read: {type(error).__name__} in {_scheme(url)}://…"
        ) from None

"""Counts of attempts in Redis, with the database behind it.

While Redis is away, the limits of sign-in are kept by the database. Redis's library takes six MiB:
this module is loaded where Redis is in use.
"""

import logging
import time
from typing import Any, ClassVar

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from xdportal.lib.cache import Database

log = logging.getLogger(__name__)
PATIENCE = 1  # seconds for Redis to answer
PAUSE = 5  # seconds during which Redis is not asked after a failure


class Redis(RedisCache):
    """Redis, and the database while Redis is away."""

    away_until: ClassVar[float] = 0.0  # of time.monotonic()

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        given = params.get("OPTIONS", {})
        limits = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
        super().__init__(server, {**params, "OPTIONS": {**limits, **given}})
        self._database = Database("", {**params, "OPTIONS": {}})

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get", *args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._ask("add", *args, **kwargs))

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._ask("set", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> int:
        return int(self._ask("incr", *args, **kwargs))

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._ask("touch", *args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._ask("delete", *args, **kwargs))

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= Redis.away_until:
            try:
                return getattr(super(), name)(*args, **kwargs)
            except RedisError as error:
                log.warning("Redis is away, and the database counts: %s", error)
                Redis.away_until = time.monotonic() + PAUSE
        return getattr(self._database, name)(*args, **kwargs)

"""Where counts of attempts are kept: in the database, or in Redis with the database behind it.

All web processes count together, and a restart forgets nothing. While Redis is away, the limits of
sign-in are kept by the database.
"""

import json
import logging
import time
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.redis import RedisCache
from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError

from xdportal.lib.models import CachedValue

log = logging.getLogger(__name__)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
PATIENCE = 1  # seconds for Redis to answer
PAUSE = 5  # seconds during which Redis is not asked after a failure
Timeout = float | None


class Database(BaseCache):
    """Values as JSON: what reads the database must not be led to run code, as pickle would."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        name = self.make_and_validate_key(key, version=version)
        alive = CachedValue.objects.filter(key=name, expires__gt=timezone.now())
        text = alive.values_list("value", flat=True).first()
        return default if text is None else json.loads(text)

    def add(
        self,
        key: str,
        value: Any,
        timeout: Timeout = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        name = self.make_and_validate_key(key, version=version)
        CachedValue.objects.filter(key=name, expires__lte=timezone.now()).delete()
        row = {"value": json.dumps(value), "expires": self._end(timeout)}
        _found, is_new = CachedValue.objects.get_or_create(key=name, defaults=row)
        return is_new

    def set(
        self,
        key: str,
        value: Any,
        timeout: Timeout = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        name = self.make_and_validate_key(key, version=version)
        row = {"value": json.dumps(value), "expires": self._end(timeout)}
        CachedValue.objects.update_or_create(key=name, defaults=row)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        name = self.make_and_validate_key(key, version=version)
        with transaction.atomic():
            alive = CachedValue.objects.filter(key=name, expires__gt=timezone.now())
            row = alive.select_for_update().first()
            if row is None:
                raise ValueError(f"There is no value of {name!r}.")
            number = int(json.loads(row.value)) + delta
            alive.update(value=json.dumps(number))
        return number

    def touch(
        self,
        key: str,
        timeout: Timeout = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        name = self.make_and_validate_key(key, version=version)
        alive = CachedValue.objects.filter(key=name, expires__gt=timezone.now())
        return bool(alive.update(expires=self._end(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        name = self.make_and_validate_key(key, version=version)
        deleted, _by_model = CachedValue.objects.filter(key=name).delete()
        return bool(deleted)

    def clear(self) -> None:
        CachedValue.objects.all().delete()

    def _end(self, timeout: Timeout) -> datetime:
        at = self.get_backend_timeout(timeout)
        return NEVER if at is None else datetime.fromtimestamp(at, UTC)


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

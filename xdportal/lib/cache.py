"""Where counts of attempts are kept, if not in Redis: in the database.

All web processes count together, and a restart forgets nothing.
"""

import json
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import transaction
from django.utils import timezone

from xdportal.lib.models import CachedValue

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
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

"""Counts of attempts: kept by the database, or by Redis with the database behind it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.core.cache.backends.base import BaseCache
from django.db.models import F
from django.utils import timezone

from tests.servers import redis_server
from xdportal.lib.models import CachedValue, forget_expired
from xdportal.lib.redis_cache import PAUSE, Redis

pytestmark = pytest.mark.django_db


def test_values_are_those_that_were_set() -> None:
    cache.set("history", [1.5, 2.5], 60)

    assert cache.get("history") == [1.5, 2.5]
    assert cache.get("nothing", []) == []
    assert CachedValue.objects.get().value == "[1.5, 2.5]"


def test_only_the_first_adds() -> None:
    assert cache.add("lock", True, 60) is True
    assert cache.add("lock", True, 60) is False
    assert cache.delete("lock") is True
    assert cache.delete("lock") is False
    assert cache.add("lock", True, 60) is True


def pass_time(seconds: float) -> None:
    CachedValue.objects.update(expires=F("expires") - timedelta(seconds=seconds))


def test_values_expire() -> None:
    cache.set("short", 1, 10)
    cache.set("kept", 2, None)
    pass_time(11)

    assert cache.get("short") is None
    assert cache.add("short", 3, 10) is True
    assert cache.get("short") == 3
    assert cache.get("kept") == 2


def test_counting() -> None:
    cache.add("tests", 0, 60)

    assert [cache.incr("tests") for _ in range(3)] == [1, 2, 3]
    with pytest.raises(ValueError, match="There is no value"):
        cache.incr("other")


def test_a_longer_life() -> None:
    cache.set("short", 1, 10)
    assert cache.touch("short", 100) is True
    pass_time(50)

    assert cache.get("short") == 1
    assert cache.touch("other", 100) is False


def test_expired_values_are_deleted() -> None:
    cache.set("short", 1, 10)
    cache.set("long", 1, 1000)

    assert forget_expired(timezone.now() + timedelta(seconds=11)) == 1
    assert CachedValue.objects.count() == 1


@pytest.fixture
def over_redis(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(Redis, "away_until", 0.0)
    with redis_server(tmp_path) as server:
        settings.CACHES = {
            "default": {"BACKEND": "xdportal.lib.redis_cache.Redis", "LOCATION": server.url}
        }
        yield server


def counted(store: BaseCache) -> tuple[Any, int]:
    store.add("tests", 0, 60)
    return store.incr("tests"), CachedValue.objects.count()


def test_while_redis_is_away_the_database_counts(
    over_redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = caches["default"]
    assert [counted(store) for _ in range(2)] == [(1, 0), (2, 0)]

    over_redis.stop()
    assert [counted(store) for _ in range(2)] == [(1, 1), (2, 1)]

    over_redis.start()
    assert counted(store) == (3, 1), f"Redis is not asked for {PAUSE} seconds"
    monkeypatch.setattr(Redis, "away_until", 0.0)
    assert counted(store) == (1, 1)

from django.core.cache import cache

TESTS_A_MINUTE = 5


def may_test(user_id: int, minute: int) -> bool:
    """Count a test of a credential; return False once the user's five of this minute are used."""
    key = f"credential-tests:{user_id}:{minute}"
    cache.add(key, 0, timeout=120)
    return cache.incr(key) <= TESTS_A_MINUTE

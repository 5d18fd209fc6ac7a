from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2 with OWASP's parameters: 19 MiB a hash.

    Django's own take 100 MiB, which a few simultaneous sign-ins would exhaust.
    """

    memory_cost = 19456
    time_cost = 2
    parallelism = 1

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        """Return what the admin shows of a password: nothing of its hash."""
        return {"algorithm": self.algorithm}

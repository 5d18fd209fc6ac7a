from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """OWASP's parameters: 19 MiB a hash. Django's own take 100 MiB, which a few sign-ins at once would exhaust."""

    memory_cost = 19456
    time_cost = 2
    parallelism = 1

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        """What the admin panel shows of a password: not even the beginning of its hash."""
        return {"algorithm": self.algorithm}

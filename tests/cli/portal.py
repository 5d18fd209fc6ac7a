"""What the tests of the CI client need of a portal, be it the stub or the real one."""

from typing import Protocol

Meaning = dict[str, str]

ROCKY = {"type": "ceph", "name": "Rocky Linux", "version": "9.3 x64"}
UBUNTU = {"type": "BL", "name": "Ubuntu Server", "version": "20.04 x64"}
DEBIAN = {"type": "BL", "name": "Debian", "version": "12.5 x64"}


class Portal(Protocol):
    """A team with one connection an environment, and keys with the scope `check`."""

    url: str
    key: str
    wrong_key: str

    def list_item(
        self, item_id: str, meaning: Meaning, kind: str = "images", environment: str = "production"
    ) -> None:
        """List the item, or give it another meaning."""

    def withdraw(
        self, item_id: str, kind: str = "images", environment: str = "production"
    ) -> None: ...

    def make_stale(self, kind: str = "images", environment: str = "production") -> None: ...

    def stop(self) -> None:
        """Be down: from now on nothing listens at the URL."""

"""The operations. Importing this package declares all of them, in the order of the docs."""

from xdportal.api.endpoints import (
    changes,
    comparison,
    connections,
    errors,
    items,
    lists,
    portal,
    snapshots,
)

__all__ = [
    "changes",
    "comparison",
    "connections",
    "errors",
    "items",
    "lists",
    "portal",
    "snapshots",
]

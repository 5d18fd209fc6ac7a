"""The operations. Importing this package declares all of them, in the order of the docs."""

from xdportal.api.endpoints import (
    changes,
    check,
    comparison,
    connections,
    errors,
    items,
    lists,
    portal,
    resolve,
    snapshots,
)

__all__ = [
    "changes",
    "check",
    "comparison",
    "connections",
    "errors",
    "items",
    "lists",
    "portal",
    "resolve",
    "snapshots",
]

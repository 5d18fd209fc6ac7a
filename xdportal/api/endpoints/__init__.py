"""The operations. Importing this package declares all of them."""

from xdportal.api.endpoints import (
    changes,
    check,
    comparison,
    connections,
    errors,
    events,
    items,
    lists,
    outputs,
    pairs,
    pins,
    portal,
    recipes,
    resolve,
    snapshots,
)

__all__ = [
    "changes",
    "check",
    "comparison",
    "connections",
    "errors",
    "events",
    "items",
    "lists",
    "outputs",
    "pairs",
    "pins",
    "portal",
    "recipes",
    "resolve",
    "snapshots",
]

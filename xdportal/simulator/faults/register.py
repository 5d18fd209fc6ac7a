"""The register of faults: one function each, whose keyword arguments are its options."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xdportal.simulator.calls import ROUTES

Fault = Callable[..., None]
FAULTS: dict[str, Fault] = {}


def fault(name: str) -> Callable[[Fault], Fault]:
    def enter(handler: Fault) -> Fault:
        FAULTS[name] = handler
        return handler

    return enter


@dataclass
class QueuedFault:
    """A fault that waits for its call. Raise ValueError or TypeError for invalid options."""

    name: str
    times: int | None
    on: str
    options: dict[str, Any]

    def __post_init__(self) -> None:
        if self.name not in FAULTS:
            raise ValueError(f"unknown fault: {self.name}")
        if self.on not in (*ROUTES, "any"):
            raise ValueError(f"unknown kind of call: {self.on}")
        if self.times is not None and (not isinstance(self.times, int) or self.times < 1):
            raise ValueError("times is a whole number from 1 on, or null for ever")
        inspect.signature(FAULTS[self.name]).bind(None, **self.options)

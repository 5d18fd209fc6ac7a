"""Valid answers whose list is implausible."""

from typing import TYPE_CHECKING

from xdportal.simulator.faults.register import fault

if TYPE_CHECKING:
    from xdportal.simulator.server import Exchange


@fault("empty_list")
def _empty_list(exchange: "Exchange") -> None:
    exchange.send(exchange.ordinary(lambda items: []))


@fault("shrink")
def _shrink(exchange: "Exchange", keep: float = 0.5) -> None:
    """Send the first part of the list, the same each time."""
    exchange.send(exchange.ordinary(lambda items: items[: int(len(items) * keep)]))


@fault("duplicate")
def _duplicate(exchange: "Exchange") -> None:
    exchange.send(exchange.ordinary(lambda items: items * 2))

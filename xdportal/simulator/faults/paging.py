"""Pages that don't fit together. Each strikes one page, or all of them if `page` is None."""

from typing import TYPE_CHECKING

from xdportal.simulator.faults.register import fault
from xdportal.simulator.lists import Page, Repage

if TYPE_CHECKING:
    from xdportal.simulator.server import Exchange


MANY = 10**6


@fault("short_page")
def _short_page(exchange: "Exchange", page: int | None = None, missing: int = 1) -> None:
    """Leave out the page's last items."""

    def cut(whole: Page) -> Page:
        return whole | {"data": whole["data"][:-missing]}

    _send(exchange, page, cut)


@fault("empty_page")
def _empty_page(exchange: "Exchange", page: int | None = 2) -> None:
    _send(exchange, page, lambda whole: whole | {"data": []})


@fault("repeated_page")
def _repeated_page(exchange: "Exchange", page: int | None = None, of: int = 1) -> None:
    """Send another page in its place."""
    if page in (None, exchange.call.page):
        exchange.send(exchange.ordinary(page=of))
    else:
        exchange.send(exchange.ordinary())


@fault("lying_total")
def _lying_total(exchange: "Exchange", by: int = 1) -> None:
    """Announce so many items more than there are, on every page."""
    _send(exchange, None, lambda whole: whole | {"totalCounts": whole["totalCounts"] + by})


@fault("moving_total")
def _moving_total(exchange: "Exchange", page: int = 2, by: int = 1) -> None:
    """Announce another total on one page than on the others."""
    _send(exchange, page, lambda whole: whole | {"totalCounts": whole["totalCounts"] + by})


@fault("endless_pages")
def _endless_pages(exchange: "Exchange", total: int | None = MANY) -> None:
    """Fill every page with items that no other page has.

    Without a total, each page announces one more than were sent so far.
    """
    number = exchange.call.page or 1
    size = exchange.call.page_size or 1
    start = (number - 1) * size

    def full(whole: Page) -> Page:
        items = [
            {"id": f"endless{place}", "imageName": "endless", "status": 1}
            for place in range(start, start + size)
        ]
        return {"data": items, "totalCounts": start + size + 1 if total is None else total}

    _send(exchange, None, full)


def _send(exchange: "Exchange", page: int | None, repage: Repage) -> None:
    """Send the page that is asked for, changed if it is the one to strike."""
    if page in (None, exchange.call.page):
        exchange.send(exchange.ordinary(repage=repage))
    else:
        exchange.send(exchange.ordinary())

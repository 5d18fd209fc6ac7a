"""What each list of the simulated provider holds at a step, and the pages of one."""

from collections.abc import Callable
from typing import Any

from xdportal.simulator.answers import INCOMPLETE, Refusal
from xdportal.simulator.calls import LISTS, Call
from xdportal.simulator.images import ENVIRONMENTS, World
from xdportal.simulator.packages import PackageWorld
from xdportal.simulator.personal import PersonalWorld

Rows = list[Any]
Page = dict[str, Any]  # its rows under `data`, the number of all under `totalCounts`
Reshape = Callable[[Rows], Rows]
Repage = Callable[[Page], Page]


class Lists:
    def __init__(self, seed: int, images: int, packages: int, personal: int) -> None:
        self._personal_count = personal
        self._images = {name: World(seed, images, name) for name in ENVIRONMENTS}
        self._packages = {name: PackageWorld(seed, name, packages) for name in ENVIRONMENTS}
        self._personal: dict[str, PersonalWorld] = {}
        self._given: dict[tuple[str, str], Rows] = {}

    def give(self, environment: str, kind: str, items: Rows | None) -> None:
        """List these items, valid or not; None returns to the simulated ones."""
        if kind not in LISTS:
            raise ValueError(f"unknown list: {kind}")
        self._given.pop((environment, kind), None)
        if items is not None:
            self._given[environment, kind] = items

    def data(self, call: Call, account_id: str, step: int, reshape: Reshape, repage: Repage) -> Any:
        """Return the data of the list that the call asks for: rows, or one page of them."""
        rows = reshape(self._rows(call, account_id, step))
        return repage(_page(rows, call)) if call.kind == "personal" else rows

    def _rows(self, call: Call, account_id: str, step: int) -> Rows:
        given = self._given.get((call.environment, call.list_name))
        if given is not None:
            return list(given)
        match call.kind:
            case "image":
                return self._images[call.environment].items(step)
            case "package":
                return self._packages[call.environment].items(call.plain_path[-1], step)
            case _:
                return self._personal_of(account_id).items(step)

    def _personal_of(self, account_id: str) -> PersonalWorld:
        if account_id not in self._personal:
            self._personal[account_id] = PersonalWorld(account_id, self._personal_count)
        return self._personal[account_id]


def _page(rows: Rows, call: Call) -> Page:
    if call.page is None or call.page_size is None:
        raise Refusal(*INCOMPLETE)
    start = (call.page - 1) * call.page_size
    return {"data": rows[start : start + call.page_size], "totalCounts": len(rows)}

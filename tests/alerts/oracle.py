"""The table of a pin's states, read from full lists."""

from typing import Any

from xdportal.provider.kinds import ImageRecord

List = frozenset[ImageRecord]
WAS = ImageRecord("1", "BL", "Ubuntu Server", "20.04 x64")
RECORDS = [
    WAS,
    WAS._replace(version="20.04 X86_64"),
    WAS._replace(name="ubuntu server"),
    WAS._replace(version="22.04 x64"),
    WAS._replace(version="22.04 x64", type="SC"),
    WAS._replace(type="ceph"),
    WAS._replace(name="Debian"),
]
SAME_WORDS = {RECORDS[1], RECORDS[2]}


def oracle(history: list[List], pinned: int, number: int, exact: bool) -> tuple[str, Any]:
    """Return state and level as the table says, from the full lists."""
    so_far = history[:number]
    if not any(so_far):
        return "never_listed", "critical"
    listed = so_far[-1]
    if not listed:
        return "withdrawn", "critical"
    good = listed & ({WAS} | SAME_WORDS)
    if good and len(listed) > 1:
        return "ambiguous", "warning"
    if WAS in listed:
        return "ok", None
    if good:
        return "renamed", "warning"
    begun = next(place for place, one in enumerate(history, start=1) if one)
    between = history[max(pinned, begun) - 1 : number]
    if any(not one for one in between):
        return "reused", "critical"
    is_mild = any((one.type, one.name) == (WAS.type, WAS.name) for one in listed)
    return "meaning_changed", "warning" if is_mild and not exact else "critical"

"""What to write instead of a broken id, only where there is no doubt. Pure."""

from collections.abc import Iterable, Sequence

from xdportal.alerts.piles import Case
from xdportal.catalog.replacements import Meaning, Reason, Replacement

SAME = frozenset({Reason.SAME, Reason.HARDWARE})


def only_same(case: Case, successors: Iterable[Replacement]) -> Replacement | None:
    """Return the only id that means what a broken id meant.

    None if there are several, if lists say different things of the broken id, or if it was pinned
    with different meanings: then it takes a person to choose.
    """
    if not case.pile.is_broken or len(case.answers) > 1 or _is_pinned_differently(case):
        return None
    same = [successor for successor in successors if successor.reason in SAME]
    return same[0] if len(same) == 1 else None


def is_listed_alike(successor: Replacement, lists: Iterable[Sequence[Meaning]]) -> bool:
    """Return whether each list has the id once, with the same meaning.

    `lists` holds what the id means in each of them.
    """
    return all(list(meanings) == [successor.meaning] for meanings in lists)


def _is_pinned_differently(case: Case) -> bool:
    pinned = {tuple(sorted(pin.revision.meaning.items())) for pin in case.pins}
    return len(pinned) > 1

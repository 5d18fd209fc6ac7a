"""Long streams in pieces."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
SIZE = 1000


def batches(rows: Iterable[T], size: int = SIZE) -> Iterator[list[T]]:
    """Yield the rows in lists of `size`; the last one may be shorter."""
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch


def joined(texts: Iterable[str]) -> Iterator[str]:
    """Join short texts to longer ones: a server sends each that it gets on its own."""
    return map("".join, batches(texts))

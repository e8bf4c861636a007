"""A long list, page by page: what is asked of it, and one page of it.

Rows stand by a key, and a page begins after the last key of the page before. What is added or leaves meanwhile shifts
no row to another page, and the last page costs no more than the first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

RowT_co = TypeVar("RowT_co", covariant=True)
ReadT = TypeVar("ReadT")

PAGE_LENGTH = 50
"""Rows on a page."""


class ListKey(NamedTuple):
    """Where a row stands: its rank in the order asked for and, among equals, its number."""

    rank: int
    number: int


@dataclass(frozen=True)
class ListQuery:
    """What a list is asked for; what is empty narrows nothing."""

    words: str = ""
    """Each of them must occur in a row."""
    state: str = ""
    sort: str = ""
    after: ListKey | None = None
    """The page that follows this key."""
    before: ListKey | None = None
    """The page that comes before this key; counts where no `after` is named."""


@dataclass(frozen=True)
class ListPage(Generic[RowT_co]):
    """One page of a list."""

    rows: Sequence[RowT_co]
    counts: Mapping[str, int]
    """How many rows hold the words, state by state, on all pages."""
    query: ListQuery
    before: ListKey | None = None
    """The first key of this page; None where no page comes before."""
    after: ListKey | None = None
    """The last key of this page; None where no page follows."""

    @property
    def count(self) -> int:
        """How many rows are in the list as it was asked for, on all pages."""
        return self.counts.get(self.query.state, 0) if self.query.state else sum(self.counts.values())

    def of(self, read: Callable[[Sequence[RowT_co]], Sequence[ReadT]]) -> "ListPage[ReadT]":
        """The same page, its rows read by a function."""
        return ListPage(read(self.rows), self.counts, self.query, self.before, self.after)

"""What an address asks of a long list: words, a state, an order and a page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends

from kanmon.core.listing import ListKey, ListPage, ListQuery

_MOST_WORDS = 200
"""Characters of what is sought."""


def _asked(words: str = "", state: str = "", sort: str = "", after: str = "", before: str = "") -> ListQuery:
    return ListQuery(words.strip()[:_MOST_WORDS], state, sort, _key(after), _key(before))


AskedList = Annotated[ListQuery, Depends(_asked)]
"""What the address of a page asks of its list."""


@dataclass(frozen=True)
class ListNames:
    """A list's address, and what its states and orders are called; the first order is the one that nobody asks for."""

    address: str
    states: Mapping[str, str]
    sorts: Mapping[str, str]

    def known(self, query: ListQuery) -> ListQuery:
        """The query, without a state or an order that the list doesn't have."""
        return replace(
            query,
            state=query.state if query.state in self.states else "",
            sort=query.sort if query.sort in self.sorts else next(iter(self.sorts)),
        )

    def link(self, page: ListPage[object], side: str) -> str:
        """The address of the page before or after; `side` is `before` or `after`."""
        query, key = page.query, page.before if side == "before" else page.after
        asked = {"words": query.words, "state": query.state, "sort": query.sort}
        named = {name: value for name, value in asked.items() if value}
        return f"{self.address}?{urlencode(named | ({side: f'{key.rank}.{key.number}'} if key else {}))}"


def _key(written: str) -> ListKey | None:
    """The key that a link wrote; None, which is the first page, where nothing like one is written."""
    found = re.fullmatch(r"(-?[0-9]{1,18})\.(-?[0-9]{1,18})", written)
    return ListKey(int(found[1]), int(found[2])) if found else None

"""A page of a long list, and how many rows there are by state: two statements, however long the list is."""
# ruff: noqa: S608 - the SQL is put together from texts of stores and of this module; what people write is bound

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, text

from kanmon.core.listing import PAGE_LENGTH, ListKey, ListPage, ListQuery

_WORDS = "sought ILIKE ALL (CAST(:words AS text[]))"


def list_page(
    connection: Connection, rows: str, query: ListQuery, values: Mapping[str, object] | None = None
) -> ListPage[Row[Any]]:
    """The page asked for of `rows`: a SELECT with the columns `rank` and `number` (the key), `state` and `sought`."""
    bound: dict[str, object] = {**(values or {}), "words": [f"%{_literal(word)}%" for word in query.words.split()]}
    listed = f"WITH listed AS ({rows})"
    conditions = [_WORDS] if bound["words"] else []
    counted = f"{listed} SELECT state, count(*) FROM listed {_where(conditions)} GROUP BY state"
    counts = {state: int(count) for state, count in connection.execute(text(counted), bound)}
    if query.state:
        conditions.append("state = :state")
        bound["state"] = query.state
    is_backwards = query.before is not None and query.after is None
    if key := query.after or query.before:
        conditions.append(f"(rank, number) {'<' if is_backwards else '>'} (:rank, :number)")
        bound |= {"rank": key.rank, "number": key.number}
    order = "rank DESC, number DESC" if is_backwards else "rank, number"
    asked = f"{listed} SELECT * FROM listed {_where(conditions)} ORDER BY {order} LIMIT {PAGE_LENGTH + 1}"
    found = connection.execute(text(asked), bound).all()
    is_more, shown = len(found) > PAGE_LENGTH, list(found[:PAGE_LENGTH])
    if is_backwards:
        shown.reverse()
    follows, precedes = (key is not None, is_more) if is_backwards else (is_more, key is not None)
    return ListPage(
        shown,
        counts,
        query,
        before=_key(shown[0]) if shown and precedes else None,
        after=_key(shown[-1]) if shown and follows else None,
    )


def _where(conditions: list[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _literal(word: str) -> str:
    """The word with nothing in it that a pattern would read as a wildcard."""
    return re.sub(r"([\\%_])", r"\\\1", word)


def _key(row: Row[Any]) -> ListKey:
    return ListKey(row.rank, row.number)

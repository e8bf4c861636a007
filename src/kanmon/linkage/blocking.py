"""Blocking (ブロッキング): what an applicant and a member must share to be compared at all."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Columns = Sequence[tuple[str, str]]
"""An applicant's column and the member's that it must equal."""


def _same(*columns: str) -> Columns:
    return tuple(zip(columns, columns, strict=True))


BLOCKS: Mapping[str, Columns] = {
    "email": _same("email"),
    "birth date, given name by sound": _same("birth_date", "given_sound"),
    "birth date, family name by sound": _same("birth_date", "family_sound"),
    "birth date, given name": _same("birth_date", "given"),
    "birth date, family name": _same("birth_date", "family"),
    "whole name": _same("family", "given"),
    "whole name by sound": _same("family_sound", "given_sound"),
    "whole name, the other way round": (("family", "given"), ("given", "family")),
    "birth date, university": _same("birth_date", "university"),
    "given name by sound, university": _same("given_sound", "university"),
    "family name by sound, university": _same("family_sound", "university"),
}
"""By the name that a report tells."""


WEIGHED_BY_FREQUENCY = ("family", "family_sound", "given", "given_sound", "birth_date", "email", "university")
"""The columns of which a rare value says more than a frequent one."""
FEWEST_MEMBERS = 1_000
"""Of fewer members, frequencies count as of these."""


class _Values:
    """The values of one column of the members: a number for each, and how many members have it."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        encoded = column.combine_chunks().dictionary_encode()
        self._codes = {value: code for code, value in enumerate(encoded.dictionary.to_pylist())}
        self.of_members: Codes = np.asarray(encoded.indices.cast(pa.int64()).fill_null(-1))
        self._counts = np.bincount(self.of_members[self.of_members >= 0], minlength=len(self))

    def __len__(self) -> int:
        return len(self._codes)

    def codes(self, values: pa.ChunkedArray) -> Codes:
        """The number of each value; -1 where it is missing or no member's."""
        return np.fromiter((self._codes.get(value, -1) for value in values.to_pylist()), np.int64, len(values))

    def is_known(self, value: str) -> bool:
        """Whether it is any member's."""
        return value in self._codes

    def frequencies(self, values: pa.ChunkedArray) -> pa.Array:
        """The share of members with each of some members' values."""
        return pa.array(self._counts[self.codes(values)] / max(int(self._counts.sum()), FEWEST_MEMBERS), pa.float64())


class MemberIndex:
    """The members by their values: who shares a block with anybody on a list, without reading the others.

    A list is short and the board is long: each block's members are put in order once, and each list looks its own up.
    """

    def __init__(self, members: pa.Table) -> None:
        """Columns `unique_id`, those of `records.COMPARED` and any others."""
        self._members = members
        columns = {column for block in BLOCKS.values() for _, column in block} | set(WEIGHED_BY_FREQUENCY)
        self._values = {column: _Values(members[column]) for column in columns}
        self._ordered = [self._in_order(block) for block in BLOCKS.values()]

    def is_borne(self, given: str | None) -> bool:
        """Whether any member has a given name: what nobody bears is likelier a slip of the pen than a name."""
        return given is not None and self._values["given"].is_known(given.replace(" ", ""))

    def sharing(self, applicants: pa.Table) -> pa.Table:
        """The members, in their order, who share at least one block with one of `applicants`."""
        found = list(self._positions(applicants))
        return self._members.take(pa.array(np.unique(np.concatenate(found)) if found else [], pa.int64()))

    def frequencies(self, members: pa.Table) -> Mapping[str, pa.Table]:
        """For each of `WEIGHED_BY_FREQUENCY` its values in some rows of members, and as `tf_` the share with each."""
        found = {}
        for column in WEIGHED_BY_FREQUENCY:
            values = pa.chunked_array([members[column].unique().drop_null()])
            found[column] = pa.table({column: values, f"tf_{column}": self._values[column].frequencies(values)})
        return found

    def _positions(self, applicants: pa.Table) -> Iterator[Codes]:
        for block, (keys, positions) in zip(BLOCKS.values(), self._ordered, strict=True):
            asked = self._keys([self._values[column].codes(applicants[own]) for own, column in block], block)
            asked = np.unique(asked[asked >= 0])
            starts, ends = np.searchsorted(keys, asked, "left"), np.searchsorted(keys, asked, "right")
            yield from (positions[start:end] for start, end in zip(starts, ends, strict=True))

    def _in_order(self, block: Columns) -> tuple[Codes, Codes]:
        keys = self._keys([self._values[column].of_members for _, column in block], block)
        positions = np.argsort(keys, kind="stable")
        return keys[positions], positions

    def _keys(self, codes: Sequence[Codes], block: Columns) -> Codes:
        """One number for the values of a block's columns together; -1 where one of them is missing or no member's."""
        keys, known = np.zeros(len(codes[0]), np.int64), np.ones(len(codes[0]), np.bool_)
        for one, (_, column) in zip(codes, block, strict=True):
            keys, known = keys * len(self._values[column]) + one, known & (one >= 0)
        return np.where(known, keys, -1)

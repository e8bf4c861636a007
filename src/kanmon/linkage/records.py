"""Personal records as they are compared: every column of a list in its normal form, worked out once for each value."""

from collections.abc import Callable

import pyarrow as pa

from kanmon.linkage import normalise

PERSONAL = ("family_name", "given_name", "family_kana", "given_kana", "birth_date", "email", "university")
"""The columns of personal data that members and applicants both have."""
COMPARED = (
    "family", "given", "family_sound", "given_sound", "birth_date", "email", "email_local", "university",
)  # fmt: skip
"""The columns that records are compared by; `birth_date` is written YYYYMMDD."""


def comparable(rows: pa.Table, number: str) -> pa.Table:
    """`rows` with the columns of `PERSONAL` as `unique_id` (their column `number`) and the columns of `COMPARED`.

    A name in kana or Latin letters whose reading is missing is its own reading.
    """
    families, givens = _names(rows)
    emails = _each(rows, "email", normalise.email)
    columns = {
        "unique_id": rows[number],
        "family": families,
        "given": givens,
        "family_sound": _sounds(rows, "family_kana", families),
        "given_sound": _sounds(rows, "given_kana", givens),
        "birth_date": _each(rows, "birth_date", lambda written: _compact(normalise.birth_date(written))),
        "email": emails,
        "email_local": [None if address is None else address.partition("@")[0] for address in emails],
        "university": _each(rows, "university", normalise.university),
    }
    types = {"unique_id": pa.int64()}
    return pa.table({name: _array(column, types.get(name, pa.string())) for name, column in columns.items()})


def _array(column: object, kind: pa.DataType) -> pa.ChunkedArray | pa.Array:
    return column.cast(kind) if isinstance(column, pa.ChunkedArray) else pa.array(column, kind)


def _each(rows: pa.Table, column: str, form: Callable[[str | None], str | None]) -> list[str | None]:
    written = rows[column].to_pylist()
    known = {value: form(value) for value in set(written)}
    return [known[value] for value in written]


def _names(rows: pa.Table) -> tuple[list[str | None], list[str | None]]:
    written = list(zip(rows["family_name"].to_pylist(), rows["given_name"].to_pylist(), strict=True))
    known = {pair: normalise.names(*pair) for pair in set(written)}
    found = [known[pair] for pair in written]
    return [family for family, _ in found], [given for _, given in found]


def _sounds(rows: pa.Table, column: str, names: list[str | None]) -> list[str | None]:
    read = _each(rows, column, normalise.sound)
    own = {name: normalise.own_sound(name) for name in set(names)}
    return [sound if sound is not None else own[name] for sound, name in zip(read, names, strict=True)]


def _compact(day: object) -> str | None:
    return None if day is None else f"{day:%Y%m%d}"

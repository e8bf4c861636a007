"""Personal records as they are compared: every column of a list in its normal form, worked out once for each value."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

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
    emails = _each(rows["email"], normalise.email)
    columns = {
        "unique_id": rows[number].cast(pa.int64()),
        "family": families,
        "given": givens,
        "family_sound": _sounds(rows["family_kana"], families),
        "given_sound": _sounds(rows["given_kana"], givens),
        "birth_date": _each(rows["birth_date"], lambda written: _compact(normalise.birth_date(written))),
        "email": emails,
        "email_local": pc.replace_substring_regex(emails, "@.*", ""),
        "university": _each(rows["university"], normalise.university),
    }
    return pa.table(columns)


def _each(column: pa.ChunkedArray, form: Callable[[str | None], str | None]) -> pa.Array:
    """The form of each value, worked out once for values that are alike."""
    written = column.combine_chunks().dictionary_encode()
    return pa.array(map(form, written.dictionary.to_pylist()), pa.string()).take(written.indices)


def _names(rows: pa.Table) -> tuple[pa.Array, pa.Array]:
    written = rows["family_name"], rows["given_name"]
    alone = zip(*(_each(column, normalise.name).to_pylist() for column in written), strict=True)
    whole = zip(*(column.to_pylist() for column in written), strict=True)
    found = [
        normalise.parted(*names) if all(names) else normalise.names(*both)
        for names, both in zip(alone, whole, strict=True)
    ]
    families, givens = zip(*found, strict=True) if found else ((), ())
    return pa.array(families, pa.string()), pa.array(givens, pa.string())


def _sounds(column: pa.ChunkedArray, names: pa.Array) -> pa.Array:
    """How a reading sounds; of a name that is its own reading, the name where none was given."""
    return pc.coalesce(_each(column, normalise.sound), _each(pa.chunked_array([names]), normalise.own_sound))


def _compact(day: object) -> str | None:
    return None if day is None else f"{day:%Y%m%d}"

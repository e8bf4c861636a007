"""Personal records as they are compared: every column of a list in its normal form, worked out once for each value."""

from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from kanmon.linkage.names import normalise
from kanmon.linkage.personal import PersonName

COMPARED = (
    "family", "family_sound", "family_script", "other_family", "given", "given_sound", "given_script", "first_given",
    "birth_date", "email", "email_local", "university",
)  # fmt: skip
"""The columns that records are compared by; `birth_date` is written YYYYMMDD."""
NAMED = ("family_words", "given_words", "family_reading", "given_reading")
"""The columns that say whether two given names are one: the fields of `given_names.PersonName`."""


def comparable(rows: pa.Table, number: str) -> pa.Table:
    """`rows` with the columns of `PERSONAL` as `unique_id` (their column `number`), `COMPARED` and `NAMED`.

    A name in kana or Latin letters whose reading is missing is its own reading.
    """
    families, givens = _names(rows)
    family_readings = _readings(rows["family_kana"], rows["family_name"])
    given_readings = _readings(rows["given_kana"], rows["given_name"])
    emails = _each(rows["email"], normalise.email)
    columns = {
        "unique_id": rows[number].cast(pa.int64()),
        "family": _each(families, _whole),
        "family_sound": _sounds(family_readings, families),
        "family_script": _each(families, _script),
        "other_family": _each(rows["family_name"], normalise.other_family),
        "given": _each(givens, _whole),
        "given_sound": _sounds(given_readings, givens),
        "given_script": _each(givens, _script),
        "first_given": _each(givens, _first_word),
        "birth_date": _each(rows["birth_date"], lambda written: _compact(normalise.birth_date(written))),
        "email": emails,
        "email_local": pc.replace_substring_regex(emails, "@.*", ""),
        "university": _each(rows["university"], normalise.university),
        "family_words": families.combine_chunks(),
        "given_words": givens.combine_chunks(),
        "family_reading": family_readings,
        "given_reading": given_readings,
    }
    return pa.table(columns)


def person_names(rows: pa.Table) -> Sequence[PersonName]:
    """The names of comparable rows, in their order."""
    columns = (rows[column].to_pylist() for column in NAMED)
    return [PersonName(*parts) for parts in zip(*columns, strict=True)]


def person_name(personal: Mapping[str, str | None]) -> PersonName:
    """The name of one person, by the columns of `PERSONAL`."""
    family, given = normalise.names(personal["family_name"], personal["given_name"])
    readings = (
        normalise.reading(personal[f"{part}_kana"] or normalise.noted_reading(personal[f"{part}_name"]))
        for part in ("family", "given")
    )
    return PersonName(family, given, *readings)


def _each(column: pa.ChunkedArray, form: Callable[[str], str | None]) -> pa.Array:
    """The form of each value, worked out once for values that are alike."""
    written = column.combine_chunks().dictionary_encode()
    return pa.array(map(form, written.dictionary.to_pylist()), pa.string()).take(written.indices)


def _names(rows: pa.Table) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """The words of family and given names."""
    written = rows["family_name"], rows["given_name"]
    alone = zip(*(_each(column, normalise.words).to_pylist() for column in written), strict=True)
    whole = zip(*(column.to_pylist() for column in written), strict=True)
    found = [
        normalise.parted(*names) if all(names) else normalise.names(*both)
        for names, both in zip(alone, whole, strict=True)
    ]
    families, givens = zip(*found, strict=True) if found else ((), ())
    return pa.chunked_array([pa.array(families, pa.string())]), pa.chunked_array([pa.array(givens, pa.string())])


def _whole(words: str) -> str | None:
    """A name to compare as one; None where a sign of it is lost."""
    return None if normalise.ILLEGIBLE in words else normalise.joined(words)


def _script(words: str) -> str:
    """What a name is written in: two scripts are compared by their sound alone."""
    if normalise.has_kanji(words):
        return "kanji"
    return "latin" if words.isascii() else "kana"


def _first_word(words: str) -> str | None:
    """The first word of a foreign name, which a list without middle names has alone."""
    return None if normalise.has_kanji(words) else words.partition(" ")[0]


def _sounds(readings: pa.Array, names: pa.ChunkedArray) -> pa.Array:
    """How a reading sounds; of a name that is its own reading, the name where none was given."""
    return pc.coalesce(
        _each(pa.chunked_array([readings]), normalise.sound),
        _each(names, lambda words: normalise.sound(normalise.own_reading(words))),
    )


def _readings(column: pa.ChunkedArray, names: pa.ChunkedArray) -> pa.Array:
    """The reading that a record gives, or notes beside the name."""
    return pc.coalesce(
        _each(column, normalise.reading),
        _each(names, lambda written: normalise.reading(normalise.noted_reading(written))),
    )


def _compact(day: object) -> str | None:
    return None if day is None else f"{day:%Y%m%d}"

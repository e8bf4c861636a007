"""The common ways in which a person's name, e-mail or telephone number is written before somebody hashes it.

Columns of many members at a time: each way is one array, made from parts that were turned once for each different one.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from kanmon.linkage.preflight.model import RecoveredAttribute

SEPARATORS = ("", " ", "\u3000", ",", "、", "_", "-", "・", ".")
COLUMNS = (
    "member_id", "family_name", "given_name", "family_kana", "given_kana", "birth_date", "email", "phone", "university",
)  # fmt: skip
"""What is asked of the member base; all are strings, any may be null."""

_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_TO_KATAKANA = {hiragana: katakana for katakana, hiragana in _TO_HIRAGANA.items()}
_MARKS = ("", "\uff9e", "\uff9f")
_TO_HALF_WIDTH = {
    ord(whole): chr(half) + mark
    for mark in reversed(_MARKS)
    for half in range(0xFF66, 0xFF9E)
    if len(whole := unicodedata.normalize("NFKC", chr(half) + mark)) == 1
}
_DROPPED = re.compile(r"[\s,、，_・.。'’\-‐‑‒–—―−]+")
_ABROAD = re.compile(r"\+?81([1-9]\d{8,9})")
_WITHOUT_ZERO = re.compile(r"[789]0\d{8}")


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write one thing known, for many members: distinct values, no nulls."""

    known: RecoveredAttribute
    written: str
    values: pa.Array


def folded(value: str) -> str:
    """A cell in the clear, so that ways to write the same fall together: NFKC, no blanks and marks, kana one script."""
    plain = _DROPPED.sub("", unicodedata.normalize("NFKC", value)).lower().translate(_TO_KATAKANA)
    abroad = _ABROAD.fullmatch(plain)
    if abroad:
        return "0" + abroad[1]
    return "0" + plain if _WITHOUT_ZERO.fullmatch(plain) else plain


def folded_spellings(members: pa.Table) -> Iterator[Spelling]:
    """Everything known of the members, as `folded` leaves it."""
    for known, columns in _PAIRS.items():
        parts = [_turned(members[column], folded) for column in columns]
        for places in ((0, 1), (1, 0)):
            yield Spelling(known, "", _joined([parts[place] for place in places], ""))
    for column, known in _SINGLE.items():
        yield Spelling(known, "", _distinct(_turned(members[column], folded)))
    for known, columns in _WORDS.items():
        for column in columns:
            yield Spelling(known, "", _distinct(_turned(members[column], folded)))
    university = _turned(members["university"], folded)
    for written, turn in _DATES.items():
        dates = _turned(members["birth_date"], _folding(turn))
        yield Spelling(RecoveredAttribute.BIRTH_DATE, written, _distinct(dates))
        for pair in ([dates, university], [university, dates]):
            yield Spelling(RecoveredAttribute.BIRTH_DATE_AND_UNIVERSITY, written, _joined(pair, ""))


def _folding(turn: Callable[[str], str]) -> Callable[[str], str]:
    return lambda value: folded(turn(value))


def spellings(members: pa.Table) -> Iterator[Spelling]:
    """Every way in which something known of the members may have been written before it was hashed."""
    for known, columns in _PAIRS.items():
        for script, turn in _SCRIPTS[known].items():
            pair = [_turned(members[column], turn) for column in columns]
            yield from _names(known, script, pair)
            yield from _with_birth_dates(script, pair, members["birth_date"])
            for word, part in zip(_WORD_ORDER, pair, strict=True):
                yield Spelling(word, script, _distinct(part))
    university = _turned(members["university"], str.strip)
    for written, turn in _DATES.items():
        dates = _turned(members["birth_date"], turn)
        yield Spelling(RecoveredAttribute.BIRTH_DATE, written, _distinct(dates))
        for separator in SEPARATORS:
            for both in ([dates, university], [university, dates]):
                yield Spelling(RecoveredAttribute.BIRTH_DATE_AND_UNIVERSITY, written, _joined(both, separator))
    for column, turns in _TURNS.items():
        for written, turn in turns.items():
            yield Spelling(_SINGLE[column], written, _distinct(_turned(members[column], turn)))


def _names(known: RecoveredAttribute, script: str, pair: Sequence[pa.Array]) -> Iterator[Spelling]:
    pairs = pa.table(pair, ["family", "given"]).group_by(["family", "given"]).aggregate([])
    both = [pairs["family"].combine_chunks(), pairs["given"].combine_chunks()]
    for order, parts in (("family{}given", both), ("given{}family", both[::-1])):
        for separator in SEPARATORS:
            yield Spelling(known, f"{script} {order.format(separator or '+')}", _joined(parts, separator))


def _with_birth_dates(script: str, pair: Sequence[pa.Array], birth_dates: pa.ChunkedArray) -> Iterator[Spelling]:
    for written, mark in (("yyyy-mm-dd", "-"), ("yyyymmdd", ""), ("yyyy/mm/dd", "/")):
        dates = pc.replace_substring(birth_dates.combine_chunks(), "-", mark)
        yield Spelling(
            RecoveredAttribute.NAME_AND_BIRTH_DATE, f"{script} family+given+{written}", _joined([*pair, dates], "")
        )


def _joined(parts: Sequence[pa.Array], separator: str) -> pa.Array:
    return _distinct(pc.binary_join_element_wise(*parts, separator))


def _distinct(values: pa.Array) -> pa.Array:
    found = pc.unique(values).drop_null()
    return found.filter(pc.not_equal(found, ""))


def _turned(values: pa.ChunkedArray, turn: Callable[[str], str]) -> pa.Array:
    """Each value turned, worked out once for each different one."""
    coded = values.combine_chunks().dictionary_encode()
    turned = [turn(value) or None for value in coded.dictionary.to_pylist()]
    return pa.array(turned, pa.string()).take(coded.indices)


def _neat(value: str) -> str:
    return unicodedata.normalize("NFKC", value).strip()


def _upper(value: str) -> str:
    """In capitals, where that is another way to write it than as it stands."""
    return "" if (turned := _neat(value).upper()) == value.strip() else turned


def _lower(value: str) -> str:
    return "" if (turned := _neat(value).lower()) == value.strip() else turned


def _digits(value: str) -> str:
    plain = "".join(letter for letter in _neat(value) if letter.isdigit())
    return "0" + plain[2:] if plain.startswith("81") and len(plain) > 10 else plain


def _hyphened(value: str) -> str:
    digits = _digits(value)
    head = 3 if len(digits) == 11 else 2
    return f"{digits[:head]}-{digits[head:-4]}-{digits[-4:]}"


def _in_era(day: str) -> str:
    """A date as the Japanese calendar writes it; nothing before 1989."""
    year, month, of_month = (int(part) for part in day.split("-"))
    if (year, month) < (1989, 2):
        return ""
    name, first = ("令和", 2018) if (year, month) >= (2019, 5) else ("平成", 1988)
    return f"{name}{year - first}年{month}月{of_month}日"


def _in_words(day: str) -> str:
    year, month, of_month = (int(part) for part in day.split("-"))
    return f"{year}年{month}月{of_month}日"


_DATES: dict[str, Callable[[str], str]] = {
    "yyyy-mm-dd": str.strip,
    "yyyymmdd": lambda day: day.replace("-", ""),
    "yyyy/mm/dd": lambda day: day.replace("-", "/"),
    "yyyy年m月d日": _in_words,
    "era": _in_era,
}
_PAIRS = {
    RecoveredAttribute.NAME: ("family_name", "given_name"),
    RecoveredAttribute.KANA: ("family_kana", "given_kana"),
}
_WORDS = {
    RecoveredAttribute.FAMILY_NAME: ("family_name", "family_kana"),
    RecoveredAttribute.GIVEN_NAME: ("given_name", "given_kana"),
}
_WORD_ORDER = (RecoveredAttribute.FAMILY_NAME, RecoveredAttribute.GIVEN_NAME)
_SINGLE = {
    "email": RecoveredAttribute.EMAIL,
    "phone": RecoveredAttribute.PHONE,
    "member_id": RecoveredAttribute.MEMBER_ID,
}
_SCRIPTS: dict[RecoveredAttribute, dict[str, Callable[[str], str]]] = {
    RecoveredAttribute.NAME: {
        "as written": str.strip,
        "upper case": _upper,
        "lower case": _lower,
    },
    RecoveredAttribute.KANA: {
        "katakana": lambda kana: _neat(kana).translate(_TO_KATAKANA),
        "hiragana": lambda kana: _neat(kana).translate(_TO_HIRAGANA),
        "half-width kana": lambda kana: _neat(kana).translate(_TO_KATAKANA).translate(_TO_HALF_WIDTH),
    },
}
_TURNS: dict[str, dict[str, Callable[[str], str]]] = {
    "email": {
        "as written": str.strip,
        "lower case": _lower,
        "upper case": _upper,
    },
    "phone": {
        "as written": str.strip,
        "digits": _digits,
        "hyphens": _hyphened,
        "+81": lambda phone: "+81" + _digits(phone)[1:],
        "81": lambda phone: "81" + _digits(phone)[1:],
    },
    "member_id": {"as written": str.strip},
}

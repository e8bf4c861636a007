"""Whether two records tell one given name, two, or too little: what twins, who share all the rest, differ in.

Kanji that are known on both sides and differ are two names, however alike they sound. Where one side wrote kana or
Latin letters, or a sign is lost, the readings decide, and they must be the same.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from kanmon.linkage.names.normalise import ILLEGIBLE, KANJI, has_kanji, joined, own_reading
from kanmon.linkage.names.romaji import kana_of
from kanmon.linkage.personal import NameAgreement, PersonName


class _Part(NamedTuple):
    """A family or a given name."""

    written: str | None
    reading: str | None


@lru_cache(maxsize=65_536)
def agreement_of(one: PersonName, other: PersonName) -> NameAgreement:
    """Whether the given names are the same, also where one record has family and given name the other way round."""
    if _is_mononym(one) and _is_mononym(other):
        return _agreement(_only(one), _only(other))
    straight = _agreement(_given(one), _given(other))
    if straight is not NameAgreement.SAME:
        turned = _agreement(_given(one), _family(other)), _agreement(_family(one), _given(other))
        if set(turned) == {NameAgreement.SAME}:
            return NameAgreement.SAME
    return straight


def _agreement(one: _Part, other: _Part) -> NameAgreement:
    if not any(one) or not any(other):
        return NameAgreement.UNKNOWN
    if one.written is not None and other.written is not None:
        whole, other_whole = joined(one.written), joined(other.written)
        if whole == other_whole and ILLEGIBLE not in whole:
            return NameAgreement.SAME
        if has_kanji(whole) and has_kanji(other_whole) and not (_fits(whole, other_whole) or _fits(other_whole, whole)):
            return NameAgreement.DIFFERENT
        if _have_same_words(one.written, other.written):
            return NameAgreement.SAME
        if _is_foreign(whole) and _is_foreign(other_whole) and _is_one_slip(whole, other_whole):
            return NameAgreement.NEAR
    return _read_alike(one, other)


def _read_alike(one: _Part, other: _Part) -> NameAgreement:
    reading, is_latin = _reading(one)
    other_reading, other_is_latin = _reading(other)
    if reading is None or other_reading is None:
        return NameAgreement.UNKNOWN
    if is_latin or other_is_latin:  # which do not tell a long vowel from a short one
        reading, other_reading = reading.replace("ー", ""), other_reading.replace("ー", "")
        if reading.isascii() != other_reading.isascii():
            return NameAgreement.DIFFERENT if is_latin and other_is_latin else NameAgreement.UNKNOWN
    return NameAgreement.SAME if reading == other_reading else NameAgreement.DIFFERENT


def _reading(part: _Part) -> tuple[str | None, bool]:
    """How a name is read, and whether only Latin letters say so."""
    if part.reading is not None:
        return part.reading, part.reading.isascii()
    return own_reading(part.written), part.written is not None and part.written.isascii()


_OPEN = re.compile(f"[^{KANJI}]+")


def _fits(pattern: str, whole: str) -> bool:
    """Whether a name can be another where kana may stand for kanji (美さき, 美咲) and one sign is lost for each 〓."""
    parts = re.findall(f"{ILLEGIBLE}|[{KANJI}]|[^{KANJI}{ILLEGIBLE}]+", pattern)
    written = "".join(
        "." if part == ILLEGIBLE else ".+" if _OPEN.fullmatch(part) else re.escape(part) for part in parts
    )
    return re.fullmatch(written, whole) is not None


def _have_same_words(one: str, other: str) -> bool:
    """Whether a foreign name lacks only middle names (JOHN, JOHN MICHAEL), or has its words in another order."""
    if has_kanji(one) or has_kanji(other):
        return False
    words, others = one.split(), other.split()
    shorter, longer = sorted((words, others), key=len)
    return len(longer) > 1 and (sorted(words) == sorted(others) or longer[: len(shorter)] == shorter)


_FEWEST_LETTERS = 3


def _is_foreign(whole: str) -> bool:
    """Whether a name in Latin letters is none that Japanese kana could be: Shota and Shoma are two names."""
    return whole.isascii() and len(whole) >= _FEWEST_LETTERS and kana_of(whole) is None


def _is_one_slip(one: str, other: str) -> bool:
    """Whether one letter is wrong, missing or too many, or two neighbours changed places."""
    shorter, longer = sorted((one, other), key=len)
    start = next(
        (at for at, letters in enumerate(zip(shorter, longer, strict=False)) if len(set(letters)) > 1), len(shorter)
    )
    rest, longer_rest = shorter[start:], longer[start:]
    if len(longer) == len(shorter):
        return rest[1:] == longer_rest[1:] or (rest[:2] == longer_rest[1::-1] and rest[2:] == longer_rest[2:])
    return len(longer) - len(shorter) == 1 and rest == longer_rest[1:]


def _is_mononym(name: PersonName) -> bool:
    """Whether a person is called by one name alone, which a form with two fields makes them write somewhere."""
    known = {written for written in (name.family, name.given) if written is not None}
    return len(known) == 1 and not has_kanji(next(iter(known)))


def _only(name: PersonName) -> _Part:
    return _Part(name.family or name.given, name.family_reading or name.given_reading)


def _given(name: PersonName) -> _Part:
    return _Part(name.given, name.given_reading)


def _family(name: PersonName) -> _Part:
    return _Part(name.family, name.family_reading)

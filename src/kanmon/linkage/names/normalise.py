"""What two records write differently and mean alike, made equal: names, kana, birth dates, e-mail, universities.

Every function takes what a file says and answers the form to compare, or None where it says nothing usable. Nothing
here guesses: what can't be read is not known, and not known never counts against a person.
"""

import re
import string
import unicodedata
from datetime import date
from typing import NamedTuple

from kanmon.linkage.names.romaji import kana_of
from kanmon.linkage.names.variants import STANDS_FOR, UNIVERSITIES

ILLEGIBLE = "〓"
"""What stands in a normal form for a sign that somebody's computer could not write (a geta, a box, a question mark)."""
KANJI = "㐀-鿿豈-﫿\U00020000-\U000323af〆"
"""Kanji, as a class of a regular expression."""

_FORMS = str.maketrans(dict(STANDS_FOR) | {"ヶ": "ケ", "ヵ": "カ", "đ": "d", "ł": "l", "ø": "o", "ß": "ss"})
_SELECTORS = re.compile("[︀-️\U000e0100-\U000e01ef]")
_ILLEGIBLE = re.compile("[〓□■◇◆○●◯?*\ufffd]")
_GAPS = re.compile(r"[\s・･·•‧∙,、.．]+")
_LATIN_GAPS = re.compile(r"(?<=[a-z]) *[-'’‐] *(?=[a-z])")
_ACCENTS = re.compile("(?<=[a-z])[\u0300-\u036f]+")
_HYPHENS = re.compile(r"[-‐‑‒–—―−─ｰ~〜]")
_KANA = re.compile(r"[^ァ-ヺーa-z]")
_HIRAGANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}
_REPEATS = re.compile("[々〻ゝヽゞヾ]")
_KE_OF_PLACES = re.compile(f"(?<=[{KANJI}])ガ(?=[{KANJI}])")
_NO_OF_PLACES = re.compile(f"(?<=[{KANJI}])ノ(?=[{KANJI}])")
_LOANS = {
    "ヴァ": "バ", "ヴィ": "ビ", "ヴェ": "ベ", "ヴォ": "ボ", "ヴュ": "ビュ", "ヴャ": "ビャ", "ヴョ": "ビョ", "ヴ": "ブ",
    "ヷ": "バ", "ヸ": "ビ", "ヹ": "ベ", "ヺ": "ボ", "ティ": "チ", "ディ": "ジ", "テュ": "チュ", "デュ": "ジュ",
    "トゥ": "ツ", "ドゥ": "ズ",
}  # fmt: skip
"""Foreign sounds and how they are written as well: the Cabinet's notice on writing loanwords (外来語の表記, 1991)."""
_LOAN = re.compile("|".join(_LOANS))
_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶヂヅヲヰヱ", "アイウエオツヤユヨワカケジズオイエ")
_ROWS = {
    "ア": "アカサタナハマヤラワガザダバパ",
    "イ": "イキシチニヒミリギジビピ",
    "ウ": "ウクスツヌフムユルグズブプ",
    "エ": "エケセテネヘメレゲゼデベペ",
    "オ": "オコソトノホモヨロゴゾドボポ",
}
_VOWEL = {kana: vowel for vowel, row in _ROWS.items() for kana in row}
_LENGTHENS = {("オ", "ウ"), ("エ", "イ")} | {(vowel, vowel) for vowel in _ROWS}
_LETTER = dict(zip([*_VOWEL, "ン"], string.ascii_letters + string.digits + "#$%&+=*@", strict=False))
_BRACKETS = re.compile(r"\s*[(\[{<【〔〈《「『]([^)\]}>】〕〉》」』]*)[)\]}>】〕〉》」』]?")
_LABEL = re.compile(
    r"[\s・,、/]*(?:旧姓|旧氏|現姓|新姓|改姓|旧名)[\s::・=]*|\s*/\s*|(?:\s+|^)(?:née|nee|formerly)\s+", re.IGNORECASE
)


def text(written: str | None) -> str | None:
    """One spelling of compatible characters (NFKC), no variation selectors, no outer gaps."""
    if written is None:
        return None
    found = (written if written.isascii() else _SELECTORS.sub("", unicodedata.normalize("NFKC", written))).strip()
    return found or None


class AnnotatedName(NamedTuple):
    """A name, and what stands beside it in brackets or after 旧姓: another name of the person, or how it is read."""

    name: str | None
    note: str | None


def noted(written: str | None) -> AnnotatedName:
    """A name apart from what is noted beside it: 日比野（旧姓：有田） is 日比野, noted 有田."""
    found = text(written)
    if found is None:
        return AnnotatedName(None, None)
    if brackets := _BRACKETS.search(found):
        base, note = found[: brackets.start()] + " " + found[brackets.end() :], brackets[1]
    elif label := _LABEL.search(found):
        base, note = found[: label.start()], found[label.end() :]
    else:
        return AnnotatedName(found, None)
    note = _LABEL.sub("", note)
    return (
        AnnotatedName(base.strip(), note.strip() or None) if base.strip() else AnnotatedName(note.strip() or None, None)
    )


def words(written: str | None) -> str | None:
    """A name in its normal form, a space between its words; `ILLEGIBLE` for each sign that is lost.

    Kanji in the form that stands for their family, katakana for hiragana, repeated signs (々 ゝ ヾ) written out, Latin
    letters lower and without accents. None where no letter is left: － and 〓〓 name nobody.
    """
    return _named(noted(written).name)


def _named(found: str | None) -> str | None:
    whole = _spelt(found)
    return whole if whole is not None and any(map(str.isalpha, whole)) else None


def _spelt(found: str | None) -> str | None:
    if found is None:
        return None
    whole = _GAPS.sub(" ", found.lower())
    if not whole.isascii():
        whole = _repeated(_unaccented(whole).translate(_HIRAGANA).translate(_FORMS))
        whole = _NO_OF_PLACES.sub("之", _KE_OF_PLACES.sub("ケ", unicodedata.normalize("NFKC", whole)))
        whole = _LOAN.sub(lambda loan: _LOANS[loan[0]], whole)
    return _ILLEGIBLE.sub(ILLEGIBLE, _LATIN_GAPS.sub(" ", whole)).strip() or None


def _unaccented(lower: str) -> str:
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", lower)))


def _repeated(written: str) -> str:
    """Signs that say "once more" written out: 佐々木 as 佐佐木, すゞ as スズ."""
    if _REPEATS.search(written) is None:
        return written
    out: list[str] = []
    for sign in written:
        if out and sign in "々〻":
            out.append(out[-1])
        elif out and sign in "ゝヽゞヾ":
            plain = unicodedata.normalize("NFD", out[-1])[0]
            voiced = unicodedata.normalize("NFC", plain + "\u3099") if sign in "ゞヾ" else plain
            out.append(voiced if len(voiced) == 1 else plain)
        else:
            out.append(sign)
    return "".join(out)


def name(written: str | None) -> str | None:
    """`words`, with nothing in between."""
    found = words(written)
    return None if found is None else joined(found)


def joined(normal: str) -> str:
    """The words of a name as one."""
    return normal if normal.isascii() and " " not in normal else unicodedata.normalize("NFKC", normal.replace(" ", ""))


def names(family: str | None, given: str | None) -> tuple[str | None, str | None]:
    """`words` of family and given name, also where the whole name stands in one field, or the given name in both.

    A whole name is parted at its first gap, "family given" as Japanese has it; behind a comma stands the given name.
    """
    one, other = noted(family).name, noted(given).name
    if one is None or other is None:
        parts = [part for part in _GAPS.split(one or other or "") if part]
        if len(parts) == 2:
            one, other = parts
    return parted(_named(one), _named(other))


def parted(family: str | None, given: str | None) -> tuple[str | None, str | None]:
    """Both in their normal form: the family name without a given name that stands behind it, too."""
    if family and given and family != given:
        family = family.removesuffix(given).rstrip() or family
    return family, given


def other_family(written: str | None) -> str | None:
    """The other family name that is noted beside one: before a marriage, or since."""
    beside = noted(written)
    other = name(beside.note)
    is_its_reading = other is not None and _KANA.search(other) is None and has_kanji(name(beside.name))
    return None if is_its_reading else other


def noted_reading(written: str | None) -> str | None:
    """The reading that is noted beside a name in kanji: 陽菜乃（ひなの）."""
    beside = noted(written)
    found = name(beside.note)
    is_reading = found is not None and _KANA.search(found) is None and has_kanji(name(beside.name))
    return found if is_reading else None


_HAS_KANJI = re.compile(f"[{KANJI}]")


def has_kanji(normal: str | None) -> bool:
    """Whether a name in its normal form has a kanji."""
    return normal is not None and _HAS_KANJI.search(normal) is not None


def kana(written: str | None) -> str | None:
    """A reading in full-width katakana without gaps; a sign that is no kana is left out."""
    found = text(written)
    if found is None:
        return None
    joined = _GAPS.sub("", _HYPHENS.sub("ー", _unaccented(found.lower())).translate(_HIRAGANA))
    return _KANA.sub("", unicodedata.normalize("NFKC", _repeated(joined))) or None


def reading(written: str | None) -> str | None:
    """A reading so that only another name is another: `kana` with ー for a long vowel (サトウ and サトオ are サトー).

    Small kana count as large, ヂ as ジ, ヅ as ズ, ヴ as ブ; Latin letters are read as Japanese where they can be.
    """
    found = kana(written)
    if found is None:
        return None
    if found.isascii():
        found = kana_of(found) or found
    folded = _LOAN.sub(lambda loan: _LOANS[loan[0]], found).translate(_SMALL)
    signs: list[str] = []
    before = ""
    for sign in folded:
        if (_VOWEL.get(before), sign) in _LENGTHENS:
            signs.append("ー")
        else:
            signs.append(sign)
            before = sign if sign != "ー" else before
    return re.sub("ー+", "ー", "".join(signs))


def sound(written: str | None) -> str | None:
    """How a reading sounds, one ASCII letter for each kana, so that a distance of letters is one of kana.

    As `reading`, but a long vowel is left out: Sato, Satoh, サトー and サトウ sound alike.
    """
    found = reading(written)
    return None if found is None else "".join(_LETTER.get(sign, sign) for sign in found if sign != "ー") or None


def own_reading(normal: str | None) -> str | None:
    """The reading of a name (as `words` has it) in kana or Latin letters alone; None where kanji hide it."""
    if normal is None or _KANA.search(normal.replace(" ", "")) is not None:
        return None
    if normal.isascii():
        read = [kana_of(word) for word in normal.split()]
        return reading("".join(word for word in read if word) if all(read) else normal)
    return reading(normal)


_ERAS = {
    "明": (1868, date(1868, 10, 23), date(1912, 7, 29)),
    "大": (1912, date(1912, 7, 30), date(1926, 12, 24)),
    "昭": (1926, date(1926, 12, 25), date(1989, 1, 7)),
    "平": (1989, date(1989, 1, 8), date(2019, 4, 30)),
    "令": (2019, date(2019, 5, 1), date.max),
}
"""First year, first and last day of each era."""
_ERA_OF_LETTER = dict(zip("mtshr", _ERAS, strict=True))
_DIGIT = {sign: str(value) for value, sign in enumerate("〇一二三四五六七八九")} | {"元": "1"}
_WESTERN = re.compile(r"(\d{4})(?:[-/.年 ]\s*(\d{1,2})[-/.月 ]\s*(\d{1,2})日?|(\d{2})(\d{2}))")
_JAPANESE = re.compile(
    r"(明治?|大正?|昭和?|平成?|令和?|[mtshr])\.?\s*(\d{1,2})[-/.年 ]\s*(\d{1,2})[-/.月 ]\s*(\d{1,2})日?"
)


def birth_date(written: str | date | None) -> date | None:
    """A date of birth, also in the Japanese era (平成10年4月2日, H10.4.2, 昭和六十三年); None where no day is meant."""
    if written is None or isinstance(written, date):
        return written
    found = _arabic(text(written) or "").lower()
    if western := _WESTERN.fullmatch(found):
        year, *parts = (part for part in western.groups() if part is not None)
        return _day(int(year), *map(int, parts))
    if japanese := _JAPANESE.fullmatch(found):
        era, *written_parts = japanese.groups()
        first_year, begins, ends = _ERAS[_ERA_OF_LETTER.get(era, era[0])]
        year_of_era, month, day = map(int, written_parts)
        day_meant = _day(first_year + year_of_era - 1, month, day)
        return day_meant if day_meant is not None and begins <= day_meant <= ends else None
    return None


def _arabic(written: str) -> str:
    """Kanji numbers below one hundred as digits: 二十三 is 23, 十 is 10, 元年 is 1年."""
    tens = re.sub(r"(?<![〇一二三四五六七八九])十", "一十", written)
    tens = re.sub(r"十(?![〇一二三四五六七八九])", "〇", tens).replace("十", "")
    return "".join(_DIGIT.get(sign, sign) for sign in tens)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_GOOGLE = {"gmail.com", "googlemail.com"}


def email(written: str | None) -> str | None:
    """One address in lower case without a tag (`name+tag@`); dots in front of Google's domains say nothing."""
    found = text(written)
    if found is None:
        return None
    address = "".join(found.split()).lower().removeprefix("mailto:").strip("<>\"'")
    local, _, domain = address.partition("@")
    local, domain = local.split("+")[0], domain.rstrip(".")
    if not local or "." not in domain or "@" in domain:
        return None
    if domain in _GOOGLE:
        return text(f"{local.replace('.', '')}@gmail.com")
    return text(f"{local}@{domain}")  # what stood apart by a gap may be one sign without it


_FOUNDERS = re.compile(r"^(国立大学法人|公立大学法人|学校法人|国立|公立|私立)")
_SCHOOL = re.compile(r"^(.+?(?:短期大学|大学校|大学))(?=院|$|[^校])")


def university(written: str | None) -> str | None:
    """A university by its full name: no founder before it, no faculty or graduate school behind it."""
    spelt = _spelt(text(written))
    found = None if spelt is None else spelt.replace(" ", "")
    if found is None:
        return None
    school = _FOUNDERS.sub("", re.sub(r"[((].*?[))]", "", found))
    if match := _SCHOOL.match(school):
        school = match.group(1)
    known = UNIVERSITIES.get(school)
    if known is not None:
        return known
    if school.endswith("短大"):
        return school.removesuffix("短大") + "短期大学"
    return school + "学" if school.endswith("大") else school or None

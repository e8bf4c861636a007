"""What two records write differently and mean alike, made equal: names, kana, birth dates, e-mail, universities.

Every function takes what a file says and answers the form to compare, or None where it says nothing usable. Nothing
here guesses: what can't be read is not known, and not known never counts against a person.
"""

import re
import string
import unicodedata
from datetime import date

from kanmon.linkage.variants import STANDS_FOR, UNIVERSITIES

_FORMS = str.maketrans(dict(STANDS_FOR) | {"ヶ": "ケ", "ヵ": "カ"})
_SELECTORS = re.compile("[︀-️\U000e0100-\U000e01ef]")
_GAPS = re.compile(r"[\s・･·•‧∙,、.．]+")
_HYPHENS = re.compile(r"[-‐‑‒–—―−─ｰ~〜]")
_KANA = re.compile(r"[^ァ-ヺーa-z]")
_HIRAGANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}
_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶヂヅヲヰヱ", "アイウエオツヤユヨワカケジズオイエ")
_ROWS = {
    "ア": "アカサタナハマヤラワガザダバパ",
    "イ": "イキシチニヒミリギジビピ",
    "ウ": "ウクスツヌフムユルグズブプヴ",
    "エ": "エケセテネヘメレゲゼデベペ",
    "オ": "オコソトノホモヨロゴゾドボポ",
}
_VOWEL = {kana: vowel for vowel, row in _ROWS.items() for kana in row}
_LENGTHENS = {("オ", "ウ"), ("エ", "イ")} | {(vowel, vowel) for vowel in _ROWS}
_LETTER = dict(zip([*_VOWEL, "ン"], string.ascii_letters + string.digits + "#$%&+=*@", strict=False))


def text(written: str | None) -> str | None:
    """One spelling of compatible characters (NFKC), no variation selectors, no outer gaps."""
    if written is None:
        return None
    found = (written if written.isascii() else _SELECTORS.sub("", unicodedata.normalize("NFKC", written))).strip()
    return found or None


def name(written: str | None) -> str | None:
    """A name in kanji, kana or Latin letters: new forms, katakana for hiragana, lower case, nothing in between."""
    found = text(written)
    if found is None:
        return None
    whole = re.sub("(.)(々+)", _repeated, _GAPS.sub("", found).lower())
    return unicodedata.normalize("NFKC", whole.translate(_FORMS).translate(_HIRAGANA)) or None


def _repeated(found: re.Match[str]) -> str:
    return found[1] * len(found[0])


def names(family: str | None, given: str | None) -> tuple[str | None, str | None]:
    """Family and given name, also where the whole name stands in one field, or the given name in both.

    A whole name is parted at its first gap, "family given" as Japanese has it; behind a comma stands the given name.
    """
    one, other = text(family), text(given)
    if one is None or other is None:
        parts = [part for part in _GAPS.split(one or other or "") if part]
        if len(parts) == 2:
            one, other = parts
    return parted(name(one), name(other))


def parted(family: str | None, given: str | None) -> tuple[str | None, str | None]:
    """Both in their normal form: the family name without a given name that stands behind it, too."""
    if family and given and family != given:
        family = family.removesuffix(given)
    return family, given


def kana(written: str | None) -> str | None:
    """A reading in full-width katakana without gaps; a sign that is no kana is left out."""
    found = text(written)
    if found is None:
        return None
    joined = _GAPS.sub("", _HYPHENS.sub("ー", found.lower()).translate(_HIRAGANA))
    return _KANA.sub("", unicodedata.normalize("NFKC", joined)) or None


def sound(written: str | None) -> str | None:
    """How a reading sounds, one ASCII letter for each kana, so that a distance of letters is one of kana.

    Small kana count as large, ヂ as ジ, ヅ as ズ, ヲ as オ; a long vowel is left out, however written (サトー, サトウ).
    """
    found = kana(written)
    if found is None:
        return None
    letters: list[str] = []
    before = ""
    for sign in found.translate(_SMALL):
        if sign == "ー" or (_VOWEL.get(before), sign) in _LENGTHENS:
            continue
        letters.append(_LETTER.get(sign, sign))
        before = sign
    return "".join(letters) or None


def own_sound(written: str | None) -> str | None:
    """The sound of a name that is written in kana or Latin letters alone; None where kanji hide it."""
    found = name(written)
    return sound(found) if found is not None and _KANA.search(found) is None else None


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
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


_FOUNDERS = re.compile(r"^(国立大学法人|公立大学法人|学校法人|国立|公立|私立)")
_SCHOOL = re.compile(r"^(.+?(?:短期大学|大学校|大学))(?=院|$|[^校])")


def university(written: str | None) -> str | None:
    """A university by its full name: no founder before it, no faculty or graduate school behind it."""
    found = name(written)
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

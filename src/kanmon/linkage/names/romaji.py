"""Japanese names in Latin letters (ローマ字) as kana: Hepburn, Kunrei and passport spellings.

A word is read whole or not at all: where any part of it is no Japanese syllable, it is a foreign name.
"""

import re
from collections.abc import Mapping

_ROWS = {
    "": "アイウエオ", "k": "カキクケコ", "s": "サシスセソ", "t": "タチツテト", "n": "ナニヌネノ", "h": "ハヒフヘホ",
    "m": "マミムメモ", "r": "ラリルレロ", "g": "ガギグゲゴ", "z": "ザジズゼゾ", "d": "ダヂヅデド", "b": "バビブベボ",
    "p": "パピプペポ",
}  # fmt: skip
_GLIDES = {"sh": "シ", "ch": "チ", "j": "ジ"} | {
    f"{head}y": row[1] for head, row in _ROWS.items() if head and head != "d"
}
_SYLLABLES: Mapping[str, str] = (
    {head + vowel: kana for head, row in _ROWS.items() for vowel, kana in zip("aiueo", row, strict=True)}
    | {
        head + vowel: kana + small
        for head, kana in _GLIDES.items()
        for vowel, small in zip("auo", "ャュョ", strict=True)
    }
    | {"ya": "ヤ", "yu": "ユ", "yo": "ヨ", "wa": "ワ", "wo": "オ", "fu": "フ", "tsu": "ツ", "shi": "シ", "chi": "チ"}
    | {"ji": "ジ", "je": "ジェ", "she": "シェ", "che": "チェ", "fa": "ファ", "fi": "フィ", "fe": "フェ", "fo": "フォ"}
)
_LONG_O = re.compile(r"oh(?=[^aiueoy]|$)")
_NASAL = re.compile(r"m(?=[bmp])|n(?=[^aiueoy]|$)|n'")
_DOUBLED = re.compile(r"([kstpgzdbjc])(?=\1)|t(?=ch)")
_SYLLABLE = re.compile("|".join([*sorted(_SYLLABLES, key=len, reverse=True), "ン", "ッ"]))


def kana_of(letters: str) -> str | None:
    """Katakana for a word in lower-case ASCII letters; None where it can't be read as Japanese."""
    marked = _DOUBLED.sub("ッ", _NASAL.sub("ン", _LONG_O.sub("ou", letters)))
    syllables = _SYLLABLE.findall(marked)
    if "".join(syllables) != marked:
        return None
    return "".join(_SYLLABLES.get(syllable, syllable) for syllable in syllables)

"""Forms of kanji that stand for one another in Japanese names and schools, as data.

Most of them are public tables' (`kanji-variants.txt` says whose). Two families that only look alike may meet too: what
is compared here is whether two records may speak of one person.
"""

from collections.abc import Iterator, Mapping
from importlib.resources import files

_OF_NAMES = ("斎斉", "崎碕", "薮藪", "籠篭", "藤籐", "鶯鴬", "鰺鯵", "畑畠", "朗朖", "冴冱", "剥剝")
"""What clerks, keyboards and the family register write for one another in names beside the tables: 齋藤, 斎藤, 斉藤."""


def _families() -> Iterator[str]:
    table = files(__package__).joinpath("kanji-variants.txt").read_text(encoding="utf-8")
    yield from (line for line in table.splitlines() if not line.startswith("#"))


def _stands_for() -> dict[str, str]:
    found = {form: family[0] for family in _families() for form in family[1:]}
    for family in _OF_NAMES:
        head = found.get(family[0], family[0])
        joined = {found.get(other, other) for other in family[1:]} - {head}
        found |= {form: head for form, other in found.items() if other in joined} | dict.fromkeys(joined, head)
    return found


STANDS_FOR: Mapping[str, str] = _stands_for()
"""From each other form to the one that stands for it."""

UNIVERSITIES: Mapping[str, str] = {
    "東大": "東京大学",
    "京大": "京都大学",
    "阪大": "大阪大学",
    "東北大": "東北大学",
    "名大": "名古屋大学",
    "北大": "北海道大学",
    "九大": "九州大学",
    "東工大": "東京工業大学",
    "一橋": "一橋大学",
    "早大": "早稲田大学",
    "早稲田": "早稲田大学",
    "慶大": "慶応義塾大学",
    "慶応": "慶応義塾大学",
    "慶応大学": "慶応義塾大学",
    "慶応義塾": "慶応義塾大学",
    "上智": "上智大学",
    "明大": "明治大学",
    "中大": "中央大学",
    "青学": "青山学院大学",
    "青学大": "青山学院大学",
    "同大": "同志社大学",
    "関学": "関西学院大学",
    "関大": "関西大学",
    "日大": "日本大学",
}
"""Short names that everybody uses, in new kanji, and what they stand for."""

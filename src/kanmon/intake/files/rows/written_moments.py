"""Dates and times as spreadsheets and offices in Japan write them, as SQL that makes ISO 8601 of them.

`2025/4/1 9:05`, `20030401`, `令和7年4月1日`, `R7.4.1`, `午後3:05`, wide digits, `24:00` are read where they have one
meaning, and no more exactly than they are written. What may mean two days is left as it is, for the check of the row to
refuse: `4/1/2025`, a year of two digits, `午後12:30`, a day of the week that is not that day's, an hour alone.
"""

from kanmon.lake.files.sql import literal

_ERAS = (
    ("明治", "M", 1868, "1868-01-25", "1912-12-31"),
    ("大正", "T", 1912, "1912-07-30", "1926-12-31"),
    ("昭和", "S", 1926, "1926-12-25", "1989-12-31"),
    ("平成", "H", 1989, "1989-01-08", "2019-12-31"),
    ("令和", "R", 2019, "2019-05-01", "9999-12-31"),
)
"""Name, letter, first year, first day; and the last day of the year in which the era ended, since papers that were
printed before go on in its years."""
_WIDE = "０１２３４５６７８９／：－．（），\u3000ＭＴＳＨＲ"
_NARROW = "0123456789/:-.(), MTSHR"
_LIGATURES = {"\u337e": "明治", "\u337d": "大正", "\u337c": "昭和", "\u337b": "平成", "\u32ff": "令和"}
_DAYS_OF_WEEK = "日月火水木金土"
_FIELDS = ("era", "era_year", "year", "month", "day", "day_end", "weekday", "gap", "half", "hour", "minute", "second",
           "fraction", "half_after", "zone")  # fmt: skip
_PATTERN = (
    f"^(?:({'|'.join(name for name, *_ in _ERAS)}|[MTSHRmtshr]) ?(元|[0-9]{{1,2}})|([0-9]{{4}}))"
    r" ?(?:年|[-/.]) ?([0-9]{1,2}) ?(?:月|[-/.]) ?([0-9]{1,2})(日?)"
    rf"(?: ?\(([{_DAYS_OF_WEEK}])(?:曜日?)?\))?"
    r"(?:([T ]*)(午前|午後|)([0-9]{1,2})(?::|時)([0-9]{1,2})分?(?::?([0-9]{2})(\.[0-9]{1,9})?秒?)?"
    r"(?: ?(AM|PM|am|pm))?(?: ?(Z|JST|[+-][0-9]{2}(?::?[0-9]{2})?))?)?$"
)
_COMPACT = "^([0-9]{4})([0-9]{2})([0-9]{2})(?:[T ]?([0-9]{2})([0-9]{2})([0-9]{2})?)?$"
_SPREAD = (r"\1-\2-\3", r"\1-\2-\3 \4:\5", r"\1-\2-\3 \4:\5:\6")
"""A compact date, one to the minute, and one to the second."""


def iso_moment(text: str) -> str:
    """SQL for `text` as ISO 8601, exact to what is written; `text` itself where it has no one meaning."""
    moment = f"{_DAY} || {_TIME}"
    is_read = f"m.hour = '' OR TRY_CAST({_DAY} || ' ' || {_CLOCK} AS TIMESTAMP) IS NOT NULL"
    return _read(text, moment, is_read)


def iso_date(text: str) -> str:
    """SQL for `text` as a date of ISO 8601; `text` itself where it has no one meaning, or names a time of day."""
    is_midnight = "regexp_full_match(m.hour || m.minute || m.second || m.fraction, '[0.]*')"
    return _read(text, _DAY, f"{is_midnight} AND m.zone || m.half || m.half_after = ''")


def whole_number(text: str) -> str:
    """SQL for `text` with narrow digits and without commas between thousands."""
    narrow = f"translate({text}, {literal(_WIDE)}, {literal(_NARROW)})"
    is_grouped = f"regexp_full_match({narrow}, '[0-9]{{1,3}}(,[0-9]{{3}})+')"
    return f"CASE WHEN {is_grouped} THEN replace({narrow}, ',', '') ELSE {narrow} END"


def _read(text: str, iso: str, is_read: str) -> str:
    """`text` is taken apart once, as `m`; `iso` and `is_read` speak of its parts."""
    parts = f"regexp_extract({_folded(text)}, {literal(_PATTERN)}, {list(_FIELDS)})"
    is_one_day = f"m.month <> '' AND TRY_CAST({_DAY} AS DATE) IS NOT NULL AND {_IN_ERA} AND {_IS_WEEKDAY}"
    holds = f"coalesce({is_one_day} AND {_IS_PARTED} AND {_IS_HALF} AND ({is_read}), false)"
    return f"list_transform([{parts}], lambda m: CASE WHEN {holds} THEN {iso} ELSE {text} END)[1]"


def _folded(text: str) -> str:
    """With narrow digits and signs, eras in two characters, and compact dates spread out."""
    folded = f"translate({text}, {literal(_WIDE)}, {literal(_NARROW)})"
    for ligature, name in _LIGATURES.items():
        folded = f"replace({folded}, {literal(ligature)}, {literal(name)})"
    folded = f"regexp_replace({folded}, '[ \\t]+', ' ', 'g')"
    day, minute, second = (f"regexp_replace({folded}, {literal(_COMPACT)}, {literal(by)})" for by in _SPREAD)
    return f"CASE length({folded}) WHEN 8 THEN {day} WHEN 12 THEN {minute} WHEN 14 THEN {second} ELSE {folded} END"


def _by_era(place: int) -> str:
    cases = " ".join(f"WHEN upper(m.era) IN ('{era[0]}', '{era[1]}') THEN {literal(str(era[place]))}" for era in _ERAS)
    return f"CASE {cases} END"


_ERA_YEAR = "CASE m.era_year WHEN '元' THEN 1 ELSE TRY_CAST(m.era_year AS INTEGER) END"
_YEAR_BY_ERA = f"CAST({_by_era(2)} AS INTEGER) + {_ERA_YEAR} - 1"
_YEAR = f"CASE WHEN m.era = '' THEN TRY_CAST(m.year AS INTEGER) ELSE {_YEAR_BY_ERA} END"
_DAY = f"printf('%04d-%02d-%02d', {_YEAR}, TRY_CAST(m.month AS INTEGER), TRY_CAST(m.day AS INTEGER))"
_IN_ERA = f"(m.era = '' OR ({_ERA_YEAR} > 0 AND {_DAY} BETWEEN {_by_era(3)} AND {_by_era(4)}))"
_IS_WEEKDAY = (
    f"(m.weekday = '' OR m.weekday = substr('{_DAYS_OF_WEEK}', 1 + dayofweek(TRY_CAST({_DAY} AS DATE))::INTEGER, 1))"
)
_IS_PARTED = "(m.hour = '' OR m.gap <> '' OR m.day_end <> '' OR m.weekday <> '')"
"""Whether a reader sees where the day ends and the hour begins."""
_HOUR = "TRY_CAST(m.hour AS INTEGER)"
_IS_HALF = (
    f"(m.hour = '' OR CASE WHEN m.half <> '' THEN {_HOUR} < 12 AND m.half_after = ''"
    f" WHEN m.half_after <> '' THEN {_HOUR} BETWEEN 1 AND 12 ELSE true END)"
)
"""Half past twelve 午後 is noon's to some and midnight's to others; PM has one use."""
_HOUR_OF_24 = (
    f"CASE WHEN m.half = '午後' THEN {_HOUR} + 12 WHEN m.half_after = '' THEN {_HOUR}"
    f" WHEN lower(m.half_after) = 'pm' THEN {_HOUR} % 12 + 12 ELSE {_HOUR} % 12 END"
)
_CLOCK = (
    f"printf('%02d:%02d', {_HOUR_OF_24}, TRY_CAST(m.minute AS INTEGER))"
    " || CASE WHEN m.second = '' THEN '' ELSE ':' || m.second || m.fraction END"
)
_ZONE = "CASE m.zone WHEN 'JST' THEN '+09:00' ELSE m.zone END"
_TIME = f"CASE WHEN m.hour = '' THEN '' ELSE ' ' || {_CLOCK} || {_ZONE} END"

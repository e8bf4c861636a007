"""How a person is told a second time: another spelling, a changed address or name, a slip, a field left empty."""

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import pyarrow as pa

from kanmon.linkage.names.variants import STANDS_FOR


def _can_be_typed(sign: str) -> bool:
    """Whether it is in the character set of a Japanese Windows, as most forms that clerks write are."""
    return sign.encode("cp932", "ignore") != b""


_OTHER_FORM = {new: old for old, new in STANDS_FOR.items() if _can_be_typed(old)}
_HALF_WIDTH = dict(
    zip(
        "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワンャュョッ",
        "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝｬｭｮｯ",
        strict=True,
    )
)
_KANA = list(_HALF_WIDTH)[:45]
_KANJI = list("一人大小中山川田木本高安美子太郎優香奈真")

Row = dict[str, str | date | None]
Draw = np.random.Generator


def retell(people: Mapping[str, np.ndarray], corrupted: float, rng: Draw) -> dict[str, pa.Array]:
    """The people's columns as a client has them; beside what always happens, a share `corrupted` of fields is wrong."""
    names = list(people)
    rows: list[Row] = [dict(zip(names, values, strict=True)) for values in zip(*people.values(), strict=True)]
    for row in rows:
        for share, happens in _LIFE:
            if rng.random() < share:
                happens(row, rng)
        for name in names:
            if rng.random() < corrupted:
                _slip(row, name, rng)
    kinds = {"birth_date": pa.date32()}
    return {name: pa.array([row[name] for row in rows], kinds.get(name, pa.string())) for name in names}


def _maiden(row: Row, rng: Draw) -> None:
    row["family_name"], row["family_kana"] = [("桐生", "キリュウ"), ("御手洗", "ミタライ"), ("鈴木", "スズキ")][
        rng.integers(3)
    ]


def _another_address(row: Row, rng: Draw) -> None:
    local = str(row["email"]).partition("@")[0]
    row["email"] = f"{local}@new.example" if rng.random() < 0.3 else f"job{rng.integers(10**9)}@gmail.com"


def _without(*columns: str) -> Callable[[Row, Draw], None]:
    def forget(row: Row, _: Draw) -> None:
        for column in columns:
            row[column] = None

    return forget


def _old_form(row: Row, _: Draw) -> None:
    for column in ("family_name", "given_name"):
        row[column] = "".join(_OTHER_FORM.get(sign, sign) for sign in str(row[column]))


def _half_width(row: Row, _: Draw) -> None:
    for column in ("family_kana", "given_kana"):
        if row[column] is not None:
            row[column] = "".join(_HALF_WIDTH.get(sign, sign) for sign in str(row[column]))


def _turned_round(row: Row, _: Draw) -> None:
    for one, other in (("family_name", "given_name"), ("family_kana", "given_kana")):
        row[one], row[other] = row[other], row[one]


def _in_full(row: Row, rng: Draw) -> None:
    row["university"] = [f"学校法人 {row['university']}", f"{row['university']} 経済学部"][rng.integers(2)]


def _shouted(row: Row, _: Draw) -> None:
    row["email"] = None if row["email"] is None else str(row["email"]).upper()


def _another_school(row: Row, _: Draw) -> None:
    row["university"] = "青葉大学大学院 工学研究科"


_LIFE: tuple[tuple[float, Callable[[Row, Draw], None]], ...] = (
    (0.005, _maiden),
    (0.25, _another_address),
    (0.03, _without("email")),
    (0.05, _without("family_kana", "given_kana")),
    (0.01, _without("birth_date")),
    (0.02, _without("university")),
    (0.02, _another_school),
    (0.2, _in_full),
    (0.05, _old_form),
    (0.1, _half_width),
    (0.003, _turned_round),
    (0.1, _shouted),
)
"""What happens between two tellings, and to what share of people."""


def _slip(row: Row, column: str, rng: Draw) -> None:
    """Leave a field empty, or write one sign of it wrong."""
    value = row[column]
    if value is None or rng.random() < 0.3:
        row[column] = None
    elif isinstance(value, date):
        row[column] = _wrong_day(value, rng)
    else:
        place = int(rng.integers(len(value)))
        signs = _KANA if column.endswith("kana") else _KANJI if column != "email" else list("abcdefgh123")
        wrong = str(rng.choice(signs))
        row[column] = value[:place] + (wrong if rng.random() < 0.7 else "") + value[place + 1 :]


def _wrong_day(day: date, rng: Draw) -> date:
    if day.day <= 12 and rng.random() < 0.3:
        return date(day.year, day.day, day.month)
    return date(day.year - int(rng.integers(0, 2)), int(rng.integers(1, 13)), min(day.day, 28))

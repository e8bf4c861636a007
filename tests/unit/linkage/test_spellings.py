"""The ways in which a member's data are written, each as a person would write it."""

import pyarrow as pa
import pytest

from kanmon.linkage.preflight.model import RecoveredAttribute
from kanmon.linkage.preflight.spellings import COLUMNS, folded, folded_spellings, spellings


def members(*people: dict[str, str]) -> pa.Table:
    return pa.Table.from_pylist(list(people), pa.schema([(name, pa.string()) for name in COLUMNS]))


YAMADA = {
    "member_id": "M1", "family_name": "山田", "given_name": "太郎", "family_kana": "ヤマダ", "given_kana": "タロウ",
    "birth_date": "2004-04-01", "email": "Taro.Yamada@example.jp", "phone": "090-1234-5678",
}  # fmt: skip


def written(known: RecoveredAttribute, *people: dict[str, str]) -> set[str]:
    base = members(*people)
    return {value for one in spellings(base) if one.known is known for value in one.values.to_pylist()}


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (
            RecoveredAttribute.NAME,
            {"山田太郎", "山田 太郎", "山田\u3000太郎", "太郎 山田", "山田,太郎", "山田_太郎", "太郎・山田"},
        ),
        (
            RecoveredAttribute.KANA,
            {"ヤマダタロウ", "ヤマダ タロウ", "やまだ\u3000たろう", "ﾔﾏﾀﾞ ﾀﾛｳ", "ﾔﾏﾀﾞﾀﾛｳ", "タロウ・ヤマダ"},
        ),
        (RecoveredAttribute.EMAIL, {"Taro.Yamada@example.jp", "taro.yamada@example.jp", "TARO.YAMADA@EXAMPLE.JP"}),
        (RecoveredAttribute.PHONE, {"090-1234-5678", "09012345678", "+819012345678", "819012345678"}),
        (RecoveredAttribute.NAME_AND_BIRTH_DATE, {"山田太郎20040401", "山田太郎2004-04-01", "ヤマダタロウ20040401"}),
        (RecoveredAttribute.MEMBER_ID, {"M1"}),
        (RecoveredAttribute.FAMILY_NAME, {"山田", "ヤマダ", "やまだ", "ﾔﾏﾀﾞ"}),
    ],
)
def test_common_ways_to_write_it(known: RecoveredAttribute, expected: set[str]) -> None:
    assert expected <= written(known, YAMADA)


def test_a_name_in_latin_letters_is_tried_in_either_case() -> None:
    assert {"ANNA SMITH", "anna smith", "Anna Smith"} <= written(
        RecoveredAttribute.NAME, {"family_name": "Smith", "given_name": "Anna"}
    )


def test_nothing_is_tried_twice_and_nothing_known_is_tried_as_nothing() -> None:
    base = members(YAMADA, YAMADA | {"member_id": "M2"}, {"member_id": "M3", "family_name": "森"}, {"member_id": "M4"})
    for one in [*spellings(base), *folded_spellings(base)]:
        values = one.values.to_pylist()
        assert len(values) == len(set(values))
        assert not {None, ""} & set(values)
    assert not any(
        "None" in value for value in written(RecoveredAttribute.NAME, YAMADA, {"member_id": "M3", "family_name": "森"})
    )


@pytest.mark.parametrize(
    ("cell", "same"),
    [
        ("ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダタロウ"), ("やまだ・たろう", "ヤマダ\u3000タロウ"), ("Ｔaro@Example.JP", "taro@example.jp"),
        ("+81-90-1234-5678", "09012345678"), ("9012345678", "090-1234-5678"), ("山田，太郎", "山田太郎"),
    ],
)  # fmt: skip
def test_ways_to_write_the_same_fall_together(cell: str, same: str) -> None:
    assert folded(cell) == folded(same)


@pytest.mark.parametrize(("cell", "other"), [("山田太郎", "山田次郎"), ("81", "0"), ("4012345678", "04012345678")])
def test_what_differs_stays_apart(cell: str, other: str) -> None:
    assert folded(cell) != folded(other)


def test_what_stands_in_the_clear_is_looked_for_as_it_is_folded() -> None:
    base = members(YAMADA)
    tried = {(one.known, value) for one in folded_spellings(base) for value in one.values.to_pylist()}
    assert {
        (RecoveredAttribute.NAME, "山田太郎"), (RecoveredAttribute.NAME, "太郎山田"),
        (RecoveredAttribute.KANA, "ヤマダタロウ"), (RecoveredAttribute.PHONE, "09012345678"),
        (RecoveredAttribute.EMAIL, folded("taro.yamada@example.jp")), (RecoveredAttribute.FAMILY_NAME, "ヤマダ"),
    } <= tried  # fmt: skip

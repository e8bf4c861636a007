"""Whether two records tell one given name: twins share everything else, so nothing less than the same will do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanmon.linkage.names import normalise
from kanmon.linkage.names.given_names import agreement_of
from kanmon.linkage.personal import PERSONAL, NameAgreement, PersonName
from kanmon.linkage.records import person_name
from kanmon_stories.namesakes import given_names

SAME, NEAR, DIFFERENT, UNKNOWN = (
    NameAgreement.SAME, NameAgreement.NEAR, NameAgreement.DIFFERENT, NameAgreement.UNKNOWN,
)  # fmt: skip


def name(
    given_name: str | None, kana: str | None = None, family: str | None = "鴻巣", family_kana: str | None = None
) -> PersonName:
    values = {"family_name": family, "given_name": given_name, "family_kana": family_kana, "given_kana": kana}
    return person_name(dict.fromkeys(PERSONAL, None) | values)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (name("翔太", "ショウタ"), name("翔馬", "ショウマ"), DIFFERENT),
        (name("翔太"), name("翔馬", "ショウマ"), DIFFERENT),
        (name("翔太", "ショウタ"), name("将太", "ショウタ"), DIFFERENT),
        (name("健太", "ケンタ"), name("健太郎", "ケンタロウ"), DIFFERENT),
        (name("真", "マコト"), name("真琴", "マコト"), DIFFERENT),
        (name("奈々", "ナナ"), name("奈美", "ナミ"), DIFFERENT),
        (name("さくら"), name("さくや"), DIFFERENT),
        (name("ユカ"), name("優花", "ユウカ"), DIFFERENT),
        (name("ショウタ"), name("翔馬", "ショウマ"), DIFFERENT),
        (name("Shota"), name("Shoma"), DIFFERENT),
        (name("Shota"), name("翔馬", "ショウマ"), DIFFERENT),
        (name("美さき", "ミサキ"), name("由咲", "ミサキ"), DIFFERENT),
        (name("恵〓香", "エリカ"), name("恵美香", "エミカ"), DIFFERENT),
        (name("MARIA ANNA"), name("MARIA ELENA"), DIFFERENT),
        (name("翔太"), name("翔太", "ショウタ"), SAME),
        (name("陽菜", "ヒナ"), name("陽菜", "ハルナ"), SAME),
        (name("逹也"), name("達也", "タツヤ"), SAME),
        (name("すゞ", "スズ"), name("すず", "スヾ"), SAME),
        (name("奈奈"), name("奈々"), SAME),
        (name("しょうた"), name("翔太", "ショウタ"), SAME),
        (name("Shota"), name("翔太", "ショウタ"), SAME),
        (name("翔太（しょうた）"), name("ショータ"), SAME),
        (name("美さき", "ミサキ"), name("美咲", "ミサキ"), SAME),
        (name("恵〓香", "エリカ"), name("恵梨香", "エリカ"), SAME),
        (name(None, "ショウタ"), name("翔太", "ショウタ"), SAME),
        (name("JOHN"), name("JOHN MICHAEL"), SAME),
        (name("Michael John"), name("JOHN MICHAEL"), SAME),
        (name("ヴィクトリア"), name("ビクトリア"), SAME),
        (name("鴻巣", "コウノス", "翔太", "ショウタ"), name("翔太", "ショウタ", family_kana="コウノス"), SAME),
        (name("スハルト", None, None), name(None, None, "スハルト"), SAME),
        (name("－", None, "プトラ"), name("プトラ", None, "プトラ"), SAME),
        (name("鴻巣", "コウノス", "翔馬", "ショウマ"), name("翔太", "ショウタ", family_kana="コウノス"), DIFFERENT),
        (name("翔太"), name("ショウタ"), UNKNOWN),
        (name("恵〓香"), name("恵梨香", "エリカ"), UNKNOWN),
        (name(None), name("翔太", "ショウタ"), UNKNOWN),
        (name("－"), name("翔太", "ショウタ"), UNKNOWN),
        (name("山田", None, None), name(None, None, "山田"), UNKNOWN),
        (name("Nguyen"), name("グエン"), UNKNOWN),
        (name("Kevin"), name("Kelvin"), NEAR),
        (name("Daniel"), name("Dnaiel"), NEAR),
        (name("Daniel"), name("Samuel"), DIFFERENT),
    ],
    ids=str,
)  # fmt: skip
def test_what_two_given_names_say(one: PersonName, other: PersonName, expected: NameAgreement) -> None:
    assert agreement_of(one, other) is expected
    assert agreement_of(other, one) is expected


kanji_names = st.sampled_from(sorted({written for written, _ in given_names()}))
readings = st.sampled_from([None, "ショウタ", "ショウマ", "ミサキ"])


@given(kanji_names, kanji_names, readings, readings)
def test_no_two_names_in_known_kanji_are_ever_the_same(
    one: str, other: str, reading: str | None, heard: str | None
) -> None:
    is_one = normalise.name(one) == normalise.name(other)
    assert agreement_of(name(one, reading), name(other, heard)) is (SAME if is_one else DIFFERENT)


texts = st.one_of(st.none(), st.text("翔太馬美咲々〓さきサキショaAnb .・（）-ー", max_size=6))
people = st.builds(name, texts, texts, texts, texts)


@given(people, people)
def test_neither_record_comes_first_and_a_record_never_differs_from_itself(one: PersonName, other: PersonName) -> None:
    assert agreement_of(one, other) is agreement_of(other, one)
    assert agreement_of(one, one) in {SAME, UNKNOWN}

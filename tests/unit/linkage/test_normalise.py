"""Two spellings of one fact become equal, two facts stay two, and what can't be read is not known."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kanmon.linkage.names import normalise
from kanmon.linkage.names.variants import STANDS_FOR


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("斎藤", "齋藤"), ("斎藤", "斉藤"), ("斎藤", "齊籐"), ("高橋", "髙橋"), ("山崎", "山﨑"), ("渡辺", "渡邊"),
        ("渡辺", "渡邉"), ("沢田", "澤田"), ("浜田", "濱田"), ("浜口", "濵口"), ("広瀬", "廣瀨"), ("国分", "國分"),
        ("島田", "嶋田"), ("桜井", "櫻井"), ("滝沢", "瀧澤"), ("恵", "惠"), ("真", "眞"), ("黒田", "黑田"),
        ("徳永", "德永"), ("富田", "冨田"), ("関", "關"), ("富士塚", "富士塚"), ("吉田", "𠮷田"), ("隆", "隆"),
        ("佐々木", "佐佐木"), ("関ケ原", "関ヶ原"), ("山田太郎", "山田　太郎"), ("さくら", "サクラ"),
        ("さくら", "ｻｸﾗ"),
        ("辻", "辻\U000e0100"), ("ジョン・スミス", "ジョンスミス"), ("Yamada", "ＹＡＭＡＤＡ"), ("芦田", "蘆田"),
        ("渡辺", "渡邊\U000e0102"),
        ("鶴田", "靍田"), ("鶴田", "靏田"), ("土屋", "圡屋"), ("船木", "舩木"), ("達也", "逹也"),
        ("穂波", "穗波"), ("高橋", "髙槗"),
        ("島", "嶌"), ("柳", "栁"), ("桑", "桒"), ("昇", "曻"), ("清", "淸"), ("彦", "彥"), ("喜", "㐂"),
        ("野", "埜"), ("館", "舘"),
        ("劉偉", "刘伟"), ("みすず", "みすゞ"), ("スズ", "スヾ"), ("いすず", "いすゞ"), ("ささ", "さゝ"),
        ("佐佐木", "佐〻木"),
        ("ヴィクトリア", "ビクトリア"), ("関ケ原", "関が原"), ("井之上", "井ノ上"), ("José", "JOSE"),
        ("Nguyễn", "nguyen"),
        ("O'Brien", "O’BRIEN"), ("O'Brien", "O' Brien"), ("Smith-Jones", "Smith - Jones"),
        ("Smith-Jones", "Smith・-Jones"), ("日比野", "日比野（旧姓：有田）"), ("日比野", "日比野 旧姓 有田"),
        ("陽菜乃", "陽菜乃（ひなの）"),
    ],
)  # fmt: skip
def test_one_name_in_two_spellings(one: str, other: str) -> None:
    assert normalise.name(one) == normalise.name(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("大田", "太田"), ("田中", "中田"), ("伊東", "伊藤"), ("裕太", "祐太"), ("圭", "珪"), ("祐樹", "佑樹"),
        ("師", "帥"), ("着", "著"), ("書", "昼"), ("邑田", "村田"), ("さくら", "さくな"),
    ],
)  # fmt: skip
def test_two_names_stay_two(one: str, other: str) -> None:
    assert normalise.name(one) != normalise.name(other)


@pytest.mark.parametrize("nothing", [None, "", " ", "　", "・"])
def test_nothing_written_is_not_known(nothing: str | None) -> None:
    read = (
        normalise.name,
        normalise.kana,
        normalise.sound,
        normalise.email,
        normalise.university,
        normalise.birth_date,
    )
    assert [form(nothing) for form in read] == [None] * len(read)


@pytest.mark.parametrize(
    ("family", "given_name", "expected"),
    [
        ("山田", "太郎", ("山田", "太郎")),
        ("山田 太郎", None, ("山田", "太郎")),
        (None, "山田　太郎", ("山田", "太郎")),
        ("ヤマダ・タロウ", None, ("ヤマダ", "タロウ")),
        ("山田太郎", "太郎", ("山田", "太郎")),
        ("山田", None, ("山田", None)),
        ("原", "原", ("原", "原")),
        (None, None, (None, None)),
        ("マリア ダ シルバ", None, ("マリア ダ シルバ", None)),
        ("日比野（旧姓：有田） 陽菜乃", None, ("日比野", "陽菜乃")),
    ],
)
def test_where_the_whole_name_stands_in_one_field(
    family: str | None, given_name: str | None, expected: tuple[str | None, str | None]
) -> None:
    assert normalise.names(family, given_name) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ｻﾄｳ", "サトウ"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("さとう", "サトウ"),
        ("サ ト ウ", "サトウ"),
        ("サト−", "サトー"),
        ("ｽｰ", "スー"),
    ],
)
def test_kana(written: str, expected: str) -> None:
    assert normalise.kana(written) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("サトウ", "サトー"), ("サトウ", "さとお"), ("オオノ", "オーノ"), ("ユウキ", "ユーキ"), ("ケイコ", "ケーコ"),
        ("シヨウタ", "ショウタ"), ("ミヅキ", "ミズキ"), ("カヲル", "カオル"), ("ﾀｸﾔ", "タクヤ"), ("ハッタ", "ハツタ"),
        ("ヴィクトリア", "ビクトリア"), ("スヾ", "スズ"), ("ティナ", "チナ"), ("Shota", "ショウタ"),
        ("SATOH", "サトウ"),
        ("HATTORI", "ハットリ"), ("Namba", "ナンバ"), ("Kenji", "ケンヂ"), ("Shinnosuke", "シンノスケ"),
        ("Ryūta", "リュウタ"),
    ],
)  # fmt: skip
def test_one_sound_in_two_spellings(one: str, other: str) -> None:
    assert normalise.sound(one) == normalise.sound(other) is not None


@pytest.mark.parametrize(
    ("one", "other"), [("ユウカ", "ユカ"), ("オオノ", "オノ"), ("コウイチ", "コイチ"), ("ショウタ", "ショウマ")]
)
def test_a_long_vowel_is_another_reading(one: str, other: str) -> None:
    assert normalise.reading(one) != normalise.reading(other)


@pytest.mark.parametrize(
    ("written", "other", "reading"),
    [
        ("日比野（旧姓：有田）", "有田", None),
        ("日比野[有田]", "有田", None),
        ("有田（現姓 日比野）", "日比野", None),
        ("日比野 旧姓有田", "有田", None),
        ("日比野（ひびの）", None, "ヒビノ"),
        ("日比野/ヒビノ", None, "ヒビノ"),
        ("SMITH (née JONES)", "jones", None),
        ("（有田）", None, None),
        ("有田", None, None),
        (None, None, None),
    ],
)
def test_what_is_noted_beside_a_name(written: str | None, other: str | None, reading: str | None) -> None:
    assert (normalise.other_family(written), normalise.noted_reading(written)) == (other, reading)


@pytest.mark.parametrize("nobody", ["－", "〓〓", "???", "-", "・・", "□□", "\ufffd"])
def test_a_name_without_a_letter_names_nobody(nobody: str) -> None:
    assert normalise.name(nobody) is None


def test_each_kana_is_one_letter_of_its_own() -> None:
    plain = "カキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン"
    kana = plain + "ガギグゲゴザジズゼゾダデドバビブベボパピプペポ"
    letters = [normalise.sound(sign) for sign in kana]
    assert all(letter is not None and len(letter) == 1 and letter.isascii() for letter in letters)
    assert len(set(letters)) == len(kana)


def test_tanaka_and_yamada_share_one_sound_of_three() -> None:
    tanaka, yamada = normalise.sound("タナカ"), normalise.sound("ヤマダ")
    assert tanaka is not None
    assert yamada is not None
    assert (len(tanaka), len(yamada)) == (3, 3)
    assert not set(tanaka) & set(yamada)


@pytest.mark.parametrize(
    "written",
    [
        "1998-04-02", "1998/4/2", "1998.4.2", "19980402", "1998年4月2日", "平成10年4月2日", "平成１０年４月２日",
        "㍻10年4月2日", "H10.4.2", "h10/04/02", "平10.4.2", "平成十年四月二日",
    ],
)  # fmt: skip
def test_one_day_in_many_spellings(written: str) -> None:
    assert normalise.birth_date(written) == date(1998, 4, 2)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("平成元年1月7日", None),
        ("昭和64年1月8日", None),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("平成31年5月1日", None),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("昭和六十三年十二月三十一日", date(1988, 12, 31)),
        ("S63.2.29", date(1988, 2, 29)),
        ("1999-02-29", None),
        ("4月2日", None),
        ("1998", None),
        ("西暦", None),
    ],
)
def test_days_at_the_edges(written: str, expected: date | None) -> None:
    assert normalise.birth_date(written) == expected


@given(st.dates(date(1926, 12, 25), date(2030, 12, 31)))
def test_every_day_has_one_name_in_its_era(day: date) -> None:
    eras = (("昭和", 1925), ("平成", 1988), ("令和", 2018))
    read = {normalise.birth_date(f"{era}{day.year - before}年{day.month}月{day.day}日") for era, before in eras
            if 1 <= day.year - before < 100}  # fmt: skip
    assert read - {None} == {day}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Taro@Example.JP", "taro@example.jp"), ("ｔａｒｏ＠example.jp", "taro@example.jp"),
        ("taro+job@example.jp", "taro@example.jp"), ("ta.ro@gmail.com", "taro@googlemail.com"),
        (" <taro@example.jp> ", "taro@example.jp"), ("mailto:taro@example.jp", "taro@example.jp"),
    ],
)  # fmt: skip
def test_one_address_in_two_spellings(one: str, other: str) -> None:
    assert normalise.email(one) == normalise.email(other) is not None


def test_two_addresses_stay_two() -> None:
    assert normalise.email("ta.ro@example.jp") != normalise.email("taro@example.jp")


@pytest.mark.parametrize(
    "written", ["なし", "taro", "@example.jp", "a@b@example.jp", "taro@localhost", "+x@example.jp"]
)
def test_what_is_no_address_is_not_known(written: str) -> None:
    assert normalise.email(written) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("東京大学", "東京大学"), ("国立大学法人東京大学", "東京大学"), ("東京大学大学院 工学系研究科", "東京大学"),
        ("東京大学 経済学部", "東京大学"), ("東京大學", "東京大学"), ("東大", "東京大学"),
        ("慶應義塾大学", "慶応義塾大学"), ("慶応", "慶応義塾大学"), ("早稲田大", "早稲田大学"),
        ("防衛大学校", "防衛大学校"), ("青葉短大", "青葉短期大学"), ("青葉短期大学部", "青葉短期大学"),
        ("京都市立芸術大学", "京都市立芸術大学"), ("学校法人 青葉学院大学", "青葉学院大学"),
        ("青葉大学（通信）", "青葉大学"), ("University of Aoba", "universityofaoba"),
    ],
)  # fmt: skip
def test_universities(written: str, expected: str) -> None:
    assert normalise.university(written) == expected


@given(st.text("斎齋齊々ヶ髙﨑サさｻﾞー-・ 　Aａé@.+", max_size=12))
@example("A- A")
@example("A 々-A")
@example("ｻ ﾞ@a.a")
def test_a_form_is_its_own_form(written: str) -> None:
    for form in (normalise.name, normalise.kana, normalise.email):
        once = form(written)
        assert once is None or form(once) == once


def test_what_stands_for_a_kanji_stands_for_itself() -> None:
    assert not set(STANDS_FOR) & set(STANDS_FOR.values())

"""Fifty kinds of columns that are somebody's, each told for what it is, and fifty that are nobody's, told as that."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from kanmon.linkage.preflight.files import DuckDBPreflight
from kanmon.linkage.preflight.model import ColumnClass, ColumnFinding
from kanmon.linkage.preflight.spellings import COLUMNS
from tests.unit.intake.folders import Quiet

ROWS = 40
FAMILIES = [("山田", "ヤマダ"), ("佐藤", "サトウ"), ("福島", "フクシマ"), ("髙橋", "タカハシ"), ("長谷川", "ハセガワ")]
GIVEN = [
    ("太郎", "タロウ"), ("花子", "ハナコ"), ("健一", "ケンイチ"), ("さくら", "サクラ"),
    ("美咲", "ミサキ"), ("大輔", "ダイスケ"), ("陽菜", "ヒナ"), ("蓮", "レン"),
]  # fmt: skip
UNIVERSITIES = ["海辺大学", "山手大学", "Hill University"]


def born(number: int) -> date:
    return date(2003, 4, 2) + timedelta(days=17 * number)


PEOPLE = [
    {
        "member_id": f"M{number:06}", "family_name": FAMILIES[number % 5][0], "given_name": GIVEN[number // 5][0],
        "family_kana": FAMILIES[number % 5][1], "given_kana": GIVEN[number // 5][1],
        "birth_date": born(number).isoformat(), "email": f"Student{number}@example.jp",
        "phone": f"0901234{number:04}", "university": UNIVERSITIES[number % 3],
    }
    for number in range(ROWS)
]  # fmt: skip
BASE = pa.Table.from_pylist(PEOPLE, pa.schema([(name, pa.string()) for name in COLUMNS]))
COOKIES = [f"cookie-{number}" for number in range(ROWS)]

Cells = Callable[[int], str]
P, H, R = ColumnClass.PERSONAL, ColumnClass.HASHED_PERSONAL, ColumnClass.PERSON_RELATED


def of(*names: str, between: str = "") -> Cells:
    return lambda number: between.join(PEOPLE[number][name] for name in names)


def said(words: str, cells: Cells) -> Cells:
    return lambda number: words.format(cells(number))


def digest(kind: str, cells: Cells, cut: slice = slice(None), turn: Callable[[str], str] = str) -> Cells:
    return lambda number: turn(hashlib.new(kind, cells(number).encode()).hexdigest()[cut])


def base64_of(kind: str, cells: Cells) -> Cells:
    return lambda number: base64.b64encode(hashlib.new(kind, cells(number).encode()).digest()).decode()


def hiragana(kana: str) -> str:
    return "".join(chr(ord(letter) - 0x60) if "ァ" <= letter <= "ヶ" else letter for letter in kana)


NAME = of("family_name", "given_name", between="\u3000")
KANA = of("family_kana", "given_kana", between=" ")
EMAIL, PHONE, BIRTH = of("email"), of("phone"), of("birth_date")


def birth(written: Callable[[date], str]) -> Cells:
    return lambda number: written(born(number))


THEIRS: dict[str, tuple[Cells, ColumnClass]] = {
    "full name": (NAME, P),
    "given name first": (of("given_name", "family_name", between=" "), P),
    "name with sama": (said("{} 様", NAME), P),
    "name with san": (said("{}さん", NAME), P),
    "name with dono": (said("{}殿", NAME), P),
    "name with sensei": (said("{}先生", NAME), P),
    "kana": (KANA, P),
    "hiragana": (lambda number: hiragana(KANA(number)), P),
    "kana with sama": (said("{}さま", KANA), P),
    "family name": (of("family_name"), P),
    "given name": (of("given_name"), P),
    "e-mail": (EMAIL, P),
    "e-mail in capitals": (lambda number: EMAIL(number).upper(), P),
    "a stranger's e-mail": (lambda number: f"someone{number}@example.org", P),
    "telephone": (PHONE, P),
    "telephone with hyphens": (lambda number: f"{PHONE(number)[:3]}-{PHONE(number)[3:7]}-{PHONE(number)[7:]}", P),
    "telephone from abroad": (lambda number: f"+81 {PHONE(number)[1:]}", P),
    "telephone that lost its zero": (lambda number: PHONE(number)[1:], P),
    "birth date": (BIRTH, P),
    "birth date with slashes": (birth(lambda day: f"{day:%Y/%m/%d}"), P),
    "birth date in digits": (birth(lambda day: f"{day:%Y%m%d}"), P),
    "birth date in words": (birth(lambda day: f"{day.year}年{day.month}月{day.day}日"), P),
    "birth date in its era": (birth(lambda day: f"平成{day.year - 1988}年{day.month}月{day.day}日"), P),
    "birth date and university": (of("birth_date", "university", between=" "), P),
    "university and birth date": (of("university", "birth_date", between="、"), P),
    "member ID": (of("member_id"), P),
    "remark with a name": (said("面談では{}さんが最後まで質問した", NAME), P),
    "remark with kana": (said("電話に出たのは {} 本人", KANA), P),
    "remark with an e-mail": (said("連絡先は {} まで", EMAIL), P),
    "MD5 of the e-mail": (digest("md5", EMAIL), H),
    "SHA-1 of the e-mail": (digest("sha1", EMAIL), H),
    "SHA-224 of the name": (digest("sha224", NAME), H),
    "SHA-256 of the name": (digest("sha256", of("family_name", "given_name")), H),
    "SHA-384 of the e-mail": (digest("sha384", EMAIL), H),
    "SHA-512 of the kana": (digest("sha512", KANA), H),
    "SHA-224 in Base64": (base64_of("sha224", EMAIL), H),
    "SHA-256 in Base64": (base64_of("sha256", EMAIL), H),
    "SHA-384 in Base64": (base64_of("sha384", EMAIL), H),
    "16 digits of an MD5": (digest("md5", EMAIL, slice(16)), H),
    "16 digits of a SHA-256": (digest("sha256", NAME, slice(16)), H),
    "the middle of an MD5": (digest("md5", EMAIL, slice(8, 24)), H),
    "digest with its name": (digest("sha256", EMAIL, turn="sha256:{}".format), H),
    "digest in capitals": (digest("sha1", EMAIL, turn=str.upper), H),
    "digest of name and birth date": (digest("sha256", of("family_name", "given_name", "birth_date")), H),
    "digest of birth date and university": (digest("sha256", of("birth_date", "university")), H),
    "digest of the telephone": (digest("sha1", PHONE), H),
    "digest of the member ID": (digest("md5", of("member_id")), H),
    "browser": (lambda number: COOKIES[number], R),
    "digest with a salt": (digest("sha256", said("pepper {}", EMAIL)), R),
    "token of each row": (lambda number: f"APP-{number:05}", R),
}
NOBODYS: dict[str, Sequence[object]] = {
    "prefecture": ["福島県", "長野県", "東京都", "大阪府"],
    "prefecture that is a family name": ["福島", "長野", "東京", "大阪", "北海道"],
    "stage": ["書類選考", "1次面接", "最終面接", "内定"],
    "count": [0, 1, 2, 3, 12],
    "running number": range(1, 41),
    "share": ["0.4", "12.5", "1e-3"],
    "score": [f"0.{number:04}" for number in range(40)],
    "day of an application": [f"2026-04-{day:02}" for day in range(1, 29)],
    "day with slashes": [f"2026/05/{day:02}" for day in range(1, 29)],
    "day in words": [f"2026年6月{day}日" for day in range(1, 29)],
    "day of founding": ["1985-04-01", "1999-10-01", "1912-07-30"],
    "moment": [f"2026-04-01T09:{minute:02}:00+09:00" for minute in range(40)],
    "clock": ["09:00", "13:30", "18:15"],
    "year": [2025, 2026, 2027],
    "flag": ["true", "false"],
    "yes and no": ["はい", "いいえ"],
    "circle and cross": ["○", "×", "△"],
    "page": [f"https://example.jp/page/{number}" for number in range(40)],
    "industry": ["メーカー", "商社", "金融", "IT"],
    "kind of work": ["営業", "企画", "研究開発"],
    "company": ["株式会社みなと", "山手商事", "北斗電機"],
    "shop named like a person": ["山田太郎商店の求人", "求人一覧", "説明会", "会社案内"] * 10 + ["応募フォーム"] * 60,
    "university": UNIVERSITIES,
    "faculty": ["文学部", "理学部", "工学部"],
    "grade": ["学部3年", "修士1年"],
    "yen": ["1,200円", "980円"],
    "per cent": ["12%", "40%"],
    "rank": ["A", "B", "C"],
    "stars": ["★", "★★", "★★★"],
    "weekday": ["月", "火", "水"],
    "month": ["1月", "2月", "12月"],
    "remark": ["質問が多かった", "次回は来月", "資料を送った"],
    "remark on a prefecture": ["福島の工場を希望", "長野から通う", "東京で勤務したい"],
    "remark in English": ["asked for a call back", "will send papers", "no answer yet"],
    "version": ["1.2.3", "2.0.0"],
    "language": ["ja", "en"],
    "country": ["JP", "US"],
    "colour": ["#ff00aa", "#00ff00"],
    "status": [200, 404, 503],
    "room": ["A-101", "B-202"],
    "size in bytes": [1024, 52428800],
    "length of a visit": ["00:03:12", "00:10:45"],
    "temperature": ["-3.5", "28.1"],
    "ratio": ["3/10", "7/10"],
    "16 digits that are a number": [f"{number:016}" for number in range(40)],
    "postcode area": ["100", "530", "980"],
    "device": ["iPhone", "Android", "Windows"],
    "browser family": ["Chrome 130", "Safari 18"],
    "campaign": ["spring2026", "summer2026"],
    "null in words": ["なし", "N/A", "-"],
}


def examined(folder: Path, columns: Mapping[str, Sequence[str]]) -> Mapping[str, ColumnFinding]:
    """What each kind of column is told for, all in one file, whose headings say nothing."""
    rows = zip(*columns.values(), strict=True)
    headings = ",".join(f"x{place}" for place, _ in enumerate(columns))
    lines = [headings, *(",".join(f'"{cell}"' for cell in row) for row in rows)]
    file = folder / "file.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = DuckDBPreflight(folder / "staging", Quiet()).examine(file, BASE, pa.array(COOKIES)).columns
    return dict(zip(columns, found, strict=True))


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, ColumnFinding]:
    columns = {kind: [cells(number) for number in range(ROWS)] for kind, (cells, _) in THEIRS.items()}
    return examined(tmp_path_factory.mktemp("theirs"), columns)


@pytest.fixture(scope="module")
def nobodys(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, ColumnFinding]:
    rows = max(ROWS, *map(len, NOBODYS.values()))
    columns = {kind: [str(cells[row % len(cells)]) for row in range(rows)] for kind, cells in NOBODYS.items()}
    return examined(tmp_path_factory.mktemp("nobodys"), columns)


def test_there_are_fifty_of_each() -> None:
    assert (len(THEIRS), len(NOBODYS)) == (50, 50)


@pytest.mark.parametrize("kind", THEIRS)
def test_what_is_somebodys_is_told_for_what_it_is(theirs: Mapping[str, ColumnFinding], kind: str) -> None:
    _, truth = THEIRS[kind]
    assert theirs[kind].column_class is truth, theirs[kind].because


@pytest.mark.parametrize("kind", NOBODYS)
def test_what_is_nobodys_alarms_nobody(nobodys: Mapping[str, ColumnFinding], kind: str) -> None:
    assert nobodys[kind].column_class is ColumnClass.OTHER, nobodys[kind].because

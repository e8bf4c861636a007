"""Intake files of every make, attacked with a small member base: what is recovered, and what is left alone."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kanmon.core.errors import UsageError
from kanmon.linkage.preflight.files import DuckDBPreflight
from kanmon.linkage.preflight.model import (
    ClassificationReason,
    ColumnClass,
    ColumnFinding,
    Preflight,
    RecoveredAttribute,
)
from kanmon.linkage.preflight.spellings import COLUMNS
from tests.unit.intake.folders import Quiet

FAMILIES = ("山田", "佐藤", "福島", "山口", "石川", "宮崎", "長野", "千葉", "Smith", "髙橋")
KANA = ("ヤマダ", "サトウ", "フクシマ", "ヤマグチ", "イシカワ", "ミヤザキ", "ナガノ", "チバ", "スミス", "タカハシ")
PEOPLE = [
    {
        "member_id": f"M{number}", "family_name": family, "given_name": f"花{number}", "family_kana": kana,
        "given_kana": "ハナ", "birth_date": f"2004-04-{number + 10}", "email": f"Hana{number}@example.jp",
        "phone": f"0901234567{number}",
    }
    for number, (family, kana) in enumerate(zip(FAMILIES, KANA, strict=True))
]  # fmt: skip
BASE = pa.Table.from_pylist(PEOPLE, pa.schema([(name, pa.string()) for name in COLUMNS]))
COOKIES = pa.array([f"cookie-{number}" for number in range(20)])
NAMES = [f"{one['family_name']}\u3000{one['given_name']}" for one in PEOPLE]

Examine = Callable[..., Preflight]


@pytest.fixture
def examine(tmp_path: Path) -> Examine:
    def act(columns: Mapping[str, Sequence[object]], name: str = "file.csv") -> Preflight:
        path = tmp_path / name
        if name.endswith(".parquet"):
            pq.write_table(pa.table(dict(columns)), path)
        else:
            lines = [
                ",".join(columns),
                *(",".join(f'"{cell}"' for cell in row) for row in zip(*columns.values(), strict=True)),
            ]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return DuckDBPreflight(tmp_path / "staging", Quiet()).examine(path, BASE, COOKIES)

    return act


def only(found: Preflight) -> ColumnFinding:
    [column] = found.columns
    return column


def hexed(name: str, text: str) -> str:
    return hashlib.new(name, text.encode()).hexdigest()


WRITINGS: Mapping[str, Callable[[str, str], str]] = {
    "hex": hexed,
    "upper hex": lambda name, text: hexed(name, text).upper(),
    "base64": lambda name, text: base64.b64encode(hashlib.new(name, text.encode()).digest()).decode(),
    "base64url": lambda name, text: (
        base64.urlsafe_b64encode(hashlib.new(name, text.encode()).digest()).decode().rstrip("=")
    ),
    "named": lambda name, text: f"{name}:{hexed(name, text)}",
}


@pytest.mark.parametrize("digest", ["md5", "sha1", "sha256", "sha512"])
def test_hashed_names_are_told_for_what_they_are(examine: Examine, digest: str) -> None:
    """However the digest is written: each column of the file writes it in another way."""
    columns = {writing: [write(digest, name) for name in NAMES] for writing, write in WRITINGS.items()}
    found = examine(columns).columns
    assert [column.name for column in found] == list(WRITINGS)
    for column in found:
        assert (column.column_class, column.because) == (
            ColumnClass.HASHED_PERSONAL,
            ClassificationReason.DIGESTS_RECOVERED,
        )
        assert (column.recovered, column.share) == (len(NAMES), 1.0)
        assert (column.recoveries[0].known, column.recoveries[0].digest) == (RecoveredAttribute.NAME, digest)


@pytest.mark.parametrize(
    ("known", "write"),
    [
        (RecoveredAttribute.NAME, lambda one: one["family_name"] + one["given_name"]),
        (RecoveredAttribute.NAME, lambda one: f"{one['given_name']} {one['family_name']}"),
        (RecoveredAttribute.KANA, lambda one: f"{one['family_kana']} {one['given_kana']}"),
        (RecoveredAttribute.EMAIL, lambda one: one["email"]),
        (RecoveredAttribute.EMAIL, lambda one: one["email"].lower()),
        (RecoveredAttribute.PHONE, lambda one: one["phone"]),
        (RecoveredAttribute.PHONE, lambda one: f"090-1234-567{one['phone'][-1]}"),
        (
            RecoveredAttribute.NAME_AND_BIRTH_DATE,
            lambda one: one["family_name"] + one["given_name"] + one["birth_date"],
        ),
        (RecoveredAttribute.MEMBER_ID, lambda one: one["member_id"]),
    ],
)
def test_whatever_was_hashed(
    examine: Examine, known: RecoveredAttribute, write: Callable[[Mapping[str, str]], str]
) -> None:
    column = only(examine({"k": [hexed("sha256", write(one)) for one in PEOPLE]}))
    assert column.column_class is ColumnClass.HASHED_PERSONAL
    assert (column.recoveries[0].known, column.recoveries[0].cells) == (known, len(PEOPLE))


def test_one_member_among_strangers_is_enough(examine: Examine) -> None:
    column = only(examine({"k": [hexed("md5", name) for name in (*map(str, range(999)), NAMES[0])]}))
    assert (column.column_class, column.recovered, column.share) == (ColumnClass.HASHED_PERSONAL, 1, 0.001)


def test_digests_as_bytes_in_parquet(examine: Examine) -> None:
    digests = [hashlib.sha256(name.encode()).digest() for name in NAMES]
    assert only(examine({"k": digests}, "file.parquet")).column_class is ColumnClass.HASHED_PERSONAL


def test_an_example_shows_neither_name_nor_digest(examine: Examine) -> None:
    digest = hexed("sha256", NAMES[0])
    [example] = only(examine({"k": [digest]})).recoveries[0].examples
    assert example == f"{digest[:6]}… = sha256(山***)"
    [example] = only(examine({"k": [NAMES[0]]})).recoveries[0].examples
    assert example == "山***"


@pytest.mark.parametrize(
    "cells",
    [
        NAMES, [one["email"].upper() for one in PEOPLE], [one["member_id"] for one in PEOPLE], list(KANA),
        ["ｽﾐｽ ﾊﾅ", "チバ　ハナ"], [f"+81 90-1234-567{number}" for number in range(10)],
    ],
)  # fmt: skip
def test_personal_data_in_the_clear(examine: Examine, cells: Sequence[str]) -> None:
    column = only(examine({"x": cells}))
    assert (column.column_class, column.because) == (ColumnClass.PERSONAL, ClassificationReason.RECOVERED)


def test_addresses_of_strangers_are_told_by_their_shape(examine: Examine) -> None:
    found = examine({"x": ["who@else.example", "a@b.example"], "y": ["03-1111-2222", "08011112222"]})
    assert [(one.column_class, one.because) for one in found.columns] == [
        (ColumnClass.PERSONAL, ClassificationReason.SHAPE)
    ] * 2


PREFECTURES = ["福島", "山口", "石川", "宮崎", "長野", "千葉", "東京", "大阪", "京都", "北海道", "青森", "岩手"]


@pytest.mark.parametrize(
    "cells",
    [
        PREFECTURES,
        [hexed("md5", prefecture) for prefecture in PREFECTURES],
        [f"{number}" for number in range(10)],
        ["2026-04-01T09:00:00+09:00", "2026-04-02", "2026/04/03 10:00"],
        ["1次面接", "2次面接", "最終面接"],
        ["理由：福島さんの紹介", "山田太郎商店の紹介"],
        ["0.4", "12.5", "1e-3"],
        ["true", "false"],
        [f"https://example.jp/page/{number}" for number in range(5)],
    ],
    ids=["prefectures", "their digests", "counts", "times", "stages", "remarks", "figures", "flags", "pages"],
)
def test_what_is_nobody_s(examine: Examine, cells: Sequence[str]) -> None:
    assert only(examine({"x": cells})).column_class in {ColumnClass.OTHER, *_DIGESTS_OF_NOBODY.get(cells[0], ())}


_DIGESTS_OF_NOBODY = {hexed("md5", PREFECTURES[0]): {ColumnClass.PERSON_RELATED}}


def test_person_related_information(examine: Examine) -> None:
    found = examine(
        {
            "who": [f"cookie-{number}" for number in range(10)],
            "key": [hexed("sha256", f"salt{name}") for name in NAMES],
            "token": [f"A-00{number}" for number in range(10)],
            "stage": ["1"] * 10,
        }
    )
    classes = {one.name: (one.column_class, one.because) for one in found.columns}
    assert classes == {
        "who": (ColumnClass.PERSON_RELATED, ClassificationReason.KNOWN_BROWSER),
        "key": (ColumnClass.PERSON_RELATED, ClassificationReason.DIGESTS_NOT_RECOVERED),
        "token": (ColumnClass.PERSON_RELATED, ClassificationReason.ID_IN_EACH_ROW),
        "stage": (ColumnClass.OTHER, ClassificationReason.NOTHING_FOUND),
    }
    assert found.verdict is ColumnClass.PERSON_RELATED
    assert (found.rows, found.members) == (10, 10)


def test_files_as_strangers_save_them(tmp_path: Path) -> None:
    attack = DuckDBPreflight(tmp_path / "staging", Quiet())
    (tmp_path / "a.csv").write_bytes("番号;担当\n1;山田　花0\n2;佐藤　花1\n".encode("cp932"))
    assert [one.column_class for one in attack.examine(tmp_path / "a.csv", BASE, COOKIES).columns] == [
        ColumnClass.OTHER, ColumnClass.PERSONAL,
    ]  # fmt: skip
    assert not (tmp_path / "staging").exists()
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "cut.parquet").write_bytes(b"PAR1")
    for name in ("empty.csv", "cut.parquet", "missing.csv"):
        with pytest.raises(UsageError, match=name.replace(".", r"\.")):
            attack.examine(tmp_path / name, BASE, COOKIES)


def test_a_base_without_anybody_and_a_file_without_rows(tmp_path: Path, examine: Examine) -> None:
    assert only(examine({"email": []})).column_class is ColumnClass.OTHER
    (tmp_path / "a.csv").write_text("x\nabc\n")
    found = DuckDBPreflight(tmp_path / "staging", Quiet()).examine(
        tmp_path / "a.csv", BASE.slice(0, 0), pa.array([], pa.string())
    )
    assert found.verdict is ColumnClass.OTHER

"""Headings as people write them: which column each means, and where nobody can tell."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kanmon.intake.files.rows.columns import DATASETS
from kanmon.intake.files.rows.headings import Headings
from kanmon.intake.files.tables import stage_tables
from tests.unit.intake.folders import NOW, Folder, Quiet, lines, remarks, rows, told

MEMBERS = Headings("members", DATASETS["members"].names)
ROW = "m1,2026,2026-01-02T03:04:05Z,岡田\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_the_usual_japanese_names_are_known_in_any_width_and_case() -> None:
    assert MEMBERS.names(["会員番号", " 年度 ", "登録日時", "姓", "ｾｲ", "Ｅメール", "TEL", "Birth_Date"]) == (
        "member_id", "season", "registered_at", "family_name", "family_kana", "email", "phone", "birth_date",
    )  # fmt: skip


def test_every_usual_name_of_a_table_means_one_column_of_it() -> None:
    for name, dataset in DATASETS.items():
        headings = Headings(name, dataset.names)
        assert headings.names(dataset.names) == dataset.names


def test_the_name_of_the_contract_goes_before_a_usual_one() -> None:
    assert MEMBERS.names(["会員番号", "member_id"]) == ("会員番号", "member_id")


def test_two_usual_names_of_one_column_mean_nothing() -> None:
    assert MEMBERS.names(["会員番号", "会員ID", "season"]) == ("会員番号", "会員id", "season")


def test_what_the_folder_says_goes_before_all_else() -> None:
    headings = Headings("members", DATASETS["members"].names, {"学籍コード": "member_id"})
    assert headings.names(["会員番号", "学籍コード"]) == ("会員番号", "member_id")


def test_a_table_with_japanese_headings_is_read_and_told(folder: Folder) -> None:
    table = folder.write("members.csv", f"会員番号,年度,登録日時,姓\n{ROW}").staged()
    assert rows(table, "member_id", "family_name") == [("m1", "岡田")]
    assert remarks(table) == (
        "members.csv: headings were read as columns: 会員番号 → member_id, 年度 → season, 登録日時 → registered_at,"
        " 姓 → family_name"
    )


def test_a_parquet_file_likewise(folder: Folder) -> None:
    path = folder.path / "members.parquet"
    pq.write_table(pa.table({"会員番号": ["m1"], "年度": ["2026"], "登録日": ["2026-01-02"]}), path)
    table = folder.staged()
    assert rows(table, "member_id", "season") == [("m1", "2026")]
    assert "登録日 → registered_at" in remarks(table)


def test_titles_above_the_names_of_columns_are_left_out_and_lines_stay(folder: Folder) -> None:
    content = f"会員一覧,,,\n出力日,2026-03-31,,\n\nmember_id,season,registered_at,family_name\n{ROW}m2,2026,never,\n"
    table = folder.write("members.csv", content).staged()
    assert lines(table) == [5]
    assert told(table) == [(6, "registered_at", "never", "not_a_time")]
    assert "the names of the columns stand at line 4" in remarks(table)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_line_that_tells_a_spreadsheet_the_separator_is_no_row(folder: Folder, delimiter: str) -> None:
    content = f"member_id,season,registered_at,family_name\n{ROW}".replace(",", delimiter)
    table = folder.write("members.csv", f"sep={delimiter}\r\n{content}").staged()
    assert lines(table) == [3]
    assert "stand at line" not in remarks(table)


def test_a_heading_means_what_service_yaml_says_and_the_table_is_read_though_its_file_is_known(
    folder: Folder,
) -> None:
    folder.write("members.csv", f"学籍コード,年度,登録日時,備考\n{ROW}")
    columns = {"members": {"学籍コード": "member_id", "備考": "university"}}
    [first] = stage_tables(folder.path, folder.staging, NOW, Quiet(), columns=columns)
    [again] = stage_tables(folder.path, folder.staging, NOW, Quiet(), known={"members": first.sha256}, columns=columns)
    assert not again.is_known
    assert rows(again, "member_id", "university") == [("m1", "岡田")]

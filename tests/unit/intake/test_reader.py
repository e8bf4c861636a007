"""A whole folder through the reader: a generated season, and the real clicks where they lie beside the repository."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kanmon.core.errors import FolderUnreadable
from kanmon.core.faults import Fault
from kanmon.core.refused import REFUSED_SCHEMA, no_rows_refused
from kanmon.intake.files.listing import SERVICE_FILE
from kanmon.intake.files.reader import DatasetFolderReader
from kanmon.intake.loading import StagedTable
from kanmon_stories.season import write_season
from tests.unit.intake.folders import Quiet

NOW = datetime(2026, 11, 1, tzinfo=UTC)
REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "oulad"


@pytest.fixture
def season(tmp_path: Path) -> Path:
    write_season(tmp_path / "season", 7, 0.05, now=NOW)
    return tmp_path / "season"


def reader_in(place: Path) -> DatasetFolderReader:
    return DatasetFolderReader(place / "staging", place / "rejected", str)


def counts(staged: list[StagedTable]) -> dict[str, int]:
    return {table.dataset: pq.read_metadata(table.path).num_rows for table in staged if table.path is not None}


def test_a_generated_season_is_read_without_a_word(season: Path, tmp_path: Path) -> None:
    reader = reader_in(tmp_path)
    service = reader.service(season)
    staged = list(reader.tables(season, NOW, Quiet()))
    assert service.remarks == ()
    assert len(service.terms.clients) > 1
    assert [table.refused.num_rows for table in staged] == [0] * len(staged)
    assert [table.remarks for table in staged] == [()] * len(staged)
    in_file = {name: pq.read_metadata(season / f"{name}.parquet").num_rows for name in ("events", "members")}
    assert in_file.items() <= counts(staged).items()


def test_refused_rows_of_a_season_lie_where_they_are_looked_for(season: Path, tmp_path: Path) -> None:
    outcomes = season / "outcomes.csv"
    header, first, *rest = outcomes.read_text(encoding="utf-8").splitlines(keepends=True)
    outcomes.write_text(header + first.replace("202", "twenty", 1) + "".join(rest) + "a,b\n", encoding="utf-8")
    reader = reader_in(tmp_path)
    (table,) = [table for table in reader.tables(season, NOW, Quiet()) if table.dataset == "outcomes"]
    kept = reader.keep_refused(table, table.refused).read_text(encoding="utf-8-sig")
    assert f'"outcomes.csv","{len(rest) + 3}","","a,b","broken_row"' in kept


def test_reading_again_leaves_nothing_of_what_was_read_before(season: Path, tmp_path: Path) -> None:
    reader = reader_in(tmp_path)
    before = counts(list(reader.tables(season, NOW, Quiet())))
    (reader.staging / "left by a crash").write_text("x")
    (season / "outcomes.csv").unlink()
    after = counts(list(reader.tables(season, NOW, Quiet())))
    assert after == {name: count for name, count in before.items() if name != "outcomes"}
    assert not list(reader.staging.glob("*crash*"))


def test_what_a_killed_reading_finished_is_taken_over(season: Path, tmp_path: Path) -> None:
    reader = reader_in(tmp_path)
    before = list(reader.tables(season, NOW, Quiet()))
    written = {path.name: path.stat().st_mtime_ns for path in reader.staging.glob("*.parquet")}
    with (season / "outcomes.csv").open("a", encoding="utf-8") as outcomes:
        outcomes.write("a,b\n")
    after = list(reader.tables(season, NOW, Quiet()))
    rewritten = {
        path.name for path in reader.staging.glob("*.parquet") if path.stat().st_mtime_ns != written[path.name]
    }
    assert rewritten == {"outcomes.cells.parquet", "outcomes.parquet"}
    assert [table for table in after if table.dataset != "outcomes"] == [
        table for table in before if table.dataset != "outcomes"
    ]


def test_a_table_with_refused_rows_is_not_taken_over(season: Path, tmp_path: Path) -> None:
    with (season / "outcomes.csv").open("a", encoding="utf-8") as outcomes:
        outcomes.write("a,b\n")
    reader = reader_in(tmp_path)
    for _ in range(2):
        (table,) = [table for table in reader.tables(season, NOW, Quiet()) if table.dataset == "outcomes"]
        assert table.refused.num_rows == 1


def test_a_known_file_is_not_read(season: Path, tmp_path: Path) -> None:
    reader = reader_in(tmp_path)
    known = {table.dataset: table.sha256 for table in reader.tables(season, NOW, Quiet())}
    reader.clear()
    known["outcomes"] = "0" * 64
    again = {table.dataset: table for table in reader.tables(season, NOW, Quiet(), known)}
    assert {name for name, table in again.items() if not table.is_known} == {"outcomes"}
    assert {path.name for path in reader.staging.glob("*.parquet")} == {"outcomes.cells.parquet", "outcomes.parquet"}


def test_real_clicks_are_read_without_a_word(season: Path, tmp_path: Path) -> None:
    folder = REAL if (REAL / SERVICE_FILE).exists() else season
    reader = reader_in(tmp_path)
    assert reader.service(folder).remarks == ()
    staged = list(reader.tables(folder, NOW, Quiet()))
    assert sum(table.refused.num_rows for table in staged) == 0
    assert counts(staged)["events"] == pq.read_metadata(folder / "events.parquet").num_rows


def test_refused_rows_lie_whole_to_be_mended_with_what_is_wrong_beside_them(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "members.csv").write_text(
        "一覧\n会員番号;年度;登録日時;備考\nm1;2026;2026-01-02;良い\nm2;2026;never;=1+1\nm3;2026\nm4;2026;2026-01-02;\n",
        encoding="utf-8",
    )
    reader = reader_in(tmp_path)
    [table] = reader.tables(folder, NOW, Quiet())
    reader.keep_refused(table, table.refused)
    with (reader.rejected / "members.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["会員番号", "年度", "登録日時", "備考", "why_refused"]
    assert rows == [
        ["m2", "2026", "never", "=1+1", "registered_at not_a_time"],
        ["m3", "2026", "broken_row"],
    ]


def test_mended_rows_are_loaded_as_they_are_and_the_column_that_says_why_is_not_told(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "members.csv").write_text(
        "member_id,season,registered_at,why_refused\nm2,2026,2026-01-02T00:00:00Z,registered_at not_a_time\n"
    )
    [table] = reader_in(tmp_path).tables(folder, NOW, Quiet())
    assert counts([table]) == {"members": 1}
    assert table.remarks == ()


@pytest.mark.parametrize("fault", [Fault.ERASED_MEMBER, Fault.MISSING])
def test_rows_of_a_parquet_file_lie_whole_too_but_not_those_of_people_who_were_erased(
    tmp_path: Path, fault: Fault
) -> None:
    path = tmp_path / "members.parquet"
    pq.write_table(pa.table({"member_id": ["m1", "m2"], "season": ["2026", None]}), path)
    table = StagedTable("members", path.name, "", path, no_rows_refused(), (), cells=path)
    refused = pa.table([[2], ["season"], [None], [fault.value]], schema=REFUSED_SCHEMA)
    reader = reader_in(tmp_path)
    reader.keep_refused(table, refused)
    with (reader.rejected / "members.csv").open(encoding="utf-8-sig", newline="") as file:
        _, *rows = csv.reader(file)
    assert rows == ([] if fault is Fault.ERASED_MEMBER else [["m2", "", "season missing"]])


def test_what_the_last_load_refused_goes_and_what_others_handed_in_stays(tmp_path: Path) -> None:
    reader = reader_in(tmp_path)
    (reader.rejected / "AOBA").mkdir(parents=True)
    for place in ("members.csv", "members.csv.rejected.csv", "AOBA/to-mend.csv"):
        (reader.rejected / place).write_text("x")
    reader.forget_refused()
    assert [path.name for path in reader.rejected.rglob("*.csv")] == ["to-mend.csv"]


@pytest.mark.parametrize("key", ["sources", '"\\x73ources"'])
def test_a_table_that_was_to_be_fetched_is_never_read_as_one_that_is_not_there(
    season: Path, tmp_path: Path, key: str
) -> None:
    """However the key is written: without the `consents` that lie elsewhere, a withdrawal in them would not count."""
    source = [{"table": "notices", "file": "s3://bucket/notices.csv"}]
    with (season / SERVICE_FILE).open("a", encoding="utf-8") as file:
        file.write(f"\n{key}: {json.dumps(source)}\n")
    with pytest.raises(FolderUnreadable, match="notices lies elsewhere"):
        reader_in(tmp_path).service(season)

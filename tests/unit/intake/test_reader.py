"""A whole folder through the reader: a generated season, and the real clicks where they lie beside the repository."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

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
    kept = reader.keep_refused(table.file_name, table.refused).read_text(encoding="utf-8-sig")
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

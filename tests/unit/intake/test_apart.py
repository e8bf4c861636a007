"""Files from outside are measured before they are read, and read by a process that they may kill."""

import errno
import io
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kanmon.core.errors import FolderUnreadable, IntakeBusy, TooLarge, UsageError
from kanmon.intake.files import apart
from kanmon.intake.files.apart import IsolatedReader
from kanmon.intake.files.limits import IntakeLimits, measure
from tests.unit.intake.folders import APPLICANT, APPLICANTS

NOW = datetime(2026, 4, 1, tzinfo=UTC)
SMALL = IntakeLimits(rows=1_000, unpacked_mb=1)


def bomb(file: Path, rows: int, value: str = "x") -> None:
    """A small file of very many rows: each page holds one word, and how often it comes."""
    columns = ("client_id", "applicant_id", "season", "applied_at", "as_of")
    indices = pa.array(np.zeros(100_000, np.int32))
    words = pa.DictionaryArray.from_arrays(indices, pa.array([value]))
    schema = pa.schema([(name, words.type) for name in columns])
    with pq.ParquetWriter(file, schema) as writer:
        for start in range(0, rows, len(words)):
            part = words.slice(0, min(len(words), rows - start))
            writer.write_batch(pa.record_batch([part] * len(columns), schema=schema))


def folder_of(tmp_path: Path, name: str, content: bytes | str) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def read(tmp_path: Path, folder: Path, limits: IntakeLimits) -> list[tuple[int, int]]:
    results = tmp_path / "results"
    results.mkdir()
    tables = IsolatedReader(limits).tables(folder, ("applicants",), NOW, results)
    return [(0 if one.path is None else pq.read_metadata(one.path).num_rows, len(one.refused)) for one in tables]


def test_a_file_is_read_as_it_would_be_here(tmp_path: Path) -> None:
    text = APPLICANTS + APPLICANT + APPLICANT.replace("a1", "#N/A") + APPLICANT.replace("a1", "ａ２")
    results = tmp_path / "results"
    results.mkdir()
    folder = folder_of(tmp_path, "applicants.csv", text.replace(",", ";"))
    (folder / "events.csv").write_text("x")
    [table] = IsolatedReader(IntakeLimits()).tables(folder, ("applicants",), NOW, results)
    assert table.path is not None
    assert pq.read_table(table.path)["applicant_id"].to_pylist() == ["a1", "a2"]
    assert [tuple(row.values()) for row in table.refused.to_pylist()] == [
        (3, "applicant_id", "#N/A", "spreadsheet_error")
    ]
    assert ["semicolons" in one.message for one in table.remarks] == [True]
    assert (table.dataset, table.file_name, len(table.sha256)) == ("applicants", "applicants.csv", 64)


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    for name, content in (("applicants.csv", "a,b\n1,2\n"), ("applicants.parquet", b"PAR1xxxxPAR1")):
        folder = folder_of(tmp_path, name, content)
        [table] = IsolatedReader(IntakeLimits()).tables(folder, ("applicants",), NOW, results)
        assert table.path is None
        assert len(table.remarks) == 1
        (folder / name).unlink()


def test_a_bomb_of_rows_is_refused_by_what_it_says_of_itself(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "applicants.parquet", b"")
    bomb(folder / "applicants.parquet", 40_000_000)
    assert (folder / "applicants.parquet").stat().st_size < 2_000_000
    with pytest.raises(TooLarge, match=r"has 40,000,000 rows; at most 1,000,000 are taken .KANMON_INTAKE_ROWS."):
        read(tmp_path, folder, IntakeLimits())


def test_what_says_that_it_is_too_large_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "applicants.parquet"
    bomb(file, 2_000)
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", None)
    with pytest.raises(TooLarge, match="has 2,000 rows"):
        measure(file, file.name, SMALL)


def test_a_file_that_says_less_than_it_holds_is_refused_all_the_same(tmp_path: Path) -> None:
    """The number of rows of the whole file is written apart from those of its parts."""
    file = tmp_path / "applicants.parquet"
    pq.write_table(pa.table({"a": pa.array(["x"] * 2_000)}), file)
    whole = file.read_bytes()
    lied = whole.replace(b"\xa0\x1f", b"\x94\x00")  # 2,000 in zigzag and as a varint; 10 in as many bytes
    assert lied != whole
    file.write_bytes(whole[: whole.rindex(b"\xa0\x1f")] + b"\x94\x00" + whole[whole.rindex(b"\xa0\x1f") + 2 :])
    for limits in (SMALL, IntakeLimits(rows=1_999)):
        with pytest.raises(TooLarge, match="2,000 rows"):
            measure(file, file.name, limits)


def test_one_long_word_many_times_over_is_counted_written_out(tmp_path: Path) -> None:
    file = tmp_path / "applicants.parquet"
    bomb(file, 900, "x" * 10_000)
    facts = pq.read_metadata(file)
    assert sum(facts.row_group(0).column(place).total_uncompressed_size for place in range(5)) < 100_000
    with pytest.raises(TooLarge, match="unpacks to 45 MB; at most 1 MB"):
        measure(file, file.name, SMALL)


def test_what_a_file_says_to_unpack_to_is_looked_up_first(tmp_path: Path) -> None:
    file = tmp_path / "applicants.parquet"
    pq.write_table(pa.table({"a": pa.array(["x" * 3_000_000])}), file, compression="zstd")
    assert file.stat().st_size < 10_000
    with pytest.raises(TooLarge, match=r"unpacks to 3 MB; at most 1 MB are taken .KANMON_INTAKE_MB."):
        measure(file, file.name, SMALL)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (APPLICANTS + APPLICANT * 1_001, "has 1,001 rows; at most 1,000"),
        ("a\r" * 1_002, "has 1,001 rows"),
        (APPLICANTS + "x" * 2_000_000, "unpacks to 2 MB"),
        ("," * 1_000 + "\n", "has 1,001 columns; at most 1,000"),
        ("a" * (1 << 20), "unpacks to 1 MB|first line is longer"),
    ],
)
def test_a_csv_file_has_as_few(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "applicants.csv"
    file.write_text(content, newline="")
    with pytest.raises(TooLarge, match=words):
        measure(file, file.name, SMALL)


def test_as_many_as_are_taken_are_taken(tmp_path: Path) -> None:
    held = APPLICANT.replace("a1", '"a\n1"')
    file = tmp_path / "applicants.csv"
    file.write_text(APPLICANTS + held * 1_000, newline="")
    measure(file, file.name, SMALL)
    bomb(tmp_path / "applicants.parquet", 1_000)
    measure(tmp_path / "applicants.parquet", "applicants.parquet", SMALL)


def test_a_reader_that_needs_too_much_memory_is_a_refusal(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "applicants.csv", APPLICANTS + APPLICANT)
    with pytest.raises(TooLarge, match="needs more than 100 MB of memory"):
        read(tmp_path, folder, IntakeLimits(memory_mb=100))


def test_want_of_memory_is_told_whatever_error_it_came_as(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that can't be listed for want of memory is not told as one that can't be read."""
    task = {"folder": str(tmp_path), "only": [], "now": NOW.isoformat(), "results": str(tmp_path), "name": "a.csv"}
    monkeypatch.setattr(apart, "_bind", lambda _: None)
    for number, expected in ((errno.ENOMEM, "OUT_OF_MEMORY"), (errno.EACCES, FolderUnreadable.code)):

        def fails(*_: object, number: int = number) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(Path, "iterdir", fails)
        monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({**task, "limits": IntakeLimits().settings()})))
        apart.main()
        assert json.loads((tmp_path / "result.json").read_text())["error"] == expected


def test_a_reader_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "applicants.csv", "")
    (folder / "applicants.csv").unlink()
    os.mkfifo(folder / "applicants.csv")  # its reader waits for ever
    with pytest.raises(TooLarge, match=r"not read within 1 seconds .KANMON_INTAKE_SECONDS."):
        read(tmp_path, folder, IntakeLimits(seconds=1))


def test_a_reader_that_has_to_wait_for_the_processor_is_not_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = tmp_path / "reader"
    reader.write_text("#!/bin/sh\nsleep 2\necho '{\"tables\": []}' > results/result.json\n")
    reader.chmod(0o700)
    folder = folder_of(tmp_path, "applicants.csv", APPLICANTS + APPLICANT)
    monkeypatch.setattr("sys.executable", str(reader))
    monkeypatch.chdir(tmp_path)
    assert read(tmp_path, folder, IntakeLimits(seconds=1)) == []


def test_no_more_files_are_read_at_a_time_than_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path, "applicants.csv", APPLICANTS + APPLICANT)
    for _ in range(apart.READERS):
        assert apart._TURNS.acquire(blocking=False)
    try:
        with pytest.raises(IntakeBusy):
            read(tmp_path, folder, IntakeLimits(seconds=1))
    finally:
        for _ in range(apart.READERS):
            apart._TURNS.release()


def test_the_environment_sets_limits() -> None:
    assert IntakeLimits.of({"KANMON_INTAKE_ROWS": "5"}) == IntakeLimits(rows=5)
    for value in ("0", "-1", "many", "１"):
        with pytest.raises(UsageError, match="KANMON_INTAKE_MB is a whole number from 1"):
            IntakeLimits.of({"KANMON_INTAKE_MB": value})

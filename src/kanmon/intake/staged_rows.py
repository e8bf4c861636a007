"""Rows of a staged file, by line: who is named there, and those that were refused, whole."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kanmon.consent.doubtful import RefusedRow, as_written
from kanmon.consent.holds.service import UNUSABLE
from kanmon.core.clock import day_of
from kanmon.core.faults import Fault
from kanmon.core.refused import REFUSED_SCHEMA

BATCH_ROWS = 262_144
_A_MINUTE = timedelta(minutes=1)


def batches(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """A staged file batch by batch, each row with its line."""
    first, has_lines = 1, "line" in file.schema_arrow.names
    for batch in file.iter_batches(BATCH_ROWS):
        lines = pa.array(range(first, first + len(batch)), pa.int64())
        yield batch if has_lines else batch.append_column("line", lines)
        first += len(batch)


def named_in(path: Path) -> set[str]:
    """Everybody whom a staged file names; a batch at a time, for the file may be larger than memory."""
    named: set[str] = set()
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH_ROWS, columns=["member_id"]):
            named.update(pc.unique(batch.column(0)).drop_null().to_pylist())
    return named


def refused_words(cells: Path, refused: pa.Table) -> dict[int, frozenset[str]]:
    """All that may be an ID in each row of `refused` (REFUSED_SCHEMA), by line; `cells` are those of its whole file."""
    words: dict[int, frozenset[str]] = {}
    for row in refused.to_pylist():
        told = RefusedRow(row["line"], row["value"] or "", "", row["fault"])
        words[row["line"]] = words.get(row["line"], frozenset()) | told.words | {told.text}
    lines = pa.array(words, pa.int64())
    with pq.ParquetFile(cells) as file:
        for batch in batches(file):
            for row in batch.filter(pc.is_in(batch.column("line"), lines)).to_pylist():
                line = row.pop("line")
                texts = {name: None if cell is None else _written(cell) for name, cell in row.items()}
                words[line] |= RefusedRow(line, "", "", "", texts).words
    return words


def parted(path: Path, members: pa.Array) -> tuple[Path, pa.Table]:
    """Where the rows of everybody but `members` were written to, and the lines of the others."""
    kept, taken_out = path.with_suffix(".kept.parquet"), []
    line = pa.field("line", pa.int64())
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow if "line" in file.schema_arrow.names else file.schema_arrow.append(line)
        with pq.ParquetWriter(kept, schema) as writer:
            for batch in batches(file):
                is_named = pc.is_in(batch.column("member_id"), members)
                writer.write_batch(batch.filter(pc.invert(is_named)))
                taken_out.append(batch.filter(is_named).select(["line"]))
    return kept, pa.Table.from_batches(taken_out, pa.schema([line]))


def refused_silently(rows: pa.Table) -> pa.Table:
    """The rows as refused, without the value: it names the person."""
    count = len(rows)
    return pa.table(
        [rows["line"], ["member_id"] * count, pa.nulls(count, pa.string()), [Fault.ERASED_MEMBER.value] * count],
        schema=REFUSED_SCHEMA,
    )


def refused_rows(path: Path, refused: pa.Table) -> list[RefusedRow]:
    """The rows of a staged file that the control plane refused, whole."""
    if not len(refused):
        return []
    faults = {row["line"]: row for row in refused.to_pylist()}
    with pq.ParquetFile(path) as file:
        lines = pa.array(faults, pa.int64())
        found = [batch.filter(pc.is_in(batch.column("line"), lines)) for batch in batches(file)]
    rows = []
    for row in (row for batch in found for row in batch.to_pylist()):
        told = faults[row.pop("line")]
        row.pop("known_at", None)
        latest_at = row.pop("latest_at", None)
        if latest_at is not None and latest_at - row["occurred_at"] > _A_MINUTE:  # just its day is certain
            row["occurred_at"] = day_of(row["occurred_at"])
        cells = {name: None if cell is None else _written(cell) for name, cell in row.items()}
        text = as_written(list(cells.values()))
        rows.append(RefusedRow(told["line"], text, told["column"] or "", told["fault"], cells))
    return rows


def _written(cell: object) -> str:
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def unusable_file(name: str) -> RefusedRow:
    """A whole file as one row."""
    return RefusedRow(None, name, "", UNUSABLE)

"""The first load of a table: where nothing is known yet there is nothing to compare with.

DuckDB resolves the staged file, and what it takes goes by COPY into the table itself: a row is written once.
"""
# ruff: noqa: S608 - the SQL is put together from the constants of `datasets`, never from what a file says

from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import sql
from sqlalchemy import Connection

from kanmon.consent.store.words import own_hashes_of_registered
from kanmon.core.refused import MergeResult, no_rows_refused
from kanmon.db.bulk import copy_batches, copy_out
from kanmon.db.unit_of_work import WriteSession
from kanmon.intake.files.tables import disk_has_room
from kanmon.intake.store.datasets import TableMerge
from kanmon.intake.store.resolving import REFUSED, new_row, order_of_new, refusals, resolved
from kanmon.lake.files.sql import literal

_BATCH_ROWS = 65_536
_MEMORY_LIMIT = "1GB"
_KNOWN = {
    "client": {"client_id": pa.string()},
    "displayed_text": {"text_sha256": pa.string(), "text_no": pa.int32()},
    "member": {"member_id": pa.string(), "member_no": pa.int32()},
    "screen": {"screen_id": pa.string()},
    "season": {"season_id": pa.string()},
}
"""What rows of a file refer to, and the columns by which they are looked up."""


def known_rows(connection: Connection, table: str) -> pa.Table:
    """The columns by which rows of a table are looked up; a displayed text is there under every hash of its words."""
    columns = sql.SQL(", ").join(map(sql.Identifier, _KNOWN[table]))
    rows = copy_out(connection, sql.SQL("SELECT {} FROM {}").format(columns, sql.Identifier(table)), _KNOWN[table])
    return _by_any_hash(connection, rows) if table == "displayed_text" else rows


def _by_any_hash(connection: Connection, texts: pa.Table) -> pa.Table:
    numbers = dict(zip(*(column.to_pylist() for column in texts.columns), strict=True))
    own = own_hashes_of_registered(connection)
    numbers |= {other: numbers[sha256] for other, sha256 in own.items() if sha256 in numbers}
    return pa.table([list(numbers), list(numbers.values())], schema=texts.schema)


def fill(
    session: WriteSession,
    staged: Path,
    dataset: TableMerge,
    numbers: pa.Table | None,
    advance: Callable[[int], None],
) -> MergeResult:
    """Fill an empty table, one of members by their `numbers`; see `staging`."""
    with (
        disk_has_room(),
        duckdb.connect(
            config={"memory_limit": _MEMORY_LIMIT, "temp_directory": str(staged.parent / "spill")}
        ) as engine,
    ):
        for table in {at.found.partition(".")[0] for at in dataset.references} | {"displayed_text"}:
            engine.register(table, known_rows(session.connection, table))
        if numbers is not None:
            engine.register("numbers", numbers)
        file = f"read_parquet({literal(staged)})"
        if dataset.has_texts:
            file = f"(SELECT * EXCLUDE text_sha256 FROM {file} JOIN displayed_text USING (text_sha256))"
        engine.execute(f"CREATE TABLE shape ({dataset.columns})")
        engine.execute(f"CREATE VIEW staged AS FROM shape UNION ALL BY NAME FROM {file}")
        engine.execute(f"CREATE TABLE resolved AS {resolved(dataset)}")
        told = [refusals(dataset, batch.to_pylist()) for batch in engine.execute(REFUSED).to_arrow_reader(_BATCH_ROWS)]
        columns, expressions = new_row(dataset)
        taken = engine.execute(
            f"""
            SELECT {", ".join(f"{one} AS {column}" for column, one in zip(columns, expressions, strict=True))}
            FROM resolved r {dataset.assigned.join if dataset.assigned else ""}
            WHERE r.fault_no IS NULL AND r.turn = 1 ORDER BY {order_of_new(dataset)}
            """
        )
        new = copy_batches(session.connection, dataset.table, taken.to_arrow_reader(_BATCH_ROWS), advance)
    refused = pa.concat_tables([no_rows_refused(), *told]).sort_by("line")
    return MergeResult(new, 0, pq.read_metadata(staged).num_rows - new - refused.num_rows, refused)

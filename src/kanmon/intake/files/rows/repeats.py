"""Lines of one file that name the same row: told twice it is one row, told differently the later line is refused.

Where the dataset doesn't take the first, every line about that row is refused.
"""
# ruff: noqa: S608 - the SQL is put together from the contract's columns

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from kanmon.core.faults import Fault
from kanmon.core.refused import REFUSED_SCHEMA, no_rows_refused
from kanmon.intake.files.rows.columns import Dataset
from kanmon.intake.files.sources import scanned
from kanmon.lake.files.sql import literal


@dataclass(frozen=True)
class Repeats:
    """How many lines said an earlier one again, and the lines that are refused since they contradict another."""

    dropped: int
    refused: pa.Table


def drop_repeats(engine: duckdb.DuckDBPyConnection, dataset: Dataset, staged: Path) -> Repeats:
    """Rewrite a staged table without lines that repeat or contradict an earlier one.

    Hashes of the keys find the few lines to compare, so that a large table is held as hashes only.
    """
    key = dataset.key or (dataset.staged if dataset.is_set else ())
    if not key:
        return Repeats(0, no_rows_refused())
    names, table = ", ".join(key), scanned(staged)
    content = ", ".join(name for name in dataset.staged if name not in key)
    differs = f"row({content}) IS DISTINCT FROM first_value(row({content})) OVER same" if content else "false"
    is_refused = "differs" if dataset.takes_first else f"bool_or(differs) OVER (PARTITION BY {names})"
    engine.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE repeated AS
        SELECT line, value, differs FROM (
            SELECT line, value, turn, {is_refused} AS differs FROM (
                SELECT line, {names}, {dataset.named_by or "NULL"} AS value, {differs} AS differs,
                       row_number() OVER same AS turn
                FROM {table}
                WHERE hash({names}) IN (SELECT hash({names}) AS h FROM {table} GROUP BY h HAVING count(*) > 1)
                WINDOW same AS (PARTITION BY {names} ORDER BY line)
            )
        ) WHERE turn > 1 OR differs
        """
    )
    dropped = engine.execute("SELECT count(*) FILTER (NOT differs), count(*) FROM repeated").fetchone()
    assert dropped is not None
    if not dropped[1]:
        return Repeats(0, no_rows_refused())
    kept = staged.with_suffix(".kept")
    engine.execute(
        f"COPY (SELECT * FROM {table} WHERE line NOT IN (SELECT line FROM repeated))"
        f" TO {literal(kept)} (FORMAT parquet)"
    )
    os.replace(kept, staged)
    refused = engine.execute(
        "SELECT line, $1 AS col, value, $2 AS fault FROM repeated WHERE differs ORDER BY line",
        [dataset.named_by, Fault.DUPLICATE_KEY.value],
    ).to_arrow_table()
    return Repeats(dropped[0], pa.table(refused.columns, schema=REFUSED_SCHEMA))

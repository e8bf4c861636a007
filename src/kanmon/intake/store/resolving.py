"""Which rows of a staged file can be taken: what PostgreSQL and DuckDB are asked alike.

Both look at a table `staged` of a dataset's columns, and at the tables that it refers to.
"""
# ruff: noqa: S608 - the SQL is put together from the constants of `datasets`, never from what a file says

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from kanmon.core.faults import Fault
from kanmon.core.refused import REFUSED_SCHEMA
from kanmon.intake.store.datasets import CONSENTS, TableMerge

REFUSED = """
    SELECT r.fault_no, s.* FROM resolved r JOIN staged s USING (line)
    WHERE r.fault_no IS NOT NULL OR (r.turn > 1 AND r.differs)
"""
"""The staged rows that can't be taken."""


def resolved(dataset: TableMerge) -> str:
    """Look up what each row refers to and order the rows by key; `turn` counts the lines that name the same row."""
    target = {**dataset.key, **dataset.values}
    fault_no = " ".join(
        f"WHEN s.{at.column} IS NOT NULL AND {at.found} IS NULL THEN {number}"
        for number, at in enumerate(dataset.references)
    )
    differs = " OR ".join(f"{value} IS DISTINCT FROM first_value({value}) OVER same" for value in dataset.values)
    return f"""
        SELECT *, row_number() OVER same AS turn, {differs or "false"} AS differs
        FROM (
            SELECT s.line, {", ".join(f"{expression} AS {column}" for column, expression in target.items())},
                   CASE {fault_no} END AS fault_no
            FROM staged s {" ".join(at.join for at in dataset.references)}
            {"WHERE s.client_id = current_setting('kanmon.client')" if dataset.by_client else ""}
        ) looked_up
        WINDOW same AS (PARTITION BY {", ".join(dataset.key)} ORDER BY fault_no NULLS FIRST, line)
    """


def new_row(dataset: TableMerge) -> tuple[list[str], list[str]]:
    """The columns of a new row, and the expressions that fill them from a resolved row `r`."""
    columns = [*dataset.key, *dataset.values]
    expressions = [f"r.{column}" for column in columns]
    if dataset.assigned:
        columns.append(dataset.assigned.column)
        expressions.append(dataset.assigned.expression)
    return columns, expressions


def order_of_new(dataset: TableMerge) -> str:
    """New rows stand in the file's order; acts of consent in their index's, which fills it fast."""
    return ", ".join(f"r.{column}" for column in dataset.key) if dataset.table == CONSENTS.table else "r.line"


def refusals(dataset: TableMerge, rows: Iterable[Mapping[Any, Any]]) -> pa.Table:
    """What is told of rows that `REFUSED` found."""
    references = [(at.column, at.fault) for at in dataset.references]
    told = []
    for row in rows:
        at_fault = (dataset.named_by, Fault.DUPLICATE_KEY) if row["fault_no"] is None else references[row["fault_no"]]
        column, fault = at_fault
        value = row[column]
        written = value.isoformat() if isinstance(value, datetime) else value
        told.append({"line": row["line"], "column": column, "value": written, "fault": fault.value})
    return pa.Table.from_pylist(told, REFUSED_SCHEMA)

"""Merging a staged file into the control plane: set-based, repeatable, bad rows refused and good ones kept.

A file goes by COPY into the temporary table `staged`, is looked up and ordered into `resolved`, and from there into
its table. Loaded twice it changes nothing; a corrected file replaces just the rows it names.
"""
# ruff: noqa: S608 - the SQL is put together from the constants of `datasets`, never from what a file says

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import ARRAY, CursorResult, Text, bindparam, select, text

from kanmon.adapters.postgres.bulk import copy_batches
from kanmon.adapters.postgres.datasets import (
    APPLICANTS,
    CONFIRMATIONS,
    CONSENTS,
    DECISIONS,
    MEMBERS,
    NOTICES,
    OUTCOMES,
    RENDERINGS,
    Dataset,
)
from kanmon.adapters.postgres.locks import hold_consents
from kanmon.adapters.postgres.tables import displayed_text
from kanmon.adapters.unit_of_work import WriteSession
from kanmon.ids import ClientId
from kanmon.refused import REFUSED_SCHEMA, Fault, Merged, no_rows_refused

_BATCH_ROWS = 65_536
_MERGE_LOCK = 0x6D65726765


def merge_members(session: WriteSession, staged: Path, member_numbers: pa.Table) -> Merged:
    """Merge members; `member_numbers` (member_id, member_no) gives the lake's number of each member of the file."""
    _run(session, "CREATE TEMP TABLE numbers (member_id text PRIMARY KEY, member_no int) ON COMMIT DROP")
    copy_batches(session.connection, "numbers", member_numbers.to_batches(_BATCH_ROWS))
    _run(session, "ANALYZE numbers")
    merged = _merge(session, staged, MEMBERS)
    _run(session, "DROP TABLE numbers")
    return merged


def merge_consents(session: WriteSession, staged: Path) -> Merged:
    """Add acts of consent; one known with another `refusable` stays, and a correction points to its successor."""
    hold_consents(session.connection)
    return _merge(session, staged, CONSENTS)


def merge_renderings(session: WriteSession, staged: Path) -> Merged:
    """Merge what screens showed when they were looked at."""
    return _merge(session, staged, RENDERINGS)


def merge_notices(session: WriteSession, staged: Path) -> Merged:
    """Add what people were told."""
    return _merge(session, staged, NOTICES)


def merge_applicants(session: WriteSession, staged: Path) -> Merged:
    """Merge applicants; new ones stand behind those known, in the file's order; known ones keep their place."""
    return _merge(session, staged, APPLICANTS)


def merge_outcomes(session: WriteSession, staged: Path) -> Merged:
    """Merge the outcomes of known applicants."""
    return _merge(session, staged, OUTCOMES)


def merge_confirmations(session: WriteSession, staged: Path) -> Merged:
    """Merge the consents that clients obtained from known applicants, as the platform confirmed them."""
    return _merge(session, staged, CONFIRMATIONS)


def merge_decisions(session: WriteSession, staged: Path) -> Merged:
    """Merge clients' own decisions about known applicants."""
    return _merge(session, staged, DECISIONS)


def _merge(session: WriteSession, staged: Path, dataset: Dataset) -> Merged:
    """Merge a whole file; afterwards the session acts for no client."""
    _run(session, f"SELECT pg_advisory_xact_lock({_MERGE_LOCK})")
    _run(session, f"CREATE TEMP TABLE staged ({dataset.columns}) ON COMMIT DROP")
    with pq.ParquetFile(staged) as file:
        batches = _with_text_numbers(session, file) if dataset.has_texts else file.iter_batches(_BATCH_ROWS)
        rows = copy_batches(session.connection, "staged", batches)
    _run(session, "ANALYZE staged")
    new = replaced = 0
    refused = [no_rows_refused()]
    for client in _parts(session, dataset):
        session.act_for(client)
        _resolve(session, dataset)
        refused.extend(_refused(session, dataset))
        replaced += _correct_consents(session) if dataset is CONSENTS else _replace(session, dataset)
        new += _insert(session, dataset)
        _run(session, "DROP TABLE resolved")
    session.act_for(None)
    _run(session, "DROP TABLE staged")
    _run(session, f"SELECT gather_statistics('{dataset.table}')")
    told = pa.concat_tables(refused).sort_by("line")
    return Merged(new, replaced, rows - new - replaced - told.num_rows, told)


def _with_text_numbers(session: WriteSession, file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """The rows of a file with the number of the displayed text in place of its hash; a new text gets a number."""
    shown: set[str] = set()
    for batch in file.iter_batches(_BATCH_ROWS, columns=["text_sha256"]):
        shown.update(pc.unique(batch.column(0)).to_pylist())
    session.connection.execute(
        text(
            "INSERT INTO displayed_text (text_sha256)"
            " SELECT unnest(:shown) EXCEPT SELECT text_sha256 FROM displayed_text"
        ).bindparams(bindparam("shown", sorted(shown), ARRAY(Text)))
    )
    known = session.connection.execute(select(displayed_text.c.text_sha256, displayed_text.c.text_no)).all()
    hashes = pa.array([text_sha256 for text_sha256, _ in known], pa.string())
    numbers = pa.array([text_no for _, text_no in known], pa.int32())
    for batch in file.iter_batches(_BATCH_ROWS):
        place = batch.schema.get_field_index("text_sha256")
        found = numbers.take(pc.index_in(batch.column(place), value_set=hashes))
        yield batch.set_column(place, "text_no", found)


def _parts(session: WriteSession, dataset: Dataset) -> list[ClientId | None]:
    if not dataset.by_client:
        return [None]
    return list(session.connection.scalars(text("SELECT DISTINCT client_id FROM staged ORDER BY client_id")))


def _resolve(session: WriteSession, dataset: Dataset) -> None:
    """Look up what each row refers to and order the rows by key; `turn` counts the lines that name the same row."""
    target = {**dataset.key, **dataset.values}
    fault_no = " ".join(
        f"WHEN s.{at.column} IS NOT NULL AND {at.found} IS NULL THEN {number}"
        for number, at in enumerate(dataset.references)
    )
    differs = " OR ".join(f"{value} IS DISTINCT FROM first_value({value}) OVER same" for value in dataset.values)
    _run(
        session,
        f"""
        CREATE TEMP TABLE resolved ON COMMIT DROP AS
        SELECT *, row_number() OVER same AS turn, {differs or "false"} AS differs
        FROM (
            SELECT s.line, {", ".join(f"{expression} AS {column}" for column, expression in target.items())},
                   CASE {fault_no} END AS fault_no
            FROM staged s {" ".join(at.join for at in dataset.references)}
            {"WHERE s.client_id = current_setting('kanmon.client')" if dataset.by_client else ""}
        ) looked_up
        WINDOW same AS (PARTITION BY {", ".join(dataset.key)} ORDER BY fault_no NULLS FIRST, line)
        """,
    )
    _run(session, "ANALYZE resolved")


def _refused(session: WriteSession, dataset: Dataset) -> Iterator[pa.Table]:
    references = [(at.column, at.fault) for at in dataset.references]
    found = session.connection.execute(
        text(
            "SELECT r.fault_no, s.* FROM resolved r JOIN staged s USING (line)"
            " WHERE r.fault_no IS NOT NULL OR (r.turn > 1 AND r.differs)"
        ),
        execution_options={"yield_per": _BATCH_ROWS},
    )
    for rows in found.mappings().partitions():
        told = []
        for row in rows:
            at_fault = (
                (dataset.named_by, Fault.DUPLICATE_KEY) if row["fault_no"] is None else references[row["fault_no"]]
            )
            column, fault = at_fault
            told.append({"line": row["line"], "column": column, "value": row[column], "fault": fault.value})
        yield pa.Table.from_pylist(told, REFUSED_SCHEMA)


def _replace(session: WriteSession, dataset: Dataset) -> int:
    if not dataset.values:
        return 0
    known, said = (f"ROW({', '.join(f'{row}.{column}' for column in dataset.values)})" for row in "tr")
    return _run(
        session,
        f"""
        UPDATE {dataset.table} t SET {", ".join(f"{column} = r.{column}" for column in dataset.values)}
        FROM resolved r
        WHERE r.fault_no IS NULL AND r.turn = 1 AND {_same("t", "r", dataset)} AND {known} IS DISTINCT FROM {said}
          AND NOT ({dataset.stays.format(row="t")})
        """,
    )


def _insert(session: WriteSession, dataset: Dataset) -> int:
    """Add the rows not known yet, in the file's order; acts of consent in their index's, which fills it fast."""
    columns = [*dataset.key, *dataset.values]
    expressions = [f"r.{column}" for column in columns]
    if dataset.assigned:
        columns.append(dataset.assigned.column)
        expressions.append(dataset.assigned.expression)
    return _run(
        session,
        f"""
        INSERT INTO {dataset.table} ({", ".join(columns)})
        SELECT {", ".join(expressions)} FROM resolved r {dataset.assigned.join if dataset.assigned else ""}
        WHERE r.fault_no IS NULL AND r.turn = 1
          AND NOT EXISTS (SELECT FROM {dataset.table} t WHERE {_same("t", "r", dataset)})
          AND NOT ({dataset.stays.format(row="r") if "applicant_no" in dataset.key else "false"})
        ORDER BY {"r.member_no, r.occurred_at" if dataset is CONSENTS else "r.line"}
        """,
    )


def _correct_consents(session: WriteSession) -> int:
    return _run(
        session,
        f"""
        WITH corrected AS (
            INSERT INTO consent_act ({", ".join(CONSENTS.key)}, refusable, revision)
            SELECT {", ".join(f"r.{column}" for column in CONSENTS.key)}, r.refusable, t.revision + 1
            FROM resolved r JOIN consent_act t ON {_same("t", "r", CONSENTS)}
            WHERE r.fault_no IS NULL AND r.turn = 1 AND t.refusable IS DISTINCT FROM r.refusable
              AND NOT EXISTS (SELECT FROM consent_correction WHERE old_no = t.consent_no)
            RETURNING *
        )
        INSERT INTO consent_correction (old_no, new_no)
        SELECT t.consent_no, r.consent_no
        FROM corrected r JOIN consent_act t ON {_same("t", "r", CONSENTS)} AND t.revision = r.revision - 1
        """,
    )


def _same(one: str, other: str, dataset: Dataset) -> str:
    """That two rows have the same key; in acts and notices, the client is the one column of a key that may be null."""
    return " AND ".join(
        f"{one}.{column} {'IS NOT DISTINCT FROM' if column == 'client_id' else '='} {other}.{column}"
        for column in dataset.key
    )


def _run(session: WriteSession, statement: str) -> int:
    result: CursorResult[Sequence[object]] = session.connection.exec_driver_sql(statement)
    return result.rowcount

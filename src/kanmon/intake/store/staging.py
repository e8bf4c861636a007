"""Merging a staged file into the control plane: set-based, repeatable, bad rows refused and good ones kept.

A file goes by COPY into the temporary table `staged`, is looked up and ordered into `resolved`, and from there into
its table. Loaded twice it changes nothing; a corrected file replaces just the rows it names. An empty table is filled
at once: see `first_load`.
"""
# ruff: noqa: S608 - the SQL is put together from the constants of `datasets`, never from what a file says

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import ARRAY, CursorResult, Text, bindparam, text

from kanmon.consent.store.words import own_hashes_of_registered
from kanmon.core.faults import Fault
from kanmon.core.ids import ClientId, TextSha256
from kanmon.core.refused import MergeResult, no_rows_refused
from kanmon.db.bulk import copy_batches
from kanmon.db.locks import hold_consents
from kanmon.db.unit_of_work import RowBatch, WriteSession
from kanmon.intake.store.datasets import (
    APPLICANTS,
    CONFIRMATIONS,
    CONSENTS,
    DECISIONS,
    MEMBERS,
    NOTICES,
    OUTCOMES,
    RENDERINGS,
    AssignedColumn,
    TableMerge,
)
from kanmon.intake.store.first_load import fill, known_rows
from kanmon.intake.store.resolving import REFUSED, new_row, order_of_new, refusals, resolved
from kanmon.lake.service import silent
from kanmon.ledger.store.act_seals import ActSeals, NewActs
from kanmon.ledger.store.bound_rows import BoundRows
from kanmon.ledger.store.bound_tables import BOUND
from kanmon.ledger.store.notice_seals import NoticeSeals

_BATCH_ROWS = 65_536
_MAY_BE_NULL = frozenset({"client_id", "latest_at"})
_CORRECTED = ("refusable", "given_by", "relation")
"""Columns of keys that may be null, which is then a value like any other."""
_MERGE_LOCK = 0x6D65726765


def merge_members(
    session: WriteSession, staged: Path, member_numbers: pa.Table, advance: Callable[[int], None] = silent
) -> MergeResult:
    """Merge members; `member_numbers` (member_id, member_no) gives the lake's number of each member of the file."""
    return _merge(session, staged, MEMBERS, advance, member_numbers)


def merge_consents(
    session: WriteSession, staged: Path, advance: Callable[[int], None] = silent, *, load_id: int
) -> MergeResult:
    """Add acts of consent; one known as free or given otherwise stays, and a correction points to its successor.

    Each new one is of the load `load_id`, and is sealed with all other acts of its member.
    """
    if session.is_kept:
        hold_consents(session.connection)
    return _merge(session, staged, replace(CONSENTS, assigned=AssignedColumn("load_id", str(load_id), "")), advance)


def merge_renderings(session: WriteSession, staged: Path, advance: Callable[[int], None] = silent) -> MergeResult:
    """Merge what screens showed when they were looked at."""
    return _merge(session, staged, RENDERINGS, advance)


def merge_notices(session: WriteSession, staged: Path, advance: Callable[[int], None] = silent) -> MergeResult:
    """Add what people were told."""
    return _merge(session, staged, NOTICES, advance)


def merge_applicants(session: WriteSession, staged: Path, advance: Callable[[int], None] = silent) -> MergeResult:
    """Merge applicants; new ones stand behind those known, in the file's order; known ones keep their place."""
    return _merge(session, staged, APPLICANTS, advance)


def merge_outcomes(session: WriteSession, staged: Path, advance: Callable[[int], None] = silent) -> MergeResult:
    """Merge the outcomes of known applicants."""
    return _merge(session, staged, OUTCOMES, advance)


def merge_confirmations(session: WriteSession, staged: Path, advance: Callable[[int], None] = silent) -> MergeResult:
    """Merge the consents that clients obtained from known applicants, as the platform confirmed them."""
    return _merge(session, staged, CONFIRMATIONS, advance)


def merge_decisions(session: WriteSession, staged: Path, advance: Callable[[int], None] = silent) -> MergeResult:
    """Merge clients' own decisions about known applicants."""
    return _merge(session, staged, DECISIONS, advance)


def _merge(
    session: WriteSession,
    staged: Path,
    dataset: TableMerge,
    advance: Callable[[int], None],
    numbers: pa.Table | None = None,
) -> MergeResult:
    """Merge a whole file, by `numbers` (member_id, member_no) if it is one of members; then acts for no client.

    `advance` is told how many rows were copied in, bit by bit.
    """
    if session.is_kept:  # what is only tried makes nobody wait
        _run(session, f"SELECT pg_advisory_xact_lock({_MERGE_LOCK})")
    with pq.ParquetFile(staged) as file:
        texts = _text_numbers(session, file) if dataset.has_texts else None
        if _may_fill(session, dataset):
            merged = fill(session, staged, dataset, numbers, advance)
            if dataset.table == CONSENTS.table:
                merged = replace(merged, acts_sha256=ActSeals(session).seal_all())
            if dataset.table == NOTICES.table:
                NoticeSeals(session).seal_all()
        else:
            merged = _merge_by_tables(session, file, dataset, numbers, texts, advance)
    _run(session, f"SELECT gather_statistics('{dataset.table}')")
    return merged


def _may_fill(session: WriteSession, dataset: TableMerge) -> bool:
    """Whether nothing is known yet; of a table by client that can't be told, nor does PostgreSQL COPY into one."""
    return not (dataset.by_client or session.connection.scalar(text(f"SELECT EXISTS (SELECT FROM {dataset.table})")))


def _merge_by_tables(
    session: WriteSession,
    file: pq.ParquetFile,
    dataset: TableMerge,
    numbers: pa.Table | None,
    texts: pa.Table | None,
    advance: Callable[[int], None],
) -> MergeResult:
    if numbers is not None:
        _run(session, "CREATE TEMP TABLE numbers (member_id text PRIMARY KEY, member_no int) ON COMMIT DROP")
        copy_batches(session.connection, "numbers", numbers.to_batches(_BATCH_ROWS))
        _run(session, "ANALYZE numbers")
    _run(session, f"CREATE TEMP TABLE staged ({dataset.columns}) ON COMMIT DROP")
    batches = file.iter_batches(_BATCH_ROWS)
    coded = _with_text_numbers(batches, texts) if texts else batches
    rows = copy_batches(session.connection, "staged", coded, advance)
    _run(session, "ANALYZE staged")
    new = replaced = 0
    acts_sha256 = None
    refused, strayed = [no_rows_refused()], []
    for client in _parts(session, dataset):
        session.act_for(client)
        _resolve(session, dataset)
        refused_here = list(_refused(session, dataset))
        refused += refused_here
        if client is not None and any(_names_unknown_stage(rows) for rows in refused_here):
            strayed.append(client)
        is_consents = dataset.table == CONSENTS.table
        replaced += _correct_consents(session, dataset) if is_consents else _replace(session, dataset)
        with NoticeSeals(session).sent(_newly_told(session)) if dataset.table == NOTICES.table else nullcontext():
            new += _insert(session, dataset)
        if is_consents:
            acts_sha256 = _seal(session, dataset)
        _enter(session, dataset)
        _run(session, "DROP TABLE resolved")
    session.act_for(None)
    _run(session, "DROP TABLE staged")
    _run(session, "DROP TABLE IF EXISTS numbers")
    told = pa.concat_tables(refused).sort_by("line")
    stages: dict[str, tuple[str, ...]] = {client: _stages_of(session, client) for client in strayed}
    return MergeResult(new, replaced, rows - new - replaced - told.num_rows, told, acts_sha256, stages)


def _names_unknown_stage(refused: pa.Table) -> bool:
    return Fault.UNKNOWN_STAGE.value in refused["fault"].to_pylist()


def _stages_of(session: WriteSession, client: ClientId) -> tuple[str, ...]:
    """The stages that a client's contract lists."""
    listed = text("SELECT contract -> 'stages' FROM client WHERE client_id = :client")
    return tuple(session.connection.scalar(listed, {"client": client}) or ())


def _text_numbers(session: WriteSession, file: pq.ParquetFile) -> pa.Table:
    """The number of every displayed text (text_sha256, text_no); one that the file shows first gets a number."""
    shown: set[TextSha256] = set()
    for batch in file.iter_batches(_BATCH_ROWS, columns=["text_sha256"]):
        shown.update(pc.unique(batch.column(0)).to_pylist())
    own = own_hashes_of_registered(session.connection)
    shown = {own.get(sha256, sha256) for sha256 in shown}
    session.connection.execute(
        text(
            "INSERT INTO displayed_text (text_sha256)"
            " SELECT unnest(:shown) EXCEPT SELECT text_sha256 FROM displayed_text"
        ).bindparams(bindparam("shown", sorted(shown), ARRAY(Text)))
    )
    return known_rows(session.connection, "displayed_text")


def _with_text_numbers(batches: Iterable[pa.RecordBatch], texts: pa.Table) -> Iterator[pa.RecordBatch]:
    """The rows with the number of the displayed text in place of its hash."""
    hashes, numbers = (texts[name].combine_chunks() for name in ("text_sha256", "text_no"))
    for batch in batches:
        place = batch.schema.get_field_index("text_sha256")
        found = numbers.take(pc.index_in(batch.column(place), value_set=hashes))
        yield batch.set_column(place, "text_no", found)


def _parts(session: WriteSession, dataset: TableMerge) -> list[ClientId | None]:
    if not dataset.by_client:
        return [None]
    return list(session.connection.scalars(text("SELECT DISTINCT client_id FROM staged ORDER BY client_id")))


def _resolve(session: WriteSession, dataset: TableMerge) -> None:
    _run(session, f"CREATE TEMP TABLE resolved ON COMMIT DROP AS {resolved(dataset)}")
    _run(session, "ANALYZE resolved")


def _refused(session: WriteSession, dataset: TableMerge) -> Iterator[pa.Table]:
    found = session.connection.execute(text(REFUSED), execution_options={"yield_per": _BATCH_ROWS})
    for rows in found.mappings().partitions():
        yield refusals(dataset, rows)


def _replace(session: WriteSession, dataset: TableMerge) -> int:
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


def _insert(session: WriteSession, dataset: TableMerge) -> int:
    """Add the rows not known yet."""
    columns, expressions = new_row(dataset)
    return _run(
        session,
        f"""
        INSERT INTO {dataset.table} ({", ".join(columns)})
        SELECT {", ".join(expressions)} FROM resolved r {dataset.assigned.join if dataset.assigned else ""}
        WHERE r.fault_no IS NULL AND r.turn = 1
          AND NOT EXISTS (SELECT FROM {dataset.table} t WHERE {_same("t", "r", dataset)})
          AND NOT ({dataset.stays.format(row="r") if "applicant_no" in dataset.key else "false"})
        ORDER BY {order_of_new(dataset)}
        """,
    )


def _seal(session: WriteSession, dataset: TableMerge) -> str | None:
    """Seal the acts of everybody whom the file named; SHA-256 over the seals of the new ones."""
    assert dataset.assigned is not None
    return ActSeals(session).extend(NewActs("load_id", int(dataset.assigned.expression)), _named(session))


def _newly_told(session: WriteSession) -> Sequence[int]:
    """The members of whose notices the file names one that is not known yet."""
    new = f"""
        SELECT DISTINCT member_no FROM resolved r
        WHERE fault_no IS NULL AND NOT EXISTS (SELECT FROM notice t WHERE {_same("t", "r", NOTICES)})
    """
    return session.connection.scalars(text(new)).all()


def _named(session: WriteSession) -> Sequence[int]:
    """The members whom the file names."""
    return session.connection.scalars(text("SELECT DISTINCT member_no FROM resolved WHERE fault_no IS NULL")).all()


def _correct_consents(session: WriteSession, dataset: TableMerge) -> int:
    assert dataset.assigned is not None
    return _run(
        session,
        f"""
        WITH corrected AS (
            INSERT INTO consent_act ({", ".join(CONSENTS.key)}, {", ".join(_CORRECTED)}, known_at, revision, load_id)
            SELECT {", ".join(f"r.{column}" for column in (*CONSENTS.key, *_CORRECTED))}, t.known_at, t.revision + 1,
                   {dataset.assigned.expression}
            FROM resolved r JOIN consent_act t ON {_same("t", "r", CONSENTS)}
            WHERE r.fault_no IS NULL AND r.turn = 1 AND ({", ".join(f"t.{column}" for column in _CORRECTED)})
                  IS DISTINCT FROM ({", ".join(f"r.{column}" for column in _CORRECTED)})
              AND NOT EXISTS (SELECT FROM consent_correction WHERE old_no = t.consent_no)
            RETURNING *
        )
        INSERT INTO consent_correction (old_no, new_no)
        SELECT t.consent_no, r.consent_no
        FROM corrected r JOIN consent_act t ON {_same("t", "r", CONSENTS)} AND t.revision = r.revision - 1
        """,
    )


def _same(one: str, other: str, dataset: TableMerge) -> str:
    """That two rows have the same key; in acts and notices, some of its columns may be null."""
    return " AND ".join(
        f"{one}.{column} {'IS NOT DISTINCT FROM' if column in _MAY_BE_NULL else '='} {other}.{column}"
        for column in dataset.key
    )


def _enter(session: WriteSession, dataset: TableMerge) -> None:
    """Have the rows that a file names entered as they are now, where that is not what was entered of them before.

    A row is what its file says of it in every column that is bound, whatever somebody wrote into it meanwhile.
    """
    bound = BOUND.get(dataset.table)
    if bound is None or session.rows.secret is None:
        return
    columns = ", ".join(f"t.{column}" for column in bound.batch)
    named = session.connection.exec_driver_sql(
        f"""
        SELECT {columns}, {bound.key} FROM resolved r JOIN {dataset.table} t ON {_same("t", "r", dataset)}
        WHERE r.fault_no IS NULL AND r.turn = 1
        """
    )
    batches: dict[tuple[str, ...], set[str]] = {}
    for *batch, key in named:
        batches.setdefault(tuple(batch), set()).add(key)
    for names, keys in batches.items():
        changed = keys & (BoundRows(session).differing(dataset.table, names) or frozenset())
        if changed:
            session.added.append(RowBatch(dataset.table, names, ClientId(names[0]), tuple(sorted(changed))))


def _run(session: WriteSession, statement: str) -> int:
    result: CursorResult[Sequence[object]] = session.connection.exec_driver_sql(statement)
    return result.rowcount

"""Taking a dataset folder into PostgreSQL within one transaction."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from sqlalchemy import insert, text

from kanmon.clients.store import ServiceStore
from kanmon.consent.holds import service as holding
from kanmon.consent.holds.store import PostgresHoldStore
from kanmon.core.refused import MergeResult
from kanmon.db.tables.work import acquisition
from kanmon.db.unit_of_work import WriteSession
from kanmon.intake.loading import HandInSource, KnownFile, ServiceFile, StagedTable
from kanmon.intake.store import staging
from kanmon.lake.service import silent
from kanmon.ledger.entry import NewEntry
from kanmon.ledger.keyholder import LedgerKey
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.provision.store.decisions import enter_decisions, enter_stage_moves

_MERGES: Mapping[str, Callable[[WriteSession, Path, Callable[[int], None]], MergeResult]] = {
    "renderings": staging.merge_renderings,
    "notices": staging.merge_notices,
    "applicants": staging.merge_applicants,
    "outcomes": staging.merge_outcomes,
    "confirmations": staging.merge_confirmations,
    "decisions": staging.merge_decisions,
}
_NEXT_LOAD = text("SELECT nextval(pg_get_serial_sequence('load', 'load_id'))")
_NOTE = text(
    """
    INSERT INTO load (load_id, loaded_at, file_name, file_sha256, dataset, rows_new, rows_replaced, rows_unchanged,
        rows_refused)
    OVERRIDING SYSTEM VALUE
    VALUES (coalesce(:load, nextval(pg_get_serial_sequence('load', 'load_id'))), :at, :file, :sha256, :dataset, :new,
        :replaced, :unchanged, :refused)
    RETURNING load_id
    """
)
# A decision names no season: which application it is about is another question once other applicants are known.
_TAKEN_IN = text(
    """
    SELECT * FROM (
        SELECT DISTINCT ON (dataset) dataset, file_sha256, loaded_at, rows_refused,
            rows_new + rows_replaced + rows_unchanged AS rows
        FROM load ORDER BY dataset, load_id DESC
    ) newest
    WHERE rows_refused = 0 AND dataset <> 'decisions'
        AND NOT EXISTS (SELECT FROM erasure WHERE erasure.real_at >= newest.loaded_at)
    """
)


class UnkeptLedger(Ledger):
    """The ledger of a transaction that is never kept: nothing is written, so that nobody waits for its end.

    Rows that must stand in the ledger refer to its newest entry instead.
    """

    def __init__(self, store: PostgresLedgerStore, key: LedgerKey) -> None:
        super().__init__(store, key, waits=True)
        self._kept = store

    def hold(self) -> None:
        """Nothing: nothing is written."""

    def append(self, new: Iterable[NewEntry]) -> list[int]:
        """The `seq` of the newest entry for each; in a ledger without any, they are entered until the end."""
        size = self._kept.size()
        return [size - 1 for _ in new] if size else super().append(new)

    def sign(self, at: datetime) -> None:
        """Sign nothing."""


class LoadStore:
    """See `intake.loading.LoadTransaction`."""

    def __init__(self, session: WriteSession, ledger: Ledger) -> None:
        self._session = session
        self.ledger = ledger
        self._load_id: int | None = None
        """The number that a load took before it was noted, for its rows to bear."""
        self.holds: holding.HoldStore = PostgresHoldStore(session)

    def taken_in(self) -> Mapping[str, KnownFile]:
        """The file last taken in of each dataset, where no row of it was refused and nobody erased since."""
        found = self._session.connection.execute(_TAKEN_IN)
        return {row.dataset: KnownFile(row.file_sha256, row.loaded_at, row.rows) for row in found}

    def put_service(self, service: ServiceFile, loaded_at: datetime) -> None:
        """Put terms, policies and screens in force."""
        store = ServiceStore(self._session)
        store.replace_terms(service.terms, loaded_at)
        for version in service.policies:
            store.add_policy_version(version, loaded_at)
        for screen in service.screens:
            store.replace_screen(screen)

    def merge_members(self, staged: Path, numbers: pa.Table, advance: Callable[[int], None] = silent) -> MergeResult:
        """Merge the members of a staged file under the lake's numbers."""
        return staging.merge_members(self._session, staged, numbers, advance)

    def merge(self, dataset: str, staged: Path, advance: Callable[[int], None] = silent) -> MergeResult:
        """Merge one staged table of the control plane."""
        if dataset == "consents":
            self._load_id = int(self._session.connection.scalar(_NEXT_LOAD) or 0)
            return staging.merge_consents(self._session, staged, advance, load_id=self._load_id)
        merged = _MERGES[dataset](self._session, staged, advance)
        if dataset == "decisions":
            enter_decisions(self._session, self.ledger)
        if dataset == "applicants":
            enter_stage_moves(self._session, self.ledger)
        return merged

    def note(self, staged: StagedTable, merged: MergeResult, loaded_at: datetime) -> int:
        """Note what became of a file, and the load's number."""
        noted = {
            "load": self._load_id,
            "at": loaded_at,
            "file": staged.file_name,
            "sha256": staged.sha256,
            "dataset": staged.dataset,
            "new": merged.new,
            "replaced": merged.replaced,
            "unchanged": merged.unchanged,
            "refused": len(staged.refused) + len(merged.refused),
        }
        self._load_id = None
        return int(self._session.connection.execute(_NOTE, noted).scalar_one())

    def note_acquisition(self, staged: StagedTable, by: HandInSource, stated_at: datetime, ledger_seq: int) -> None:
        """Note how the client got the data of a file."""
        self._session.act_for(by.client_id)
        self._session.connection.execute(
            insert(acquisition).values(
                client_id=by.client_id,
                account_no=by.account_no,
                stated_at=stated_at,
                file_sha256=staged.sha256,
                source=by.acquisition.source,
                words=by.acquisition.words,
                legal_basis=by.acquisition.legal_basis,
                ledger_seq=ledger_seq,
            )
        )

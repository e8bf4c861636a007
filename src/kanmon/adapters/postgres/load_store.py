"""Taking a dataset folder into PostgreSQL within one transaction."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from sqlalchemy import insert, text

from kanmon.adapters.postgres import staging
from kanmon.adapters.postgres.decision_store import enter_decisions
from kanmon.adapters.postgres.service_store import ServiceStore
from kanmon.adapters.postgres.tables.terms import load
from kanmon.adapters.postgres.tables.work import acquisition
from kanmon.adapters.unit_of_work import WriteSession
from kanmon.lake.service import silent
from kanmon.ledger.service import Ledger
from kanmon.refused import Merged
from kanmon.road.loading import HandedOver, ServiceFile, StagedTable, TakenIn

_MERGES: Mapping[str, Callable[[WriteSession, Path, Callable[[int], None]], Merged]] = {
    "consents": staging.merge_consents,
    "renderings": staging.merge_renderings,
    "notices": staging.merge_notices,
    "applicants": staging.merge_applicants,
    "outcomes": staging.merge_outcomes,
    "confirmations": staging.merge_confirmations,
    "decisions": staging.merge_decisions,
}
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


class LoadStore:
    """See `road.loading.LoadTransaction`."""

    def __init__(self, session: WriteSession, ledger: Ledger) -> None:
        self._session = session
        self.ledger = ledger

    def taken_in(self) -> Mapping[str, TakenIn]:
        """The file last taken in of each dataset, where no row of it was refused and nobody erased since."""
        found = self._session.connection.execute(_TAKEN_IN)
        return {row.dataset: TakenIn(row.file_sha256, row.loaded_at, row.rows) for row in found}

    def put_service(self, service: ServiceFile, loaded_at: datetime) -> None:
        """Put terms, policies and screens in force."""
        store = ServiceStore(self._session)
        store.replace_terms(service.terms, loaded_at)
        for version in service.policies:
            store.add_policy_version(version, loaded_at)
        for screen in service.screens:
            store.replace_screen(screen)

    def merge_members(self, staged: Path, numbers: pa.Table, advance: Callable[[int], None] = silent) -> Merged:
        """Merge the members of a staged file under the lake's numbers."""
        return staging.merge_members(self._session, staged, numbers, advance)

    def merge(self, dataset: str, staged: Path, advance: Callable[[int], None] = silent) -> Merged:
        """Merge one staged table of the control plane."""
        merged = _MERGES[dataset](self._session, staged, advance)
        if dataset == "decisions":
            enter_decisions(self._session, self.ledger)
        return merged

    def note(self, staged: StagedTable, merged: Merged, loaded_at: datetime) -> None:
        """Note what became of a file."""
        self._session.connection.execute(
            insert(load).values(
                loaded_at=loaded_at,
                file_name=staged.file_name,
                file_sha256=staged.sha256,
                dataset=staged.dataset,
                rows_new=merged.new,
                rows_replaced=merged.replaced,
                rows_unchanged=merged.unchanged,
                rows_refused=len(staged.refused) + len(merged.refused),
            )
        )

    def note_acquisition(self, staged: StagedTable, by: HandedOver, stated_at: datetime, ledger_seq: int) -> None:
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

"""What the control plane tells whoever runs the workspace; reads only."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from kanmon.audits.overview.status import AwaitedWork, ClientStatus, LoadedTable, RunSummary, WorkspaceStatus
from kanmon.clients.contract import Client
from kanmon.clients.store import ServiceStore
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId
from kanmon.db.unit_of_work import ReadSession
from kanmon.gate.switch.model import WHOLE_SERVICE, SwitchScope, scopes_of, stopped_scopes
from kanmon.gate.switch.store import StopRecords
from kanmon.ledger.store.entries import LedgerRecords
from kanmon.rights.recall.store import RecallRecords

_LOADED = text(
    """
    SELECT DISTINCT ON (dataset) dataset, file_name, loaded_at, rows_new + rows_replaced + rows_unchanged, rows_refused
    FROM load ORDER BY dataset, load_id DESC
    """
)
_RUNS = text(
    "SELECT run_id, command, acted_at, finished_at, is_replay FROM run ORDER BY real_at DESC, run_id DESC LIMIT :most"
)
_CLIENT = text(
    """
    SELECT model.model_id, model.model_id IS NOT NULL AND NOT model.is_approved AS is_model_held,
           scored.run_id, coalesce(scored.scores, 0) AS scores,
           provided.provision_id, provided.acted_at, coalesce(provided.persons, 0) AS persons,
           (SELECT count(*) FROM applicant a
            JOIN LATERAL (SELECT decision FROM link l WHERE l.applicant_no = a.applicant_no
                          ORDER BY link_no DESC LIMIT 1) newest ON decision = 'review'
            WHERE a.client_id = :client) AS reviews
    FROM (SELECT) nothing
    LEFT JOIN LATERAL (
        SELECT m.model_id, EXISTS (SELECT FROM model_approval v WHERE v.model_id = m.model_id) AS is_approved
        FROM prediction_model m WHERE m.client_id = :client ORDER BY m.version DESC LIMIT 1
    ) model ON true
    LEFT JOIN LATERAL (
        SELECT run_id, count(value) AS scores FROM score WHERE client_id = :client
        GROUP BY run_id ORDER BY max(score_no) DESC LIMIT 1
    ) scored ON true
    LEFT JOIN LATERAL (
        SELECT p.provision_id, p.acted_at,
               (SELECT count(*) FROM provision_record r
                WHERE r.client_id = p.client_id AND r.provision_id = p.provision_id) AS persons
        FROM provision p WHERE p.client_id = :client ORDER BY p.acted_at DESC, p.real_at DESC LIMIT 1
    ) provided ON true
    """
)
_WAITING: Mapping[AwaitedWork, str] = {
    AwaitedWork.HOLDS: "SELECT count(*) FROM consent_hold WHERE ended_at IS NULL",
    AwaitedWork.INCIDENTS: "SELECT count(*) FROM incident WHERE closed_at IS NULL",
    AwaitedWork.MATTERS: """
        SELECT count(*) FROM authority_matter m WHERE NOT EXISTS (
            SELECT FROM authority_matter_step s WHERE s.matter_id = m.matter_id AND s.kind = 'closed'
        )
    """,
    AwaitedWork.LETTERS: "SELECT count(*) FROM mail WHERE ended_at IS NULL",
    AwaitedWork.JOBS: "SELECT count(*) FROM job WHERE state IN ('waiting', 'running')",
    AwaitedWork.FAILED_JOBS: "SELECT count(*) FROM job WHERE state = 'failed'",
}


class StatusStore:
    """The state of a workspace, in one transaction."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session
        self._connection = session.connection

    def runs(self, most: int) -> Sequence[RunSummary]:
        """The newest runs, newest first."""
        return [RunSummary(*row) for row in self._connection.execute(_RUNS, {"most": most})]

    def status(self, at: datetime) -> WorkspaceStatus:
        """The state as of `at`; a workspace into which nothing was loaded has empty lists."""
        stopped = stopped_scopes([record.act for record in StopRecords(self._session).switched()], at)
        clients = [(client, self._row(client.client_id)) for client in self._clients()]
        waiting = {kind: int(self._connection.scalar(text(query)) or 0) for kind, query in _WAITING.items()}
        waiting[AwaitedWork.MODELS] = sum(row.is_model_held for _, row in clients)
        waiting[AwaitedWork.REVIEWS] = sum(row.reviews for _, row in clients)
        waiting[AwaitedWork.RECALLS] = len(RecallRecords(self._session).open())
        return WorkspaceStatus(
            loaded=[LoadedTable(*row) for row in self._connection.execute(_LOADED)],
            clients=[_client(client, row, stopped) for client, row in clients],
            waiting={kind: waiting[kind] for kind in AwaitedWork},
            ledger_entries=LedgerRecords(self._session).size(),
            is_service_stopped=WHOLE_SERVICE in stopped,
            database_version=str(self._connection.scalar(text("SHOW server_version"))),
        )

    def _clients(self) -> Sequence[Client]:
        try:
            clients = ServiceStore(self._session).terms().clients
        except UsageError:  # nothing was loaded
            return []
        return [clients[client] for client in sorted(clients)]

    def _row(self, client: ClientId) -> Row[Any]:
        self._session.act_for(client)
        row = self._connection.execute(_CLIENT, {"client": client}).one()
        self._session.act_for(None)
        return row


def _client(client: Client, row: Row[Any], stopped: Collection[SwitchScope]) -> ClientStatus:
    return ClientStatus(
        client_id=client.client_id,
        season=client.contract.scores,
        model_id=row.model_id,
        is_model_held=row.is_model_held,
        scored_by=row.run_id,
        scores=row.scores,
        provision_id=row.provision_id,
        provided_at=row.acted_at,
        persons=row.persons,
        is_stopped=bool(scopes_of(client.client_id, client.contract.scores) & set(stopped)),
    )

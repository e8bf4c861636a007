"""What clients are asked to erase, read and answered under each client's row-level security."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, text

from kanmon.core.ids import ClientId
from kanmon.db.tables.rights import erasure_certificate
from kanmon.db.unit_of_work import WriteSession
from kanmon.rights.erasure.requests import RequestToClient

_REQUESTS = text(
    """
    SELECT q.request_no, q.requested_at, q.due_on, c.certified_at, c.certified_by, c.sub_processors,
           array(
               SELECT ARRAY[a.season_id, a.applicant_id]
               FROM applicant a
               WHERE a.applicant_no IN (
                   SELECT applicant_no FROM erased_applicant e WHERE e.erasure_no = q.erasure_no AND e.was_provided
                   UNION ALL
                   SELECT applicant_no FROM requested_row w WHERE w.request_no = q.request_no
               )
               ORDER BY a.season_id, a.position
           ) AS rows,
           (
               SELECT max(taken_at) FROM erasure_request_step s
               WHERE s.request_no = q.request_no AND s.step LIKE 'reminded%'
           ) AS reminded_at
    FROM erasure_request q LEFT JOIN erasure_certificate c USING (client_id, request_no)
    WHERE q.client_id = :client
    ORDER BY q.requested_at DESC, q.request_no DESC
    """
)


class ErasureRequestStore:
    """See `rights.erasure.requests.RequestStore`."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    def requests(self, client: ClientId) -> Sequence[RequestToClient]:
        """What a client was asked to erase, newest first."""
        self._session.act_for(client)
        return [
            RequestToClient(
                row.request_no,
                row.requested_at,
                row.due_on,
                [(season, applicant) for season, applicant in row.rows],
                row.reminded_at,
                row.certified_at,
                row.certified_by,
                row.sub_processors,
            )
            for row in self._session.connection.execute(_REQUESTS, {"client": client})
        ]

    def add_certificate(
        self, client: ClientId, request_no: int, at: datetime, by: str, sub_processors: str, ledger_seq: int
    ) -> None:
        """Keep a certificate for good."""
        self._session.act_for(client)
        self._session.connection.execute(
            insert(erasure_certificate).values(
                request_no=request_no,
                client_id=client,
                certified_at=at,
                certified_by=by,
                sub_processors=sub_processors,
                ledger_seq=ledger_seq,
            )
        )

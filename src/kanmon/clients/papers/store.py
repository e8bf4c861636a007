"""Papers of clients in PostgreSQL, under each client's row-level security; the gate reads them from here."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert, select, text

from kanmon.access.account import Account
from kanmon.clients.papers.model import CheckFinding, ClientPaper, PaperFile, PaperKind, StatingLoad, UseCheck
from kanmon.core.ids import ClientId, SeasonId
from kanmon.db.locks import hold_consents
from kanmon.db.tables.work import client_paper
from kanmon.db.unit_of_work import ReadSession, RowBatch, WriteSession

_HAS_RECEIVED = text(
    """
    SELECT EXISTS (
        SELECT FROM provision WHERE client_id = :client AND season_id = :season AND handed_over_at IS NOT NULL
    )
    """
)
_ACKNOWLEDGED = text(
    """
    SELECT acknowledged_at FROM receipt JOIN provision USING (client_id, provision_id)
    WHERE client_id = :client AND season_id = :season
    """
)
_STATED_BY = text(
    """
    SELECT e.seq, e.entered_at FROM ledger_entry e JOIN ledger_secret s USING (seq)
    WHERE e.type = 'load' AND CAST(s.payload AS jsonb) ->> 'dataset' = 'service'
      AND e.entered_at >= (SELECT loaded_at FROM client WHERE client_id = :client)
    ORDER BY e.seq LIMIT 1
    """
)


class PaperRecords:
    """Papers read in one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session

    def papers(self, client: ClientId) -> Sequence[ClientPaper]:
        """A client's papers, in the order in which they were recorded."""
        self._session.act_for(client)
        of_client = select(client_paper).where(client_paper.c.client_id == client).order_by(client_paper.c.paper_no)
        return [
            ClientPaper(
                client_id=row.client_id,
                kind=PaperKind(row.kind),
                dated_at=row.dated_at,
                client_person=row.client_person,
                files=tuple(PaperFile(**file) for file in row.files),
                check=None
                if row.finding is None
                else UseCheck(row.season_id, row.questions, row.answers, CheckFinding(row.finding), row.conditions),
                person=row.person,
                role=row.role,
                recorded_at=row.recorded_at,
                real_at=row.real_at,
                ledger_seq=row.ledger_seq,
            )
            for row in self._session.connection.execute(of_client)
        ]

    def has_received(self, client: ClientId, season: SeasonId) -> bool:
        """Whether a report of that season was handed over to the client."""
        self._session.act_for(client)
        named = {"client": client, "season": season}
        return bool(self._session.connection.scalar(_HAS_RECEIVED, named))

    def acknowledged(self, client: ClientId, season: SeasonId) -> Sequence[datetime]:
        """When the client acknowledged each report of that season."""
        self._session.act_for(client)
        return list(self._session.connection.scalars(_ACKNOWLEDGED, {"client": client, "season": season}))

    def stated_by(self, client: ClientId) -> StatingLoad | None:
        """The load that stated the client's contract as it is; None where the ledger tells of none."""
        row = self._session.connection.execute(_STATED_BY, {"client": client}).one_or_none()
        return None if row is None else StatingLoad(row.seq, row.entered_at)


class PostgresPaperStore(PaperRecords):
    """See `clients.papers.service.PaperStore`; one transaction."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._writing = session

    def hold(self) -> datetime:
        """Hold the consents alone until the transaction ends."""
        return hold_consents(self._writing.connection)

    def add(self, paper: ClientPaper, account: Account) -> None:
        """Record a paper for good."""
        self._writing.act_for(paper.client_id)
        check = paper.check
        row = insert(client_paper).values(
            client_id=paper.client_id,
            kind=paper.kind,
            season_id=check and check.season,
            dated_at=paper.dated_at,
            client_person=paper.client_person,
            files=[asdict(file) for file in paper.files],
            questions=check and check.questions,
            answers=check and dict(check.answers),
            finding=check and check.finding,
            conditions=check and check.conditions,
            account_no=account.account_no,
            role=paper.role,
            person=paper.person,
            recorded_at=paper.recorded_at,
            real_at=paper.real_at,
            ledger_seq=paper.ledger_seq,
        )
        number = self._writing.connection.scalar(row.returning(client_paper.c.paper_no))
        self._writing.added.append(
            RowBatch("client_paper", (paper.client_id,), paper.client_id, (str(number),)),
        )

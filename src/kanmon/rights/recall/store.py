"""Requests to recipients in PostgreSQL: asked for whole sets of people at once, one statement for each client."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, insert, text

from kanmon.core.ids import ClientId, MemberId
from kanmon.db.locks import hold_consents
from kanmon.db.tables.rights import erasure_request_step
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.rights.recall.service import Certificate, Recall, RecallMilestone, RecallReason, no_incident

_RECALLS = """
    SELECT q.request_no, q.client_id, l.legal_name, q.because, q.incident_id, q.requested_at, q.due_on,
        c.certified_at, c.certified_by, c.sub_processors,
        (SELECT count(*) FROM requested_row w WHERE w.request_no = q.request_no)
        + (SELECT count(*) FROM erased_applicant e WHERE e.erasure_no = q.erasure_no AND e.was_provided) AS rows,
        array(SELECT s.step FROM erasure_request_step s WHERE s.request_no = q.request_no ORDER BY s.step) AS steps,
        array(SELECT s.taken_at FROM erasure_request_step s WHERE s.request_no = q.request_no ORDER BY s.step) AS taken
    FROM erasure_request q JOIN client l USING (client_id) LEFT JOIN erasure_certificate c USING (request_no)
    WHERE {chosen}
    ORDER BY q.requested_at, q.request_no
"""
_ALL = text(_RECALLS.format(chosen="true"))
_OPEN = text(_RECALLS.format(chosen="c.request_no IS NULL"))
_NUMBERED = text(_RECALLS.format(chosen="q.request_no = :request"))
_OF_MEMBER = text(
    _RECALLS.format(
        chosen="""q.request_no IN (
            SELECT request_no FROM requested_row JOIN member USING (member_no) WHERE member_id = :member
        )"""
    )
)
# Each row that the client got and was not asked for since; `erased_applicant` has those of erased people. What is asked
# for is shown to the client no more, so its reports are to be rendered again.
_ASK = """
    WITH found AS (
        SELECT r.applicant_no, min(r.member_no) AS member_no
        FROM provision_record r
        WHERE r.client_id = :client AND r.provided_at <= :at AND {chosen}
          AND NOT EXISTS (SELECT FROM erased_applicant e WHERE e.applicant_no = r.applicant_no)
          AND NOT EXISTS (
              SELECT FROM requested_row w JOIN erasure_request q USING (client_id, request_no)
              WHERE (w.client_id, w.applicant_no) = (r.client_id, r.applicant_no) AND q.requested_at >= r.provided_at
          )
        GROUP BY r.applicant_no
    ), asked AS (
        INSERT INTO erasure_request (client_id, requested_at, due_on, because, incident_id)
        SELECT :client, :at, CAST(:due_on AS date), :because, :incident WHERE EXISTS (SELECT FROM found)
        RETURNING request_no
    ), rows AS (
        INSERT INTO requested_row (request_no, client_id, applicant_no, member_no)
        SELECT request_no, :client, applicant_no, member_no FROM asked CROSS JOIN found
    ), hidden AS (
        INSERT INTO erasure_rendering (provision_id, client_id)
        SELECT DISTINCT provision_id, client_id FROM provision_record r JOIN found USING (applicant_no)
        WHERE r.client_id = :client AND r.provided_at <= :at
        ON CONFLICT DO NOTHING
    )
    SELECT request_no FROM asked
"""
_ASK_FOR_WITHDRAWN = text(
    _ASK.format(
        chosen="""EXISTS (
            SELECT FROM consent_act w
            WHERE w.member_no = r.member_no AND w.action = 'withdraw' AND (w.client_id IS NULL OR w.client_id = :client)
              AND coalesce(w.latest_at, w.occurred_at) >= r.provided_at AND least(w.occurred_at, w.known_at) <= :at
        ) AND (
            CAST(:member AS text) IS NULL OR r.member_no = (SELECT member_no FROM member WHERE member_id = :member)
        )"""
    )
)
# Of several readings of a text the newest counts; of several periods in it, the shortest.
_ASK_FOR_KEPT_TOO_LONG = text(
    _ASK.format(
        chosen="""(
            SELECT min(CAST(days #>> '{}' AS int)) FROM (
                SELECT DISTINCT ON (v.policy_id, v.version_id, v.language) v.clauses
                FROM consent_act c JOIN displayed_text t USING (text_no) JOIN policy_version v USING (text_sha256)
                WHERE c.consent_no = r.consent_no
                ORDER BY v.policy_id, v.version_id, v.language, v.reading DESC
            ) agreed, jsonb_path_query(agreed.clauses, '$[*].statements.E17.value.recipient_days') days
            WHERE jsonb_typeof(days) = 'number'
        ) <= CAST(CAST(:at AS timestamptz) AT TIME ZONE 'Asia/Tokyo' AS date)
             - CAST(r.provided_at AT TIME ZONE 'Asia/Tokyo' AS date)"""
    )
)
_ASK_FOR_INCIDENT = text(
    _ASK.format(
        chosen="""EXISTS (
            SELECT FROM incident_affected a
            WHERE (a.incident_id, a.member_no, a.client_id) = (:incident, r.member_no, :client)
              AND a.first_provided_at <= r.provided_at
        )"""
    )
)
_INCIDENT = text("SELECT FROM incident WHERE incident_id = :incident AND computed_at IS NOT NULL")


def clients_of(session: ReadSession | WriteSession, member: MemberId) -> Collection[ClientId]:
    """The clients that have rows of a member: handed over, provided, or asked to erase; then it acts for none."""
    asked = text("SELECT clients_of_member(:member)")
    return [ClientId(client) for client in session.connection.scalars(asked, {"member": member})]


class RecallRecords:
    """What recipients were asked, read in one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session

    def all(self) -> Sequence[Recall]:
        """Every request, oldest first."""
        return self._found(_ALL)

    def open(self) -> Sequence[Recall]:
        """Every request that is not certified, oldest first."""
        return self._found(_OPEN)

    def of(self, member: MemberId) -> Sequence[Recall]:
        """The requests that concern a member who withdrew or is affected by an incident, oldest first."""
        return self._found(_OF_MEMBER, clients_of(self._session, member), member=member)

    def _found(self, asked: Any, clients: Collection[ClientId] | None = None, **values: object) -> Sequence[Recall]:
        execute = self._session.connection.execute
        found = [_recall(row) for _ in self._each_client(clients) for row in execute(asked, values)]
        return sorted(found, key=lambda recall: (recall.requested_at, recall.request_no))

    def _each_client(self, clients: Collection[ClientId] | None = None) -> Iterator[ClientId]:
        """Act for each of these clients, or each that ever had a contract, and for none at the end."""
        if clients is None:
            clients = self._session.connection.scalars(text("SELECT client_id FROM client ORDER BY client_id")).all()
        for client in clients:
            self._session.act_for(ClientId(client))
            yield ClientId(client)
        self._session.act_for(None)


class PostgresRecallStore(RecallRecords):
    """See `rights.recall.service.RecallStore`."""

    def hold(self) -> datetime:
        """Hold the consents alone until the transaction ends."""
        return hold_consents(self._session.connection)

    def ask_for_withdrawn(self, member: MemberId | None, at: datetime, due_on: date) -> Sequence[Recall]:
        """Ask every client for the rows it got of a member, or of anybody, before that person's withdrawal for it."""
        because = {"because": RecallReason.WITHDRAWAL.value, "incident": None}
        return self._asked(_ASK_FOR_WITHDRAWN, {**because, "member": member, "at": at, "due_on": due_on})

    def ask_for_incident(self, incident_id: str, at: datetime, due_on: date) -> Sequence[Recall]:
        """Ask every client for the rows it got of the people whom an incident affects at it."""
        because = {"because": RecallReason.INCIDENT.value, "incident": incident_id}
        if self._session.connection.execute(_INCIDENT, because).one_or_none() is None:
            raise no_incident(incident_id)
        return self._asked(_ASK_FOR_INCIDENT, {**because, "at": at, "due_on": due_on})

    def ask_for_kept_too_long(self, at: datetime, due_on: date) -> Sequence[Recall]:
        """Ask every client for the rows that it may keep no longer by the words that their people agreed to."""
        because = {"because": RecallReason.RETENTION.value, "incident": None}
        return self._asked(_ASK_FOR_KEPT_TOO_LONG, {**because, "at": at, "due_on": due_on})

    def add_step(self, recall: Recall, step: RecallMilestone, at: datetime, ledger_seq: int) -> None:
        """Note for good what was done about a request."""
        self._session.act_for(recall.client_id)
        self._session.connection.execute(
            insert(erasure_request_step).values(
                request_no=recall.request_no,
                client_id=recall.client_id,
                step=step.value,
                taken_at=at,
                ledger_seq=ledger_seq,
            )
        )
        self._session.act_for(None)

    def _asked(self, ask: Any, values: Mapping[str, object]) -> Sequence[Recall]:
        execute = self._session.connection.execute
        asked = []
        for client in self._each_client():
            number = execute(ask, {**values, "client": client}).scalar_one_or_none()
            if number is not None:
                asked.append(_recall(execute(_NUMBERED, {"request": number}).one()))
        return asked


def _recall(row: Row[tuple[Any, ...]]) -> Recall:
    certified = row.certified_at is not None
    return Recall(
        row.request_no,
        row.client_id,
        row.legal_name,
        RecallReason(row.because),
        row.incident_id,
        row.requested_at,
        row.due_on,
        row.rows,
        dict(zip(map(RecallMilestone, row.steps), row.taken, strict=True)),
        Certificate(row.certified_at, row.certified_by, row.sub_processors) if certified else None,
    )

"""Notification stubs, and attempts to look one up, in PostgreSQL."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, func, insert, select, text

from kanmon.core.ids import MemberId
from kanmon.db.tables.rights import check_attempt
from kanmon.db.unit_of_work import WriteSession
from kanmon.rights.answer.stub import AnswerLine, Channel, Contact, FoundStub, NewStub
from kanmon.rights.handling import IncidentEffect

_ADD = text(
    """
    INSERT INTO notification_stub (code_sha256, purpose, channel, contact_commitment, issued_at, member_no)
    SELECT :code, 'incident_notice', :channel, :commitment, :at, member_no FROM member WHERE member_id = :member
    """
)
_FIND = text(
    """
    SELECT m.member_id, s.answer FROM notification_stub s LEFT JOIN member m USING (member_no)
    WHERE s.code_sha256 = :code
    """
)
_INCIDENTS = text(
    """
    SELECT incident_id, title, client_name, provisions > 0, first_provided_at, is_certain
    FROM incident_affected_stub JOIN incident i USING (incident_id)
    WHERE code_sha256 = :code ORDER BY i.ledger_seq, client_name
    """
)
_PART_INCIDENTS = text(
    """
    INSERT INTO incident_affected_stub
    SELECT incident_id, code_sha256, legal_name, true, reason, first_provided_at, provisions
    FROM incident_affected JOIN notification_stub USING (member_no) JOIN client USING (client_id)
    WHERE member_no = (SELECT member_no FROM member WHERE member_id = :member)
    ON CONFLICT DO NOTHING
    """
)
_PART = text(
    """
    UPDATE notification_stub SET member_no = NULL, answer = CAST(:answer AS jsonb)
    WHERE member_no = (SELECT member_no FROM member WHERE member_id = :member)
    """
)


class PostgresStubStore:
    """See `rights.answer.stub.StubStore`."""

    def __init__(self, session: WriteSession) -> None:
        self._connection = session.connection

    def contact(self, member: MemberId) -> Contact:
        """Where a member can be reached: by e-mail, else by phone, else not at all."""
        found = text("SELECT email, phone FROM member WHERE member_id = :member")
        email, phone = self._connection.execute(found, {"member": member}).one()
        if email:
            return Contact(Channel.EMAIL, email)
        return Contact(Channel.PHONE, phone) if phone else Contact(Channel.NONE, None)

    def add_stub(self, member: MemberId, stub: NewStub) -> None:
        """Keep a stub of a member."""
        values = {
            "code": stub.code_sha256,
            "channel": stub.channel.value,
            "commitment": stub.contact_commitment,
            "at": stub.issued_at,
            "member": member,
        }
        self._connection.execute(_ADD, values)

    def stub(self, code_sha256: bytes) -> FoundStub | None:
        """What a code opens."""
        row = self._connection.execute(_FIND, {"code": code_sha256}).one_or_none()
        if row is None:
            return None
        incidents = self._connection.execute(_INCIDENTS, {"code": code_sha256})
        answer = [AnswerLine(**line) for line in row.answer or ()]
        return FoundStub(row.member_id, answer, tuple(IncidentEffect(*row) for row in incidents))

    def part_stubs(self, member: MemberId, answer: Sequence[AnswerLine]) -> int:
        """Tie all stubs of a member to nobody; what incidents affect the member, they go on to tell."""
        self._connection.execute(_PART_INCIDENTS, {"member": member})
        written = json.dumps([asdict(line) for line in answer], ensure_ascii=False)
        return self._connection.execute(_PART, {"member": member, "answer": written}).rowcount

    def attempts(self, address_sha256: bytes, since: datetime) -> int:
        """How many attempts an address made since then."""
        of_address = (check_attempt.c.address_sha256 == address_sha256, check_attempt.c.occurred_at > since)
        return self._connection.execute(select(func.count()).where(*of_address)).scalar_one()

    def add_attempt(self, address_sha256: bytes, at: datetime, forget_before: datetime) -> None:
        """Note an attempt, and forget those that no longer count."""
        self._connection.execute(delete(check_attempt).where(check_attempt.c.occurred_at <= forget_before))
        self._connection.execute(insert(check_attempt).values(address_sha256=address_sha256, occurred_at=at))

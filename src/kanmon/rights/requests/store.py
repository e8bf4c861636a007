"""Requests of people, objections, corrections and what follows from them, in PostgreSQL."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, TextClause, insert, select, text

from kanmon.core.ids import ClientId, MemberId, MemberNo
from kanmon.core.listing import ListPage, ListQuery
from kanmon.db.listing import list_page
from kanmon.db.tables.rights import disputed_score, second_look
from kanmon.db.unit_of_work import RowBatch, WriteSession
from kanmon.lake.cleared import ForeignStretch
from kanmon.ledger.store.notice_seals import NoticeSeals
from kanmon.linkage.personal import PERSONAL
from kanmon.rights.answer.store.subjects import SubjectRecords
from kanmon.rights.requests.objection import ObjectionWord, Word
from kanmon.rights.requests.review import ContestedScore, SecondLookAnswer
from kanmon.rights.requests.service import (
    ANSWER_WITHIN,
    Method,
    Request,
    RequestDecision,
    RequestForm,
    RequestOutcome,
    RequestType,
)
from kanmon.rights.withdrawal.store import PostgresWithdrawalStore

_COLUMNS = """
    r.request_no, m.member_id, r.type, r.method, r.client_id, r.received_at, r.ledger_seq, c.content,
    d.decided_at, d.decided_by, d.outcome, d.reason, d.done, d.delivered_sha256, d.ledger_seq AS decision_seq
"""
_TABLES = """
    FROM person_request r LEFT JOIN member m USING (member_no) LEFT JOIN request_content c USING (request_no)
    LEFT JOIN request_decision d USING (request_no)
"""
_REQUESTS = f"SELECT {_COLUMNS} {_TABLES}"
_OF_MEMBER = text(f"{_REQUESTS} WHERE m.member_id = :member ORDER BY r.request_no DESC")
_OF_NUMBER = text(f"{_REQUESTS} WHERE r.request_no = :request")
_WORKLIST = text(
    f"""{_REQUESTS} ORDER BY d.decided_at IS NOT NULL, CASE WHEN d.decided_at IS NULL THEN r.received_at END,
    d.decided_at DESC, r.request_no DESC LIMIT 500"""
)
_LISTED = f"""
    SELECT {_COLUMNS}, {{rank}} AS rank, -r.request_no AS number,
           coalesce(d.outcome, CASE WHEN r.received_at < :late THEN 'overdue' ELSE 'open' END) AS state,
           concat_ws(' ', r.request_no, m.member_id, r.client_id, d.decided_by, d.reason, (
               SELECT string_agg(value #>> '{{{{}}}}', ' ') FROM jsonb_path_query(c.content, '$.**') value
               WHERE jsonb_typeof(value) = 'string'
           )) AS sought
    {_TABLES}
"""  # noqa: S608 - constants of this module
_MICROSECONDS = "CAST(extract(epoch FROM {moment}) * 1000000 AS bigint)"
_RECEIVED, _DECIDED = (_MICROSECONDS.format(moment=moment) for moment in ("r.received_at", "d.decided_at"))
_RANKS = {
    "due": f"CASE WHEN d.decided_at IS NULL THEN {_RECEIVED} ELSE 900000000000000000 - {_DECIDED} END",
    "newest": f"-{_RECEIVED}",
}
"""By the order that is asked for; what is decided comes after all that waits, the newest decision first."""
_ADD = text(
    """
    INSERT INTO person_request (member_no, type, method, client_id, received_at, ledger_seq)
    VALUES ((SELECT member_no FROM member WHERE member_id = :member), :type, :method, :client, :received_at, :seq)
    RETURNING request_no
    """
)
_ADD_CONTENT = text("INSERT INTO request_content VALUES (:request, CAST(:content AS jsonb))")
_DECIDE = text(
    """
    INSERT INTO request_decision
    VALUES (:request, :decided_at, :decided_by, :outcome, :reason, CAST(:done AS jsonb), :sha256, :seq)
    """
)
_ADD_WORD = text(
    """
    INSERT INTO objection (request_no, member_no, occurred_at, action, client_id, use)
    SELECT :request, member_no, :at, :word, :client, :use FROM member WHERE member_id = :member
    """
)
_WORDS = text(
    """
    SELECT o.action, o.occurred_at, o.client_id, o.use IS NOT NULL FROM objection o JOIN member USING (member_no)
    WHERE member_id = :member ORDER BY o.occurred_at, o.objection_no
    """
)
_ADD_NOT_THEIRS = text(
    """
    INSERT INTO history_correction (request_no, member_no, cookie_id, since, until, corrected_at)
    SELECT :request, member_no, :cookie, :since, :until, :at FROM member WHERE member_id = :member
    """
)
_CORRECTED = text(
    """
    SELECT cookie_id, since, until, corrected_at FROM history_correction JOIN member USING (member_no)
    WHERE member_id = :member ORDER BY correction_no
    """
)
_MAKE_STALE = text(
    """
    INSERT INTO stale_score (score_no, client_id, request_no, stale_at)
    SELECT s.score_no, s.client_id, :request, :at
    FROM score s JOIN applicant a USING (client_id, applicant_no) JOIN member m USING (member_no)
    WHERE m.member_id = :member AND s.client_id = :client AND a.as_of > :since AND s.computed_at <= :at
      AND s.value IS NOT NULL
    ON CONFLICT DO NOTHING RETURNING score_no::text
    """
)
_TELL = text(
    """
    INSERT INTO stale_notice (record_no, client_id, request_no, told_at)
    SELECT r.record_no, r.client_id, s.request_no, :at
    FROM provision_record r JOIN stale_score s USING (client_id, score_no)
    WHERE r.client_id = :client AND s.request_no = :request
    """
)
_WITHDRAW_SCORE = text(
    """
    INSERT INTO stale_score (score_no, client_id, request_no, stale_at)
    SELECT score_no, client_id, :request, :at FROM score
    WHERE client_id = :client AND score_no = :score AND value IS NOT NULL
    ON CONFLICT DO NOTHING RETURNING score_no::text
    """
)
_IS_OPENED = text(
    """
    SELECT EXISTS (
        SELECT FROM provision_record r JOIN receipt USING (client_id, provision_id)
        WHERE r.client_id = :client AND r.score_no = :score
    )
    """
)


class PostgresRequestStore(SubjectRecords, PostgresWithdrawalStore):
    """See `rights.requests.service.RequestStore`, `rights.requests.objection.ObjectionStore`,
    `rights.requests.correction.CorrectionStore` and `rights.requests.review.ScoreReviewStore`."""

    def member_no(self, member: MemberId) -> MemberNo | None:
        """The lake's number of a member; None where there is no such member."""
        found = text("SELECT member_no FROM member WHERE member_id = :member")
        return self._session.connection.execute(found, {"member": member}).scalar_one_or_none()

    def add_request(self, asked: RequestForm, ledger_seq: int) -> int:
        """Keep a request, and the number it got."""
        values = {
            "member": asked.member_id,
            "type": asked.type.value,
            "method": asked.method.value,
            "client": asked.client_id,
            "received_at": asked.received_at,
            "seq": ledger_seq,
        }
        number: int = self._session.connection.execute(_ADD, values).scalar_one()
        if asked.content:
            content = {"request": number, "content": _written(asked.content)}
            self._session.connection.execute(_ADD_CONTENT, content)
        return number

    def request(self, request_no: int) -> Request | None:
        """A request; nobody else decides it until the transaction ends."""
        connection = self._session.connection
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('request'), :request)"), {"request": request_no})
        row = connection.execute(_OF_NUMBER, {"request": request_no}).one_or_none()
        return None if row is None else _request(row)

    def add_decision(self, request_no: int, decided: RequestDecision, ledger_seq: int) -> None:
        """Keep a decision."""
        values = {
            "request": request_no,
            "decided_at": decided.decided_at,
            "decided_by": decided.decided_by,
            "outcome": decided.outcome.value,
            "reason": decided.reason,
            "done": _written(decided.done),
            "sha256": decided.delivered_sha256,
            "seq": ledger_seq,
        }
        self._session.connection.execute(_DECIDE, values)

    def requests(self, member: MemberId) -> Sequence[Request]:
        """All requests of a member, newest first."""
        return [_request(row) for row in self._session.connection.execute(_OF_MEMBER, {"member": member})]

    def worklist(self) -> Sequence[Request]:
        """Those that wait, then the decided."""
        return [_request(row) for row in self._session.connection.execute(_WORKLIST)]

    def listed(self, query: ListQuery, now: datetime) -> ListPage[Request]:
        """A page of everybody's requests; late is what waited longer than `ANSWER_WITHIN` at `now`."""
        rows = _LISTED.format(rank=_RANKS[query.sort])
        page = list_page(self._session.connection, rows, query, {"late": now - ANSWER_WITHIN})
        return page.of(lambda found: [_request(row) for row in found])

    def add_word(self, request_no: int, member: MemberId, word: ObjectionWord) -> None:
        """Keep an objection or its lifting."""
        values = {
            "request": request_no,
            "member": member,
            "word": word.word.value,
            "at": word.occurred_at,
            "client": word.client_id,
            "use": "train" if word.is_of_training else None,
        }
        self._session.connection.execute(_ADD_WORD, values)

    def words(self, member: MemberId) -> Sequence[ObjectionWord]:
        """What a member said of objecting, by time."""
        found = self._session.connection.execute(_WORDS, {"member": member})
        return [ObjectionWord(Word(action), at, client, of_training) for action, at, client, of_training in found]

    def add_not_theirs(
        self, request_no: int, member: MemberId, stretches: Sequence[ForeignStretch], at: datetime
    ) -> None:
        """Keep what isn't a member's own."""
        values = [
            {
                "request": request_no,
                "member": member,
                "cookie": one.cookie_id,
                "since": one.since,
                "until": one.until,
                "at": at,
            }
            for one in stretches
        ]
        self._session.connection.execute(_ADD_NOT_THEIRS, values)

    def not_theirs(self, member: MemberId) -> Sequence[tuple[ForeignStretch, datetime]]:
        """What isn't a member's own, each with when that was corrected."""
        found = self._session.connection.execute(_CORRECTED, {"member": member})
        return [(ForeignStretch(cookie, since, until), at) for cookie, since, until, at in found]

    def make_stale(self, request_no: int, member: MemberId, client: ClientId, since: datetime, at: datetime) -> int:
        """Make scores stale that depended on what is corrected."""
        values = {"request": request_no, "member": member, "client": client, "since": since, "at": at}
        return self._made_stale(_MAKE_STALE, client, values)

    def _made_stale(self, query: TextClause, client: ClientId, values: Mapping[str, object]) -> int:
        """How many scores a query made stale; they are to be entered into the ledger."""
        self._session.act_for(client)
        scores = tuple(self._session.connection.scalars(query, values))
        if scores:
            assert isinstance(self._session, WriteSession)
            self._session.added.append(RowBatch("stale_score", (client,), client, scores))
        return len(scores)

    def withdraw_score(self, request_no: int, score: ContestedScore, at: datetime) -> int:
        """Make one score stale; how many were, which is 0 where it was already."""
        values = {"request": request_no, "client": score.client_id, "score": score.score_no, "at": at}
        return self._made_stale(_WITHDRAW_SCORE, score.client_id, values)

    def open_review(self, request_no: int, score: ContestedScore, at: datetime) -> None:
        """Mark a score as disputed, for whoever got it."""
        self._session.act_for(score.client_id)
        row = {"request_no": request_no, "client_id": score.client_id, "score_no": score.score_no, "disputed_at": at}
        self._session.connection.execute(insert(disputed_score).values(row))

    def is_opened(self, score: ContestedScore) -> bool:
        """Whether the client acknowledged a report with this score."""
        self._session.act_for(score.client_id)
        values = {"client": score.client_id, "score": score.score_no}
        return bool(self._session.connection.scalar(_IS_OPENED, values))

    def second_look(self, request_no: int, client: ClientId) -> SecondLookAnswer | None:
        """What the client answered; None where it did not."""
        self._session.act_for(client)
        mine = (second_look.c.client_id == client) & (second_look.c.request_no == request_no)
        found = self._session.connection.scalar(select(second_look.c.said).where(mine))
        return None if found is None else SecondLookAnswer.of(found)

    def add_second_look(
        self, request_no: int, client: ClientId, account_no: int, answer: SecondLookAnswer, at: datetime, seq: int
    ) -> None:
        """Keep a client's answer for good."""
        self._session.act_for(client)
        row = {"request_no": request_no, "client_id": client, "account_no": account_no, "answered_at": at}
        self._session.connection.execute(insert(second_look).values(**row, said=answer.facts(), ledger_seq=seq))

    def tell_recipient(self, request_no: int, client: ClientId, at: datetime) -> int:
        """Tell a client of each provision that held a score made stale by this request."""
        self._session.act_for(client)
        values = {"request": request_no, "client": client, "at": at}
        return self._session.connection.execute(_TELL, values).rowcount

    def correct_member(self, member: MemberId, fields: Mapping[str, str | None]) -> None:
        """Put personal data in the place of what was held."""
        written = ", ".join(
            f"{name} = CAST(:{name} AS {'date' if name == 'birth_date' else 'text'})"
            for name in PERSONAL
            if name in fields
        )
        change = text(f"UPDATE member SET {written} WHERE member_id = :member")  # noqa: S608 - names of a constant
        self._session.connection.execute(change, {**fields, "member": member})

    def add_notice(self, member: MemberId, kind: str, at: datetime) -> None:
        """Note that a member was told of something."""
        add = text("INSERT INTO notice SELECT member_no, :at, :kind, NULL FROM member WHERE member_no = :member")
        known = text("SELECT member_no FROM member WHERE member_id = :member")
        for number in self._session.connection.scalars(known, {"member": member}).all():
            with NoticeSeals(self._session).sent([number]):
                self._session.connection.execute(add, {"member": number, "kind": kind, "at": at})


def _request(row: Row[Any]) -> Request:
    asked = RequestForm(
        None if row.member_id is None else MemberId(row.member_id),
        RequestType(row.type),
        row.received_at,
        Method(row.method),
        row.client_id,
        row.content or {},
    )
    decided = (
        None
        if row.outcome is None
        else RequestDecision(
            row.decided_at, row.decided_by, RequestOutcome(row.outcome), row.reason, row.done, row.delivered_sha256
        )
    )
    return Request(row.request_no, asked, row.ledger_seq, decided, row.decision_seq)


def _written(value: Mapping[str, object]) -> str:
    return json.dumps(dict(value), ensure_ascii=False)

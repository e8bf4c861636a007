"""Erasures in PostgreSQL. Rows go by the functions of the schema alone: the app may delete none of them itself."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from kanmon.core.clock import Clock
from kanmon.core.ids import ApplicantId, ClientId, CookieId, EvidenceId, MemberId, MemberNo, ProvisionId, RunId
from kanmon.db.unit_of_work import RowBatch, WriteSession
from kanmon.ledger.canonical import canonical_nfc
from kanmon.ledger.store.act_seals import ActSeals
from kanmon.ledger.store.bound_rows import BoundRows
from kanmon.ledger.store.bound_tables import rows_judged
from kanmon.ledger.store.notice_seals import NoticeSeals
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.provision.report import Report
from kanmon.provision.store.hidden_rows import HiddenRows
from kanmon.rights.answer.store.stubs import PostgresStubStore
from kanmon.rights.answer.store.subjects import SubjectRecords
from kanmon.rights.erasure.model import Erasure, ErasureStep, LockedRecord, NotifiedRecipient
from kanmon.rights.withdrawal.store import PostgresWithdrawalStore

_ERASURES = """
    SELECT e.erasure_no, e.member_no, e.person_sha256, e.requested_at, e.ledger_seq,
           coalesce(array_agg(s.step) FILTER (WHERE s.step IS NOT NULL), '{}') AS steps, max(s.ledger_seq) AS done_seq
    FROM erasure e LEFT JOIN erasure_step s USING (erasure_no)
"""
_FIND = text(f"{_ERASURES} WHERE e.code_sha256 = :code GROUP BY e.erasure_no")
_ALL = text(f"{_ERASURES} GROUP BY e.erasure_no ORDER BY e.erasure_no")
_MEMBER = text("SELECT member_no FROM erasure WHERE erasure_no = :erasure")
_GOING = text(
    """
    SELECT load_id, count(*) FROM consent_act
    WHERE member_no = :member AND load_id IS NOT NULL AND consent_no <> ALL (CAST(:kept AS bigint[]))
    GROUP BY load_id ORDER BY load_id
    """
)
_PROVISIONS_OF = text("SELECT provision_id FROM provision WHERE client_id = :client ORDER BY provision_id")
_SEASONS_OF = text(
    """
    SELECT season_id FROM erased_applicant WHERE (client_id, erasure_no) = (:client, :erasure)
    UNION
    SELECT season_id FROM link l JOIN erasure USING (member_no) JOIN applicant a USING (client_id, applicant_no)
    WHERE (l.client_id, erasure_no) = (:client, :erasure)
    """
)
_BEGIN = text(
    """
    INSERT INTO erasure (member_no, code_sha256, person_sha256, requested_at, real_at, is_replay, ledger_seq)
    SELECT member_no, :code, :person, :at, :real_at, :is_replay, :seq FROM member WHERE member_id = :member
    RETURNING erasure_no
    """
)
_GATHER = text(
    """
    INSERT INTO erased_applicant (applicant_no, client_id, season_id, erasure_no, was_provided)
    SELECT a.applicant_no, a.client_id, a.season_id, e.erasure_no, EXISTS (
        SELECT FROM provision_record r WHERE (r.client_id, r.applicant_no) = (a.client_id, a.applicant_no)
    )
    FROM erasure e JOIN applicant a ON a.member_no = e.member_no OR (a.member_no IS NULL AND a.applicant_no IN (
        SELECT applicant_no FROM provision_record r WHERE r.member_no = e.member_no
    ))
    WHERE e.erasure_no = :erasure AND a.client_id = :client
    ON CONFLICT DO NOTHING
    """
)
_ASK = text(
    """
    INSERT INTO erasure_request (client_id, erasure_no, requested_at, due_on)
    SELECT DISTINCT client_id, erasure_no, CAST(:at AS timestamptz), CAST(:due_on AS date)
    FROM erased_applicant WHERE erasure_no = :erasure AND was_provided
    ON CONFLICT DO NOTHING
    """
)
_LOCKED = text(
    """
    SELECT client_id, legal_name, retain_until, consent_no, r.ledger_seq
    FROM provision_record r JOIN erased_applicant e USING (client_id, applicant_no) JOIN client USING (client_id)
    WHERE e.erasure_no = :erasure
    ORDER BY record_no
    """
)
_ASKED = text(
    """
    SELECT client_id, legal_name, requested_at, due_on, certified_at,
        max(taken_at) FILTER (WHERE step LIKE 'reminded%') AS reminded_at,
        max(taken_at) FILTER (WHERE step = 'escalated') AS stopped_at
    FROM erasure_request JOIN client USING (client_id) LEFT JOIN erasure_certificate USING (client_id, request_no)
    LEFT JOIN erasure_request_step USING (client_id, request_no)
    WHERE erasure_no = :erasure
    GROUP BY client_id, legal_name, request_no, requested_at, due_on, certified_at
    """
)
_OF_MEMBER = text(
    """
    SELECT m.member_id, m.family_name, m.given_name, m.family_kana, m.given_kana, m.birth_date, m.email, m.phone
    FROM member m JOIN erasure USING (member_no) WHERE erasure_no = :erasure
    """
)
_OF_APPLICANT = text(
    """
    SELECT applicant_id, cookie_id, family_name, given_name, family_kana, given_kana, birth_date, email
    FROM applicant JOIN erased_applicant USING (client_id, applicant_no) WHERE erasure_no = :erasure
    """
)
_RECEIVED = text(
    """
    SELECT forget_received(array_agg(event_no)) FROM received_event
    WHERE collected_at IS NULL AND (event ->> 'member_id' = :member OR event ->> 'cookie_id' = ANY (:browsers))
    HAVING count(*) > 0
    """
)
_STRANGERS = text(
    """
    SELECT event ->> 'member_id' FROM received_event
    WHERE collected_at IS NULL AND event ->> 'member_id' IS NOT NULL
      AND NOT EXISTS (SELECT FROM member m WHERE m.member_id = event ->> 'member_id')
    UNION
    SELECT member_id FROM consent_answer a
    WHERE refusal = 'MEMBER_UNKNOWN' AND NOT EXISTS (SELECT FROM member m WHERE m.member_id = a.member_id)
    """
)
# What a decision or a second look says is about the person as well, but names only the request.
NAMING = text(
    """
    WITH named AS (SELECT seq FROM ledger_secret WHERE strpos(payload, :named) > 0)
    SELECT seq FROM named
    UNION
    SELECT seq FROM ledger_entry JOIN ledger_secret USING (seq)
    WHERE type IN ('request_decision', 'second_look')
      AND CAST(CAST(payload AS jsonb) ->> 'request_seq' AS bigint) IN (SELECT seq FROM named)
    ORDER BY 1
    """
)
"""The entries whose payloads hold the text `named`, and decisions and second looks on the requests among them."""
_NAMING_ALONE = ("member_id", "applicant_id", "cookie_id", "email", "phone")
_NAMING_TOGETHER = (("family_name", "given_name"), ("family_kana", "given_kana"), ("family_name", "birth_date"))
_TO_RENDER = text(
    "SELECT provision_id FROM erasure_rendering JOIN provision USING (client_id, provision_id) ORDER BY acted_at"
)
_RENDERING = text(
    """
    WITH taken AS (DELETE FROM erasure_rendering WHERE provision_id = :provision RETURNING provision_id)
    SELECT p.season_id, p.acted_at, p.report, p.handed_over_at IS NOT NULL AS was_handed_over
    FROM provision p JOIN taken USING (provision_id)
    """
)


class PostgresErasureStore(SubjectRecords, PostgresWithdrawalStore):
    """See `rights.erasure.model.ErasureStore`."""

    def __init__(self, session: WriteSession, seals: SealedRows) -> None:
        super().__init__(session)
        self._writing = session
        self._rows = HiddenRows(session, seals)
        self.stubs = PostgresStubStore(session)

    def find(self, code_sha256: bytes) -> Erasure | None:
        """The erasure of whoever has that code."""
        row = self._session.connection.execute(_FIND, {"code": code_sha256}).one_or_none()
        return None if row is None else _erasure(row)

    def codes(self) -> frozenset[bytes]:
        """The hashed codes of everybody who asked for erasure."""
        return frozenset(map(bytes, self._session.connection.scalars(text("SELECT code_sha256 FROM erasure"))))

    def all(self) -> Sequence[Erasure]:
        """Every erasure, oldest first."""
        return [_erasure(row) for row in self._session.connection.execute(_ALL)]

    def begin(self, member: MemberId, code_sha256: bytes, person_sha256: bytes, clock: Clock, ledger_seq: int) -> int:
        """Note the request."""
        values = {
            "member": member,
            "code": code_sha256,
            "person": person_sha256,
            "at": clock.now(),
            "real_at": clock.real(),
            "is_replay": clock.is_replay,
            "seq": ledger_seq,
        }
        return int(self._session.connection.execute(_BEGIN, values).scalar_one())

    def gather(self, erasure_no: int) -> None:
        """Note every applicant that is this person, whichever client handed it in."""
        for client in self._each_client():
            self._session.connection.execute(_GATHER, {"erasure": erasure_no, "client": client})

    def ask_recipients(self, erasure_no: int, at: datetime, due_on: date) -> Sequence[ClientId]:
        """Ask each client that received anything of the person, and who they are."""
        asked = {"erasure": erasure_no, "at": at, "due_on": due_on}
        return [client for client in self._each_client() if self._session.connection.execute(_ASK, asked).rowcount]

    def mark(self, erasure_no: int, step: ErasureStep, at: datetime, ledger_seq: int | None = None) -> None:
        """Note that a step is done."""
        self._session.connection.execute(
            text("INSERT INTO erasure_step VALUES (:erasure, :step, :at, :seq) ON CONFLICT DO NOTHING"),
            {"erasure": erasure_no, "step": step.value, "at": at, "seq": ledger_seq},
        )

    def reopen(self, erasure_no: int, step: ErasureStep) -> None:
        """Note that a step is to be done once more."""
        self._session.connection.execute(
            text("DELETE FROM erasure_step WHERE erasure_no = :erasure AND step = :step"),
            {"erasure": erasure_no, "step": step.value},
        )

    def member_id(self, member: MemberNo) -> MemberId:
        """The ID of a member whose records were not erased yet."""
        found = text("SELECT member_id FROM member WHERE member_no = :member")
        return MemberId(self._session.connection.execute(found, {"member": member}).scalar_one())

    def identifiers(self, erasure_no: int) -> frozenset[frozenset[str]]:
        """All that the control plane knows the person by, here and at clients."""
        asked = {"erasure": erasure_no}
        rows = list(self._session.connection.execute(_OF_MEMBER, asked).mappings())
        for _ in self._each_client():
            rows += self._session.connection.execute(_OF_APPLICANT, asked).mappings()
        found = set()
        for row in rows:
            for names in (*((name,) for name in _NAMING_ALONE), *_NAMING_TOGETHER):
                values = [row.get(name) for name in names]
                if None not in values:
                    found.add(frozenset(map(str, values)))
        return frozenset(found)

    def locked(self, erasure_no: int) -> Sequence[LockedRecord]:
        """The records of provision that are still there."""
        asked = {"erasure": erasure_no}
        return [
            LockedRecord(*row) for _ in self._each_client() for row in self._session.connection.execute(_LOCKED, asked)
        ]

    def consent_seqs(self, evidence: Collection[EvidenceId]) -> Sequence[int]:
        """Where acts of consent stand in the ledger."""
        found = text("SELECT ledger_seq FROM consent_entry WHERE consent_no = ANY (:acts)")
        return list(self._session.connection.scalars(found, {"acts": list(evidence)}))

    def asked(self, erasure_no: int) -> Sequence[NotifiedRecipient]:
        """What recipients were asked, and said."""
        asked = {"erasure": erasure_no}
        return [
            NotifiedRecipient(*row)
            for _ in self._each_client()
            for row in self._session.connection.execute(_ASKED, asked)
        ]

    def erase(self, erasure_no: int, kept: Collection[EvidenceId]) -> None:
        """Erase the person's rows, but for records of provision and the acts kept.

        Asks first whether the acts are those recorded: objections, which prove it too, go with the person's rights.
        """
        member = self._session.connection.execute(_MEMBER, {"erasure": erasure_no}).scalar_one()
        seals = ActSeals(self._session)
        is_proved = not seals.unproved([member])
        for client in self._each_client():
            with self._provisions_entered_anew(client), self._rows_entered_anew(client, erasure_no):
                for deed in ("erase_holds_of_client", "erase_of_client", "erase_notices_of_client"):
                    self._session.connection.execute(text(f"SELECT {deed}(:erasure)"), {"erasure": erasure_no})
        for deed in ("erase_holds", "erase_rights_of_member", "erase_affected", "erase_mail"):
            self._session.connection.execute(text(f"SELECT {deed}(:erasure)"), {"erasure": erasure_no})
        going = self._session.connection.execute(_GOING, {"member": member, "kept": list(kept)}).all()
        if going:
            counts = tuple(f"{load}:{count}" for load, count in going)
            self._writing.added.append(RowBatch("erased_acts", (str(erasure_no), *counts)))
        with NoticeSeals(self._writing).sent([member]):
            self._session.connection.execute(
                text("SELECT erase_of_member(:erasure, CAST(:kept AS bigint[]))"),
                {"erasure": erasure_no, "kept": list(kept)},
            )
        if is_proved:
            seals.renew(member)

    def erase_due(self, erasure_no: int, on: date, reports_until: datetime) -> bool:
        """Erase records retained until before `on`, then the client's row if its last report is older; if any was."""
        state = text(
            "SELECT (SELECT count(*) FROM provision_record JOIN erased_applicant e USING (client_id, applicant_no)"
            " WHERE e.erasure_no = :erasure),"
            " (SELECT count(*) FROM erased_applicant WHERE erasure_no = :erasure AND NOT is_gone)"
        )
        asked = {"erasure": erasure_no}
        has_changed = False
        for client in self._each_client():
            before = self._session.connection.execute(state, asked).one()
            with self._provisions_entered_anew(client), self._rows_entered_anew(client, erasure_no):
                self._session.connection.execute(
                    text("SELECT erase_due(:erasure, CAST(:on AS date), CAST(:last AS timestamptz))"),
                    {**asked, "on": on, "last": reports_until},
                )
            has_changed |= self._session.connection.execute(state, asked).one() != before
        return has_changed

    def naming(self, member: MemberId) -> Sequence[int]:
        """The entries of the ledger whose payloads name a member, and decisions on the member's requests."""
        named = canonical_nfc({"member_id": member}).decode()[1:-1]
        return list(self._session.connection.scalars(NAMING, {"named": named}))

    def forget_received(self, member: MemberId, browsers: Collection[CookieId]) -> None:
        """Forget events that wait for the lake, of a member or from these browsers."""
        self._session.connection.execute(_RECEIVED, {"member": member, "browsers": list(browsers)})

    def waiting_strangers(self) -> Sequence[MemberId]:
        """Members named by events that wait, or by answers that were refused, since nobody knows them."""
        return list(map(MemberId, self._session.connection.scalars(_STRANGERS)))

    def forget_answers(self, member: MemberId, code: str) -> None:
        """Forget answers that came in late, of whom the code shows to be erased."""
        forget = text("SELECT forget_answers(:member, :code)")
        self._session.connection.execute(forget, {"member": member, "code": code})

    def to_render(self) -> Sequence[tuple[ClientId, ProvisionId]]:
        """Reports whose files still show what was erased, or what a recipient was asked to erase."""
        execute = self._session.connection.execute
        return [(client, row.provision_id) for client in self._each_client() for row in execute(_TO_RENDER)]

    def waiting_rows(self) -> Iterator[tuple[ClientId, RunId, Sequence[ApplicantId]]]:
        """Report by report, the rows in those files whose keys are to be destroyed."""
        return self._rows.waiting()

    def rendering(self, client: ClientId, provision: ProvisionId) -> tuple[Report, bool]:
        """Take one of them to be rendered in this transaction, and whether it was handed over."""
        self._session.act_for(client)
        row = self._session.connection.execute(_RENDERING, {"provision": provision}).one()
        return self._rows.opened(client, row.season_id, row.acted_at, row.report), row.was_handed_over

    @contextmanager
    def _provisions_entered_anew(self, client: ClientId) -> Iterator[None]:
        """Enter the provisions that the block changes anew, but only those that were what was entered before it."""
        rows = BoundRows(self._session)
        names = list(self._session.connection.scalars(_PROVISIONS_OF, {"client": client}))
        bound = [name for name in names if rows.is_bound("provision", (client, name))]
        yield
        changed = [name for name in bound if not rows.is_bound("provision", (client, name))]
        self._writing.added += [RowBatch("provision", (client, name), client) for name in changed]

    @contextmanager
    def _rows_entered_anew(self, client: ClientId, erasure_no: int) -> Iterator[None]:
        """Enter rows that change one by one, and that the block changes, as far as they were sound before."""
        if self._session.rows.secret is None:
            yield
            return
        rows = BoundRows(self._session)
        found = self._session.connection.scalars(_SEASONS_OF, {"client": client, "erasure": erasure_no}).all()
        batches = list(dict.fromkeys(batch for season in found for batch in rows_judged(client, season)))
        batches.append(("stale_score", (client,)))
        before = rows.differing_in(batches)
        yield
        for (kind, batch), was, now in zip(batches, before, rows.differing_in(batches), strict=True):
            if was is not None and now is not None and now - was:
                self._writing.added.append(RowBatch(kind, batch, client, tuple(sorted(now - was))))

    def _each_client(self) -> Iterator[ClientId]:
        """Act for each client that ever had a contract, one after the other, and for none at the end."""
        for client in self._session.connection.scalars(text("SELECT client_id FROM client ORDER BY client_id")).all():
            self._session.act_for(ClientId(client))
            yield ClientId(client)
        self._session.act_for(None)


def _erasure(row: Row[tuple[Any, ...]]) -> Erasure:
    done = {ErasureStep(step): row.done_seq if step == ErasureStep.RECORDS else None for step in row.steps}
    return Erasure(row.erasure_no, row.member_no, bytes(row.person_sha256), row.requested_at, row.ledger_seq, done)

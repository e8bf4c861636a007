"""Served texts and the answers to them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import Exists, exists, insert, select, text

from kanmon.consent.collected.page_check import PageCheck, PageLook
from kanmon.consent.collected.service import (
    AnswerRecord,
    ConsentRefusal,
    KnownText,
    ReceivedAnswer,
    ServedText,
    TextReader,
)
from kanmon.consent.evidence import ConsentAct
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.rendered.model import HOUR, Ticket
from kanmon.consent.screens import Screen
from kanmon.consent.store.acts import ActStore, consent_acts
from kanmon.core.ids import ClientId, EvidenceId, ScreenId
from kanmon.db.tables.evidence import (
    consent_act,
    consent_answer,
    consent_entry,
    rendering,
    rendering_ticket,
    served_text,
)
from kanmon.db.tables.terms import client as client_table
from kanmon.db.unit_of_work import WriteSession
from kanmon.ledger.store.answers import answer_sha256

# Rows that another transaction holds are passed over: nobody waits for anybody to forget.
_FORGET_TICKETS = text(
    """
    DELETE FROM rendering_ticket WHERE ticket_sha256 IN (
        SELECT ticket_sha256 FROM rendering_ticket WHERE ends_at <= :at LIMIT 100 FOR UPDATE SKIP LOCKED
    )
    """
)
_PAGE_LOOK = text(
    """
    SELECT r.seen_at, v.view ->> 'found' AS found
    FROM (SELECT f.run_id, f.views FROM coverage_finding f JOIN coverage_run USING (run_id)
          WHERE (f.screen_id, f.language) = (:screen, :language) ORDER BY begun_at DESC, run_id DESC LIMIT 1) newest
    JOIN coverage_run r USING (run_id)
    CROSS JOIN LATERAL jsonb_array_elements(newest.views) AS v (view)
    WHERE v.view -> 'visitor' ->> 'runs_script' = 'false' AND v.view ->> 'found' IS NOT NULL
    """
)


class Registry(Protocol):
    """The registered screens and policy versions, in the same transaction."""

    def screens(self) -> Iterable[Screen]:
        """Every registered screen."""

    def policy_versions(self) -> Iterable[PolicyVersion]:
        """Every registered policy version."""


class RollOuts(Protocol):
    """The revisions that are under way, in the same transaction."""

    def versions_rolling_out(self) -> Sequence[PolicyVersion]:
        """The versions that are being brought to the screens."""


class PostgresCollectionStore(ActStore):
    """See `consent.collected.service.CollectionStore`; one transaction."""

    def __init__(self, session: WriteSession, registry: Registry, roll_outs: RollOuts) -> None:
        super().__init__(session)
        self._registry = registry
        self._roll_outs = roll_outs

    def screen(self, screen_id: ScreenId) -> Screen | None:
        """The registered screen of that ID."""
        return next((screen for screen in self._registry.screens() if screen.screen_id == screen_id), None)

    def versions(self) -> Sequence[PolicyVersion]:
        """Every registered policy version."""
        return list(self._registry.policy_versions())

    def rolling_out(self) -> Sequence[PolicyVersion]:
        """The versions that a revision is bringing to the screens, and that are not in force yet."""
        return self._roll_outs.versions_rolling_out()

    def was_looked_at(self, screen_id: ScreenId) -> bool:
        """Whether anybody ever looked at what the screen shows."""
        return self._is_there(exists().where(rendering.c.screen_id == screen_id))

    def is_client(self, client: ClientId) -> bool:
        """Whether a contract was loaded for that client."""
        return self._is_there(exists().where(client_table.c.client_id == client))

    def _is_there(self, condition: Exists) -> bool:
        return bool(self._session.connection.scalar(select(condition)))

    def add_served(self, token_sha256: bytes, text: ServedText) -> None:
        """Keep what was served."""
        values = {**vars(text), **vars(text.reader)}
        del values["reader"]
        self._session.connection.execute(insert(served_text).values(token_sha256=token_sha256, **values))

    def add_ticket(self, ticket_sha256: bytes, ticket: Ticket, ends_at: datetime) -> None:
        """Keep that one report of a browser may come for what was served, and forget tickets that are over."""
        kept = {**vars(ticket), "ticket_sha256": ticket_sha256, "is_used": False, "ends_at": ends_at}
        self._session.connection.execute(insert(rendering_ticket).values(kept))
        self._session.connection.execute(_FORGET_TICKETS, {"at": ends_at - 2 * HOUR})

    def was_reported(self, ticket_sha256: bytes) -> bool:
        """Whether a browser reported what it rendered of the page with that ticket: a script ran in it."""
        ticket = rendering_ticket.c
        return self._is_there(exists().where(ticket.ticket_sha256 == ticket_sha256, ticket.is_used))

    def page_look(self, screen_id: ScreenId, language: str) -> PageLook | None:
        """The newest looks of the crawler without script; None where there are none."""
        asked = {"screen": screen_id, "language": language}
        rows = self._session.connection.execute(_PAGE_LOOK, asked).all()
        return PageLook(rows[0].seen_at, frozenset(row.found for row in rows)) if rows else None

    def served(self, token_sha256: bytes) -> KnownText | None:
        """What was served under a token."""
        connection, kept = self._session.connection, served_text.c
        row = connection.execute(select(served_text).where(kept.token_sha256 == token_sha256)).one_or_none()
        if row is None:
            return None
        text = ServedText(
            row.screen_id, row.policy_id, row.version_id, row.language, row.text_sha256,
            TextReader(row.member_id, row.visitor_id), row.served_at, row.expires_at,
        )  # fmt: skip
        was_answered = exists().where(
            consent_answer.c.served_no == row.served_no, consent_answer.c.consent_no.is_not(None)
        )
        return KnownText(row.served_no, text, self._is_there(was_answered))

    def recorded(self, key_no: int, act_id: str) -> tuple[bytes, AnswerRecord] | None:
        """What became of an earlier answer of that ID, with the hash of what it said."""
        kept = consent_answer.c
        found = select(consent_answer).where(kept.key_no == key_no, kept.act_id == act_id)
        row = self._session.connection.execute(found).one_or_none()
        if row is None:
            return None
        if row.refusal is not None:
            return row.content_sha256, AnswerRecord(None, ConsentRefusal(row.refusal))
        carried = select(consent_act.c.answer_sha256).where(consent_act.c.consent_no == row.consent_no)
        is_carried = self._session.connection.scalar(carried) == answer_sha256(self._session, row._asdict())
        act = self.act(row.consent_no)
        check = None if row.page_check is None else PageCheck(row.page_check)
        return row.content_sha256, AnswerRecord(act, None, row.shown_sha256 is not None, is_carried, page_check=check)

    def act(self, evidence_id: EvidenceId) -> ConsentAct:
        """A recorded act."""
        [act] = consent_acts(self._session.connection, "c.consent_no = :number", number=evidence_id)
        return act

    def act_entered(self, ledger_seq: int) -> EvidenceId:
        """The act that stands at a place of the ledger."""
        found = select(consent_entry.c.consent_no).where(consent_entry.c.ledger_seq == ledger_seq)
        return EvidenceId(self._session.connection.execute(found).scalar_one())

    def answer_sha256(self, kept: ReceivedAnswer) -> str:
        """The digest of an answer and of the text that was served for it to this person."""
        return answer_sha256(self._session, _values(kept))

    def add_answer(self, kept: ReceivedAnswer, became: EvidenceId | ConsentRefusal) -> None:
        """Keep an answer and what became of it, on disk when the transaction has ended."""
        self._session.connection.execute(text("SET LOCAL synchronous_commit = on"))
        refused = isinstance(became, ConsentRefusal)
        self._session.connection.execute(
            insert(consent_answer).values(
                **_values(kept), consent_no=None if refused else became, refusal=became if refused else None
            )
        )


def _values(kept: ReceivedAnswer) -> dict[str, object]:
    answer = kept.answer
    return {
        "key_no": kept.key_no,
        "act_id": answer.act_id,
        "content_sha256": answer.content_sha256(),
        "action": answer.action,
        "member_id": answer.member_id,
        "screen_id": answer.screen_id,
        "client_id": answer.client_id,
        "served_no": kept.served_no,
        "shown_sha256": answer.shown_sha256,
        "rendered_sha256": answer.rendered_sha256,
        "answered_at": kept.at,
        "salt": kept.salt,
        "page_check": kept.page_check,
    }

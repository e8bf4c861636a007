"""Consent taken live, for the API and for a board within the service: both hold a key and ask here."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from kanmon.access.key import KeyScope, hashed, opened
from kanmon.application.application import Application
from kanmon.clients.store import ServiceStore
from kanmon.consent.collected.service import (
    AnswerRecord,
    Collection,
    ConsentAnswer,
    ConsentRefusal,
    ServedWords,
    TextReader,
)
from kanmon.consent.collected.store import PostgresCollectionStore
from kanmon.consent.doubtful import RefusedRow, refused_message
from kanmon.consent.evidence import ACCEPT
from kanmon.consent.holds.use_cases import hold_for_message, mend_by_message
from kanmon.core.errors import ActIdTaken
from kanmon.core.ids import ClientId, EvidenceId, MemberId, ScreenId
from kanmon.db.unit_of_work import WriteSession
from kanmon.intake.store.events import PostgresIntakeStore
from kanmon.reviews.revisions.store import PostgresRevisionStore
from kanmon.rights.recall.service import Recall
from kanmon.rights.withdrawal.service import Withdrawals
from kanmon.rights.withdrawal.store import PostgresWithdrawalStore
from kanmon.rights.withdrawal.use_cases import take_back

ADDRESS = "/api/v1/consents"
"""Where answers come in."""


class ConsentService:
    """Serves texts and takes answers over an open application; each call is one transaction."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def serve(self, key: str, screen: ScreenId, language: str, reader: TextReader) -> ServedWords | ConsentRefusal:
        """The words in force for a screen, with a one-time token; refuses a key as `access.key.opened` does."""
        with self._begun(key) as (collection, _):
            return collection.serve(screen, language, reader)

    def take(self, key: str, answer: ConsentAnswer) -> AnswerRecord:
        """Record an answer, on disk when this returns; `ActIdTaken`, and as `serve`.

        A no that can't be recorded holds its person (ADR 0034).
        """
        try:
            with self._begun(key) as (collection, key_no):
                recorded = collection.take(key_no, answer)
        except ActIdTaken:
            self._settle(answer, "ACT_ID_TAKEN")
            raise
        self._settle(answer, recorded.refusal)
        return recorded

    def hold(self, row: RefusedRow) -> None:
        """Hold whom a message that can't be read may concern."""
        hold_for_message(self._application, ADDRESS, row)

    def _settle(self, answer: ConsentAnswer, refusal: str | None) -> None:
        if answer.action == ACCEPT:
            return
        if refusal is None:
            mend_by_message(self._application)
            return
        sent = {name: value for name, value in vars(answer).items() if value is not None and name != "token"}
        columns = {ConsentRefusal.MEMBER_UNKNOWN: "member_id", ConsentRefusal.CLIENT_UNKNOWN: "client_id"}
        column = columns.get(ConsentRefusal(refusal), "") if refusal in set(ConsentRefusal) else "act_id"
        self.hold(refused_message(json.dumps(sent, ensure_ascii=False), refusal, column))

    @contextmanager
    def _begun(self, key: str) -> Iterator[tuple[Collection, int]]:
        clock = self._application.clock
        asked: list[Recall] = []
        with self._application.transactions.begin(waits=True) as work:
            store = collection_store(work.session)
            key_no = opened(PostgresIntakeStore(work.session).key(hashed(key)), KeyScope.CONSENTS).key_no

            def withdraw(member: MemberId, client: ClientId | None, answer_sha256: str | None) -> EvidenceId:
                clients = work.terms.clients.values()
                deed = Withdrawals(PostgresWithdrawalStore(work.session), work.ledger, clock)
                done = deed.withdraw(member, client, clients, answer_sha256=answer_sha256)
                asked.extend(done.asked)
                return store.act_entered(done.ledger_seq)

            yield Collection(store, work.ledger, clock, withdraw), key_no
        take_back(self._application, asked)


def collection_store(session: WriteSession) -> PostgresCollectionStore:
    """What serves texts and takes answers in a transaction; it knows which versions are being rolled out."""
    return PostgresCollectionStore(session, ServiceStore(session), PostgresRevisionStore(session))

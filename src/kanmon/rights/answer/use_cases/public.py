"""What anybody may ask without an account: "was I scored?" with a check code, and who we are."""

import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from kanmon.application.application import Application
from kanmon.core.errors import LedgerKeyMissing, NotFound, UsageError
from kanmon.core.language import N_
from kanmon.incidents.matters.model import Matter, MatterKind
from kanmon.incidents.matters.store import MatterRecords
from kanmon.ledger.service import receipt_of
from kanmon.reviews.releases.model import Release
from kanmon.reviews.releases.service import find
from kanmon.reviews.releases.store import PostgresReviewRecords
from kanmon.rights.about import PublicStatement, about
from kanmon.rights.answer.store.stubs import PostgresStubStore
from kanmon.rights.answer.stub import CodeAnswer, check_entry, code_answer, look_up, note_attempt
from kanmon.rights.answer.told import view_of
from kanmon.rights.requests.service import Request, RequestForm, Requests, RequestType, said
from kanmon.rights.requests.store import PostgresRequestStore

_SHOWN_FOR = 3_600
"""Seconds for which the answer to a request to the desk is shown under its address."""


@dataclass(frozen=True)
class PublicService:
    """What is open to everybody, over an open application."""

    application: Application

    def about(self) -> PublicStatement:
        """What must be public."""
        with self.application.transactions.read() as work:
            return about(work.terms, self.application.clock.now())

    def annual_report(self) -> Matter | None:
        """The yearly report on recruiting information that is due, else the one recorded last; None without any."""
        with self.application.transactions.read() as work:
            known = MatterRecords(work.session).matters()
        reports = [one for one in known if one.notice.kind is MatterKind.ANNUAL_REPORT]
        waiting = [one for one in reports if one.answered_on is None and one.due_on is not None]
        return min(waiting, key=lambda one: one.due_on or date.max, default=reports[-1] if reports else None)

    def running_release(self) -> Release | None:
        """The release that runs, with all that was said of it; None where it was not reviewed here or not decided."""
        with self.application.transactions.read() as work:
            running = work.terms.release
            reviewed = PostgresReviewRecords(work.session).releases() if running is not None else ()
        release = None if running is None else find(reviewed, running.release_id)
        return release if release is not None and release.is_decided else None

    def log_key(self) -> str | None:
        """The public key that the ledger is signed with; None where nobody knows it any more."""
        with suppress(LedgerKeyMissing):
            return str(self.application.ledger_key.verifier)
        return None

    def check(self, code: str, address: str) -> CodeAnswer | None:
        """The answer behind a code; None for a code that was never issued; `TooManyAttempts`."""
        self._note_attempt(address)
        return self._answer(code)

    def check_proof(self, code: str, address: str) -> bytes:
        """The answer behind a code, entered into the ledger, as a receipt; `NotFound` for a code never issued."""
        self._note_attempt(address)
        answer, application = self._answer(code), self.application
        if answer is None:
            raise NotFound(N_("this page does not exist, or your account may not see it"))
        real_at = application.clock.real()
        with application.transactions.begin(waits=True) as work:
            shown_at = real_at if application.clock.is_replay else None
            (seq,) = work.ledger.append([check_entry(code, answer.lines, application.clock.now(), shown_at)])
            work.ledger.sign(real_at)
        with application.transactions.read() as work:
            return receipt_of(work.ledger, seq, application.ledger_key.verifier, shows_payload=True)

    def ask_to_be_checked(self, contact: str, words: str, address: str) -> Request:
        """Somebody without a code asks; the desk identifies them and answers. `UsageError` without a contact."""
        self._note_attempt(address)
        content: dict[str, object] = {"contact": said(contact), "words": said(words)}
        if not content["contact"]:
            raise UsageError(N_("say how we can reach you"))
        return self._receive(content)

    def address_of(self, request: Request) -> str | None:
        """What leads whoever asked the desk to its answer, for an hour, and nobody can guess; None without our key."""
        until = int(self.application.clock.real().timestamp()) + _SHOWN_FOR
        with suppress(LedgerKeyMissing):
            return f"{request.request_no}-{until}-{self._seal(f'{request.request_no}-{until}')}"
        return None

    def asked(self, address: str) -> Request:
        """The request that `address_of` led to; `NotFound` where the address is none of ours, or its hour is over."""
        named, _, seal = address.rpartition("-")
        number, _, until = named.partition("-")
        with suppress(LedgerKeyMissing):
            is_ours = hmac.compare_digest(self._seal(named).encode(), seal.encode())
            if is_ours and int(until) >= self.application.clock.real().timestamp():
                with self.application.transactions.read() as work:
                    work.check_loaded()
                    found = PostgresRequestStore(work.session).request(int(number))
                if found is not None:
                    return found
        raise NotFound(N_("this page does not exist, or your account may not see it"))

    def _seal(self, named: str) -> str:
        return self.application.row_key.seal("asked at the desk", named.encode()).hex()

    def _note_attempt(self, address: str) -> None:
        with self.application.transactions.begin() as work:
            note_attempt(PostgresStubStore(work.session), address, self.application.clock.real())

    def _receive(self, content: Mapping[str, object]) -> Request:
        clock = self.application.clock
        with self.application.transactions.begin(waits=True) as work:
            work.check_loaded()
            asked = RequestForm(None, RequestType.CHECK, clock.now(), content=content)
            return Requests(PostgresRequestStore(work.session), work.ledger, clock).receive(asked)

    def _answer(self, code: str) -> CodeAnswer | None:
        with self.application.transactions.begin() as work:
            found = look_up(PostgresStubStore(work.session), code)
        if found is None:
            return None
        if found.member_id is None:
            return CodeAnswer(found.answer, found.incidents)
        with self.application.transactions.read() as work:
            clients = list(work.terms.clients.values())
            return code_answer(view_of(PostgresRequestStore(work.session), found.member_id, clients), clients)

"""What a person may ask of us, wired, and the privacy owner's worklist."""

import hashlib
import io
import json
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

from kanmon.access.account import Account
from kanmon.application.application import Application
from kanmon.application.unit_of_work import UnitOfWork
from kanmon.core.errors import NotFound, UsageError
from kanmon.core.ids import ClientId, MemberId
from kanmon.core.language import N_, Language, translations
from kanmon.core.listing import ListPage, ListQuery
from kanmon.incidents.notices.store import MailRecords
from kanmon.ledger.service import receipts_for
from kanmon.provision.first_page import Translate
from kanmon.provision.received import StaleNotice
from kanmon.provision.store.received import ReceivedStore
from kanmon.provision.use_cases.disputed import disputed_scores
from kanmon.rights.answer.history import OwnBrowser, OwnHistory, ScoreQuery
from kanmon.rights.answer.told import view_of
from kanmon.rights.answer.use_cases.people import new_check_code, receipts_of_member, signed_answer
from kanmon.rights.disclosure.files import disclosure_page
from kanmon.rights.disclosure.service import ExplainedView, covering_before_login, disclosure_facts
from kanmon.rights.disclosure.store import DisclosureStore
from kanmon.rights.recall.service import Recall
from kanmon.rights.recall.store import RecallRecords
from kanmon.rights.requests.correction import Corrections, DisputedMark, disputed_of
from kanmon.rights.requests.objection import ObjectionReceipt, Objections, Word
from kanmon.rights.requests.preview import CORRECTIONS, DecisionPreview, DecisionRequest, RequestChoice, is_confirmed
from kanmon.rights.requests.review import OUTCOMES, ContestedScore, ReviewFinding, ScoreReviews, SecondLookAnswer
from kanmon.rights.requests.service import (
    SYSTEM,
    Method,
    Request,
    RequestDecision,
    RequestForm,
    RequestOutcome,
    Requests,
    RequestType,
    said,
)
from kanmon.rights.requests.store import PostgresRequestStore
from kanmon.rights.words import CHECK_CODE_TOLD
from kanmon.scoring.score import Score

_HISTORY = "kanmon.rights.answer.files"
"""Loads the engine of the lake: only where a person's events are asked for, which most pages don't."""


@dataclass(frozen=True)
class Disclosure:
    """What a person is handed when everything is disclosed at once, and the request that it answers."""

    request: Request
    zipped: bytes
    """A document to read and JSON, whose hash stands in the decision, with receipts, the answer and a check code."""


@dataclass(frozen=True)
class OwnPage:
    """What a person's own page tells."""

    explained: ExplainedView
    """Without what counted in scores, which is read from the lake: see `Rights.explained`."""
    unread: int
    """Notices that the person hasn't seen yet."""
    recalls: Sequence[Recall]
    """What recipients were asked to erase about the person, oldest first."""


@dataclass(frozen=True)
class Rights:
    """The rights of people, over an open application."""

    application: Application

    # The person

    def seen(self, member: MemberId) -> OwnPage:
        """What a person's own page tells, as of one moment, from the database alone: nothing is read from the lake."""
        with self.application.transactions.read() as work:
            store = PostgresRequestStore(work.session)
            clients = list(work.terms.clients.values())
            view = view_of(store, member, clients)
            categories = {client.client_id: client.contract.categories for client in clients}
            explained = ExplainedView(view, {}, categories, store.words(member), store.requests(member))
            return OwnPage(explained, MailRecords(work.session).unread(member), RecallRecords(work.session).of(member))

    def explained(self, member: MemberId, score_no: int | None = None) -> ExplainedView:
        """What was done with a member's data, and what counted in each score, or in the one named alone.

        `NotFound` where the score named isn't theirs. What counted is read from the lake, which takes its time.
        """
        application = self.application
        with application.transactions.read() as work:
            store = PostgresRequestStore(work.session)
            clients = list(work.terms.clients.values())
            view = view_of(store, member, clients)
            number = store.member_no(member)
            assert number is not None
            scored = [
                told for told in view.scores if isinstance(told.answer, Score) and score_no in (None, told.score_no)
            ]
            if score_no is not None and not scored:
                raise NotFound(N_("this page does not exist, or your account may not see it"))
            corrected, early = (
                store.not_theirs(member),
                covering_before_login(view, store.policy_versions(), work.terms),
            )
            words, requests = store.words(member), store.requests(member)
        asked = [
            ScoreQuery(
                number, told.client_id, told.as_of, told.score_no in early,
                tuple(stretch for stretch, at in corrected if at <= told.computed_at),
                () if told.explanation is None else told.explanation.partner_sites,
            )
            for told in scored
        ]  # fmt: skip
        counted = self._history().counted(asked)
        return ExplainedView(
            view,
            {told.score_no: did for told, did in zip(scored, counted, strict=True)},
            {client.client_id: client.contract.categories for client in clients},
            words,
            requests,
        )

    def say(
        self, member: MemberId, word: Word, client: ClientId | None, *, is_of_training: bool = False
    ) -> ObjectionReceipt:
        """Object, or lift an objection, to every use or to training alone; it counts when this returns."""
        with self.application.transactions.begin(waits=True) as work:
            return Objections(PostgresRequestStore(work.session), work.ledger, self.application.clock).say(
                member, word, client, work.terms.clients.values(), is_of_training=is_of_training
            )

    def browsers(self, member: MemberId) -> Sequence[OwnBrowser]:
        """What was taken for a member's, browser by browser and day by day, but for what was corrected already."""
        with self.application.transactions.read() as work:
            work.check_loaded()
            store = PostgresRequestStore(work.session)
            number, corrected = store.member_no(member), store.not_theirs(member)
        if number is None:
            raise UsageError(N_("no member %(member)s is known"), member=member)
        return self._history().browsers(number, self.application.clock.now(), [stretch for stretch, _ in corrected])

    def dispute(self, member: MemberId, marked: Collection[DisputedMark], words: str) -> Request:
        """Ask that actions aren't taken for the member's; accepted at once where logins show it."""
        disputed = disputed_of(marked, self.browsers(member))
        with self.application.transactions.begin(waits=True) as work:
            terms = work.terms
            corrections = Corrections(PostgresRequestStore(work.session), work.ledger, self.application.clock)
            return corrections.dispute(member, disputed, words, terms.clients.values())

    def ask_for_data(self, member: MemberId, fields: Mapping[str, str], words: str) -> Request:
        """Ask that personal data are put right."""
        with self.application.transactions.begin(waits=True) as work:
            work.check_loaded()
            return Corrections(PostgresRequestStore(work.session), work.ledger, self.application.clock).ask_for_data(
                member, fields, words
            )

    def ask_for_review(self, member: MemberId, score_no: int, words: str) -> Request:
        """Ask that a person looks at one of the member's scores; `NotFound` where there is no such score of theirs."""
        with self.application.transactions.begin(waits=True) as work:
            store = PostgresRequestStore(work.session)
            scores = view_of(store, member, list(work.terms.clients.values())).scores
            told = next((one for one in scores if one.score_no == score_no and isinstance(one.answer, Score)), None)
            if told is None:
                raise NotFound(N_("member %(member)s has no score %(score)s"), member=member, score=score_no)
            if told.stale_at is not None:
                raise UsageError(N_("this score no longer counts, so nobody has to look at it"))
            score = ContestedScore(score_no, told.client_id, told.client_name, told.applicant_id, str(told.answer))
            return ScoreReviews(store, work.ledger, self.application.clock).ask(member, score, words)

    def requests(self, member: MemberId) -> Sequence[Request]:
        """All requests of a member, newest first; `UsageError` for an unknown member."""
        with self.application.transactions.read() as work:
            work.check_loaded()
            store = PostgresRequestStore(work.session)
            if store.registered_at(member) is None:
                raise UsageError(N_("no member %(member)s is known"), member=member)
            return store.requests(member)

    def ask_on_paper(self, member: MemberId) -> Request:
        """Ask for disclosure on paper: it waits in the worklist."""
        return self._receive(RequestForm(member, RequestType.DISCLOSURE, self.application.clock.now(), Method.PAPER))

    def disclose(self, member: MemberId, language: Language) -> Disclosure:
        """Disclose everything now: the request, the files, and the decision with the hash of what was handed over."""
        application = self.application
        request = self._receive(RequestForm(member, RequestType.DISCLOSURE, application.clock.now()))
        files = self._files(member, language)
        receipts = self._receipts(member)
        code = new_check_code(application, member)
        extra = {f"receipts/receipt-{seq}.json": receipt for seq, receipt in receipts.items()}
        extra["answer.json"] = signed_answer(application, member)
        extra["check-code.txt"] = _code_file(code, language)
        hashed = hashlib.sha256(b"".join(content for _, content in sorted(files.items()))).hexdigest()
        done: dict[str, object] = {"files": sorted(files), "receipts": len(receipts)}
        decided = RequestDecision(application.clock.now(), SYSTEM, RequestOutcome.ACCEPTED, "", done, hashed)
        return Disclosure(self._decide(request.request_no, decided), _zipped({**files, **extra}))

    def _receipts(self, member: MemberId) -> Mapping[int, bytes]:
        """The receipts of a member's acts, provisions, requests, decisions and notices that stand in the ledger."""
        found = dict(receipts_of_member(self.application, member))
        seqs = [seq for one in self.requests(member) for seq in (one.ledger_seq, one.decision_seq) if seq is not None]
        with self.application.transactions.read() as work:
            seqs += [one.ledger_seq for one in MailRecords(work.session).told(member)]
        with self.application.transactions.read() as work:
            key = self.application.ledger_key.verifier
            return found | receipts_for(work.ledger, seqs, key)

    def receipt(self, member: MemberId, seq: int) -> bytes:
        """The receipt of one request of a member or of its decision; `NotFound` where it isn't theirs."""
        found = self._receipts(member).get(seq)
        if found is None:
            raise NotFound(N_("this page does not exist, or your account may not see it"))
        return found

    def _files(self, member: MemberId, language: Language) -> Mapping[str, bytes]:
        explained, now = self.explained(member), self.application.clock.now()
        clients = list(explained.categories)
        with self.application.transactions.read() as work:
            held = DisclosureStore(work.session).held(member, clients)
        with self.application.transactions.read() as work:
            number = PostgresRequestStore(work.session).member_no(member)
        assert number is not None
        facts = disclosure_facts(explained, held, self._history().events(number, now), now)
        return {
            "kanmon.json": json.dumps(facts, ensure_ascii=False, indent=2).encode(),
            "kanmon.html": disclosure_page(facts, language).encode(),
        }

    # The privacy owner

    def worklist(self) -> Sequence[Request]:
        """Everybody's requests, those that wait first."""
        with self.application.transactions.read() as work:
            work.check_loaded()
            return PostgresRequestStore(work.session).worklist()

    def listed(self, query: ListQuery) -> ListPage[Request]:
        """A page of everybody's requests."""
        with self.application.transactions.read() as work:
            work.check_loaded()
            return PostgresRequestStore(work.session).listed(query, self.application.clock.now())

    def accept(self, request_no: int, person: str, reason: str) -> Request:
        """Put a correction in force, or note that something else was answered; `reason` says how."""
        return self._decided(DecisionRequest(request_no, RequestChoice.ACCEPT, person, reason))

    def refuse(self, request_no: int, person: str, reason: str) -> Request:
        """Refuse a request, with the reason that the person is told."""
        return self._decided(DecisionRequest(request_no, RequestChoice.REFUSE, person, reason))

    def conclude(self, request_no: int, person: str, finding: ReviewFinding, reason: str) -> Request:
        """End a review with what it found; the person is told it, with the reason, in both languages."""
        return self._decided(DecisionRequest(request_no, finding, person, reason))

    def look_at(self, asked: DecisionRequest) -> DecisionPreview:
        """What confirms a decision as the request stands now; `NotFound`, `UsageError`. Nothing is done."""
        with self.application.transactions.read() as work:
            work.check_loaded()
            store = PostgresRequestStore(work.session)
            request = _meant(store, asked)
            return DecisionPreview(asked, request, asked.sha256(request, _answer(store, request)))

    def confirm(self, asked: DecisionRequest, confirmation: str) -> Request:
        """Decide as it was shown, once however often it is confirmed; see `is_confirmed`."""
        with self.application.transactions.begin(waits=True) as work:
            work.check_loaded()
            store = PostgresRequestStore(work.session)
            store.hold()
            request = _meant(store, asked)
            if not is_confirmed(asked, request, _answer(store, request), confirmation):
                return request
            return self._decide_within(work, store, request, asked)

    def _decided(self, asked: DecisionRequest) -> Request:
        with self.application.transactions.begin(waits=True) as work:
            work.check_loaded()
            store = PostgresRequestStore(work.session)
            store.hold()
            return self._decide_within(work, store, _meant(store, asked), asked)

    def _decide_within(
        self, work: UnitOfWork, store: PostgresRequestStore, request: Request, asked: DecisionRequest
    ) -> Request:
        clock, reason = self.application.clock, said(asked.reason)
        if isinstance(asked.choice, ReviewFinding):
            reviews = ScoreReviews(store, work.ledger, clock)
            return reviews.conclude(asked.request_no, asked.person, asked.choice, reason)
        if asked.choice is RequestChoice.ACCEPT and request.asked.type in CORRECTIONS:
            corrections = Corrections(store, work.ledger, clock)
            return corrections.accept(asked.request_no, asked.person, reason, work.terms.clients.values())
        outcome = RequestOutcome.REFUSED if asked.choice is RequestChoice.REFUSE else RequestOutcome.ACCEPTED
        requests = Requests(store, work.ledger, clock)
        waiting = requests.waiting(asked.request_no)
        return requests.decide(waiting, RequestDecision(clock.now(), asked.person, outcome, reason))

    def second_looks(self, listed: Sequence[Request], _: Translate) -> Mapping[int, Mapping[str, str] | None]:
        """By the number of each review that waits, what its company answered, in words; None where it did not."""
        found: dict[int, Mapping[str, str] | None] = {}
        with self.application.transactions.read() as work:
            store = PostgresRequestStore(work.session)
            for one in listed:
                if one.asked.type is RequestType.REVIEW and one.decided is None and one.asked.client_id is not None:
                    answer = store.second_look(one.request_no, one.asked.client_id)
                    words = None if answer is None else {**answer.facts(), "outcome": _(OUTCOMES[answer.outcome])}
                    found[one.request_no] = words
        return found

    def _receive(self, asked: RequestForm) -> Request:
        with self.application.transactions.begin(waits=True) as work:
            work.check_loaded()
            return Requests(PostgresRequestStore(work.session), work.ledger, self.application.clock).receive(asked)

    def _decide(self, request_no: int, decided: RequestDecision) -> Request:
        with self.application.transactions.begin(waits=True) as work:
            work.check_loaded()
            requests = Requests(PostgresRequestStore(work.session), work.ledger, self.application.clock)
            return requests.decide(requests.waiting(request_no), decided)

    # A client

    def stale(self, client: ClientId) -> Sequence[StaleNotice]:
        """What a client was told no longer counts."""
        with self.application.transactions.read() as work:
            return ReceivedStore(work.session, work.seals).stale(client)

    def answer_review(self, request_no: int, account: Account, answer: SecondLookAnswer) -> None:
        """Keep what a client's second look came to; `NotFound` where the client can't read the score that is meant."""
        client = account.client_id
        if client is None or request_no not in {one.request_no for one in disputed_scores(self.application, client)}:
            raise NotFound(N_("this page does not exist, or your account may not see it"))
        with self.application.transactions.begin(waits=True) as work:
            reviews = ScoreReviews(PostgresRequestStore(work.session), work.ledger, self.application.clock)
            reviews.answer(request_no, client, account.account_no, account.name, answer)

    def _history(self) -> OwnHistory:
        history: OwnHistory = import_module(_HISTORY).DuckDBOwnHistory(self.application.lake)
        return history


def _meant(store: PostgresRequestStore, asked: DecisionRequest) -> Request:
    request = store.request(asked.request_no)
    if request is None:
        raise NotFound(N_("there is no request %(request)s"), request=asked.request_no)
    asked.check(request)
    return request


def _answer(store: PostgresRequestStore, request: Request) -> SecondLookAnswer | None:
    if request.asked.type is not RequestType.REVIEW or request.asked.client_id is None:
        return None
    return store.second_look(request.request_no, request.asked.client_id)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _code_file(code: str, language: Language) -> bytes:
    return (translations(language).gettext(CHECK_CODE_TOLD) % {"code": code} + "\n").encode()

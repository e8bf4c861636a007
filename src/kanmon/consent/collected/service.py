"""Consent taken live: which words were served to whom, and what the person answered to them (INV-2, INV-6, AC-04).

A yes needs whole evidence: the one-time token of what was served for this screen to this person, unused and not
expired, words that are still in force, and the hash that the browser made of what the person could read. Where no
script runs, the hash of the page that the board's server rendered for this token stands in its place: it must be that
of the words served for the token, and the record says whether the crawler saw the same words there without script.
Where a browser reported that it rendered the page, a script ran, and that hash proves nothing. Whatever is missing is
a refusal with a code: nothing is agreed to, and the attempt is kept as a fact.
While a revision is brought to the screens, its words are served already. A yes to them waits until the revision is
active, and counts for nothing where it never is (ADR 39); a yes to the words before it, served before, is still taken.

A no needs none: a refusal or a withdrawal counts whatever the page showed, or a faulty page could keep alive what a
person wants to end.
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from kanmon.consent.collected.page_check import PageCheck, PageLook, page_check
from kanmon.consent.evidence import ACCEPT, REPRESENTATIVE, WITHDRAW, ConsentAct
from kanmon.consent.in_force import version_in_force
from kanmon.consent.policy import PolicyVersion, own_hashes, text_sha256
from kanmon.consent.rendered.model import Ticket, ticket_ends_at, ticket_of, ticket_sha256
from kanmon.consent.screens import Screen
from kanmon.core.clock import Clock
from kanmon.core.errors import ActIdTaken
from kanmon.core.ids import ClientId, EvidenceId, MemberId, PolicyId, PolicyVersionId, ScreenId, TextSha256
from kanmon.core.language import N_
from kanmon.ledger.service import Ledger

TOKEN_LASTS = timedelta(minutes=30)
"""How long after it was served a text can be agreed to."""


class ConsentRefusal(StrEnum):
    """Why no words are served, or why an answer is not recorded; a closed list of stable codes."""

    MEMBER_UNKNOWN = "MEMBER_UNKNOWN"
    CLIENT_UNKNOWN = "CLIENT_UNKNOWN"
    SCREEN_UNREGISTERED = "SCREEN_UNREGISTERED"
    SCREEN_UNVERIFIED = "SCREEN_UNVERIFIED"
    NOTHING_IN_FORCE = "NOTHING_IN_FORCE"
    TOKEN_UNKNOWN = "TOKEN_UNKNOWN"  # noqa: S105 - a code, not a secret
    TOKEN_OF_OTHERS = "TOKEN_OF_OTHERS"  # noqa: S105
    TOKEN_USED = "TOKEN_USED"  # noqa: S105
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105
    TEXT_SUPERSEDED = "TEXT_SUPERSEDED"
    WORDS_UNPROVEN = "WORDS_UNPROVEN"
    OTHER_WORDS_SHOWN = "OTHER_WORDS_SHOWN"
    REPRESENTATIVE_UNPROVEN = "REPRESENTATIVE_UNPROVEN"


_R = ConsentRefusal
REFUSAL_MEANINGS: Mapping[ConsentRefusal, str] = {
    _R.MEMBER_UNKNOWN: N_("no such member is registered"),
    _R.CLIENT_UNKNOWN: N_("no such company is known"),
    _R.SCREEN_UNREGISTERED: N_("this page is not registered as one that may ask for consent"),
    _R.SCREEN_UNVERIFIED: N_("nobody has checked yet what this page really shows"),
    _R.NOTHING_IN_FORCE: N_("no text of the policy is in force in this language"),
    _R.TOKEN_UNKNOWN: N_("nothing proves which text was shown"),
    _R.TOKEN_OF_OTHERS: N_("the text was shown to somebody else, or on another page"),
    _R.TOKEN_USED: N_("this page was answered already"),
    _R.TOKEN_EXPIRED: N_("too much time passed since the text was shown"),
    _R.TEXT_SUPERSEDED: N_("the text was revised since it was shown"),
    _R.WORDS_UNPROVEN: N_("nothing proves which words the page showed"),
    _R.OTHER_WORDS_SHOWN: N_("the browser showed other words than those in force"),
    _R.REPRESENTATIVE_UNPROVEN: N_("nothing says by what right somebody agreed in the person's place"),
}
"""What each means, in words; ids of messages."""


@dataclass(frozen=True)
class TextReader:
    """To whom a text is served: a member or, before there is one, a visitor by an ID that the board made."""

    member_id: MemberId | None = None
    visitor_id: str | None = None


@dataclass(frozen=True)
class ServedText:
    """Which words were served for which screen to whom, over `[served_at, expires_at)`: the token's evidence."""

    screen_id: ScreenId
    policy_id: PolicyId
    version_id: PolicyVersionId
    language: str
    text_sha256: TextSha256
    reader: TextReader
    served_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class ServedWords:
    """What to show, and the token that proves it; the token is told here and never again."""

    token: str
    text: ServedText
    version: PolicyVersion
    is_verified: bool
    """Whether the screen was ever looked at; until it was, no agreement is taken on it (INV-6)."""


@dataclass(frozen=True)
class KnownText:
    """A served text as it is kept, by its number."""

    number: int
    text: ServedText
    is_used: bool


@dataclass(frozen=True)
class ConsentAnswer:
    """What a person answered, as the board's program tells it; `act_id` is made by that program and kept."""

    act_id: str
    action: str
    member_id: MemberId
    screen_id: ScreenId
    token: str | None = None
    visitor_id: str | None = None
    shown_sha256: TextSha256 | None = None
    """Made in the browser, of the words that the person could read; None where no script ran."""
    rendered_sha256: TextSha256 | None = None
    """Made by the board's server of the words in the page rendered for this token; only where no script ran."""
    client_id: ClientId | None = None
    refusable: bool | None = None
    given_by: str | None = None
    relation: str | None = None

    def content_sha256(self) -> bytes:
        """What the answer says, hashed: the same answer sent again is known by it."""
        return sha256(json.dumps(vars(self), sort_keys=True).encode()).digest()


@dataclass(frozen=True)
class ReceivedAnswer:
    """An answer with how it came: by which key, to which served text, and when."""

    key_no: int
    answer: ConsentAnswer
    served_no: int | None
    at: datetime
    page_check: PageCheck | None = None
    """Of an agreement that rests on the page as it was rendered."""
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    """Makes the answer's digest tell nothing once the answer is erased."""


@dataclass(frozen=True)
class AnswerRecord:
    """What became of an answer: an act of consent on disk, or the reason why there is none."""

    act: ConsentAct | None
    refusal: ConsentRefusal | None = None
    is_hash_from_browser: bool = False
    is_carried: bool = True
    """Whether the act carries this very answer; a withdrawal that stood already carries the one before it."""
    is_waiting: bool = False
    """Whether it is an agreement to words that are not in force yet: it counts for nothing until they are."""
    page_check: PageCheck | None = None
    """What the crawler saw there, where the page that the board's server rendered stands for the words."""

    @property
    def is_page_proven(self) -> bool:
        """Whether the page as rendered stands for the words, since no script ran in the browser."""
        return self.page_check is not None


class CollectionStore(Protocol):
    """Served texts and answers, within one transaction."""

    def hold(self) -> datetime:
        """Wait until no provision is under way, let none begin, and the shared moment from which that is so."""

    def screen(self, screen_id: ScreenId) -> Screen | None:
        """The registered screen of that ID."""

    def versions(self) -> Sequence[PolicyVersion]:
        """Every registered policy version."""

    def rolling_out(self) -> Sequence[PolicyVersion]:
        """The versions that a revision is bringing to the screens, and that are not in force yet."""

    def was_looked_at(self, screen_id: ScreenId) -> bool:
        """Whether anybody ever looked at what the screen shows."""

    def registered_at(self, member: MemberId) -> datetime | None:
        """When a member registered; None where there is no such member."""

    def is_client(self, client: ClientId) -> bool:
        """Whether a contract was loaded for that client."""

    def add_served(self, token_sha256: bytes, text: ServedText) -> None:
        """Keep what was served."""

    def add_ticket(self, ticket_sha256: bytes, ticket: Ticket, ends_at: datetime) -> None:
        """Keep that one report of a browser may come for what was served, without to whom it was."""

    def was_reported(self, ticket_sha256: bytes) -> bool:
        """Whether a browser reported what it rendered of the page with that ticket: a script ran in it."""

    def page_look(self, screen_id: ScreenId, language: str) -> PageLook | None:
        """The newest looks of the crawler without script; None where there are none."""

    def served(self, token_sha256: bytes) -> KnownText | None:
        """What was served under a token."""

    def recorded(self, key_no: int, act_id: str) -> tuple[bytes, AnswerRecord] | None:
        """What became of an earlier answer of that ID, with the hash of what it said."""

    def add(self, act: ConsentAct, ledger_seq: int, answer_sha256: str | None = None) -> EvidenceId:
        """Record an act that has an entry of its own in the ledger, and the number it got."""

    def answer_sha256(self, kept: ReceivedAnswer) -> str:
        """The digest of an answer and of the text that was served for it to this person."""

    def act(self, evidence_id: EvidenceId) -> ConsentAct:
        """A recorded act."""

    def add_answer(self, kept: ReceivedAnswer, became: EvidenceId | ConsentRefusal) -> None:
        """Keep an answer and what became of it, on disk when the transaction has ended."""


class Collection:
    """Serves the words in force and takes answers, within the caller's transaction: they count when it has committed.

    `withdraw` withdraws as a person does elsewhere, in the same transaction; it is given the answer's digest.
    """

    def __init__(
        self,
        store: CollectionStore,
        ledger: Ledger,
        clock: Clock,
        withdraw: Callable[[MemberId, ClientId | None, str | None], EvidenceId],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._withdraw = withdraw

    def serve(self, screen_id: ScreenId, language: str, reader: TextReader) -> ServedWords | ConsentRefusal:
        """The words for a screen in a language, with a token for this reader: those being rolled out, or in force."""
        now = self._clock.now()
        if reader.member_id is not None and self._store.registered_at(reader.member_id) is None:
            return _R.MEMBER_UNKNOWN
        screen = self._store.screen(screen_id)
        if screen is None or not screen.is_in_use(now):
            return _R.SCREEN_UNREGISTERED
        version = version_in_force(screen.policy_id, language, self._versions(), now)
        if version is None:
            return _R.NOTHING_IN_FORCE
        text = ServedText(
            screen_id, version.policy_id, version.version_id, language, version.text_sha256, reader, now,
            now + TOKEN_LASTS,
        )  # fmt: skip
        token = secrets.token_urlsafe(32)
        self._store.add_served(_hashed(token), text)
        ticket = Ticket(screen_id, language, version.version_id, version.text_sha256)
        self._store.add_ticket(ticket_sha256(ticket_of(token)), ticket, ticket_ends_at(now))
        return ServedWords(token, text, version, self._store.was_looked_at(screen_id))

    def take(self, key_no: int, answer: ConsentAnswer) -> AnswerRecord:
        """Record an answer, or the reason why it can't be; the same answer sent again changes nothing.

        A withdrawal that no act carries is looked at again: nothing else proves that it came before an agreement
        which stands now. Raises `ActIdTaken` where the ID names an answer that said something else.
        """
        held_at = self._store.hold()
        earlier = self._store.recorded(key_no, answer.act_id)
        if earlier is not None:
            content, became = earlier
            if content != answer.content_sha256():
                raise ActIdTaken(N_("act_id names an earlier answer, which said something else"))
            if answer.action == WITHDRAW and not became.is_carried:
                return AnswerRecord(self._store.act(self._withdraw(answer.member_id, answer.client_id, None)))
            return self._waiting(became)
        at = self._clock.now() if self._clock.is_replay else held_at
        known = None if answer.token is None else self._store.served(_hashed(answer.token))
        refusal = self._refusal(answer, known, at)
        check = self._page_check(answer, known) if known is not None and refusal is None else None
        kept = ReceivedAnswer(key_no, answer, known.number if known else None, at, check)
        evidence = self._record(kept, known) if refusal is None else refusal
        self._store.add_answer(kept, evidence)
        if isinstance(evidence, ConsentRefusal):
            return AnswerRecord(None, evidence)
        act = self._store.act(evidence)
        return self._waiting(AnswerRecord(act, None, answer.shown_sha256 is not None, page_check=check))

    def _versions(self) -> Sequence[PolicyVersion]:
        return [*self._store.versions(), *self._store.rolling_out()]

    def _waiting(self, recorded: AnswerRecord) -> AnswerRecord:
        """With whether the agreement waits for its words to be in force; a no never waits."""
        act = recorded.act
        if act is None or act.action != ACCEPT:
            return recorded
        is_in_force = act.text_sha256 in {version.text_sha256 for version in self._store.versions()}
        return replace(recorded, is_waiting=not is_in_force)

    def _refusal(self, answer: ConsentAnswer, known: KnownText | None, at: datetime) -> ConsentRefusal | None:
        registered_at = self._store.registered_at(answer.member_id)
        if registered_at is None:
            return _R.MEMBER_UNKNOWN
        if answer.client_id is not None and not self._store.is_client(answer.client_id):
            return _R.CLIENT_UNKNOWN
        if answer.action != ACCEPT:
            return None
        if (answer.given_by == REPRESENTATIVE) is not (answer.relation is not None):
            return _R.REPRESENTATIVE_UNPROVEN
        screen = self._store.screen(answer.screen_id)
        if screen is None or not screen.is_in_use(at):
            return _R.SCREEN_UNREGISTERED
        if known is None:
            return _R.TOKEN_UNKNOWN
        if known.text.screen_id != answer.screen_id or not _is_same_person(known.text, answer, registered_at):
            return _R.TOKEN_OF_OTHERS
        return self._fault_of_text(answer, known, screen, at)

    def _fault_of_text(
        self, answer: ConsentAnswer, known: KnownText, screen: Screen, at: datetime
    ) -> ConsentRefusal | None:
        if known.is_used:
            return _R.TOKEN_USED
        if at >= known.text.expires_at:
            return _R.TOKEN_EXPIRED
        in_force, to_be_shown = (
            version_in_force(screen.policy_id, known.text.language, versions, at)
            for versions in (self._store.versions(), self._versions())
        )
        offered = {version.text_sha256: version for version in (in_force, to_be_shown) if version is not None}
        version = offered.get(known.text.text_sha256)
        if version is None:
            return _R.TEXT_SUPERSEDED
        hashes = {answer.shown_sha256, answer.rendered_sha256} - {None}
        if not hashes or (answer.shown_sha256 is None and self._ran_script(answer)):
            return _R.WORDS_UNPROVEN
        if not hashes <= version.text_hashes:
            return _R.OTHER_WORDS_SHOWN
        return None if self._store.was_looked_at(screen.screen_id) else _R.SCREEN_UNVERIFIED

    def _ran_script(self, answer: ConsentAnswer) -> bool:
        """Whether the browser said itself that a script runs in it, when it reported what it rendered."""
        return answer.token is not None and self._store.was_reported(ticket_sha256(ticket_of(answer.token)))

    def _page_check(self, answer: ConsentAnswer, known: KnownText) -> PageCheck | None:
        """What the crawler saw where this agreement rests on the page as rendered; None where it rests on more."""
        if answer.action != ACCEPT or answer.shown_sha256 is not None:
            return None
        words = known.text.policy_id, known.text.text_sha256
        agreed = [version for version in self._versions() if (version.policy_id, version.text_sha256) == words]
        return page_check(self._store.page_look(answer.screen_id, known.text.language), agreed)

    def _record(self, kept: ReceivedAnswer, known: KnownText | None) -> EvidenceId:
        answer, at, digest = kept.answer, kept.at, self._store.answer_sha256(kept)
        if answer.action == WITHDRAW:
            return self._withdraw(answer.member_id, answer.client_id, digest)
        served = known.text.text_sha256 if known else text_sha256("")
        own = own_hashes(version.text for version in self._versions())
        shown = answer.shown_sha256 or served
        act = ConsentAct(
            evidence_id=EvidenceId(0),
            member_id=answer.member_id,
            occurred_at=at,
            screen_id=answer.screen_id,
            text_sha256=own.get(shown, shown),
            action=answer.action,
            client_id=answer.client_id,
            refusable=answer.refusable,
            given_by=answer.given_by,
            relation=answer.relation,
        )
        (seq,) = self._ledger.append([act.entry(at, digest)])
        number = self._store.add(act, seq, digest)
        self._ledger.sign(self._clock.real())
        return number


def _is_same_person(text: ServedText, answer: ConsentAnswer, registered_at: datetime) -> bool:
    """The member it was served to, or the visitor who became that member on the page that showed it.

    What a visitor agreed to is never hung on an account that was there before (APPI-05).
    """
    if text.reader.member_id is not None:
        return text.reader.member_id == answer.member_id
    return text.reader.visitor_id == answer.visitor_id and registered_at >= text.served_at


def _hashed(token: str) -> bytes:
    return sha256(token.encode()).digest()

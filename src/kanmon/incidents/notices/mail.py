"""Letters, and handing them over: each at most once, whatever breaks in between.

That a letter was begun is on disk before its first byte leaves. Where nobody can say whether the other side took it
(the line broke in the middle, the process was killed), it is in doubt: it is shown as such and never begun again, since
nobody must be told twice, and there are other ways to tell them (ADR 19).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

from kanmon.core.errors import MailUnavailable
from kanmon.core.ids import IncidentId, MemberNo
from kanmon.core.transaction import Begin

DOUBTED_AFTER = timedelta(minutes=10)
"""A letter begun so long ago and not ended is in doubt: longer than any step of SMTP is waited for."""

DEFERRED_FOR = timedelta(minutes=15)
"""How long a letter waits that the mail server asked to try again later."""


class LetterOutcome(StrEnum):
    """What became of a letter."""

    HANDED_OVER = "handed_over"
    """The mail server of ours took it."""
    REFUSED = "refused"
    """The mail server refused it for good."""
    UNREACHABLE = "unreachable"
    """There is no address."""
    INVALID_ADDRESS = "invalid_address"
    """What stands there as the address is none that a letter can go to."""
    IN_DOUBT = "in_doubt"
    """It may have been taken."""


@dataclass(frozen=True)
class NewLetter:
    """A letter to be written to a member of an incident: no second one to the same member is kept."""

    incident_id: IncidentId
    member_no: MemberNo
    subject: str
    body: str
    address: str | None
    """None where nobody knows how to reach the person."""


class Letter(NamedTuple):
    """A letter to be handed over."""

    mail_no: int
    address: str
    subject: str
    body: str
    series: str = "kanmon"
    """What its Message-ID begins with: numbers are unique within a series."""


class DeliveryResult(NamedTuple):
    """What became of handing a letter over; `said` are the mail server's words, None where it took it."""

    outcome: LetterOutcome
    said: str | None


class Deferral(NamedTuple):
    """For certain not taken, for now: it waits a while; `said` are the mail server's words."""

    said: str


class MailStore(Protocol):
    """Where letters are kept; one transaction."""

    def doubt(self, begun_before: datetime, at: datetime) -> int:
        """Note as in doubt what was begun before a moment and never ended; how many."""

    def begin(self, at: datetime) -> Letter | None:
        """The next letter that nobody has begun and that needn't wait, now begun; None where there is none."""

    def end(self, mail_no: int, ended: DeliveryResult, at: datetime) -> None:
        """Note what became of a letter that was begun."""

    def put_back(self, mail_no: int, until: datetime, said: str | None) -> None:
        """Let a letter be begun again from a moment on: for certain, nobody took it."""


class MailTransport(Protocol):
    """A line to a mail server."""

    def hand_over(self, letter: Letter) -> DeliveryResult | Deferral:
        """Hand a letter over; `MailUnavailable` where the server is gone and for certain has not taken it.

        Whatever is wrong with one letter is that letter's outcome, so that the others go on.
        """


def note_doubts(begin: Begin[MailStore], now: datetime) -> None:
    """Note as in doubt what somebody began long ago and never ended."""
    with begin() as store:
        store.doubt(now - DOUBTED_AFTER, now)


def hand_over(
    begin: Begin[MailStore], post: MailTransport, now: Callable[[], datetime]
) -> Iterator[DeliveryResult | Deferral]:
    """Hand over all that waits, a letter at a time, and what became of each.

    `MailUnavailable` where the mail server can't be had: what was begun is put back, and the rest waits.
    """
    note_doubts(begin, now())
    while True:
        with begin() as store:
            letter = store.begin(now())
        if letter is None:
            return
        try:
            answer = post.hand_over(letter)
        except MailUnavailable:
            with begin() as store:
                store.put_back(letter.mail_no, now(), None)
            raise
        with begin() as store:
            if isinstance(answer, Deferral):
                store.put_back(letter.mail_no, now() + DEFERRED_FOR, answer.said)
            else:
                store.end(letter.mail_no, answer, now())
        yield answer

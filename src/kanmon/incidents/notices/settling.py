"""Letters of which nobody knows whether they were taken: a person decides, once each, with a reason that is kept.

The machine never begins such a letter again (ADR 19). A person who has looked into the mail server's log can know
more: that it was taken, or that it was not; or may find a second letter the smaller harm.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from kanmon.core.clock import Clock
from kanmon.core.errors import LetterNotInDoubt, UsageError
from kanmon.core.ids import IncidentId, MemberId
from kanmon.core.language import N_
from kanmon.incidents.notices.mail import DOUBTED_AFTER
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger


class Choice(StrEnum):
    """What is decided on a letter in doubt."""

    DELIVERED = "delivered"
    """It counts as handed over."""
    AGAIN = "again"
    """It waits to be handed over once more."""


class DoubtfulLetter(NamedTuple):
    """A letter that was begun and of which nobody knows whether it was taken."""

    mail_no: int
    incident_id: IncidentId
    member_id: MemberId
    address: str
    begun_at: datetime
    is_settleable: bool
    """Not so for one that was begun just now: somebody may be handing it over."""


class SettlingStore(Protocol):
    """Where letters are kept; one transaction."""

    def doubt(self, begun_before: datetime, at: datetime) -> int:
        """Note as in doubt what was begun before a moment and never ended; how many."""

    def doubtful(self, incident: IncidentId | None = None) -> Sequence[DoubtfulLetter]:
        """The letters whose fate is unknown, oldest first; nobody else settles them until the transaction ends."""

    def settle(self, mail_no: int, choice: Choice, settlement: Mapping[str, object], at: datetime) -> None:
        """Note a decision on a letter in doubt, and what becomes of the letter by it."""


def settle_letters(
    store: SettlingStore, ledger: Ledger, clock: Clock, letters: Collection[int], choice: Choice, by: str, reason: str
) -> int:
    """Decide on these letters (all in doubt, where none is named), each with an entry of the ledger; how many.

    `UsageError` without a reason or a person; `LetterNotInDoubt` names a letter of which it is known what became, or
    that was begun only just now: then none is settled.
    """
    if not by.strip() or not reason.strip():
        raise UsageError(N_("say who decides on these letters, and why"))
    now, real_at = clock.now(), clock.real()
    store.doubt(now - DOUBTED_AFTER, now)
    known = {letter.mail_no: letter for letter in store.doubtful() if letter.is_settleable}
    unknown = sorted(set(letters) - known.keys())
    if unknown:
        raise LetterNotInDoubt(
            N_(
                "letter %(letters)s is not in doubt: what became of it is known, or it was begun within the last "
                "%(minutes)s minutes"
            ),
            letters=", ".join(map(str, unknown)),
            minutes=DOUBTED_AFTER.seconds // 60,
        )
    chosen = sorted(set(letters) or known)
    decided = {"choice": choice.value, "by": by.strip(), "reason": reason.strip()}
    entries = ledger.append(
        [
            NewEntry(
                EntryType.LETTER_SETTLED,
                now,
                {
                    **decided,
                    "mail_no": number,
                    "incident_id": known[number].incident_id,
                    "member_id": known[number].member_id,
                    "real_at": instant(real_at) if clock.is_replay else None,
                },
            )
            for number in chosen
        ]
    )
    for number, seq in zip(chosen, entries, strict=True):
        store.settle(number, choice, {**decided, "at": instant(now), "ledger_seq": seq}, now)
    if chosen:
        ledger.sign(real_at)
    return len(chosen)

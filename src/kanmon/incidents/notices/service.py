"""Telling people of an incident: each once, in words that are kept, whether or not there is a way to reach them.

What a notice says is what the law asks for (Rules 10, Guidelines 3-5-4-3): outline, items of data, cause, secondary
damage, other; and, since the person comes first, which companies by name, what they can do, and where they can see
whether it affects them at all. Whoever can't be reached is counted, and is told by the self-check and in public.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import NamedTuple, Protocol

from kanmon.clients.contract import Platform
from kanmon.core.clock import Clock
from kanmon.core.errors import AffectedSetMissing, NoticeIncomplete
from kanmon.core.ids import IncidentId, MemberId, MemberNo
from kanmon.core.language import N_, Language, translations
from kanmon.core.sense import is_in_words
from kanmon.incidents.model import FactKind, Incident, IncidentClass
from kanmon.incidents.notices.mail import LetterOutcome, NewLetter
from kanmon.incidents.service import words_of_items
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger

LANGUAGES = (Language.JAPANESE, Language.ENGLISH)
"""A notice says everything in both: nobody knows which one a person reads."""
TOLD_ITEMS = (FactKind.OUTLINE, FactKind.ITEMS, FactKind.CAUSE, FactKind.SECONDARY_DAMAGE)
"""What a notice can't be without."""
_HEADINGS: Mapping[FactKind, str] = {
    FactKind.OUTLINE: N_("What happened"),
    FactKind.ITEMS: N_("Which data"),
    FactKind.CAUSE: N_("Why it happened"),
    FactKind.SECONDARY_DAMAGE: N_("What harm may come of it"),
    FactKind.RESPONSE: N_("What we have done for you"),
    FactKind.PREVENTION: N_("What we do so that it does not happen again"),
    FactKind.OTHER: N_("What else there is to say"),
}

STATES: Mapping[str, str] = {
    "waiting": N_("wait to be handed over"),
    "begun": N_("being handed over"),
    "deferred": N_("the mail server asked to try again later"),
    LetterOutcome.HANDED_OVER: N_("handed over"),
    LetterOutcome.REFUSED: N_("refused by the mail server"),
    LetterOutcome.UNREACHABLE: N_("without an address"),
    LetterOutcome.INVALID_ADDRESS: N_("to an address that no mail can go to"),
    LetterOutcome.IN_DOUBT: N_("in doubt: it may have been taken, and is not handed over again"),
    "unknown": N_("begun at some time, and nobody knows whether they were taken; see `kanmon mail doubts`"),
}
"""What can have become of letters, as `MailStore.counts` and handing over name it; ids of messages."""


class LetterRecipients(NamedTuple):
    """The companies of an affected person's letter, by legal name, each once."""

    went: tuple[str, ...]
    """To these something went."""
    would_have_gone: tuple[str, ...] = ()
    """To these it would have gone, and did not: in replays alone."""


class NoticeAddressee(NamedTuple):
    """Somebody whom an incident affects and nobody has written to yet."""

    member_no: MemberNo
    member_id: MemberId
    email: str | None
    companies: Sequence[str]
    """To which something went, by legal name, each once."""
    untouched: Sequence[str]
    """To which it would have gone, and did not."""

    @property
    def recipients(self) -> LetterRecipients:
        """Both kinds of companies."""
        return LetterRecipients(tuple(self.companies), tuple(self.untouched))


@dataclass(frozen=True)
class NoticeRecord:
    """A notice to a person, and what became of it; instants in UTC."""

    mail_no: int
    incident_id: IncidentId
    title: str
    subject: str
    body: str
    written_at: datetime
    address: str | None
    outcome: LetterOutcome | None
    """None while it waits to be handed over."""
    ended_at: datetime | None
    read_at: datetime | None
    """When the person first saw it in the portal."""
    ledger_seq: int


class WrittenNotices(NamedTuple):
    """Notices that were written at once."""

    written: int
    unreachable: int
    """Of these, without an address."""
    former: int
    """Check codes of people who are members no more: they are told by the self-check and in public."""


class NoticeStore(Protocol):
    """Where notices are kept; one transaction."""

    def to_tell(self, incident: IncidentId) -> Sequence[NoticeAddressee]:
        """Whom an incident affects and nobody has written to yet."""

    def former(self, incident: IncidentId) -> int:
        """How many check codes of people who are members no more tell of it."""

    def write(self, letters: Sequence[NewLetter], at: datetime, real_at: datetime, entries: Sequence[int]) -> object:
        """Keep letters, each with its entry of the ledger."""


def write_notices(
    store: NoticeStore, ledger: Ledger, incident: Incident, platform: Platform, clock: Clock, site: str | None
) -> WrittenNotices:
    """Write to everybody affected whom nobody has written to yet, each with an entry of the ledger.

    `AffectedSetMissing` while nobody knows whom it affects; `NoticeIncomplete` names what the notice would lack.
    """
    said = items_said(incident)
    if incident.computed_at is None:
        raise AffectedSetMissing(
            N_("nobody knows yet whom %(incident)s affects: compute it first"), incident=incident.incident_id
        )
    people = store.to_tell(incident.incident_id)
    words = {
        recipients: worded(incident.title, incident.kind, said, recipients, platform, site)
        for recipients in {person.recipients for person in people}
    }
    letters = [
        NewLetter(
            incident.incident_id,
            one.member_no,
            *words[one.recipients],
            one.email,
        )
        for one in people
    ]
    at, real_at = clock.now(), clock.real()
    entries = ledger.append(
        [
            NewEntry(EntryType.NOTICE, at, _payload(incident, one, letter, clock))
            for one, letter in zip(people, letters, strict=True)
        ]
    )
    store.write(letters, at, real_at, entries)
    unreachable = sum(letter.address is None for letter in letters)
    return WrittenNotices(len(letters), unreachable, store.former(incident.incident_id))


def lacking(incident: Incident) -> list[str]:
    """What a notice would lack."""
    said = words_of_items(incident)
    return [item.value for item in TOLD_ITEMS if not any(map(is_in_words, said.get(item, {}).values()))]


ItemsSaid = Mapping[FactKind, Mapping[Language, str]]
"""The words of items, in the languages they were put in."""


def items_said(incident: Incident) -> ItemsSaid:
    """The words of each item that a notice says; `NoticeIncomplete` names those it can't be without."""
    if missing := lacking(incident):
        raise NoticeIncomplete(
            N_(
                "people must be told these of %(incident)s, and nobody has put them in words yet: %(lacking)s; record "
                "each with `kanmon incident fact`"
            ),
            incident=incident.incident_id,
            lacking=", ".join(missing),
        )
    said = words_of_items(incident)
    return {item: said[item] for item in _HEADINGS if item in said}


@cache
def _catalogue(language: Language) -> Callable[[str], str]:
    return translations(language).gettext


def worded(
    title: str,
    kind: IncidentClass,
    said: ItemsSaid,
    recipients: LetterRecipients | None,
    platform: Platform,
    site: str | None,
) -> tuple[str, str]:
    """The subject and the words of a notice, Japanese first; without `recipients`, those for the public."""
    subjects, bodies = [], []
    for language in LANGUAGES:
        _ = _catalogue(language)
        subjects.append(_("About your personal data: %(title)s") % {"title": title})
        parts = [_opening(kind, recipients, platform, _)]
        if recipients is not None and recipients.went:
            parts += [_("To which companies:"), *(f"- {name}" for name in recipients.went)]
        if recipients is not None and recipients.would_have_gone:
            parts.append(_("To which companies it would have gone, and did not:"))
            parts += [f"- {name}" for name in recipients.would_have_gone]
        for item, words in said.items():
            in_either = words.get(language) or next(iter(words.values()))
            parts += ["", f"■ {_(_HEADINGS[item])}", in_either]
        parts += ["", "■ " + _("What you can do"), *_what_you_can_do(kind, site, _)]
        contact = {"name": platform.legal_name, "address": platform.address}
        parts += ["", _("Contact: %(name)s, %(address)s") % contact]
        bodies.append("\n".join(parts))
    return subjects[0], f"{bodies[0]}\n\n{'-' * 60}\n{subjects[1]}\n\n{bodies[1]}\n"


def _opening(
    kind: IncidentClass, recipients: LetterRecipients | None, platform: Platform, _: Callable[[str], str]
) -> str:
    names = {"name": platform.legal_name}
    if recipients is None:
        return _("%(name)s apologises to everybody affected by what is told below.") % names
    if not recipients.went:
        return _("%(name)s would have provided data about you without your valid consent. Nothing went.") % names
    if kind is IncidentClass.UNCOVERED:
        return _("%(name)s provided data about you without your valid consent. We apologise.") % names
    return _("Data about you that %(name)s is answerable for may have come to others. We apologise.") % names


def _what_you_can_do(kind: IncidentClass, site: str | None, _: Callable[[str], str]) -> list[str]:
    lines = []
    if kind is IncidentClass.UNCOVERED:
        lines.append(
            _("- Nothing more is scored or provided about you unless you agree anew; you needn't do anything.")
        )
    lines.append(_("- You may have us stop all use of your data, erase them, and show you all that we hold, for free."))
    where = _("on the self-check page of the service") if site is None else f"{site.rstrip('/')}/check"
    lines.append(_("- See for yourself what was done with your data: %(where)s") % {"where": where})
    return lines


def _payload(incident: Incident, one: NoticeAddressee, letter: NewLetter, clock: Clock) -> dict[str, object]:
    return {
        "incident_id": incident.incident_id,
        "member_id": one.member_id,
        "channel": "none" if letter.address is None else "email",
        "companies": list(one.companies),
        "would_have_gone_to": list(one.untouched),
        "message_sha256": hashlib.sha256(f"{letter.subject}\n\n{letter.body}".encode()).hexdigest(),
        "real_at": instant(clock.real()) if clock.is_replay else None,
    }

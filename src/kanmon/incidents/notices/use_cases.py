"""Telling people of incidents over an open application: writing, handing over, and what a person sees of it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kanmon.application.application import Application
from kanmon.clients.contract import Platform
from kanmon.core.errors import UsageError
from kanmon.core.ids import IncidentId, MemberId
from kanmon.core.language import N_
from kanmon.incidents.model import FactKind, Incident
from kanmon.incidents.notices.closing import public_text
from kanmon.incidents.notices.mail import DOUBTED_AFTER, Deferral, hand_over, note_doubts
from kanmon.incidents.notices.service import (
    LetterRecipients,
    NoticeRecord,
    WrittenNotices,
    items_said,
    worded,
    write_notices,
)
from kanmon.incidents.notices.settling import Choice, DoubtfulLetter, settle_letters
from kanmon.incidents.notices.smtp import SmtpPost, settings_from
from kanmon.incidents.notices.store import MailRecords, PostgresMailStore
from kanmon.incidents.service import IncidentLog
from kanmon.incidents.store import IncidentRecords, PostgresIncidentStore
from kanmon.incidents.use_cases.incidents import Incidents
from kanmon.rights.answer.store.subjects import SubjectRecords
from kanmon.rights.handling import IncidentEffect

DEFERRED = "deferred"
"""What is counted of letters that the mail server asked to try again later."""
UNKNOWN = "unknown"
"""What is counted of all letters that were begun and of which nobody knows whether they were taken."""


@dataclass(frozen=True)
class Notices:
    """The notices of a workspace."""

    application: Application

    def write(self, number: IncidentId, by: str, site: str | None) -> tuple[Incident, WrittenNotices]:
        """Write to everybody affected whom nobody has written to yet; `AffectedSetMissing`, `NoticeIncomplete`."""
        clock = self.application.clock
        with self.application.transactions.begin(waits=True) as work:
            log = IncidentLog(PostgresIncidentStore(work.session), work.ledger, clock, work.terms)
            incident = log.standing(number)
            written = write_notices(
                PostgresMailStore(work.session), work.ledger, incident, work.terms.platform, clock, site
            )
            return log.note(number, FactKind.NOTICE, dict(written._asdict()), by), written

    def preview(self, number: IncidentId, site: str | None) -> tuple[str, str]:
        """Subject and words of what goes to a person, with one of the companies; nothing is kept."""
        incidents = Incidents(self.application)
        incident, terms = incidents.incident(number), incidents.terms()
        affected = incidents.affected(number)
        named = sorted({person.client_id for person in affected if person.went})[:1]
        spared = sorted({person.client_id for person in affected if not person.went})[: 0 if named else 1]
        went = tuple(terms.clients[client].legal_name for client in named)
        would = tuple(terms.clients[client].legal_name for client in spared)
        recipients = LetterRecipients(went, would) if affected else LetterRecipients((N_("(company)"),))
        return worded(incident.title, incident.kind, items_said(incident), recipients, terms.platform, site)

    def public(self, number: IncidentId, site: str | None) -> tuple[str, str]:
        """Title and words for everybody: for those whom nothing else reaches."""
        incidents = Incidents(self.application)
        return _for_everybody(incidents.incident(number), incidents.terms().platform, site)

    def counts(self, number: IncidentId | None = None) -> Mapping[str, int]:
        """Letters by what became of them."""
        with self.application.transactions.read() as work:
            return MailRecords(work.session).counts(number, self.application.clock.now() - DOUBTED_AFTER)

    def doubtful(self, number: IncidentId | None = None) -> Sequence[DoubtfulLetter]:
        """The letters of which nobody knows whether they were taken, oldest first."""
        with self.application.transactions.read() as work:
            return MailRecords(work.session).doubtful(number)

    def settle(self, letters: Collection[int], choice: Choice, by: str, reason: str) -> int:
        """Decide on these letters in doubt, or on all where none is named; how many. See `settle_letters`."""
        with self.application.transactions.begin(waits=True) as work:
            work.check_loaded()
            return settle_letters(
                PostgresMailStore(work.session), work.ledger, self.application.clock, letters, choice, by, reason
            )

    def told(self, member: MemberId) -> Sequence[NoticeRecord]:
        """The notices to a person, the newest first; that they saw them is noted."""
        with self.application.transactions.begin() as work:
            store = PostgresMailStore(work.session)
            store.read(member, self.application.clock.now())
            return store.told(member)

    def effects(self, member: MemberId) -> Sequence[IncidentEffect]:
        """How incidents affect a person, whether or not anybody has written to them: what `/me` and `/check` tell."""
        with self.application.transactions.read() as work:
            work.check_loaded()
            return SubjectRecords(work.session).incidents(member)

    def published(self) -> Sequence[tuple[Incident, str]]:
        """The incidents that were made public, the newest first, with the words that were confirmed, and no others."""
        with self.application.transactions.read() as work:
            work.check_loaded()
            texts = [(incident, public_text(incident)) for incident in IncidentRecords(work.session).incidents()[::-1]]
        return [(incident, text[1]) for incident, text in texts if text is not None]

    def unread(self, member: MemberId) -> int:
        """How many notices a person hasn't seen in the portal yet."""
        with self.application.transactions.read() as work:
            return MailRecords(work.session).unread(member)

    def can_hand_over(self, environ: Mapping[str, str]) -> bool:
        """Whether there is a mail server, and a letter waits or was cut off and has to be noted as in doubt."""
        return settings_from(environ) is not None and (self._waiting() > 0 or self._cut_off() > 0)

    def hand_over(self, environ: Mapping[str, str]) -> Mapping[str, int]:
        """Hand over what waits, at most once each; what came of it, by outcome.

        Of whatever was begun, by whom ever, and has no end, nobody knows whether it was taken: that is `UNKNOWN`.

        `UsageError` where the environment names no mail server, `MailUnavailable` where it can't be had.
        """
        settings = settings_from(environ)
        if settings is None:
            raise UsageError(N_("no mail server is set: KANMON_SMTP_URL names it, and KANMON_MAIL_FROM who writes"))
        clock = self.application.clock
        begin = self.application.transactions.writing(lambda work: PostgresMailStore(work.session))
        note_doubts(begin, clock.now())
        waiting = self._waiting()
        counted: Counter[str] = Counter()
        if waiting:
            with (
                SmtpPost.open(settings, clock) as post,
                self.application.progress.step(N_("hand letters over"), waiting) as step,
            ):
                for answer in hand_over(begin, post, clock.now):
                    counted[DEFERRED if isinstance(answer, Deferral) else answer.outcome.value] += 1
                    step.advance()
        if unknown := len(self.doubtful()):
            counted[UNKNOWN] = unknown
        return counted

    def _cut_off(self) -> int:
        with self.application.transactions.read() as work:
            return MailRecords(work.session).cut_off(self.application.clock.now() - DOUBTED_AFTER)

    def _waiting(self) -> int:
        with self.application.transactions.read() as work:
            return MailRecords(work.session).waiting(self.application.clock.now())


def _for_everybody(incident: Incident, platform: Platform, site: str | None) -> tuple[str, str]:
    return worded(incident.title, incident.kind, items_said(incident), None, platform, site)

"""Ending an incident and making it public over an open application: each is looked at first, and that is confirmed."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kanmon.application.application import Application
from kanmon.clients.contract import Platform
from kanmon.core.errors import AffectedSetMissing, FinalReportMissing
from kanmon.core.ids import IncidentId
from kanmon.incidents.model import Fact, FactKind, Incident
from kanmon.incidents.notices.closing import (
    IncidentLack,
    IncidentLackKind,
    Preview,
    closing_lacks,
    confirmed,
    confirmed_fact,
    public_text,
    published_items,
    publishing_lacks,
)
from kanmon.incidents.notices.mail import DOUBTED_AFTER
from kanmon.incidents.notices.service import items_said, worded
from kanmon.incidents.notices.store import PostgresMailStore
from kanmon.incidents.service import IncidentLog, words_of_items
from kanmon.incidents.store import PostgresIncidentStore
from kanmon.ledger.canonical import canonical


@dataclass(frozen=True)
class ClosingService:
    """Where incidents of a workspace are ended and made public."""

    application: Application

    def look_at_closing(self, number: IncidentId) -> Preview:
        """What ending it would leave public, how people stand, and what is missing; nothing is kept."""
        with self._begin() as (log, mail, _):
            incident = log.standing(number)
            missing = []
            try:
                log.check_closing(number)
            except FinalReportMissing:
                missing.append(IncidentLack(IncidentLackKind.FINAL_REPORT))
            except AffectedSetMissing:
                missing.append(IncidentLack(IncidentLackKind.AFFECTED_SET))
            return self._closing(incident, mail, missing)

    def close(self, number: IncidentId, by: str, confirmation: str | None) -> Fact:
        """End it as it was shown; `StepIncomplete`, `ConfirmationMissing`, `PreviewOutdated`, `FinalReportMissing`."""
        with self._begin() as (log, mail, _):
            if (done := confirmed_fact(log.incident(number), FactKind.CLOSED, by, confirmation)) is not None:
                return done
            preview = self._closing(log.check_closing(number), mail, [])
            confirmed(preview, confirmation)
            return log.close(number, by, preview.sha256).facts[-1]

    def look_at_publishing(self, number: IncidentId, site: str | None) -> Preview:
        """What would be public, and what is missing; nothing is kept."""
        with self._begin() as (log, mail, platform):
            return self._publishing(log.standing(number), mail, platform, site)

    def publish(self, number: IncidentId, by: str, site: str | None, confirmation: str | None) -> Fact:
        """Make the words public that were shown; `StepIncomplete`, `ConfirmationMissing`, `PreviewOutdated`."""
        with self._begin() as (log, mail, platform):
            incident = log.incident(number)
            if (done := confirmed_fact(incident, FactKind.PUBLISHED, by, confirmation)) is not None:
                return done
            preview = self._publishing(log.standing(number), mail, platform, site)
            confirmed(preview, confirmation)
            assert preview.subject is not None
            assert preview.body is not None
            body = {"subject": preview.subject, "text": preview.body, "items_sha256": items_sha256(incident)}
            return log.publish(number, {**body, "preview_sha256": preview.sha256}, by).facts[-1]

    def _closing(self, incident: Incident, mail: PostgresMailStore, missing: list[IncidentLack]) -> Preview:
        people = mail.standing(incident.incident_id, self.application.clock.now() - DOUBTED_AFTER)
        text, items = public_text(incident), published_items(incident)
        is_current = None if items is None else items == items_sha256(incident)
        lacks = [*missing, *closing_lacks(incident, people, is_current)]
        subject, body = (None, None) if text is None else text
        return Preview("close", incident.incident_id, subject, body, people, lacks, len(incident.facts))

    def _publishing(self, incident: Incident, mail: PostgresMailStore, platform: Platform, site: str | None) -> Preview:
        people = mail.standing(incident.incident_id, self.application.clock.now() - DOUBTED_AFTER)
        lacks = publishing_lacks(incident)
        subject = body = None
        if not lacks:
            subject, body = worded(incident.title, incident.kind, items_said(incident), None, platform, site)
        return Preview("publish", incident.incident_id, subject, body, people, lacks, len(incident.facts))

    @contextmanager
    def _begin(self) -> Iterator[tuple[IncidentLog, PostgresMailStore, Platform]]:
        clock = self.application.clock
        with self.application.transactions.begin(waits=True) as work:
            yield (
                IncidentLog(PostgresIncidentStore(work.session), work.ledger, clock, work.terms),
                PostgresMailStore(work.session),
                work.terms.platform,
            )


def items_sha256(incident: Incident) -> str:
    """The hash of all that is known of an incident in words, in every language: what a public notice is made of."""
    words = {
        item.value: {language.value: text for language, text in said.items()}
        for item, said in words_of_items(incident).items()
    }
    return hashlib.sha256(canonical({"title": incident.title, "words": words})).hexdigest()

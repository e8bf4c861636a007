"""Reports of browsers, for the API and for a board within the service; and what they tell the privacy owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kanmon.access.key import KeyScope, hashed, opened
from kanmon.application.application import Application
from kanmon.clients.store import ServiceStore
from kanmon.consent.rendered.model import (
    HOUR,
    SHOWN_HOURS,
    RenderedWords,
    ReportedHour,
    ReportedWords,
    ReportRefusal,
    hour_of,
)
from kanmon.consent.rendered.service import RenderingReports
from kanmon.consent.rendered.store import PostgresRenderingStore, ReportedRenderings
from kanmon.core.ids import ScreenId
from kanmon.intake.store.events import PostgresIntakeStore
from kanmon.reviews.revisions.store import PostgresRevisionStore


def take_reports(
    application: Application, key: str, reports: Sequence[RenderedWords]
) -> Sequence[ReportRefusal | None]:
    """Count reports in one transaction; for each the reason why it is not counted, or None.

    Refuses a key as `access.key.opened` does.
    """
    with application.transactions.begin() as work:
        opened(PostgresIntakeStore(work.session).key(hashed(key)), KeyScope.CONSENTS)
        registry, revisions = ServiceStore(work.session), PostgresRevisionStore(work.session)
        store = PostgresRenderingStore(work.session, registry, revisions)
        taken = RenderingReports(store, application.clock).take(reports)
        store.forget(application.clock.now())
        return taken


@dataclass(frozen=True)
class Reported:
    """What browsers reported, as reviewers look at it."""

    words: Sequence[ReportedWords]
    hours: Mapping[ScreenId, Sequence[ReportedHour]]
    """Of the last two days, by screen."""
    disagreeing: Mapping[ScreenId, int]
    """Agreements without script, by screen, where the crawler had seen other words without script."""


def reported(application: Application) -> Reported:
    """What the privacy owner is told of, with the numbers behind it."""
    now = application.clock.now()
    with application.transactions.read() as work:
        records = ReportedRenderings(work.session)
        hours: dict[ScreenId, list[ReportedHour]] = {}
        for hour in records.hours(hour_of(now) - SHOWN_HOURS * HOUR):
            hours.setdefault(hour.screen_id, []).append(hour)
        return Reported(records.told(now), hours, records.disagreeing(now))


def reported_words(application: Application) -> Sequence[ReportedWords]:
    """The other words that browsers reported often enough to be told."""
    with application.transactions.read() as work:
        return ReportedRenderings(work.session).told(application.clock.now())

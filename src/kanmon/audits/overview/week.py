"""The last seven days in four numbers, beside the seven days before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol

from kanmon.audits.gap.displayed import DisplayFacts
from kanmon.audits.gap.model import Window
from kanmon.audits.overview.overview import ProvisionSummary, screen_states
from kanmon.audits.overview.provided import ProvisionQuery
from kanmon.audits.overview.refusals import DayOfAnswers, RefusalQuery
from kanmon.clients.contract import ServiceTerms
from kanmon.core.clock import TOKYO, day_of
from kanmon.core.ids import ClientId
from kanmon.gate.decision import Use

WEEK = timedelta(days=7)
_MOST_PROVISIONS = 100_000
"""Of one client in a week."""


@dataclass(frozen=True)
class Figure:
    """A number of a week, and that of the week before."""

    newest: int
    before: int

    @property
    def change(self) -> int:
        """By how much it grew."""
        return self.newest - self.before


@dataclass(frozen=True)
class WeekFigures:
    """Seven days in Japan, today the last of them, beside the seven before."""

    provided: Figure
    """People in provisions."""
    denied: Figure
    """Applicants whom the gate refused for provision; each counts once a day."""
    withdrawn: Figure
    """Withdrawals of consent."""
    screens_right: Figure
    """Screens that showed no other words since those in force took effect; as of now, and as of seven days ago."""


class WeekFacts(Protocol):
    """What the control plane tells, at one moment of it."""

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""

    def provisions(self, client: ClientId, asked: ProvisionQuery, most: int) -> Sequence[ProvisionSummary]:
        """The newest provisions to a client among those asked for, newest first."""

    def days(self, client: ClientId, asked: RefusalQuery) -> Sequence[DayOfAnswers]:
        """The answers about a client's applicants, day by day."""

    def withdrawals(self, window: Window) -> int:
        """How often people withdrew a consent in a period."""


def week_figures(facts: WeekFacts, screens: DisplayFacts, at: datetime) -> WeekFigures:
    """The figures of the week that `at` ends; `UsageError` where nothing was loaded."""
    since = datetime.combine(day_of(at), time(), TOKYO) + timedelta(days=1) - WEEK
    weeks = (Window(since, at), Window(since - WEEK, since))
    clients = sorted(facts.terms().clients)
    return WeekFigures(
        Figure(*(_provided(facts, clients, week) for week in weeks)),
        Figure(*(_denied(facts, clients, week) for week in weeks)),
        Figure(*(facts.withdrawals(week) for week in weeks)),
        Figure(*(sum(not state.is_stale for state in screen_states(screens, end)) for end in (at, at - WEEK))),
    )


def _provided(facts: WeekFacts, clients: Sequence[ClientId], week: Window) -> int:
    asked = ProvisionQuery(week)
    return sum(
        provision.persons for client in clients for provision in facts.provisions(client, asked, _MOST_PROVISIONS)
    )


def _denied(facts: WeekFacts, clients: Sequence[ClientId], week: Window) -> int:
    asked = RefusalQuery(week, Use.PROVIDE)
    return sum(day.refused for client in clients for day in facts.days(client, asked))

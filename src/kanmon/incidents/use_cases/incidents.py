"""Incidents over an open application, for the command line and the privacy owner's portal."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from kanmon.application.application import Application
from kanmon.application.function_use import function_use
from kanmon.audits.gap.model import GapRule
from kanmon.audits.gap.service import GapAudit
from kanmon.audits.gap.store import AuditStore
from kanmon.clients.contract import ServiceTerms
from kanmon.core.errors import NotFound, UsageError
from kanmon.core.ids import IncidentId, ProvisionId, RunId, SeasonId
from kanmon.core.language import N_, Language
from kanmon.core.listing import ListPage, ListQuery
from kanmon.incidents.deadlines import DutyDeadline, dues, next_due
from kanmon.incidents.model import AffectedPerson, Criteria, FactKind, Incident, IncidentClass, IncidentScope
from kanmon.incidents.service import IncidentLog, set_facts
from kanmon.incidents.store import IncidentRecords, PostgresIncidentStore


@dataclass(frozen=True)
class AffectedSetQuery:
    """By what the affected set is computed: class U by a rule of the gap, class L from provision records."""

    rule: GapRule = GapRule.STRICT
    only_provided: bool = False
    """Of class U, in a replay: leave out what would have gone and did not. Outside replays that is always left out."""
    provision: ProvisionId | None = None
    run: RunId | None = None


@dataclass(frozen=True)
class IncidentView:
    """An incident with what is due of it and the counts of its affected set; `at` is the moment it is seen."""

    terms: ServiceTerms
    incident: Incident
    dues: Sequence[DutyDeadline]
    affected: Mapping[str, object]
    """As `set_facts` counts them."""
    at: datetime


@dataclass(frozen=True)
class IncidentRow:
    """An incident as a list shows it."""

    incident: Incident
    due: DutyDeadline | None
    """What is due next; None where nothing is, or the incident is closed."""


@dataclass(frozen=True)
class Incidents:
    """The incidents of a workspace."""

    application: Application

    def open(
        self,
        kind: IncidentClass,
        title: str,
        scope: IncidentScope,
        by: str,
        known_at: datetime | None = None,
        criteria: Criteria = Criteria(),  # noqa: B008 - it can't be changed
    ) -> Incident:
        """Record an incident; once this returns, nobody in a scope of class U is scored or provided in any process."""
        with self._log() as log:
            return log.open(kind, title, self._resolved(scope), by, known_at, criteria)

    def estimate(self, number: IncidentId, least: int, most: int, by: str) -> Incident:
        """Record how many people it may be."""
        with self._log() as log:
            return log.estimate(number, least, most, by)

    def judge(self, number: IncidentId, criteria: Criteria, by: str) -> Incident:
        """Record which of the items (i) to (iii) of Rule 7 are met after all."""
        with self._log() as log:
            return log.judge(number, criteria, by)

    def learn(self, number: IncidentId, kind: str, text: str, by: str, language: Language | None = None) -> Incident:
        """Record words for one of the items of a report."""
        with self._log() as log:
            return log.learn(number, kind, text, by, language)

    def report(self, number: IncidentId, kind: FactKind, by: str) -> Incident:
        """Record that a report was made."""
        with self._log() as log:
            return log.report(number, kind, by)

    def compute(self, number: IncidentId, asked: AffectedSetQuery, by: str) -> Incident:
        """Compute whom it affects, from what was logged, and keep it; class U goes on holding those alone."""
        incident = self.incident(number)
        if incident.kind is IncidentClass.UNCOVERED:
            if asked.provision or asked.run:
                raise UsageError(N_("the affected set of class U is found by a rule, not from a report or a run"))
            asked = replace(asked, only_provided=asked.only_provided or not self.application.workspace.is_replay)
            found = self._in_gap(incident, asked)
            how: dict[str, object] = {"rule": asked.rule.value, "only_provided": asked.only_provided}
        else:
            found = self._leaked(incident, asked)
            how = {"provision_id": asked.provision, "run_id": asked.run}
        with self._log() as log:
            return log.keep_set(number, found, how, by)

    def incident(self, number: IncidentId) -> Incident:
        """One incident; `NotFound` where there is none."""
        with self.application.transactions.read() as work:
            work.check_loaded()
            found = IncidentRecords(work.session).incident(number)
        if found is None:
            raise NotFound(N_("no incident %(incident)s is known"), incident=number)
        return found

    def incidents(self) -> Sequence[Incident]:
        """All incidents, the newest first."""
        with self.application.transactions.read() as work:
            work.check_loaded()
            return IncidentRecords(work.session).incidents()[::-1]

    def due(self) -> Sequence[IncidentRow]:
        """The incidents that are not closed, each with what is due of it next."""
        with self.application.transactions.read() as work:
            work.check_loaded()
            standing = IncidentRecords(work.session).standing()
        return [IncidentRow(incident, next_due(incident)) for incident in standing]

    def listed(self, query: ListQuery) -> ListPage[IncidentRow]:
        """A page of the incidents, each with what is due of it next."""
        with self.application.transactions.read() as work:
            work.check_loaded()
            listed = IncidentRecords(work.session).listed(query)
        return listed.of(lambda rows: [IncidentRow(incident, next_due(incident)) for incident in rows])

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""
        with self.application.transactions.read() as work:
            return work.terms

    def affected(self, number: IncidentId) -> Sequence[AffectedPerson]:
        """Whom it affects, by client and member."""
        with self.application.transactions.read() as work:
            work.check_loaded()
            return IncidentRecords(work.session).affected(number)

    def seen(self, number: IncidentId) -> IncidentView:
        """One incident as it stands now; `NotFound` where there is none."""
        incident = self.incident(number)
        with self.application.transactions.read() as work:
            terms, affected = work.terms, IncidentRecords(work.session).affected(number)
        counts = {name: count for name, count in set_facts(affected).items() if name != "set_sha256"}
        return IncidentView(terms, incident, dues(incident), counts, self.application.clock.now())

    def _in_gap(self, incident: Incident, asked: AffectedSetQuery) -> list[AffectedPerson]:
        scope, until = incident.scope, incident.scope.until or incident.opened_at
        with self.application.transactions.read() as work:
            store = AuditStore(work.session)
            audit = GapAudit(store, function_use(self.application.lake))
            seasons = [scope.season] if scope.season else sorted(store.terms().seasons)
            return [
                one
                for season in seasons
                for one in audit.affected(
                    SeasonId(season),
                    scope.since,
                    until,
                    asked.rule,
                    client=scope.client_id,
                    only_provided=asked.only_provided,
                )
            ]

    def _leaked(self, incident: Incident, asked: AffectedSetQuery) -> list[AffectedPerson]:
        scope, until = incident.scope, incident.scope.until or incident.opened_at
        with self.application.transactions.read() as work:
            clients = [scope.client_id] if scope.client_id else sorted(work.terms.clients)
            return [
                one
                for client in clients
                for one in IncidentRecords(work.session).provided(client, scope, until, asked.provision, asked.run)
            ]

    def _resolved(self, scope: IncidentScope) -> IncidentScope:
        """The scope with the season of its screen; `UsageError` for a screen or a version that nobody registered."""
        with self.application.transactions.read() as work:
            store = AuditStore(work.session)
            screens = {screen.screen_id: screen for screen in store.all_screens()}
            versions = {f"{one.policy_id}/{one.version_id}" for one in store.policy_versions()}
        if scope.policy_version is not None and scope.policy_version not in versions:
            raise _unknown(scope.policy_version, versions)
        if scope.screen_id is None:
            return scope
        if scope.screen_id not in screens:
            raise _unknown(scope.screen_id, set(screens))
        return replace(scope, season=screens[scope.screen_id].season)

    @contextmanager
    def _log(self) -> Iterator[IncidentLog]:
        with self.application.transactions.begin(waits=True) as work:
            yield IncidentLog(PostgresIncidentStore(work.session), work.ledger, self.application.clock, work.terms)


def _unknown(name: str, known: set[str]) -> UsageError:
    return UsageError(N_("%(name)s is not known here; there are: %(known)s"), name=name, known=", ".join(sorted(known)))

"""The state of the service at one glance, for the privacy owner: screens, refusals, provisions, the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.audits.gap.displayed import DisplayCounts, DisplayFacts, stale_screens
from kanmon.audits.gap.model import Window
from kanmon.clients.contract import ServiceTerms
from kanmon.consent.screens import Screen
from kanmon.core.ids import ClientId, PolicyId, ProvisionId, RunId, SeasonId
from kanmon.gate.decision import ReasonCode, Use


@dataclass(frozen=True)
class ScreenState:
    """One screen against the words in force; instants in UTC."""

    screen: Screen
    in_force_since: datetime | None
    """When the newest version of its policy took effect; None where none has."""
    other_acts: DisplayCounts | None
    """Acts of agreement to other words since then; None where there were none."""
    other_looks: DisplayCounts | None
    """Looks at the screen since then that saw other words; None where none did."""

    @property
    def is_stale(self) -> bool:
        """Whether it showed other words."""
        return self.other_acts is not None or self.other_looks is not None


@dataclass(frozen=True)
class GateAnswers:
    """What the gate answered in one run about the applicants of one client, for one use."""

    client_id: ClientId
    run_id: RunId
    use: Use
    decided_at: datetime
    asked: int
    """Applicants asked about."""
    denied: int
    reasons: Mapping[ReasonCode, int]
    """How many applicants each reason denies, in the order of reasons; one applicant may count under several."""


@dataclass(frozen=True)
class ProvisionSummary:
    """One provision; instants in UTC."""

    client_id: ClientId
    provision_id: ProvisionId
    season: SeasonId
    provided_at: datetime
    handed_over_at: datetime | None
    """When the report's files were put where the client finds them; None where they were not yet."""
    ledger_seq: int | None
    persons: int


@dataclass(frozen=True)
class LedgerState:
    """How far the ledger has come, without reading it again."""

    entries: int
    signed_entries: int
    """Entries under the newest signed checkpoint; 0 where nothing is signed."""
    signed_at: datetime | None


@dataclass(frozen=True)
class Overview:
    """Everything at one moment of the control plane."""

    screens: Sequence[ScreenState]
    answers: Sequence[GateAnswers]
    """Of the newest run that asked the gate, client by client."""
    provisions: Sequence[ProvisionSummary]
    """The newest of each client, client by client."""
    ledger: LedgerState

    @property
    def stale_count(self) -> int:
        """How many screens showed other words."""
        return sum(one.is_stale for one in self.screens)


class OverviewFacts(DisplayFacts, Protocol):
    """What the control plane tells, at one moment of it."""

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""

    def newest_answers(self, client: ClientId) -> Sequence[GateAnswers]:
        """The gate's answers in the newest run that asked about a client, one for each use."""

    def newest_provisions(self, client: ClientId) -> Sequence[ProvisionSummary]:
        """The newest provisions to a client, newest first."""

    def ledger_state(self) -> LedgerState:
        """How far the ledger has come."""


def overview(facts: OverviewFacts, at: datetime) -> Overview:
    """The state at `at`; `UsageError` where nothing was loaded."""
    clients = sorted(facts.terms().clients)
    return Overview(
        screens=screen_states(facts, at),
        answers=[answers for client in clients for answers in facts.newest_answers(client)],
        provisions=[provision for client in clients for provision in facts.newest_provisions(client)],
        ledger=facts.ledger_state(),
    )


def screen_states(facts: DisplayFacts, at: datetime) -> list[ScreenState]:
    """Every registered screen, with what it showed beside the words in force since these took effect."""
    newest: dict[PolicyId, datetime] = {}
    for version in facts.policy_versions():
        if version.effective_from <= at:
            newest[version.policy_id] = max(
                version.effective_from, newest.get(version.policy_id, version.effective_from)
            )
    others = {
        (since, by_looks): {
            displays.screen_id: displays for displays in stale_screens(facts, Window(since, at), by_looks=by_looks)
        }
        for since in set(newest.values())
        for by_looks in (False, True)
    }
    states = []
    for screen in facts.all_screens():
        since = newest.get(screen.policy_id)
        acts, looks = ({} if since is None else others[since, by_looks] for by_looks in (False, True))
        states.append(ScreenState(screen, since, acts.get(screen.screen_id), looks.get(screen.screen_id)))
    return states

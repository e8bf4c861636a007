"""Which scores of a batch are not provided yet, since the client has not decided; and whom the use audit watches (S12).

It is asked where a report is made, and nowhere else: what is kept back is in no report, so that no page, file or
interface can show it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.clients.contract import Client
from kanmon.clients.decision import ApplicantStanding, Withholding
from kanmon.clients.use_plan import UsePlan
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, SeasonId
from kanmon.ledger.service import Ledger


@dataclass(frozen=True, slots=True)
class WatchedApplicant:
    """An undecided applicant whose score was provided, or kept back, for the first time."""

    applicant_no: ApplicantNo
    stage: str | None
    is_withheld: bool
    score_no: int


class WithholdingStore(Protocol):
    """Where decisions and plans are read; one transaction."""

    def standings(self, client: ClientId, season: SeasonId, at: datetime) -> Mapping[ApplicantNo, ApplicantStanding]:
        """Where each applicant of a client's season stands at `at`."""

    def plan(self, client: ClientId, season: SeasonId) -> UsePlan | None:
        """The plan of the use audit, as it was registered."""

    def register(self, plan: UsePlan, ledger_seq: int) -> None:
        """Keep a plan for good."""

    def watch(self, client: ClientId, season: SeasonId, watched: Sequence[WatchedApplicant], at: datetime) -> None:
        """Note whom the use audit watches; whoever is watched already, or was provided before, is passed over."""


class WithholdingBatch:
    """What is kept back in one batch; with a use audit, its plan is registered before the first."""

    def __init__(self, store: WithholdingStore, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger

    def of(
        self, client: Client, scored: Mapping[ApplicantNo, tuple[ApplicantId, int]], at: datetime
    ) -> frozenset[ApplicantNo]:
        """Those of the scored applicants (client's own ID, number of the score) whose scores wait for a decision."""
        contract = client.contract
        if not contract.decision_lock and contract.withheld_share is None:
            return frozenset()
        plan = self._plan(client, contract.withheld_share, at)
        stages = contract.opening_stages
        standings = {
            number: standing.among(stages)
            for number, standing in self._store.standings(client.client_id, contract.scores, at).items()
        }
        withholding = Withholding(contract.decision_lock, None if plan is None else plan.draw)
        waiting = frozenset(
            number for number, (named, _) in scored.items() if withholding.withholds(named, standings[number])
        )
        if plan is not None:
            watched = [
                WatchedApplicant(number, standings[number].stage, number in waiting, score_no)
                for number, (_, score_no) in scored.items()
                if not standings[number].is_decided
            ]
            self._store.watch(client.client_id, contract.scores, watched, at)
        return waiting

    def _plan(self, client: Client, share: float | None, at: datetime) -> UsePlan | None:
        if share is None:
            return None
        season = client.contract.scores
        known = self._store.plan(client.client_id, season)
        if known is not None:
            return known
        plan = UsePlan.drawn(client.client_id, season, share, at)
        [seq] = self._ledger.append([plan.entry()])
        self._store.register(plan, seq)
        return plan

"""A run that asks the gate: what every step of the main job begins with, and all that `kanmon gate` does."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from kanmon.clients.contract import Client
from kanmon.consent.law import law_day
from kanmon.core.clock import Clock
from kanmon.core.ids import ClientId, RunId, SeasonId, new_run_id
from kanmon.core.language import N_
from kanmon.core.progress import Progress
from kanmon.core.transaction import Begin
from kanmon.gate.decision import ReasonCode, Use
from kanmon.gate.evidence import decisions_entry
from kanmon.gate.question import Terms, terms_of
from kanmon.gate.service import Decisions, Gate, JudgingEngine, judge_here
from kanmon.linkage.browsers import BrowserSummary
from kanmon.linkage.service import LinkSummary
from kanmon.modelling.training import TrainingOutcome
from kanmon.pipeline.ports import Transaction
from kanmon.pipeline.ties import require_ties_of_these_rules
from kanmon.provision.service import ProvisionResult

T = TypeVar("T")


@dataclass
class ClientRun:
    """What one run did for one client; a step that was not asked for stays None."""

    client: Client
    linked: LinkSummary | None = None
    browsers: BrowserSummary | None = None
    trained: TrainingOutcome | None = None
    gate: Decisions | None = None
    scored: Counter[str] | None = None
    """How many got a score, under "scored", and how many none, under each reason."""
    scores_stand: bool = False
    """Whether nothing changed since the client's newest scores were computed, and so they were not computed again."""
    provided: ProvisionResult | None = None
    passwords: Mapping[RunId, str] = field(default_factory=dict, repr=False)
    """Of encrypted reports, by the run that recorded each; told to the operator this once."""
    report_folder: str | None = None
    handed_over_late: list[str] = field(default_factory=list)
    """Folders of reports recorded by an earlier run that ended before their files were written."""
    denied_by: set[ReasonCode] = field(default_factory=set)
    """What denied the client as a whole, whoever its applicants are."""

    @property
    def is_refused(self) -> bool:
        """Whether a rule refused the client as a whole."""
        return bool(self.denied_by)


class GateRun:
    """One run over some clients that asks the gate about their applicants."""

    def __init__(
        self, begin: Begin[Transaction], clock: Clock, progress: Progress, judging: JudgingEngine = judge_here
    ) -> None:
        self._judging = judging
        self._begin = begin
        self._clock = clock
        self._progress = progress
        self._acted_at = clock.now()
        self.run_id = new_run_id(self._acted_at)

    def begin(self, command: str, clients: Sequence[ClientId], season: SeasonId | None) -> list[ClientRun]:
        """Note the run, and return one entry for each client asked for (all, where none is named).

        `season` keeps only clients whose contract scores that season; `UnknownClient` names one without a contract.
        """
        with self._begin() as transaction:
            terms = transaction.service.terms()
            transaction.runs.begin(self.run_id, command, self._acted_at, self._clock.real(), self._clock.is_replay)
        self._service = terms
        chosen = terms.chosen(clients, season)
        require_ties_of_these_rules(command, chosen, self._begin)
        return [ClientRun(client) for client in chosen]

    def finish(self) -> None:
        """Note that the run ended well."""
        with self._begin() as transaction:
            transaction.runs.finish(self.run_id, self._clock.real())

    def gate(self, runs: Sequence[ClientRun], use: Use) -> None:
        """Ask the gate about every applicant, for `use`, and keep the answers."""
        for run in self.each(N_("gate"), runs):
            with self._begin() as transaction:
                run.gate = self.ask(transaction, run, use)

    def ask(self, transaction: Transaction, run: ClientRun, use: Use) -> Decisions:
        """Ask about everybody of one client for `use`; the answers are recorded and entered into the ledger."""
        gate = Gate(transaction.facts, transaction.record, self._judging)
        decisions = gate.ask(self.terms(run.client, use), self.run_id)
        transaction.ledger.append([decisions_entry(decisions, self.run_id)])
        transaction.ledger.sign(self._clock.real())
        run.denied_by |= {reason.code for reason in decisions.terms_reasons}
        return decisions

    def terms(self, client: Client, use: Use) -> Terms:
        """What the gate is asked about one client, as of now."""
        return terms_of(self._service, client, use, self._clock.now(), law_on=law_day(self._clock))

    def each(self, step: str, parts: Sequence[T]) -> Iterator[T]:
        """The parts of a step one after the other, while a person sees how far it is."""
        with self._progress.step(step, len(parts)) as under_way:
            for part in parts:
                yield part
                under_way.advance()

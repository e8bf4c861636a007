"""The main job: link, train on last year, ask the gate, score this year, ask again, provide."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Generic, TypeVar

import pyarrow as pa

from kanmon.clients.categories import ScoreScale
from kanmon.clients.contract import Client
from kanmon.core.clock import Clock
from kanmon.core.ids import ClientId
from kanmon.core.language import N_
from kanmon.core.progress import Progress
from kanmon.core.transaction import Begin
from kanmon.features.basis import Basis, asked_sha256
from kanmon.features.news import ChangeDetector, LakeState
from kanmon.features.service import FeatureTable
from kanmon.gate.decision import Use
from kanmon.gate.question import Terms
from kanmon.gate.service import Gate, JudgingEngine, judge_here
from kanmon.gate.switch.model import is_closed, stops_at
from kanmon.lake.cleared import ClearedPerson
from kanmon.linkage.browsers import Browsers, BrowserSummary, MemberQuery
from kanmon.linkage.service import summarise
from kanmon.modelling.fitted import FittedModel
from kanmon.modelling.inputs import INPUT_SETS, PARTNER_SITES
from kanmon.modelling.registry import RegisteredModel, Training, model_in_use
from kanmon.modelling.service import Trainer
from kanmon.modelling.training import TrainingOutcome
from kanmon.modelling.training_set import TrainingSet
from kanmon.pipeline.cleared_people import Cohort, training_rows
from kanmon.pipeline.gate_run import ClientRun, GateRun
from kanmon.pipeline.linking import SeasonLinker
from kanmon.pipeline.ports import Engine, ModelCards, ReportFiles, Transaction
from kanmon.provision.service import ProvisionOutcome, ProvisionService
from kanmon.provision.withholding import WithholdingBatch
from kanmon.scoring.score import NotScorable, Score
from kanmon.scoring.service import not_scorable, scored
from kanmon.scoring.standing import StandingScores

T = TypeVar("T")
S = TypeVar("S", Training, StandingScores)


@dataclass(frozen=True)
class _ClearedClient(Generic[S]):
    """One client's people as the gate cleared them, what is to follow from them, and what followed from them last."""

    run: ClientRun
    terms: Terms
    cases: Sequence[ClearedPerson]
    basis: Basis
    newest: S | None

    @property
    def client_id(self) -> ClientId:
        return self.run.client.client_id

    @property
    def standing(self) -> S | None:
        """The newest, where it answers just what is asked now."""
        is_the_same = self.newest is not None and self.newest.basis.asked_sha256 == self.basis.asked_sha256
        return self.newest if is_the_same else None


@dataclass(frozen=True)
class _TrainingTask(_ClearedClient[Training]):
    """Last year's people of one client as the gate cleared them for training, and who of them left."""

    training_set: TrainingSet


@dataclass(frozen=True)
class _ScoringTask(_ClearedClient[StandingScores]):
    """One client's people as the gate cleared them for scoring, and by which model."""

    model: RegisteredModel | None


class SeasonRun(GateRun):
    """A run of the main job over some clients.

    Each step can be asked for by itself; a run that was cut off is simply run again.
    """

    def __init__(
        self,
        begin: Begin[Transaction],
        engine: Engine,
        news: ChangeDetector,
        browsers: Browsers,
        trainer: Trainer,
        reports: ReportFiles,
        cards: ModelCards,
        clock: Clock,
        progress: Progress,
        linking: SeasonLinker,
        judging: JudgingEngine = judge_here,
    ) -> None:
        super().__init__(begin, clock, progress, judging)
        self._linking = linking
        self._engine = engine
        self._news = news
        self._browsers = browsers
        self._trainer = trainer
        self._reports = reports
        self._cards = cards

    def all_steps(self, runs: Sequence[ClientRun]) -> None:
        """The main job."""
        self.link(runs)
        self.train(runs)
        self.score(runs)
        self.provide(runs)

    def link(self, runs: Sequence[ClientRun]) -> None:
        """Link the lists of scheme B, then count which applicants are tied to a member."""
        clients = [run.client for run in runs]
        lists = self._linking.link(clients, self._begin, self.run_id, self._clock, self._progress)
        found: list[MemberQuery] = []
        for run in self.each(N_("link"), runs):
            with self._begin() as transaction:
                contract = run.client.contract
                applicants = transaction.applicants.applicants(run.client.client_id, contract.scores)
                waiting = transaction.links.waiting_count(run.client.client_id, contract.scores)
                run.linked = summarise(run.client.client_id, applicants, waiting, lists.get(run.client.client_id))
            found += [
                MemberQuery(run.client.client_id, one.member_no, one.as_of)
                for one in applicants
                if one.member_no is not None
            ]
        with self._progress.step(N_("link: browsers")):
            browsers = self._browsers.summary(found)
        for run in runs:
            run.browsers = browsers.get(run.client.client_id, BrowserSummary())

    def train(self, runs: Sequence[ClientRun]) -> None:
        """Train one model for each client, on last year's cleared applicants of that client alone.

        Where nothing of a client has changed since its newest model was trained, that stands.
        """
        state = self._news.state()
        asked = [self._ask_to_train(run, state) for run in self.each(N_("train: outcomes"), runs)]
        standing = self._standing(asked, N_("train: what is new"))
        with self._progress.step(N_("train: features")):
            features = self._engine.compute(
                [case for one in asked if one.client_id not in standing for case in one.cases]
            )
        for one in self.each(N_("train: models"), asked):
            kept = standing.get(one.client_id)
            found = self._fitted(one, features) if kept is None else one.training_set.stood(kept)
            self._register(one, found)

    def _fitted(self, asked: _TrainingTask, features: FeatureTable) -> FittedModel | TrainingOutcome:
        table = features.of_client(asked.client_id)
        assert len(table) == len(asked.cases)
        return self._trainer.fit(asked.training_set.with_features(table))

    def _register(self, asked: _TrainingTask, fitted: FittedModel | TrainingOutcome) -> None:
        run = asked.run
        with self._begin() as transaction:
            if self._was_switched(transaction, run, asked.terms):
                fitted = asked.training_set.refused()
            real_at, ledger = self._clock.real(), transaction.ledger
            run.trained = self._trainer.register(fitted, transaction.models, self.run_id, real_at, ledger)
            if (training := run.trained.training(asked.basis)) is not None:
                transaction.models.note(self.run_id, self._acted_at, training)
        if run.trained.model is not None:
            self._cards.write(run.trained.model, run.client.contract.categories)

    def _ask_to_train(self, run: ClientRun, state: LakeState) -> _TrainingTask:
        with self._begin() as transaction:
            cases, found, terms = self._training_rows(transaction, run)
            basis = Basis(
                asked_sha256(
                    cases, INPUT_SETS, PARTNER_SITES, ScoreScale.POSITION, found.season, found.labels, found.acts
                ),
                state,
            )
            newest = transaction.models.standing(found.client_id, found.season, self._acted_at)
        return _TrainingTask(run, terms, cases, basis, newest, found)

    def _training_rows(
        self, transaction: Transaction, run: ClientRun
    ) -> tuple[list[ClearedPerson], TrainingSet, Terms]:
        season = run.client.contract.trains_on
        decisions = self.ask(transaction, run, Use.TRAIN)
        outcomes = transaction.applicants.outcomes(run.client.client_id, season, self._acted_at)
        cohort = Cohort.read(transaction, run.client, season, decisions.terms.asked_at)
        cases, found = training_rows(run.client, cohort, decisions.decisions, outcomes, self._acted_at)
        return cases, found, decisions.terms

    def score(self, runs: Sequence[ClientRun]) -> None:
        """Ask the gate, then score those it clears by the newest approved model of their client.

        Where nothing of a client has changed since its newest scores were computed, they stand.
        """
        state = self._news.state()
        asked = [self._ask_to_score(run, state) for run in self.each(N_("score: gate"), runs)]
        standing = self._standing(asked, N_("score: what is new"))
        reckoned = self._reckon([one for one in asked if one.client_id not in standing])
        for one in self.each(N_("score: record"), asked):
            kept = standing.get(one.client_id)
            with self._begin() as transaction:
                if self._was_switched(transaction, one.run, one.terms):
                    one.run.scored = Counter()
                    continue
                if kept is None:
                    scores = self._record_scores(transaction, one, reckoned)
                else:
                    scores = replace(kept, basis=one.basis)
                one.run.scored, one.run.scores_stand = scores.counts, kept is not None
                season, asked_at = one.run.client.contract.scores, one.terms.asked_at
                transaction.scores.note(self.run_id, one.client_id, season, asked_at, scores)

    def _ask_to_score(self, run: ClientRun, state: LakeState) -> _ScoringTask:
        client, season = run.client.client_id, run.client.contract.scores
        with self._begin() as transaction:
            run.gate = self.ask(transaction, run, Use.SCORE)
            asked_at = run.gate.terms.asked_at
            cohort = Cohort.read(transaction, run.client, season, asked_at)
            cases = [cohort.case(found) for found in run.gate.clearances]
            model = model_in_use(transaction.models, run.client, self._acted_at)
            basis = Basis(asked_sha256(cases, None if model is None else model.model_id), state)
            newest = transaction.scores.standing(client, season, asked_at)
        return _ScoringTask(run, run.gate.terms, cases, basis, newest, model)

    def _standing(self, asked: Sequence[_ClearedClient[S]], step: str) -> Mapping[ClientId, S]:
        """What stands: what was asked is the same, and nothing that came in since concerns the client."""
        kept = {one.client_id: stands for one in asked if (stands := one.standing) is not None}
        with self._progress.step(step):
            for since in {stands.basis.lake for stands in kept.values()}:
                same = {client for client, stands in kept.items() if stands.basis.lake == since}
                cases = [case for one in asked if one.client_id in same for case in one.cases]
                for client in self._news.concerned(cases, since):
                    del kept[client]
        return kept

    def _reckon(self, asked: Sequence[_ScoringTask]) -> Mapping[ClientId, pa.Table]:
        """What the models say of these people, by client; clients without a model are left out."""
        ready = [one for one in asked if one.model is not None]
        models = {one.client_id: self._trainer.restore(one.model) for one in ready if one.model is not None}
        with self._progress.step(N_("score: features and models")):
            rows = self._engine.reckon([case for one in ready for case in one.cases], models)
        starts = accumulate((len(one.cases) for one in ready), initial=0)
        return {one.client_id: rows.slice(start, len(one.cases)) for one, start in zip(ready, starts, strict=False)}

    def _record_scores(
        self, transaction: Transaction, asked: _ScoringTask, reckoned: Mapping[ClientId, pa.Table]
    ) -> StandingScores:
        """Record what was reckoned, if its model may still be used: one that learned from somebody erased may not."""
        clearances = [case.clearance for case in asked.cases]
        model = model_in_use(transaction.models, asked.run.client, self._acted_at)
        if model is None or asked.model is None or model.model_id != asked.model.model_id:
            answers = not_scorable(clearances, NotScorable.MODEL_NOT_READY)
        else:
            answers = scored(clearances, reckoned[asked.client_id], model.model_id, self._trainer.restore(model))
        transaction.scores.add(self.run_id, asked.client_id, asked.terms.asked_at, answers)
        counts = Counter("scored" if isinstance(one.answer, Score) else one.answer.value for one in answers)
        return StandingScores(asked.basis, self.run_id, counts)

    def _was_switched(self, transaction: Transaction, run: ClientRun, asked: Terms) -> bool:
        """Whether the stop switch says something else than when the gate was asked; until the end no stop can pass.

        Where it does, the gate is asked again, so that the refusals are recorded, and nobody's data are used.
        """
        held_at = transaction.provisions.hold(run.client.client_id)
        now = asked if self._clock.is_replay else replace(asked, asked_at=held_at)
        if Gate(transaction.facts, transaction.record).stops(now) == asked.stops:
            return False
        run.gate = self.ask(transaction, run, asked.use)
        return True

    def provide(self, runs: Sequence[ClientRun], again: bool = False) -> None:
        """Ask the gate again and provide; the record is committed before the files are written."""
        for run in self.each(N_("provide"), runs):
            run.handed_over_late = self._hand_over_waiting(run.client)
            with self._begin() as transaction:
                gate = Gate(transaction.facts, transaction.record)
                service = ProvisionService(
                    transaction.provisions,
                    gate,
                    transaction.ledger,
                    self._clock,
                    self._service.platform,
                    WithholdingBatch(transaction.withholding, transaction.ledger),
                )
                run.provided = service.provide(self.terms(run.client, Use.PROVIDE), self.run_id, again)
                run.denied_by |= {reason.code for reason in run.provided.decisions.terms_reasons}
            if run.provided.outcome is ProvisionOutcome.PROVIDED:
                run.report_folder = next(iter(self._hand_over_waiting(run.client)), None)

    def tell_passwords(self, runs: Sequence[ClientRun]) -> None:
        """Take the passwords that the operator was not told yet: each is told once, apart from its file."""
        for run in runs:
            with self._begin() as transaction:
                run.passwords = transaction.provisions.tell_passwords(run.client.client_id, self._clock.real())

    def _hand_over_waiting(self, client: Client) -> list[str]:
        """Hand over what is recorded; no stop passes while the files of a report are written, nor they after one."""
        with self._begin() as transaction:
            waiting = list(transaction.provisions.waiting_reports(client.client_id))
        folders = []
        for season, report in waiting:
            with self._begin() as transaction:
                held_at = transaction.provisions.hold(report.client_id)
                at = self._clock.now() if self._clock.is_replay else held_at
                stops = stops_at(transaction.facts.halts(), report.client_id, season, at)
                if is_closed(stops, report.client_id, season, report.provided_at):
                    continue
                folders.append(self._reports.hand_over(report))
                transaction.provisions.mark_handed_over(report.provision_id, report.client_id, self._clock.real())
        return folders

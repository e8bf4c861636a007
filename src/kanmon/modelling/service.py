"""Train one model per client, on that client's last year alone, and keep it with its card."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from kanmon.clients.categories import ScoreScale
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, EvidenceId, ModelId, RunId, SeasonId
from kanmon.core.language import N_
from kanmon.features.banned import refuse_banned
from kanmon.features.definition import DEFINITIONS
from kanmon.features.parts import LogOddsParts
from kanmon.features.service import FeatureTable
from kanmon.features.untrained import UntrainedCounts
from kanmon.ledger.entry import instant
from kanmon.ledger.service import Ledger
from kanmon.modelling.card import model_card
from kanmon.modelling.card_facts import need_on, untrained_on
from kanmon.modelling.evaluation import untrained_order
from kanmon.modelling.inputs import INPUT_SETS, with_partner_sites
from kanmon.modelling.last_year import LastYear, last_year_of
from kanmon.modelling.need import MIN_OF_EACH, needed_to_learn
from kanmon.modelling.ranked_logistic import SMALL_COHORT, RankedLogistic, fit
from kanmon.modelling.registry import ModelApproval, ModelRegistry, RegisteredModel, Training
from kanmon.modelling.training import TrainingOutcome
from kanmon.modelling.training_list import close_training_list
from kanmon.modelling.validation import Validation, beside_partner_sites, choose
from kanmon.modelling.wording import ACCEPTANCE_RULE

MIN_WITHOUT_HISTORY = 10
"""Fewest people without any history that a model must have seen to speak of such people."""
REFUSED = N_("refused by the gate")


@dataclass(frozen=True)
class TrainingPerson:
    """An applicant of the season trained on."""

    applicant_no: ApplicantNo
    applicant_id: ApplicantId
    """The client's own ID: it stays whatever else the client hands over."""
    evidence_id: EvidenceId | None = None
    """The act of consent relied on; None where the client's confirmation alone is."""


@dataclass(frozen=True)
class TrainingSet:
    """One client's past season: who left, among those whose consent covers training and whose outcome is known."""

    client_id: ClientId
    season: SeasonId
    acted_at: datetime
    labels: tuple[bool, ...]
    left_out: Mapping[str, int]
    """How many rows were left out, by reason."""
    people: tuple[TrainingPerson, ...] = ()
    """Whose label each is, in the same order."""
    features: FeatureTable | None = None
    """One row for each label, in the same order."""

    def with_features(self, features: FeatureTable) -> "TrainingSet":
        """The same set with what each person did before `as_of`, in the order of the applicants' IDs.

        Sums of floats and the folds of validation depend on the order of rows. In this order the model follows from who
        is in the set alone, however the client listed them and whoever was left out.
        """
        order = sorted(range(len(self.people)), key=lambda place: self.people[place].applicant_id)
        return replace(
            self,
            labels=tuple(self.labels[place] for place in order),
            people=tuple(self.people[place] for place in order),
            features=FeatureTable(features.table.take(pa.array(order, pa.int64()))),
        )

    def refused(self) -> "TrainingOutcome":
        """What became of it where the gate refuses all of it after all."""
        left_out = Counter(self.left_out) + Counter({REFUSED: len(self.labels)})
        return TrainingOutcome(self.client_id, 0, 0, left_out)

    def stood(self, training: Training) -> "TrainingOutcome":
        """What became of it where the newest training had the same basis."""
        outcome = TrainingOutcome(self.client_id, len(self.labels), sum(self.labels), self.left_out, stands=True)
        card = training.model.card
        return replace(
            outcome,
            model=training.model,
            is_accepted=training.is_accepted,
            auc=training.auc,
            need=need_on(card),
            untrained=untrained_on(card),
        )

    @property
    def left(self) -> NDArray[np.bool_]:
        """Whether each person left, (n,)."""
        return np.asarray(self.labels, dtype=np.bool_)


@dataclass(frozen=True)
class FittedModel:
    """A model, how it was chosen, and from what."""

    training_set: TrainingSet
    model: RankedLogistic
    validations: tuple[Validation, ...]
    """Of every set of inputs tried; the chosen one comes first."""
    without_history: int
    """How many training rows had no history at all."""

    @property
    def training_sha256(self) -> str:
        """The hash of everything that determines the model."""
        content = [
            self.training_set.season,
            self.without_history,
            self.model.to_json().decode(),
            ScoreScale.POSITION,
            asdict(self.last_year),
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @property
    def last_year(self) -> LastYear:
        """Last year's people as validation saw them."""
        return LastYear.of(self.validations[0].out_of_fold, self.training_set.left)

    @property
    def artefact(self) -> bytes:
        """All that scoring needs, as it is bound to the ledger."""
        content = {
            "model": json.loads(self.model.to_json()),
            "without_history": self.without_history,
            "scale": ScoreScale.POSITION,
            "last_year": asdict(self.last_year),
        }
        return json.dumps(content, ensure_ascii=False, sort_keys=True).encode()

    @property
    def card(self) -> Mapping[str, object]:
        """What goes onto the model's card."""
        training_set = self.training_set
        assert training_set.features is not None
        left = training_set.left
        untrained = untrained_order(UntrainedCounts.of(training_set.features), left)
        return model_card(self.model, self.validations, left, Counter(training_set.left_out), self.last_year, untrained)

    @property
    def is_accepted(self) -> bool:
        """Whether it ranks better than chance by more than a standard error, and no worse than the base rate."""
        return self.validations[0].is_accepted


@dataclass(frozen=True)
class ClientModel:
    """A registered model made usable again: what `scoring.service.ScoringModel` asks for."""

    model: RankedLogistic
    without_history: int
    last_year: LastYear | None
    """None for a model from before there were positions: its score is the risk itself."""

    @classmethod
    def of(cls, artefact: bytes) -> "ClientModel":
        """From what a registered model keeps."""
        found = json.loads(artefact)
        model = RankedLogistic.from_json(json.dumps(found["model"]).encode())
        return cls(model, found["without_history"], last_year_of(artefact))

    @property
    def scale(self) -> ScoreScale:
        """The scale of its scores."""
        return ScoreScale.RISK if self.last_year is None else ScoreScale.POSITION

    def taken_apart(self, features: FeatureTable) -> LogOddsParts:
        """The log-odds of leaving of each row of one cohort."""
        names = [one.feature for one in self.model.inputs]
        below, above = self.model.standing(features.matrix(names), features.groups(names))
        parts = self.model.parts(below, above)
        return LogOddsParts(names, below, above, parts, self.model.intercept, len(features) < SMALL_COHORT)

    def scores(self, risks: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where these risks stand among last year's, from 0 to 1, (n,)."""
        return risks if self.last_year is None else self.last_year.positions(risks)

    def knows_people_without_history(self) -> bool:
        """Whether enough people without any history were among those it learned from."""
        return self.without_history >= MIN_WITHOUT_HISTORY


class Trainer:
    """Fits, registers and restores models."""

    def fit(self, training_set: TrainingSet) -> FittedModel | TrainingOutcome:
        """A fitted model, or an outcome that says why this client's history is not enough for one.

        `BannedFeature` where an input names what people may not be told apart by (APPI-13).
        """
        refuse_banned((one.feature for inputs in INPUT_SETS for one in with_partner_sites(inputs).inputs), DEFINITIONS)
        left = training_set.left
        positives = int(left.sum())
        assert training_set.features is not None
        if min(positives, len(left) - positives) < MIN_OF_EACH:
            return TrainingOutcome(
                training_set.client_id,
                len(left),
                positives,
                training_set.left_out,
                need=needed_to_learn(positives, len(left)),
                untrained=untrained_order(UntrainedCounts.of(training_set.features), left),
            )
        with threadpool_limits(1, "blas"):  # for matrices this small, threads cost more than they bring
            validations = choose(INPUT_SETS, training_set.features, left)
            validations = beside_partner_sites(validations, training_set.features, left)
            inputs = validations[0].inputs.inputs
            names, table = [one.feature for one in inputs], training_set.features
            model = fit(inputs, table.matrix(names), left, table.groups(names))
        without_history = int((~training_set.features.has_history()).sum())
        return FittedModel(training_set, model, tuple(validations), without_history)

    def register(
        self,
        fitted: FittedModel | TrainingOutcome,
        registry: ModelRegistry,
        run_id: RunId,
        trained_at: datetime,
        ledger: Ledger,
    ) -> TrainingOutcome:
        """Keep a model as the client's next version, unless it is the same as the newest one.

        A model that passes the acceptance rule is approved by it, as the release's reviewers laid down; one that
        doesn't is kept, but used only after a person has approved it. `trained_at` is the machine's own moment.
        """
        if isinstance(fitted, TrainingOutcome):
            return fitted
        training_set = fitted.training_set
        client = training_set.client_id
        newest = registry.newest(client)
        is_new = newest is None or not newest.artefact or newest.training_sha256 != fitted.training_sha256
        registered = newest
        if is_new:
            bare = self._next_version(fitted, newest, run_id, trained_at)
            registered, labels = _with_training_list(bare, training_set, registry, ledger)
            registry.add(registered, labels)
        assert registered is not None
        if is_new and fitted.is_accepted:
            because = N_("ranks better than chance by more than a standard error, in validation inside last year")
            registry.approve(
                ModelApproval(registered.model_id, client, ACCEPTANCE_RULE, because, training_set.acted_at)
            )
        return TrainingOutcome(
            client,
            rows=len(training_set.labels),
            positives=sum(training_set.labels),
            left_out=training_set.left_out,
            model=registered,
            is_new=is_new,
            is_accepted=fitted.is_accepted,
            auc=fitted.validations[0].auc,
            need=need_on(registered.card),
            untrained=untrained_on(registered.card),
        )

    def _next_version(
        self, fitted: FittedModel, newest: RegisteredModel | None, run_id: RunId, trained_at: datetime
    ) -> RegisteredModel:
        training_set = fitted.training_set
        version = newest.version + 1 if newest else 1
        return RegisteredModel(
            model_id=ModelId(f"{training_set.client_id}-{version}"),
            client_id=training_set.client_id,
            version=version,
            season=training_set.season,
            run_id=run_id,
            trained_at=trained_at,
            acted_at=training_set.acted_at,
            artefact=fitted.artefact,
            training_sha256=fitted.training_sha256,
            card=fitted.card,
        )

    def restore(self, registered: RegisteredModel) -> ClientModel:
        """A registered model, usable again."""
        return ClientModel.of(registered.artefact)


def _with_training_list(
    model: RegisteredModel, training_set: TrainingSet, registry: ModelRegistry, ledger: Ledger
) -> tuple[RegisteredModel, Mapping[ApplicantNo, bytes]]:
    """A new version with the commitment to its people, which stands in the ledger, and each one's label."""
    told: dict[str, object] = {
        "model_id": model.model_id,
        "client_id": model.client_id,
        "season": model.season,
        "version": model.version,
        "run_id": model.run_id,
        "trained_at": instant(model.trained_at),
        "training_sha256": model.training_sha256,
    }
    people = [(person.applicant_no, person.evidence_id) for person in training_set.people]
    closed = close_training_list(told, people, registry, ledger, model.acted_at)
    card = {**model.card, "training_list": closed.facts}
    committed = replace(model, card=card, training_root=closed.root, ledger_seq=closed.ledger_seq)
    return committed, closed.labels

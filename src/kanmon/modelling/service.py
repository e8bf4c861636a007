"""Train one model per client, on that client's last year alone, and keep it with its card."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from kanmon.core.ids import ApplicantNo, ClientId, ModelId, RunId, SeasonId
from kanmon.core.language import N_
from kanmon.features.banned import refuse_banned
from kanmon.features.definition import DEFINITIONS
from kanmon.features.service import FeatureTable
from kanmon.modelling.card import model_card
from kanmon.modelling.inputs import INPUT_SETS
from kanmon.modelling.ranked_logistic import RankedLogistic, fit
from kanmon.modelling.registry import ModelApproval, ModelRegistry, RegisteredModel, Training
from kanmon.modelling.training import MIN_OF_EACH, TrainingOutcome
from kanmon.modelling.validation import Validation, choose
from kanmon.modelling.wording import ACCEPTANCE_RULE

MIN_WITHOUT_HISTORY = 10
"""Fewest people without any history that a model must have seen to speak of such people."""
REFUSED = N_("refused by the gate")


@dataclass(frozen=True)
class TrainingSet:
    """One client's past season: who left, among those whose consent covers training and whose outcome is known."""

    client_id: ClientId
    season: SeasonId
    acted_at: datetime
    labels: tuple[bool, ...]
    left_out: Mapping[str, int]
    """How many rows were left out, by reason."""
    applicants: tuple[ApplicantNo, ...] = ()
    """Whose label each is, in the same order."""
    features: FeatureTable | None = None
    """One row for each label, in the same order."""

    def with_features(self, features: FeatureTable) -> "TrainingSet":
        """The same set with what each person did before `as_of`."""
        return replace(self, features=features)

    def refused(self) -> "TrainingOutcome":
        """What became of it where the gate refuses all of it after all."""
        left_out = Counter(self.left_out) + Counter({REFUSED: len(self.labels)})
        return TrainingOutcome(self.client_id, 0, 0, left_out)

    def stood(self, training: Training) -> "TrainingOutcome":
        """What became of it where the newest training had the same basis."""
        outcome = TrainingOutcome(self.client_id, len(self.labels), sum(self.labels), self.left_out, stands=True)
        return replace(outcome, model=training.model, is_accepted=training.is_accepted, auc=training.auc)

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
        content = [self.training_set.season, self.without_history, self.model.to_json().decode()]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @property
    def is_accepted(self) -> bool:
        """Whether it ranks better than chance by more than a standard error, and no worse than the base rate."""
        chosen = self.validations[0]
        return chosen.auc - chosen.auc_standard_error > 0.5 and chosen.brier <= chosen.brier_of_base_rate


@dataclass(frozen=True)
class ClientModel:
    """A registered model made usable again: what `scoring.service.ScoringModel` asks for."""

    model: RankedLogistic
    without_history: int

    def index(self, features: FeatureTable) -> NDArray[np.float64]:
        """An index from 0 to 1 for each row of one cohort, (n,)."""
        return self.model.index(features.matrix(self._names()))

    def contributions(self, features: FeatureTable) -> tuple[list[str], NDArray[np.float64]]:
        """Names of the inputs, and the signed part of each in each row's logit, (n, inputs)."""
        return self._names(), self.model.contributions(features.matrix(self._names()))

    def knows_people_without_history(self) -> bool:
        """Whether enough people without any history were among those it learned from."""
        return self.without_history >= MIN_WITHOUT_HISTORY

    def _names(self) -> list[str]:
        return [one.feature for one in self.model.inputs]


class Trainer:
    """Fits, registers and restores models."""

    def fit(self, training_set: TrainingSet) -> FittedModel | TrainingOutcome:
        """A fitted model, or an outcome that says why this client's history is not enough for one.

        `BannedFeature` where an input names what people may not be told apart by (APPI-13).
        """
        refuse_banned((one.feature for inputs in INPUT_SETS for one in inputs.inputs), DEFINITIONS)
        left = training_set.left
        positives = int(left.sum())
        if min(positives, len(left) - positives) < MIN_OF_EACH:
            return TrainingOutcome(training_set.client_id, len(left), positives, training_set.left_out)
        assert training_set.features is not None
        with threadpool_limits(1, "blas"):  # for matrices this small, threads cost more than they bring
            validations = choose(INPUT_SETS, training_set.features, left)
            inputs = validations[0].inputs.inputs
            model = fit(inputs, training_set.features.matrix([one.feature for one in inputs]), left)
        without_history = int((~training_set.features.has_history()).sum())
        return FittedModel(training_set, model, tuple(validations), without_history)

    def register(
        self, fitted: FittedModel | TrainingOutcome, registry: ModelRegistry, run_id: RunId, trained_at: datetime
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
        registered = self._next_version(fitted, newest, run_id, trained_at) if is_new else newest
        assert registered is not None
        if is_new:
            registry.add(registered, training_set.applicants)
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
        )

    def _next_version(
        self, fitted: FittedModel, newest: RegisteredModel | None, run_id: RunId, trained_at: datetime
    ) -> RegisteredModel:
        training_set = fitted.training_set
        version = newest.version + 1 if newest else 1
        artefact = {"model": json.loads(fitted.model.to_json()), "without_history": fitted.without_history}
        return RegisteredModel(
            model_id=ModelId(f"{training_set.client_id}-{version}"),
            client_id=training_set.client_id,
            version=version,
            season=training_set.season,
            run_id=run_id,
            trained_at=trained_at,
            acted_at=training_set.acted_at,
            artefact=json.dumps(artefact, ensure_ascii=False, sort_keys=True).encode(),
            training_sha256=fitted.training_sha256,
            card=model_card(fitted.model, fitted.validations, training_set.left, Counter(training_set.left_out)),
        )

    def restore(self, registered: RegisteredModel) -> ClientModel:
        """A registered model, usable again."""
        found = json.loads(registered.artefact)
        return ClientModel(RankedLogistic.from_json(json.dumps(found["model"]).encode()), found["without_history"])

"""Train one model per client, on that client's last year alone, and keep it with its card."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import numpy as np
from threadpoolctl import threadpool_limits

from kanmon.clients.contract import ScoreTarget
from kanmon.core.ids import ApplicantNo, ModelId, RunId
from kanmon.core.language import N_
from kanmon.features.banned import refuse_banned
from kanmon.features.definition import DEFINITIONS
from kanmon.features.untrained import UntrainedCounts
from kanmon.ledger.entry import instant
from kanmon.ledger.service import Ledger
from kanmon.modelling.card_facts import need_on, untrained_on
from kanmon.modelling.client_model import ClientModel, models_of
from kanmon.modelling.division import Lack, Undivided
from kanmon.modelling.evaluation import auc_of, untrained_order
from kanmon.modelling.fitted import FittedModel, FittedPart
from kanmon.modelling.inputs import INPUT_SETS, with_partner_sites
from kanmon.modelling.need import MIN_OF_EACH, needed_to_learn
from kanmon.modelling.ranked_logistic import fit
from kanmon.modelling.registry import ModelApproval, ModelRegistry, RegisteredModel
from kanmon.modelling.training import TrainingOutcome
from kanmon.modelling.training_list import close_training_list
from kanmon.modelling.training_set import ACTS, TrainingSet
from kanmon.modelling.validation import Validation, beside_partner_sites, choose
from kanmon.modelling.wording import ACCEPTANCE_RULE


class Trainer:
    """Fits, registers and restores models."""

    def fit(self, training_set: TrainingSet) -> FittedModel | TrainingOutcome:
        """A fitted model, or an outcome that says why this client's history is not enough for one.

        `BannedFeature` where an input names what people may not be told apart by (APPI-13).
        """
        refuse_banned((one.feature for inputs in INPUT_SETS for one in with_partner_sites(inputs).inputs), DEFINITIONS)
        undivided = None
        if training_set.tells_stages and training_set.target is ScoreTarget.BOTH:
            parts = _divided(training_set)
            if not isinstance(parts, Undivided):
                return FittedModel(training_set, parts)
            undivided = parts
        if _has_enough(training_set):
            return FittedModel(training_set, (_fitted(training_set),), undivided)
        left, features = training_set.left, training_set.features
        assert features is not None
        return TrainingOutcome(
            training_set.client_id,
            len(left),
            int(left.sum()),
            training_set.left_out,
            training_set.target,
            undivided=undivided,
            need=needed_to_learn(int(left.sum()), len(left)),
            untrained=untrained_order(UntrainedCounts.of(features), left),
        )

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
            registered, labels = _with_training_list(bare, fitted, registry, ledger)
            registry.add(registered, labels)
        assert registered is not None
        if is_new and fitted.is_accepted:
            because = N_("ranks better than chance by more than a standard error, in validation inside last year")
            registry.approve(
                ModelApproval(registered.model_id, client, ACCEPTANCE_RULE, because, training_set.acted_at)
            )
        return TrainingOutcome(
            client,
            rows=len(fitted.left),
            positives=int(fitted.left.sum()),
            left_out=fitted.left_out,
            target=training_set.target,
            parts=tuple(part.target for part in fitted.parts),
            undivided=fitted.undivided,
            model=registered,
            is_new=is_new,
            is_accepted=fitted.is_accepted,
            auc=fitted.auc,
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

    def restore(self, registered: RegisteredModel) -> tuple[ClientModel, ...]:
        """The parts of a registered model, usable again."""
        return models_of(registered.artefact)


def _has_enough(training_set: TrainingSet) -> bool:
    positives = sum(training_set.labels)
    return min(positives, len(training_set.labels) - positives) >= MIN_OF_EACH


def _divided(training_set: TrainingSet) -> tuple[FittedPart, ...] | Undivided:
    """A model for each act, of those who could leave by it next; or what keeps them together.

    A model of both acts is tried on the same people, and decides where it puts those of one act better by more than a
    standard error. It looks at nobody whom the two don't learn from.
    """
    sets = [training_set.of_act(act) for act in ACTS]
    for of_act in sets:
        if not _has_enough(of_act):
            return _undivided(of_act, Lack.TOO_FEW)
    together = training_set.of_known_stage()
    of_both = dict(zip(together.people, _validated(together)[0].out_of_fold, strict=True))
    parts = []
    for of_act in sets:
        beside = auc_of(np.asarray([of_both[person] for person in of_act.people]), of_act.left)
        part = replace(_fitted(of_act), of_both_auc=beside)
        chosen = part.validations[0]
        if not part.is_accepted:
            return _undivided(of_act, Lack.NOT_SHOWN)
        if beside is not None and beside > chosen.auc + chosen.auc_standard_error:
            return _undivided(of_act, Lack.NO_BETTER)
        parts.append(part)
    return tuple(parts)


def _undivided(of_act: TrainingSet, why: Lack) -> Undivided:
    return Undivided(of_act.target, why, len(of_act.labels), sum(of_act.labels))


def _validated(training_set: TrainingSet) -> list[Validation]:
    """Every set of inputs tried; the chosen one comes first."""
    assert training_set.features is not None
    with threadpool_limits(1, "blas"):  # for matrices this small, threads cost more than they bring
        validations = choose(INPUT_SETS, training_set.features, training_set.left)
        return beside_partner_sites(validations, training_set.features, training_set.left)


def _fitted(training_set: TrainingSet) -> FittedPart:
    validations, table = _validated(training_set), training_set.features
    assert table is not None
    inputs = validations[0].inputs.inputs
    names = [one.feature for one in inputs]
    with threadpool_limits(1, "blas"):
        model = fit(inputs, table.matrix(names), training_set.left, table.groups(names))
    return FittedPart(training_set, model, tuple(validations), int((~table.has_history()).sum()))


def _with_training_list(
    model: RegisteredModel, fitted: FittedModel, registry: ModelRegistry, ledger: Ledger
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
    people = [(person.applicant_no, person.evidence_id) for person in fitted.people]
    closed = close_training_list(told, people, registry, ledger, model.acted_at)
    card = {**model.card, "training_list": closed.facts}
    committed = replace(model, card=card, training_root=closed.root, ledger_seq=closed.ledger_seq)
    return committed, closed.labels

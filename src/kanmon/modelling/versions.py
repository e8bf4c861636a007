"""Model versions for the privacy owner: each with its card, what the acceptance rule found, and who approved it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from kanmon.clients.categories import CategoryCount, counted_scores
from kanmon.clients.contract import ScoreCategory, ScoreTarget, ServiceTerms
from kanmon.core.errors import NotFound
from kanmon.core.ids import ClientId, ModelId
from kanmon.core.language import N_
from kanmon.modelling.card_parts import parts_on, target_on
from kanmon.modelling.last_year import scores_of_last_year
from kanmon.modelling.registry import ModelApproval, RegisteredModel


@dataclass(frozen=True)
class AcceptanceCheck:
    """One part of the acceptance rule, with the figures of the card: `value` must lie above or below `bound`."""

    meaning: str
    """The id of a message."""
    value: float
    bound: float
    is_passed: bool
    target: ScoreTarget = ScoreTarget.BOTH
    """What the part of the model foresees that was checked."""


@dataclass(frozen=True)
class ModelVersion:
    """A version with its approvals, oldest first."""

    model: RegisteredModel
    approvals: Sequence[ModelApproval]
    is_newest: bool
    """Whether it is its client's newest version: no other can be approved."""
    categories: Sequence[ScoreCategory] = ()
    """Of the client's contract in force."""
    scores: Sequence[int] = ()
    """The newest score of each of this year's people whom it scored, in ten-thousandths."""
    asked: ScoreTarget | None = None
    """What the client's contract in force asks for; None where there is none."""

    @property
    def is_of_what_is_asked(self) -> bool:
        """Whether it foresees what the contract asks for: nothing is scored by one that doesn't."""
        return self.asked is None or target_on(self.card) is self.asked

    @property
    def is_held(self) -> bool:
        """Whether nobody has approved it, so that nothing is scored by it."""
        return not self.approvals

    @property
    def card(self) -> Mapping[str, Any]:
        """The card's facts, as `modelling.card` writes them."""
        return self.model.card

    @property
    def held_last_year(self) -> Sequence[CategoryCount]:
        """How many of last year's people each category of the contract would hold; none where they were erased."""
        scores = scores_of_last_year(self.model.artefact)
        return counted_scores(scores, self.categories) if scores else []

    @property
    def held_this_year(self) -> Sequence[CategoryCount]:
        """How many of this year's people each category of the contract holds; none before anybody was scored."""
        return counted_scores(self.scores, self.categories) if self.scores else []

    @property
    def checks(self) -> Sequence[AcceptanceCheck]:
        """The acceptance rule over the figures of the card."""
        return checks_on(self.card)


def checks_on(card: Mapping[str, Any]) -> Sequence[AcceptanceCheck]:
    """The acceptance rule over the figures of a card, part by part, which are rounded to four places."""
    return [check for part in parts_on(card) for check in _checks_on_part(part)]


def _checks_on_part(card: Mapping[str, Any]) -> Sequence[AcceptanceCheck]:
    target = target_on(card)
    chosen, found = card["tried"][0], card["validation"]
    auc, spread = float(chosen["auc"]), float(chosen["auc_standard_error"])
    brier, base = float(found["brier"]), float(found["brier_prior"])
    return [
        AcceptanceCheck(
            N_("AUC less one standard error, above"), round(auc - spread, 4), 0.5, auc - spread > 0.5, target
        ),
        AcceptanceCheck(N_("Brier score, at most that of the base rate"), brier, base, brier <= base, target),
    ]


class ModelFacts(Protocol):
    """What the control plane tells of models, at one moment of it."""

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""

    def models(self, client: ClientId) -> Sequence[RegisteredModel]:
        """All versions of a client's model, newest first."""

    def approvals(self, client: ClientId) -> Sequence[ModelApproval]:
        """All approvals of a client's models, oldest first."""

    def scores(self, client: ClientId, model: ModelId) -> Sequence[int]:
        """The newest score of each person whom a model scored last, in ten-thousandths."""


def model_versions(facts: ModelFacts) -> list[ModelVersion]:
    """Every version of every client's model, client by client, newest first."""
    return [version for client in sorted(facts.terms().clients) for version in _versions(facts, client)]


def unforeseen(facts: ModelFacts) -> list[tuple[ClientId, ScoreTarget]]:
    """The clients whose contract asks for one act that no model of theirs foresees, and that act."""
    asked = {client: known.contract.target for client, known in sorted(facts.terms().clients.items())}
    return [
        (client, target)
        for client, target in asked.items()
        if target is not ScoreTarget.BOTH and not any(one.is_of_what_is_asked for one in _versions(facts, client))
    ]


def model_version(facts: ModelFacts, model: ModelId) -> ModelVersion:
    """One version; `NotFound` where there is none of that name."""
    client = ClientId(model.rpartition("-")[0])
    for version in _versions(facts, client):
        if version.model.model_id == model:
            known = facts.terms().clients.get(client)
            categories = () if known is None else known.contract.categories
            return replace(version, categories=categories, scores=facts.scores(client, model))
    raise NotFound(N_("this page does not exist, or your account may not see it"))


def _versions(facts: ModelFacts, client: ClientId) -> list[ModelVersion]:
    approvals, known = facts.approvals(client), facts.terms().clients.get(client)
    asked = None if known is None else known.contract.target
    return [
        ModelVersion(model, [one for one in approvals if one.model_id == model.model_id], place == 0, asked=asked)
        for place, model in enumerate(facts.models(client))
    ]

"""What training fitted for one client: one model, or one for each of the two acts by which people leave."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from kanmon.clients.categories import ScoreScale
from kanmon.clients.contract import ScoreTarget
from kanmon.features.untrained import UntrainedCounts
from kanmon.modelling.card import card_of_parts, model_card
from kanmon.modelling.division import Undivided
from kanmon.modelling.evaluation import auc_of, untrained_order
from kanmon.modelling.last_year import LastYear
from kanmon.modelling.need import UntrainedOrder
from kanmon.modelling.ranked_logistic import RankedLogistic
from kanmon.modelling.training_set import TrainingPerson, TrainingSet
from kanmon.modelling.validation import Validation


@dataclass(frozen=True)
class FittedPart:
    """A model, how it was chosen, and from what."""

    training_set: TrainingSet
    model: RankedLogistic
    validations: tuple[Validation, ...]
    """Of every set of inputs tried; the chosen one comes first."""
    without_history: int
    """How many training rows had no history at all."""
    of_both_auc: float | None = None
    """The AUC of a model of both acts on the same people and labels, out of fold; None where none was tried."""

    @property
    def target(self) -> ScoreTarget:
        """What it foresees."""
        return self.training_set.target

    @property
    def last_year(self) -> LastYear:
        """Last year's people as validation saw them."""
        return LastYear.of(self.validations[0].out_of_fold, self.training_set.left)

    @property
    def is_accepted(self) -> bool:
        """Whether it ranks better than chance by more than a standard error, and no worse than the base rate."""
        return self.validations[0].is_accepted

    @property
    def untrained(self) -> UntrainedOrder:
        """How well orders that need no training put the same people."""
        assert self.training_set.features is not None
        return untrained_order(UntrainedCounts.of(self.training_set.features), self.training_set.left)

    @property
    def content(self) -> Mapping[str, object]:
        """All that scoring needs."""
        content = {
            "model": json.loads(self.model.to_json()),
            "without_history": self.without_history,
            "last_year": asdict(self.last_year),
        }
        if self.target is ScoreTarget.BOTH:
            return content
        return content | {"target": self.target, "tells_stages": self.training_set.tells_stages}

    @property
    def basis(self) -> list[object]:
        """Everything that determines the model."""
        season, last_year = self.training_set.season, asdict(self.last_year)
        basis: list[object] = [season, self.without_history, self.model.to_json().decode(), ScoreScale.POSITION]
        named = [] if self.target is ScoreTarget.BOTH else [self.target, self.training_set.tells_stages]
        return [*basis, last_year, *named]

    @property
    def card(self) -> Mapping[str, object]:
        """What goes onto the model's card."""
        training_set = self.training_set
        card = model_card(
            self.model, self.validations, training_set.left, training_set.left_out, self.last_year, self.untrained
        )
        if self.target is not ScoreTarget.BOTH:
            card |= {"target": self.target, "tells_stages": training_set.tells_stages}
        if self.of_both_auc is not None:
            card["of_both_auc"] = round(self.of_both_auc, 4)
        return card


@dataclass(frozen=True)
class FittedModel:
    """A client's model: of one part, or of two that speak of different people."""

    training_set: TrainingSet
    parts: tuple[FittedPart, ...]
    undivided: Undivided | None = None
    """Why the two acts were not learned apart, though the contract says at which stages applicants have an offer."""

    @property
    def people(self) -> list[TrainingPerson]:
        """Whom it learned from, each once: nobody is in two parts."""
        return list(chain.from_iterable(part.training_set.people for part in self.parts))

    @property
    def left(self) -> NDArray[np.bool_]:
        """Whether each of them left by what is foreseen of them, part by part."""
        return np.concatenate([part.training_set.left for part in self.parts])

    @property
    def out_of_fold(self) -> NDArray[np.float64]:
        """The calibrated risk of each, from models that had not seen the person, in the same order."""
        return np.concatenate([part.validations[0].out_of_fold for part in self.parts])

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many rows were left out, by reason."""
        strays = self.training_set.strays() if len(self.parts) > 1 else Counter[str]()
        return Counter(self.training_set.left_out) + strays

    @property
    def is_accepted(self) -> bool:
        """Whether every part passes the acceptance rule."""
        return all(part.is_accepted for part in self.parts)

    @property
    def auc(self) -> float:
        """In validation inside last year, over all parts."""
        if len(self.parts) == 1:
            return self.parts[0].validations[0].auc
        auc = auc_of(self.out_of_fold, self.left)
        assert auc is not None
        return auc

    @property
    def untrained(self) -> UntrainedOrder:
        """How well orders that need no training put all parts' people."""
        tables = [part.training_set.features for part in self.parts]
        counts = [UntrainedCounts.of(table) for table in tables if table is not None]
        active_days, recency = ([getattr(one, name) for one in counts] for name in ("active_days", "recency"))
        return untrained_order(UntrainedCounts(np.concatenate(active_days), np.concatenate(recency)), self.left)

    @property
    def training_sha256(self) -> str:
        """The hash of everything that determines the model."""
        contents = [part.basis for part in self.parts]
        content = contents[0] if len(contents) == 1 else contents
        content = content if self.undivided is None else [*content, asdict(self.undivided)]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @property
    def artefact(self) -> bytes:
        """All that scoring needs, as it is bound to the ledger."""
        contents = [dict(part.content) for part in self.parts]
        content = contents[0] if len(contents) == 1 else {"parts": contents}
        scaled = content | {"scale": ScoreScale.POSITION}
        return json.dumps(scaled, ensure_ascii=False, sort_keys=True).encode()

    @property
    def card(self) -> Mapping[str, object]:
        """What goes onto the model's card."""
        cards = [part.card for part in self.parts]
        card = dict(cards[0])
        if len(cards) > 1:
            card = card_of_parts(cards, self.out_of_fold, self.left, self.left_out, self.untrained)
        return card if self.undivided is None else card | {"undivided": asdict(self.undivided)}

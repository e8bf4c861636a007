"""Whom a model may learn from: one client's past season, with what became of each."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kanmon.clients.contract import ScoreTarget
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, EvidenceId, SeasonId
from kanmon.core.language import N_
from kanmon.features.service import FeatureTable
from kanmon.modelling.card_facts import need_on, undivided_on, untrained_on
from kanmon.modelling.card_parts import parts_on, target_on
from kanmon.modelling.outcome import Exclusion, label_of_act
from kanmon.modelling.registry import Training
from kanmon.modelling.training import TrainingOutcome

REFUSED = N_("refused by the gate")
ACTS = (ScoreTarget.SELECTION_WITHDRAWAL, ScoreTarget.OFFER_DECLINE)


@dataclass(frozen=True)
class TrainingPerson:
    """An applicant of the season trained on."""

    applicant_no: ApplicantNo
    applicant_id: ApplicantId
    """The client's own ID: it stays whatever else the client hands over."""
    evidence_id: EvidenceId | None = None
    """The act of consent relied on; None where the client's confirmation alone is."""
    next_act: ScoreTarget | None = None
    """The act by which the person could leave next at `as_of`; None where the stage, or what it opens, is not known."""
    left_by: ScoreTarget | None = None
    """The act by which the person left; None for who stayed."""


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
    target: ScoreTarget = ScoreTarget.BOTH
    """What a label says: by what the person left."""
    tells_stages: bool = False
    """Whether the contract says at which stages applicants have an offer."""

    def with_features(self, features: FeatureTable) -> "TrainingSet":
        """The same set with what each person did before `as_of`, in the order of the applicants' IDs.

        Sums of floats and the folds of validation depend on the order of rows. In this order the model follows from who
        is in the set alone, however the client listed them and whoever was left out.
        """
        order = sorted(range(len(self.people)), key=lambda place: self.people[place].applicant_id)
        return replace(self, features=features)._taken(order)

    def _taken(self, places: list[int]) -> "TrainingSet":
        """The same set with the people of these places alone, in this order."""
        assert self.features is not None
        return replace(
            self,
            labels=tuple(self.labels[place] for place in places),
            people=tuple(self.people[place] for place in places),
            features=FeatureTable(self.features.table.take(pa.array(places, pa.int64()))),
        )

    def of_act(self, act: ScoreTarget) -> "TrainingSet":
        """Those who could leave by one act next, and whether they left by it; who can't tell is left out."""
        answers = {
            place: label_of_act(person.left_by, act)
            for place, person in enumerate(self.people)
            if person.next_act is act
        }
        known = {place: answer for place, answer in answers.items() if not isinstance(answer, Exclusion)}
        left_out = Counter(answer.value for answer in answers.values() if isinstance(answer, Exclusion))
        return replace(self._taken([*known]), labels=tuple(known.values()), left_out=left_out, target=act)

    def of_known_stage(self) -> "TrainingSet":
        """Those of whom it is known by which act they could leave next: all whom two models may learn from."""
        kept = [
            place
            for place, person in enumerate(self.people)
            if person.next_act is not None and not isinstance(label_of_act(person.left_by, person.next_act), Exclusion)
        ]
        return self._taken(kept)

    def strays(self) -> Counter[str]:
        """How many the two acts' models can't learn from, by reason."""
        return Counter(self._stray_reasons())

    def _stray_reasons(self) -> Iterator[str]:
        for person in self.people:
            answer = None if person.next_act is None else label_of_act(person.left_by, person.next_act)
            if answer is None:
                yield Exclusion.OTHER_STAGE.value
            elif isinstance(answer, Exclusion):
                yield answer.value

    def refused(self) -> TrainingOutcome:
        """What became of it where the gate refuses all of it after all."""
        left_out = Counter(self.left_out) + Counter({REFUSED: len(self.labels)})
        return TrainingOutcome(self.client_id, 0, 0, left_out)

    def stood(self, training: Training) -> TrainingOutcome:
        """What became of it where the newest training had the same basis."""
        card: Mapping[str, Any] = training.model.card
        parts = parts_on(card)
        outcome = TrainingOutcome(self.client_id, len(self.labels), sum(self.labels), self.left_out, self.target)
        if len(parts) > 1:
            left_out = Counter(self.left_out) + self.strays()
            outcome = replace(outcome, rows=card["rows"], positives=card["positives"], left_out=left_out)
        return replace(
            outcome,
            stands=True,
            parts=tuple(target_on(part) for part in parts),
            undivided=undivided_on(card),
            model=training.model,
            is_accepted=training.is_accepted,
            auc=training.auc,
            need=need_on(card),
            untrained=untrained_on(card),
        )

    @property
    def acts(self) -> Sequence[object]:
        """What a model follows from beside labels: what is asked for, and which act lay ahead, and came, of whom."""
        return [self.target, self.tells_stages, *((person.next_act, person.left_by) for person in self.people)]

    @property
    def left(self) -> NDArray[np.bool_]:
        """Whether each person left, (n,)."""
        return np.asarray(self.labels, dtype=np.bool_)

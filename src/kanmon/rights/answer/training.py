"""For whose model a person's history was used, on which consent, and since when it is used no more."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from kanmon.consent.evidence import ConsentAct
from kanmon.core.errors import LogInconsistent
from kanmon.core.ids import ClientId, ModelId
from kanmon.core.language import N_
from kanmon.ledger.label_tree import LabelTree
from kanmon.rights.answer.told import TrainedModel
from kanmon.rights.requests.objection import ObjectionWord, objected_since
from kanmon.rights.withdrawal.service import standing_withdrawal

NO_MODEL = N_("Your history trained no model.")


@dataclass(frozen=True)
class ClosedList:
    """The training list of one model, as it is kept, with the root that the ledger has of it."""

    model_id: ModelId
    ledger_seq: int
    root: bytes
    tree: LabelTree

    def checked(self) -> "ClosedList":
        """The list itself; `LogInconsistent` where it is not the one that the model committed to."""
        if self.tree.root != self.root:
            raise LogInconsistent(
                N_("the training list of model %(model)s is not what was registered: look with `kanmon audit ledger`"),
                model=self.model_id,
            )
        return self


@dataclass(frozen=True)
class TrainingState:
    """One model that learned from a person, on which act, and since when no next one may."""

    model: TrainedModel
    act: ConsentAct | None
    """None where it was erased, or the company confirmed a consent of its own."""
    ended_at: datetime | None
    """The earliest end that stands: of training, of every use, or of the consent."""


def training_states(
    models: Iterable[TrainedModel], acts: Collection[ConsentAct], words: Collection[ObjectionWord], now: datetime
) -> list[TrainingState]:
    """What a person is told of each model, the newest first."""
    by_number = {act.evidence_id: act for act in acts}
    states = [
        TrainingState(
            model,
            None if model.evidence_id is None else by_number.get(model.evidence_id),
            ended_since(model.client_id, acts, words, now),
        )
        for model in models
    ]
    return sorted(states, key=lambda state: state.model.trained_at, reverse=True)


def ended_since(
    client: ClientId, acts: Collection[ConsentAct], words: Collection[ObjectionWord], now: datetime
) -> datetime | None:
    """Since when a person's history trains no model of a client any more; None where nothing has ended it."""
    withdrawal = standing_withdrawal(acts, client, now)
    ends = [
        objected_since(words, client, is_of_training=True),
        objected_since(words, client),
        None if withdrawal is None else withdrawal.occurred_at,
    ]
    return min((end for end in ends if end is not None), default=None)


def training_in_words(state: TrainingState, local: Callable[[datetime], str], _: Callable[[str], str]) -> list[str]:
    """What a person is told of one model, in sentences."""
    model = state.model
    values = {
        "model": model.model_id, "company": model.client_name, "season": model.season, "version": model.version,
        "at": local(model.trained_at),
    }  # fmt: skip
    said = [
        _(
            "Your history was used to train model %(model)s of %(company)s (season %(season)s, version %(version)s) on "
            "%(at)s."
        )
        % values
    ]
    if state.act is not None:
        said.append(_("It was used on your consent of %(at)s.") % {"at": local(state.act.occurred_at)})
    if state.ended_at is not None and state.ended_at > model.acted_at:
        said.append(
            _("It was trained before you ended this on %(at)s. It stays as it is; the next model leaves you out.")
            % {"at": local(state.ended_at)}
        )
    return said

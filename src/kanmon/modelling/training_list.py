"""What a model commits to of the people whose history trained it, so that each of them can be shown it, and no other.

The labels and the tree are those of `ledger.training_proof`. Before the list is closed, every agreement of the season's
people stands in the ledger: also whoever trained nothing has a key from before, without which a no would prove nothing.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.consent.evidence import ConsentAct
from kanmon.core.errors import LogInconsistent
from kanmon.core.ids import ApplicantNo, ClientId, EvidenceId, SeasonId
from kanmon.core.language import N_
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.label_tree import LabelTree
from kanmon.ledger.service import Ledger
from kanmon.ledger.training_proof import label_of
from kanmon.ledger.tree import HASH_BYTES


class AgreementStore(Protocol):
    """Where the season's agreements are, within one transaction."""

    def agreements_not_entered(self, client: ClientId, season: SeasonId) -> Sequence[ConsentAct]:
        """Agreements, of whatever text, of members whom the client's rows are tied to, that have no entry yet."""

    def enter_agreements(self, seqs: Mapping[EvidenceId, int]) -> None:
        """Note where acts stand in the ledger."""

    def keys_of(self, evidence: Collection[EvidenceId]) -> Mapping[EvidenceId, bytes]:
        """The keys of the entries of acts; an erased one is left out."""


@dataclass(frozen=True)
class TrainingList:
    """The training list of one model: the label of each person's row, the root over all, and its entry."""

    labels: Mapping[ApplicantNo, bytes]
    root: bytes
    ledger_seq: int

    @property
    def facts(self) -> Mapping[str, object]:
        """What the model's card tells of it."""
        return {"people": len(set(self.labels.values())), "root": self.root.hex(), "ledger_seq": self.ledger_seq}


def close_training_list(
    model: Mapping[str, object],
    people: Sequence[tuple[ApplicantNo, EvidenceId | None]],
    agreements: AgreementStore,
    ledger: Ledger,
    at: datetime,
) -> TrainingList:
    """Enter the season's agreements, then the training with its root; `model` is what the entry tells of the model.

    A browser of scheme A has no act of consent here: its label is drawn, and nobody can tell whose it is. Raises
    `LogInconsistent` where the key of an act relied on is not there: a label drawn in its place would prove a lie.
    """
    ledger.hold()
    client, season, name = ClientId(str(model["client_id"])), SeasonId(str(model["season"])), str(model["model_id"])
    acts = agreements.agreements_not_entered(client, season)
    seqs = ledger.append(act.entry(at) for act in acts)
    agreements.enter_agreements({act.evidence_id: seq for act, seq in zip(acts, seqs, strict=True)})
    relied_on = {evidence for _, evidence in people if evidence is not None}
    keys = agreements.keys_of(relied_on)
    if relied_on - keys.keys():
        raise LogInconsistent(
            N_(
                "model %(model)s is not registered: %(count)s acts of consent that it relies on have no entry in the "
                "ledger any more. Look with `kanmon audit ledger`; where somebody was erased meanwhile, run it again"
            ),
            model=name,
            count=len(relied_on - keys.keys()),
        )
    labels = {
        number: secrets.token_bytes(HASH_BYTES) if evidence is None else label_of(keys[evidence], name)
        for number, evidence in people
    }
    tree = LabelTree(labels.values())
    payload = {**model, "people": len(tree), "root": tree.root.hex(), "acted_at": instant(at)}
    (seq,) = ledger.append([NewEntry(EntryType.TRAINING, at, payload)])
    return TrainingList(labels, tree.root, seq)

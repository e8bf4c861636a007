"""A training list names each person by the key of the act relied on; without that key there is no list."""

from collections.abc import Collection, Mapping, Sequence

import pytest

from kanmon.consent.evidence import ConsentAct
from kanmon.core.errors import LogInconsistent
from kanmon.core.ids import ApplicantNo, ClientId, EvidenceId, SeasonId
from kanmon.ledger.entry import EntryType
from kanmon.ledger.note import SigningKey
from kanmon.ledger.service import Ledger
from kanmon.ledger.training_proof import label_of
from kanmon.modelling.training_list import close_training_list
from tests.unit.ledger.memory import AT, MemoryStore

MODEL: Mapping[str, object] = {"model_id": "C1-1", "client_id": "C1", "season": "2026"}
FIRST, BROWSER = ApplicantNo(1), ApplicantNo(2)


class KnownKeys:
    """Acts that stand in the ledger already, with the keys of their entries."""

    def __init__(self, keys: Mapping[EvidenceId, bytes]) -> None:
        self._keys = keys

    def agreements_not_entered(self, client: ClientId, season: SeasonId) -> Sequence[ConsentAct]:
        return []

    def enter_agreements(self, seqs: Mapping[EvidenceId, int]) -> None:
        assert not seqs

    def keys_of(self, evidence: Collection[EvidenceId]) -> Mapping[EvidenceId, bytes]:
        return {number: key for number, key in self._keys.items() if number in evidence}


def test_each_person_is_named_by_the_key_and_a_browser_by_what_nobody_knows() -> None:
    ledger = Ledger(MemoryStore(), SigningKey.generate("kanmon/test"))
    people = [(FIRST, EvidenceId(7)), (BROWSER, None)]
    closed = close_training_list(MODEL, people, KnownKeys({EvidenceId(7): bytes(32)}), ledger, AT)
    assert closed.labels[FIRST] == label_of(bytes(32), "C1-1")
    assert len(set(closed.labels.values())) == 2


def test_without_the_key_of_an_act_relied_on_nothing_is_registered() -> None:
    """A label drawn in its place would prove to the person that the model never learned from them."""
    store = MemoryStore()
    ledger = Ledger(store, SigningKey.generate("kanmon/test"))
    with pytest.raises(LogInconsistent):
        close_training_list(MODEL, [(FIRST, EvidenceId(7))], KnownKeys({}), ledger, AT)
    assert not [entry for entry, _ in store.entries() if entry.type == EntryType.TRAINING]

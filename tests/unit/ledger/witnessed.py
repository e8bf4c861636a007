"""Witnesses for tests: the keys of `kanmon_witness`, which shares no code with the product."""

import time

from kanmon.ledger.cosignature import WitnessKey
from kanmon.ledger.note import SigningKey
from kanmon.ledger.service import Ledger
from kanmon.ledger.witness_policy import WitnessPolicy
from kanmon_witness import notes
from tests.unit.ledger.memory import AT, MemoryStore, deeds

WITNESSES = [notes.WitnessKey.generate(f"witness.example/w{number}") for number in (1, 2, 3)]
STRANGER = notes.WitnessKey.generate("witness.example/stranger")


def key_of(witness: notes.WitnessKey) -> WitnessKey:
    return WitnessKey.parse(witness.vkey)


def line_over(note: str, witness: notes.WitnessKey, at: int | None = None) -> str:
    return witness.cosign(note.rpartition("\n\n")[0] + "\n", int(time.time()) if at is None else at)


def cosign(store: MemoryStore, *witnesses: notes.WitnessKey, at: int | None = None) -> None:
    """Have witnesses cosign the newest checkpoint."""
    note = store.notes[-1]
    lines = store.lines.setdefault(int(note.split("\n")[1]), {})
    lines |= {witness.vkey: line_over(note, witness, at) for witness in witnesses}


def grown(store: MemoryStore, key: SigningKey, count: int) -> None:
    ledger = Ledger(store, key)
    ledger.append(deeds(count))
    ledger.sign(AT)


def state_policy(store: MemoryStore, key: SigningKey, quorum: int) -> None:
    store.policy = WitnessPolicy(key.verifier, [key_of(one) for one in WITNESSES], quorum).signed(key)

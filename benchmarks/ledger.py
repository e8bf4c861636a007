"""A million deeds into the ledger, proofs out of it, and the check of it all, against hashing those leaves once.

python -m benchmarks.ledger [--leaves N]
"""

import argparse
import hashlib
import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from benchmarks.database import own_database
from kanmon.db.row_key import RowKey
from kanmon.db.unit_of_work import Database
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.fsck import LedgerCheck, check_ledger
from kanmon.ledger.note import SigningKey
from kanmon.ledger.service import Ledger, receipt_of
from kanmon.ledger.store.entries import LedgerRecords, PostgresLedgerStore
from kanmon.ledger.tree import inclusion_proof, leaf_hash, verify_inclusion

AT = datetime(2026, 4, 1, tzinfo=UTC)
KEY = SigningKey.generate("benchmark/ledger")
PROOFS = 1_000


def deeds(count: int) -> Iterator[NewEntry]:
    """Records of provisions, each of about 150 bytes."""
    for number in range(count):
        payload = {
            "applicant_id": f"A{number}", "client_id": "C1", "consent_no": number, "items": ["score", "category"],
            "member_id": f"M{number}", "provision_id": "2026-C1-1", "score": "0.4000",
        }  # fmt: skip
        yield NewEntry(EntryType.PROVISION_RECORD, AT, payload)


def seconds(part: Callable[[], object]) -> float:
    start = time.perf_counter()
    part()
    return time.perf_counter() - start


def floor(leaves: list[bytes]) -> None:
    for leaf in leaves:
        hashlib.sha256(leaf).digest()


def append(database: Database, count: int) -> None:
    with database.write() as session:
        ledger = Ledger(PostgresLedgerStore(session), KEY)
        ledger.append(deeds(count))
        ledger.sign(AT)


def prove(records: LedgerRecords, seqs: list[int], checkpoint: Checkpoint) -> list[float]:
    """Milliseconds that each proof took, sorted; each is verified outside of that time."""
    taken = []
    for seq in seqs:
        start = time.perf_counter()
        proof = inclusion_proof(records, seq, checkpoint.size)
        taken.append((time.perf_counter() - start) * 1000)
        leaf = leaf_hash(records.entry(seq)[0].leaf())
        assert verify_inclusion(leaf, seq, checkpoint.size, proof, checkpoint.root)
    return sorted(taken)


def measure(database: Database, count: int) -> dict[str, object]:
    appended = seconds(lambda: append(database, count))
    with database.read() as session:
        records = LedgerRecords(session)
        checkpoint = Checkpoint.open(records.newest_checkpoint() or "", [KEY.verifier])
        proofs = prove(records, random.Random(1).sample(range(count), min(PROOFS, count)), checkpoint)
        receipt = receipt_of(records, count // 2, KEY.verifier, shows_payload=True)
        checks: list[LedgerCheck] = []
        checked = seconds(lambda: checks.append(check_ledger(records, KEY.verifier)))
        leaves = [entry.leaf() for entry, _ in records.entries()]
    assert checks[0].entries == count
    assert not checks[0].findings
    hashed = seconds(lambda: floor(leaves))
    return {
        "leaves": count,
        "floor_seconds": round(hashed, 2),
        "append": {"seconds": round(appended, 2), "to_floor": round(appended / hashed, 1)},
        "inclusion_proof": {
            "p50_ms": round(proofs[len(proofs) // 2], 2),
            "p99_ms": round(proofs[len(proofs) * 99 // 100], 2),
            "p99_to_floor_of_a_leaf": round(proofs[len(proofs) * 99 // 100] / (hashed / count * 1000)),
        },
        "fsck": {"seconds": round(checked, 2), "to_floor": round(checked / hashed, 1)},
        "receipt_bytes": len(receipt),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leaves", type=int, default=1_000_000)
    chosen = parser.parse_args()
    with own_database(RowKey.derived(KEY.private)) as own:
        print(json.dumps(measure(own.database, chosen.leaves)))


if __name__ == "__main__":
    main()

"""A day's entries into the index of a million people, and answers with their proofs out of it.

python -m benchmarks.answers [--people N] [--day N]

The floor is SHA-256 over the day's leaves and one exchange on the curve for each person, which labels take at least.
Labels are computed anew for the day, as a new process has to. Beside the clock, processor time of this process is told,
without PostgreSQL's: it says what a machine that does nothing else would need.
"""

import argparse
import hashlib
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from benchmarks.database import own_database
from benchmarks.ledger import AT, KEY, deeds
from kanmon.db.row_key import RowKey
from kanmon.db.unit_of_work import Database
from kanmon.ledger.answer import verify_answer, write_answer
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.people import label_of
from kanmon.ledger.people_tree import PeopleTree
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.entries import LedgerRecords, PostgresLedgerStore

ASKING = 300
CLIENTS = 8
WORDS = {"occurred_at": instant(AT), "screen_id": "screen-of-the-consent", "text_sha256": "0" * 64}
RECIPIENT = {
    "legal_name": "株式会社青葉商事", "address": "東京都千代田区丸の内1丁目1番1号", "representative": "青葉 太郎",
}  # fmt: skip


class Timing(NamedTuple):
    """Seconds by the clock and of the processor."""

    clock: float
    processor: float

    @classmethod
    def of(cls, part: Callable[[], object]) -> "Timing":
        start, used = time.perf_counter(), time.process_time()
        part()
        return cls(time.perf_counter() - start, time.process_time() - used)

    def told(self) -> dict[str, float]:
        return {"seconds": round(self.clock, 2), "processor_seconds": round(self.processor, 2)}


def enter(database: Database, entries: Iterable[NewEntry]) -> tuple[Timing, Timing, Sequence[int]]:
    """How long appending takes, and signing with the index; and the numbers of the entries."""
    seqs: list[int] = []
    with database.write() as session:
        ledger = Ledger(PostgresLedgerStore(session), KEY)
        appended = Timing.of(lambda: seqs.extend(ledger.append(entries)))
        signed = Timing.of(lambda: ledger.sign(AT))
    return appended, signed, seqs


def day(people: int, count: int, seed: int = 0) -> Iterator[NewEntry]:
    """Records of one day about people who are in the index."""
    for number in random.Random(seed).sample(range(people), min(people, count)):
        yield NewEntry(EntryType.PROVISION_RECORD, AT, {"member_id": f"M{number}", "items": {"score": "0.4000"}})


def histories(database: Database, members: Sequence[str]) -> dict[str, int]:
    """An agreement, eight provisions and the answer of each of some people; where each answer stands."""
    _, _, acts = enter(
        database,
        (NewEntry(EntryType.CONSENT, AT, {"member_id": name, "action": "accept", **WORDS}) for name in members),
    )
    records = [
        {
            "member_id": member,
            "recipient": {"client_id": f"C{client}", **RECIPIENT},
            "purpose": "follow_up_support",
            "prohibited_uses": ["selection"],
            "items": {"applicant_id": member, "score": "0.4000", "category": "○"},
            "consent": {"seq": act, **WORDS},
            "provided_at": instant(AT),
        }
        for client in range(CLIENTS)
        for member, act in zip(members, acts, strict=True)
    ]
    enter(database, (NewEntry(EntryType.PROVISION_RECORD, AT, record) for record in records))
    clients = [f"C{client}" for client in range(CLIENTS)]
    answers = (NewEntry(EntryType.ANSWER, AT, {"member_id": name, "provided_to": clients}) for name in members)
    _, _, seqs = enter(database, answers)
    return dict(zip(members, seqs, strict=True))


def taken(timings: Sequence[Timing]) -> dict[str, float]:
    clock, processor = (sorted(values) for values in zip(*timings, strict=True))
    return {
        "p50_ms": round(clock[len(clock) // 2] * 1000, 2),
        "p99_ms": round(clock[len(clock) * 99 // 100] * 1000, 2),
        "p99_processor_ms": round(processor[len(processor) * 99 // 100] * 1000, 2),
    }


def answered(database: Database, answers: dict[str, int]) -> dict[str, object]:
    with database.read() as session:
        records = LedgerRecords(session)
        labels = records.person_key()
        assert labels is not None
        names = [label_of(labels, member) for member in answers]
        proofs = [Timing.of(partial(PeopleTree(records).proof, name)) for name in names]
        files = [write_answer(records, seq, KEY.verifier) for seq in answers.values()]
        written = [Timing.of(partial(write_answer, records, seq, KEY.verifier)) for seq in answers.values()]
    checked = [Timing.of(partial(verify_answer, file, KEY.verifier)) for file in files]
    return {
        "index_proof": taken(proofs),
        "answer": {"entries": CLIENTS + 2, **taken(written), "most_bytes": max(map(len, files))},
        "verify": taken(checked),
    }


def measure(database: Database, people: int, count: int) -> dict[str, object]:
    appended, indexed, _ = enter(database, deeds(people))
    label_of.cache_clear()
    day_appended, day_indexed, seqs = enter(database, day(people, count))
    with database.read() as session:
        records = LedgerRecords(session)
        labels = records.person_key()
        assert labels is not None
        leaves = [entry.leaf() for entry, _ in records.between(seqs[0], seqs[-1])]
        points = [labels.hashed(b"M%d" % number) for number in range(1_000)]
        exchanged = Timing.of(lambda: [labels.exchanged(point) for point in points])
    hashed = Timing.of(lambda: [hashlib.sha256(leaf).digest() for leaf in leaves])
    floor = hashed.processor + exchanged.processor * len(leaves) / len(points)
    alone = [enter(database, day(people, 1, seed))[:2] for seed in range(100)]
    return {
        "people": people,
        "first": {"append": appended.told(), "index_and_sign": indexed.told()},
        "day": {
            "entries": len(seqs),
            "append": day_appended.told(),
            "index_and_sign": day_indexed.told(),
            "floor_seconds": round(floor, 2),
            "index_processor_to_floor": round(day_indexed.processor / floor, 1),
        },
        "one_entry": {
            "append": taken([appending for appending, _ in alone]),
            "index_and_sign": taken([signing for _, signing in alone]),
        },
        **answered(database, histories(database, [f"A{number}" for number in range(ASKING)])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--day", type=int, default=75_000)
    chosen = parser.parse_args()
    with own_database(RowKey.derived(KEY.private)) as own:
        print(json.dumps(measure(own.database, chosen.people, chosen.day)))


if __name__ == "__main__":
    main()

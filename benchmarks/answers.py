"""A day's entries into the index of a million people, and answers with their proofs out of it.

python -m benchmarks.answers [--people N] [--day N]

The floor is SHA-256 over the day's leaves, once. Labels are computed anew for the day, as a new process has to.
"""

import argparse
import hashlib
import json
import random
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.ledger import AT, KEY, deeds, seconds
from kanmon.application.garbage import settle
from kanmon.db.database import prepare_database
from kanmon.db.embedded_postgres import EmbeddedPostgres
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


def enter(database: Database, entries: Iterable[NewEntry]) -> tuple[float, float, Sequence[int]]:
    """Seconds for appending and for signing, with the index; and the numbers of the entries."""
    with database.write() as session:
        ledger = Ledger(PostgresLedgerStore(session), KEY)
        start = time.perf_counter()
        seqs = ledger.append(entries)
        appended = time.perf_counter()
        ledger.sign(AT)
        return appended - start, time.perf_counter() - appended, seqs


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


def taken(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50_ms": round(ordered[len(ordered) // 2] * 1000, 2),
        "p99_ms": round(ordered[len(ordered) * 99 // 100] * 1000, 2),
    }


def answered(database: Database, answers: dict[str, int]) -> dict[str, object]:
    with database.read() as session:
        records = LedgerRecords(session)
        labels = records.person_key()
        assert labels is not None
        names = [label_of(labels, member) for member in answers]
        proofs = [seconds(lambda name=name: PeopleTree(records).proof(name)) for name in names]  # type: ignore[misc]
        files: list[bytes] = []
        for seq in answers.values():
            files.append(write_answer(records, seq, KEY.verifier))
        written = [seconds(lambda seq=seq: write_answer(records, seq, KEY.verifier)) for seq in answers.values()]  # type: ignore[misc]
    checked = [seconds(lambda one=one: verify_answer(one, KEY.verifier)) for one in files]  # type: ignore[misc]
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
        leaves = [entry.leaf() for entry, _ in LedgerRecords(session).between(seqs[0], seqs[-1])]
    hashed = seconds(lambda: [hashlib.sha256(leaf).digest() for leaf in leaves])
    alone = [sum(enter(database, day(people, 1, seed))[:2]) for seed in range(100)]
    return {
        "people": people,
        "first": {"append_seconds": round(appended, 1), "index_and_sign_seconds": round(indexed, 1)},
        "day": {
            "entries": len(seqs),
            "append_seconds": round(day_appended, 2),
            "index_and_sign_seconds": round(day_indexed, 2),
            "floor_seconds": round(hashed, 3),
            "index_to_floor": round(day_indexed / hashed),
        },
        "one_entry": taken(alone),
        **answered(database, histories(database, [f"A{number}" for number in range(ASKING)])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--day", type=int, default=75_000)
    chosen = parser.parse_args()
    settle()  # as every command of the product does
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "pg")
        server.start()
        try:
            prepare_database(server.logins())
            database = Database(server.logins().app, RowKey.derived(KEY.private))
            print(json.dumps(measure(database, chosen.people, chosen.day)))
            database.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()

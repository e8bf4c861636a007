"""Answers given online enter the ledger together, later: a question must not wait for all others (INV-8).

Each is kept in the transaction that answers it. What is kept and not entered yet is found again whatever ended in
between, and is entered once.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, Protocol

from kanmon.core.ids import ClientId
from kanmon.gate.decision import REASON_ORDER, ReasonCode
from kanmon.ledger.canonical import canonical
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.service import Ledger

ENTERED_AT_ONCE = 2_000
"""Questions of one client in one transaction; up to 200 answers each."""


class KeptQuestion(NamedTuple):
    """A question as it was kept, with the numbers of its answers."""

    question_no: int
    run_id: str
    client_id: ClientId
    use: str
    asked_at: datetime
    law_profile_id: str
    decisions: Sequence[int]


class KeptAnswer(NamedTuple):
    """An answer as it was kept; it allows where there is no reason."""

    decision_no: int
    applicant_no: int
    consent_no: int | None
    reasons: Sequence[str]


class Questions(Protocol):
    """Questions that wait for the ledger, within one transaction."""

    def clients(self) -> Sequence[ClientId]:
        """Every client."""

    def waiting(self, client: ClientId, most: int) -> Sequence[KeptQuestion]:
        """The client's oldest questions that stand nowhere in the ledger and that nobody else is entering."""

    def answers(self, questions: Sequence[KeptQuestion]) -> Sequence[KeptAnswer]:
        """The answers to one client's questions, in the order they were kept."""

    def note_entry(self, questions: Sequence[KeptQuestion], ledger_seq: int) -> None:
        """Note where the questions stand in the ledger."""


def enter_waiting(store: Questions, ledger: Ledger, client: ClientId, at: datetime, real_at: datetime) -> int:
    """Enter what waits of one client, an entry for each run, use and law; how many questions that were.

    It stops at `ENTERED_AT_ONCE`: where that many were entered, more may wait.
    """
    waiting = store.waiting(client, ENTERED_AT_ONCE)
    if not waiting:
        return 0
    alike = attrgetter("run_id", "use", "law_profile_id")
    groups = [list(group) for _, group in groupby(sorted(waiting, key=alike), key=alike)]
    answered = [store.answers(group) for group in groups]
    entries = [answers_entry(group, answers, at) for group, answers in zip(groups, answered, strict=True)]
    for group, seq in zip(groups, ledger.append(entries), strict=True):
        store.note_entry(group, seq)
    ledger.sign(real_at)
    return len(waiting)


def answers_entry(questions: Sequence[KeptQuestion], answers: Sequence[KeptAnswer], at: datetime) -> NewEntry:
    """What the ledger keeps of answers to like questions, beside what it keeps of a batch (`gate.evidence`)."""
    payload: dict[str, object] = {
        "run_id": questions[0].run_id,
        "client_id": questions[0].client_id,
        "use": questions[0].use,
        "law_profile_id": questions[0].law_profile_id,
        "questions": len(questions),
        "asked": len(answers),
        "allowed": sum(not answer.reasons for answer in answers),
        "denied_by": denied_by(answers),
        "decisions_sha256": answers_sha256(answers),
    }
    return NewEntry(EntryType.REFUSALS, at, payload)


def denied_by(answers: Sequence[KeptAnswer]) -> Mapping[str, int]:
    """How many answers each reason denies, in the order in which reasons are told."""
    counts = Counter(code for answer in answers for code in answer.reasons)
    return {code: counts[code] for code in sorted(counts, key=lambda code: REASON_ORDER[ReasonCode(code)])}


def answers_sha256(answers: Sequence[KeptAnswer]) -> str:
    """SHA-256 over the canonical form of [decision_no, applicant_no, evidence_id or null, codes], by decision_no.

    Numbers beyond 2^53 have no canonical form; they would be refused here, not rounded.
    """
    kept = [
        [one.decision_no, one.applicant_no, one.consent_no, list(one.reasons)]
        for one in sorted(answers, key=lambda one: one.decision_no)
    ]
    return hashlib.sha256(canonical(kept)).hexdigest()

"""What the ledger keeps of the gate's answers: how many allowed, how many denied by what, all by hash."""

import hashlib
from collections import Counter
from collections.abc import Sequence

from kanmon.core.ids import RunId
from kanmon.gate.decision import Decision
from kanmon.gate.service import Decisions, about_persons
from kanmon.ledger.canonical import canonical
from kanmon.ledger.entry import EntryType, NewEntry


def decisions_entry(decisions: Decisions, run_id: RunId) -> NewEntry:
    """The answers to one question for the ledger, entered at the moment judged (INV-8)."""
    terms, kept = decisions.terms, about_persons(decisions.decisions)
    denied_by = Counter(reason.code.value for decision in kept for reason in decision.reasons)
    payload: dict[str, object] = {
        "run_id": run_id,
        "client_id": terms.client.client_id,
        "use": terms.use.value,
        "law_profile_id": terms.profile.profile_id,
        "asked": len(kept),
        "allowed": len(decisions.clearances),
        "denied_by": dict(denied_by),
        "decisions_sha256": decisions_sha256(kept),
    }
    not_linked = len(decisions.decisions) - len(kept)
    if not_linked:
        payload["not_linked"] = not_linked
    return NewEntry(EntryType.REFUSALS, terms.asked_at, payload)


def decisions_sha256(decisions: Sequence[Decision]) -> str:
    """SHA-256 over the canonical form of [applicant_no, evidence_id or null, codes] of each answer, by applicant_no."""
    answers = [
        [
            decision.applicant_no,
            decision.clearance.evidence_id if decision.clearance else None,
            [reason.code.value for reason in decision.reasons],
        ]
        for decision in sorted(decisions, key=lambda decision: decision.applicant_no)
    ]
    return hashlib.sha256(canonical(answers)).hexdigest()

"""What the ledger keeps of an audit: what was asked, and the answer by its hash, so that it can't be another later."""

import hashlib
from datetime import datetime

from kanmon.ledger.canonical import canonical
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.entry import instant as written
from kanmon.oversight.gap import Gap


def gap_entry(gap: Gap, at: datetime) -> NewEntry:
    """The answer of an audit of the consent gap, entered at `at` (AC-15)."""
    payload: dict[str, object] = {
        "audit": "gap",
        "rule": gap.rule.value,
        "season": gap.season,
        "since": written(gap.window.since),
        "until": written(gap.window.until),
        "count": gap.count,
        "reasons": {reason.value: count for reason, count in gap.reasons.items()},
        "result_sha256": gap_sha256(gap),
    }
    return NewEntry(EntryType.AUDIT, at, payload)


def gap_sha256(gap: Gap) -> str:
    """SHA-256 over the canonical form of the members and of [member, client, moment, reason] of each delivery."""
    deliveries = [[one.member_id, one.client_id, written(one.at), one.reason.value] for one in gap.deliveries]
    return hashlib.sha256(canonical([list(gap.members), deliveries])).hexdigest()

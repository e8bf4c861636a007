"""What the ledger keeps of an audit: what was asked, and the answer by its hash, so that it can't be another later."""

import hashlib
from datetime import datetime

from kanmon.audits.gap.model import Gap
from kanmon.ledger.canonical import canonical
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.entry import instant as written
from kanmon.reviews.screens.coverage import BoardCoverage


def gap_entry(gap: Gap, at: datetime) -> NewEntry:
    """The answer of an audit of the consent gap, entered at `at` (AC-15)."""
    payload: dict[str, object] = {
        "audit": "gap",
        "rule": gap.rule.value,
        "season": gap.season,
        "since": written(gap.window.since),
        "until": written(gap.window.until),
        "count": gap.count,
        "reasons": {str(cause): count for cause, count in gap.reasons.items()},
        "result_sha256": gap_sha256(gap),
        "benefit": gap.benefit.facts,
    }
    return NewEntry(EntryType.AUDIT, at, payload)


def gap_sha256(gap: Gap) -> str:
    """SHA-256 over the canonical form of the members and of [member, client, moment, cause] of each delivery."""
    deliveries = [[one.member_id, one.client_id, written(one.at), str(one.cause)] for one in gap.deliveries]
    return hashlib.sha256(canonical([list(gap.members), deliveries])).hexdigest()


def coverage_entry(coverage: BoardCoverage) -> NewEntry:
    """The answer of one run over the board's screens, entered at the moment that its looks count as of (AC-09)."""
    payload: dict[str, object] = {
        "audit": "coverage",
        "run_id": coverage.run_id,
        "screens": coverage.screens,
        "covered": coverage.covered,
        "unregistered": len(coverage.unregistered),
        "costly": len(coverage.costly),
        "is_whole": coverage.is_whole,
        "result_sha256": coverage_sha256(coverage),
    }
    return NewEntry(EntryType.AUDIT, coverage.seen_at, payload)


def coverage_sha256(coverage: BoardCoverage) -> str:
    """SHA-256 over the canonical form of what was found.

    [[screen, language, outcome], ...], the unregistered addresses, [[screen, verdict], ...], and
    [[screen, hash of its words], ...] in their order.
    """
    findings = [[found.screen_id, found.language, found.worst.outcome.value] for found in coverage.findings]
    unregistered = sorted(page.address for page in coverage.unregistered)
    trials = [[trial.screen_id, trial.verdict.value] for trial in coverage.trials]
    seen = sorted([one.screen_id, one.text_sha256] for one in coverage.seen)
    return hashlib.sha256(canonical([findings, unregistered, trials, seen])).hexdigest()

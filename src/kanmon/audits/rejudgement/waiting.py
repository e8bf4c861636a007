"""Whose scores had to wait for their client's decision: the lock, and the draw of the use audit (S12), looked at again.

Decisions count as they were recorded by the provision. Who is one person is read as it is known now.
"""

import hmac
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from kanmon.audits.rejudgement.papers import AuditDraw, AwaitedRow, ClientHistory, DecisionEvent, ProvisionCase
from kanmon.core.clock import TOKYO

_VERDICTS = ("pass", "fail")
_LOTS = 2**64


class WaitingList:
    """The rows that a client handed over, with its decisions about them in the order in which they were recorded."""

    def __init__(
        self, rows: Sequence[AwaitedRow], decisions: Sequence[DecisionEvent], draws: Mapping[str, AuditDraw]
    ) -> None:
        self._rows = {row.applicant_no: row for row in rows}
        self._decisions: defaultdict[int, list[DecisionEvent]] = defaultdict(list)
        for decision in decisions:
            self._decisions[decision.applicant_no].append(decision)
        self._draws = draws
        self._first: dict[tuple[str, int], int] = {}
        for number, row in sorted(self._rows.items()):
            if row.member_no is not None:
                self._first.setdefault((row.season_id, row.member_no), number)

    def waited(self, case: ProvisionCase, dealings: ClientHistory) -> bool:
        """Whether the score had to wait for a decision that was not there."""
        contract = dealings.contract
        locks, share = bool(contract.get("decision_lock")), contract.get("withheld_share")
        if not locks and share is None:
            return False
        own = None if case.applicant_no is None else self._rows.get(case.applicant_no)
        if own is not None and self._is_decided(own, case, dealings):
            return False
        return locks or own is None or self._is_drawn(case.applicant_id, dealings.season_id)

    def _is_decided(self, own: AwaitedRow, case: ProvisionCase, dealings: ClientHistory) -> bool:
        contract = dealings.contract
        listed = contract.get("stages") or ()
        counting = set(listed) if listed or contract.get("decision_lock") else None
        first = self._first.get((own.season_id, own.member_no)) if own.member_no is not None else None
        rows = [own] if first is None else [own, self._rows[first]]
        return all(self._stands(row, counting, case.at, case.real_at) for row in rows)

    def _stands(self, row: AwaitedRow, counting: set[str] | None, at: datetime, real_at: datetime | None) -> bool:
        newest = {one.stage: one for one in self._decisions[row.applicant_no] if real_at and one.recorded_at <= real_at}
        begun = row.applied_at.astimezone(TOKYO).replace(hour=0, minute=0, second=0, microsecond=0)
        stages = {
            stage
            for stage, one in newest.items()
            if one.decision in _VERDICTS and begun <= one.decided_at <= at and (counting is None or stage in counting)
        }
        return bool(stages) if row.bound_stage is None else row.bound_stage in stages

    def _is_drawn(self, applicant_id: str, season_id: str) -> bool:
        """Whether the lot fell on the applicant; where nothing was drawn, nobody's score was to go."""
        draw = self._draws.get(season_id)
        if draw is None:
            return True
        lot = int.from_bytes(hmac.new(draw.seed, applicant_id.encode(), "sha256").digest()[:8], "big")
        return lot < int(draw.share * _LOTS)

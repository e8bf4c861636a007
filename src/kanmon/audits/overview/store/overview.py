"""What the control plane tells the privacy owner at one glance; reads only."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from kanmon.audits.gap.store import AuditStore
from kanmon.audits.overview.overview import GateAnswers, LedgerState, ProvisionSummary
from kanmon.core.ids import ClientId, RunId
from kanmon.db.unit_of_work import ReadSession
from kanmon.gate.decision import REASON_ORDER, ReasonCode, Use
from kanmon.ledger.store.entries import LedgerRecords

PROVISIONS_OF_EACH = 5
"""Provisions that are told of each client."""
_ANSWERS = text(
    """
    SELECT run_id, use, max(decided_at), reasons, count(*)
    FROM gate_decision
    WHERE client_id = :client
      AND run_id = (SELECT run_id FROM gate_decision WHERE client_id = :client ORDER BY decision_no DESC LIMIT 1)
    GROUP BY run_id, use, reasons
    """
)
_PROVISIONS = text(
    """
    SELECT client_id, provision_id, season_id, acted_at, handed_over_at, ledger_seq,
           (SELECT count(*) FROM provision_record r
            WHERE r.client_id = p.client_id AND r.provision_id = p.provision_id)
    FROM provision p
    WHERE client_id = :client
    ORDER BY acted_at DESC, real_at DESC
    LIMIT :most
    """
)
_SIGNED = text("SELECT size, signed_at FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")


class OverviewStore(AuditStore):
    """See `audits.overview.overview.OverviewFacts`; one transaction, so one moment of the control plane."""

    def __init__(self, session: ReadSession) -> None:
        super().__init__(session)
        self._ledger = LedgerRecords(session)

    def newest_answers(self, client: ClientId) -> Sequence[GateAnswers]:
        """The gate's answers in the newest run that asked about a client, one for each use."""
        self._session.act_for(client)
        by_use: dict[Use, list[tuple[RunId, datetime, Sequence[str], int]]] = {}
        for run_id, use, decided_at, reasons, count in self._session.connection.execute(_ANSWERS, {"client": client}):
            by_use.setdefault(Use(use), []).append((run_id, decided_at, reasons, count))
        return [_answers(client, use, by_use[use]) for use in Use if use in by_use]

    def newest_provisions(self, client: ClientId) -> Sequence[ProvisionSummary]:
        """The newest provisions to a client, newest first, `PROVISIONS_OF_EACH` at most."""
        self._session.act_for(client)
        asked = {"client": client, "most": PROVISIONS_OF_EACH}
        return [ProvisionSummary(*row) for row in self._session.connection.execute(_PROVISIONS, asked)]

    def ledger_state(self) -> LedgerState:
        """How far the ledger has come."""
        signed = self._session.connection.execute(_SIGNED).one_or_none()
        size, signed_at = (0, None) if signed is None else signed
        return LedgerState(self._ledger.size(), size, signed_at)


def _answers(client: ClientId, use: Use, groups: Sequence[tuple[RunId, datetime, Sequence[str], int]]) -> GateAnswers:
    """The answers for one use, from groups of applicants that were denied for the same reasons, or for none."""
    counted: Counter[ReasonCode] = Counter()
    for _, _, reasons, count in groups:
        counted.update({ReasonCode(reason): count for reason in set(reasons)})
    return GateAnswers(
        client_id=client,
        run_id=groups[0][0],
        use=use,
        decided_at=max(decided_at for _, decided_at, _, _ in groups),
        asked=sum(count for *_, count in groups),
        denied=sum(count for _, _, reasons, count in groups if reasons),
        reasons={reason: counted[reason] for reason in sorted(counted, key=REASON_ORDER.__getitem__)},
    )

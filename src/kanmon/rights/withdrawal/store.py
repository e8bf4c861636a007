"""What a withdrawal reads and records, within one transaction."""

import json
from collections.abc import Collection, Sequence

from sqlalchemy import text

from kanmon.consent.store.acts import ActRecords, ActStore
from kanmon.core.ids import ClientId, MemberId
from kanmon.rights.provided import ReportedProvision
from kanmon.rights.recall.store import PostgresRecallStore

_PROVISIONS = text(
    """
    SELECT r.ledger_seq, s.payload, p.report->'category_symbols' AS categories
    FROM provision_record r JOIN applicant a USING (client_id, applicant_no)
    JOIN member m ON m.member_no = coalesce(r.member_no, a.member_no) JOIN ledger_secret s ON s.seq = r.ledger_seq
    JOIN provision p USING (client_id, provision_id)
    WHERE m.member_id = :member AND r.client_id = :client
    """
)


class ProvidedRecords(ActRecords):
    """A member's acts of consent, and what was provided of the member, read in one transaction."""

    def provisions(self, member: MemberId, clients: Collection[ClientId]) -> Sequence[ReportedProvision]:
        """What was provided of a member to these clients, oldest first."""
        told = []
        for client in clients:
            self._session.act_for(client)
            found = self._session.connection.execute(_PROVISIONS, {"member": member, "client": client})
            told += [
                ReportedProvision(seq, json.loads(payload), tuple(map(tuple, categories or ())))
                for seq, payload, categories in found
            ]
        return sorted(told, key=lambda provision: provision.ledger_seq)


class PostgresWithdrawalStore(ProvidedRecords, ActStore):
    """See `rights.withdrawal.service.WithdrawalStore`; one transaction."""

    @property
    def recalls(self) -> PostgresRecallStore:
        """Requests to recipients, in the same transaction."""
        return PostgresRecallStore(self._session)

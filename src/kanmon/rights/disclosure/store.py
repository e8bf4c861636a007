"""All that the control plane holds about one member, to be disclosed to that member."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import TextClause, text

from kanmon.core.ids import ClientId, MemberId
from kanmon.db.unit_of_work import ReadSession
from kanmon.rights.disclosure.service import HeldData

_MEMBER = text(
    """
    SELECT member_id, season_id, registered_at, family_name, given_name, family_kana, given_kana, birth_date, email,
           university, phone
    FROM member WHERE member_id = :member
    """
)
_APPLICANTS = text(
    """
    SELECT c.legal_name AS handed_over_by, a.client_id, a.season_id, a.applicant_id, a.applied_at, a.as_of, a.stage,
           a.cookie_id, a.family_name, a.given_name, a.family_kana, a.given_kana, a.birth_date, a.email, a.university,
           a.brought_member_no IS NOT NULL AS named_by_company, o.outcome, o.outcome_at
    FROM applicant a JOIN member m USING (member_no) JOIN client c USING (client_id)
    LEFT JOIN outcome o USING (client_id, applicant_no)
    WHERE m.member_id = :member AND a.client_id = :client
    ORDER BY a.applied_at
    """
)
_NOTICES = text(
    """
    SELECT occurred_at, kind, client_id FROM notice JOIN member USING (member_no)
    WHERE member_id = :member ORDER BY occurred_at
    """
)
_OWN_READS = text(
    """
    SELECT read_at, purpose, a.role, a.client_id FROM score_read JOIN account a USING (account_no)
    WHERE purpose = 'own_data' AND subject = :member ORDER BY read_at
    """
)
_CLIENT_READS = text(
    """
    SELECT s.read_at, s.purpose, a.role, a.client_id
    FROM provision_record r JOIN member m USING (member_no) JOIN score_read s ON s.subject = r.provision_id
    JOIN account a USING (account_no)
    WHERE m.member_id = :member AND r.client_id = :client AND s.purpose = 'report'
    ORDER BY s.read_at
    """
)
_STUBS = text(
    """
    SELECT s.issued_at, s.channel, s.purpose FROM notification_stub s JOIN member USING (member_no)
    WHERE member_id = :member ORDER BY s.issued_at
    """
)


class DisclosureStore:
    """See `rights.disclosure.service.DisclosureReader`."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    def held(self, member: MemberId, clients: Sequence[ClientId]) -> HeldData:
        """All that is held about a member."""
        [known] = self._rows(_MEMBER, member)
        applicants: list[Mapping[str, object]] = []
        reads = self._rows(_OWN_READS, member)
        for client in clients:
            self._session.act_for(client)
            applicants += self._rows(_APPLICANTS, member, client)
            reads += self._rows(_CLIENT_READS, member, client)
        return HeldData(known, applicants, self._rows(_NOTICES, member), reads, self._rows(_STUBS, member))

    def _rows(self, query: TextClause, member: MemberId, client: ClientId | None = None) -> list[Mapping[str, object]]:
        values = {"member": member} if client is None else {"member": member, "client": client}
        found = self._session.connection.execute(query, values).mappings()
        return [{name: _plain(value) for name, value in row.items()} for row in found]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value

"""Applicants and their outcomes as the main job reads them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ARRAY, Integer, bindparam, text

from kanmon.clients.applicant import Applicant
from kanmon.core.ids import ClientId, MemberId, MemberNo, SeasonId
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.lake.cleared import ForeignStretch
from kanmon.modelling.outcome import KnownOutcome, SelectionOutcome

_APPLICANTS = text(
    """
    SELECT a.applicant_no, a.applicant_id, a.client_id, a.applied_at, a.as_of, a.member_no, m.registered_at,
        a.stage
    FROM applicant a LEFT JOIN member m USING (member_no)
    WHERE a.client_id = :client AND a.season_id = :season
    ORDER BY a.position, a.applicant_no
    """
)
_OUTCOMES = text(
    """
    SELECT o.applicant_no, a.as_of, o.outcome, o.outcome_at
    FROM outcome o JOIN applicant a USING (applicant_no)
    WHERE a.client_id = :client AND a.season_id = :season
      AND o.outcome_at <= coalesce(CAST(:known_at AS timestamptz), 'infinity')
    ORDER BY o.applicant_no
    """
)
_NOT_THEIRS = text(
    """
    SELECT member_no, cookie_id, since, until FROM history_correction h
    WHERE corrected_at <= :at AND EXISTS (
        SELECT FROM applicant a
        WHERE a.client_id = :client AND a.season_id = :season AND a.member_no = h.member_no
    )
    ORDER BY correction_no
    """
)
_MEMBERS = text("SELECT member_no, member_id FROM member WHERE member_no = ANY (:numbers)").bindparams(
    bindparam("numbers", type_=ARRAY(Integer))
)


class ApplicantStore:
    """One client's applicants within one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session

    def applicants(self, client: ClientId, season: SeasonId) -> Sequence[Applicant]:
        """All applicants of a client's season, in the client's order."""
        self._session.act_for(client)
        found = self._session.connection.execute(_APPLICANTS, {"client": client, "season": season})
        return [Applicant(*row) for row in found]

    def outcomes(self, client: ClientId, season: SeasonId, known_at: datetime | None) -> Sequence[KnownOutcome]:
        """The outcomes of a client's season that had happened at `known_at` (None: all that are loaded)."""
        self._session.act_for(client)
        found = self._session.connection.execute(_OUTCOMES, {"client": client, "season": season, "known_at": known_at})
        return [KnownOutcome(number, as_of, SelectionOutcome(outcome), at) for number, as_of, outcome, at in found]

    def not_theirs(
        self, client: ClientId, season: SeasonId, at: datetime
    ) -> Mapping[MemberNo, tuple[ForeignStretch, ...]]:
        """What was corrected in the history of members whom the client's rows are tied to."""
        self._session.act_for(client)
        asked = {"client": client, "season": season, "at": at}
        corrected: dict[MemberNo, tuple[ForeignStretch, ...]] = {}
        for member, *stretch in self._session.connection.execute(_NOT_THEIRS, asked):
            corrected[member] = (*corrected.get(member, ()), ForeignStretch(*stretch))
        return corrected

    def member_ids(self, numbers: Sequence[MemberNo]) -> Mapping[MemberNo, MemberId]:
        """The board's own ID of each member."""
        found = self._session.connection.execute(_MEMBERS, {"numbers": list(numbers)})
        return {row.member_no: row.member_id for row in found}

"""What the control plane tells the audit of the consent gap; reads only."""
# ruff: noqa: S608 - of fixed parts

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import ARRAY, BigInteger, Integer, Text, TextClause, bindparam, text
from sqlalchemy.types import TypeEngine

from kanmon.audits.gap.displayed import DisplayCounts
from kanmon.audits.gap.model import Deliveries, Integers, Moments, Window
from kanmon.audits.gap.service import AuditedPerson
from kanmon.clients.contract import ServiceTerms
from kanmon.clients.store import ServiceStore
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Screen
from kanmon.core.ids import ClientId, MemberNo, ScreenId, SeasonId
from kanmon.db.unit_of_work import ReadSession
from kanmon.gate.store.act_moments import CONTRADICTIONS, COUNTS_FROM, ENDS_UNTIL, KNOWN_OF_ACTS, LATEST, WORDS
from kanmon.reviews.revisions.store import PostgresRevisionStore

_ARRAYS: Mapping[str, TypeEngine[Any]] = {"members": ARRAY(BigInteger), "texts": ARRAY(Integer), "screens": ARRAY(Text)}


def _query(statement: str) -> TextClause:
    """A statement whose parameters `members`, `texts` and `screens` are arrays."""
    return text(statement).bindparams(
        *(bindparam(name, type_=kind) for name, kind in _ARRAYS.items() if f":{name}" in statement)
    )


_DELIVERIES = _query(
    """
    SELECT DISTINCT applicant_no, member_no, (extract(epoch FROM went_at) * 1000000)::bigint, went::int
    FROM (
        SELECT a.applicant_no, coalesce(r.member_no, a.member_no) AS member_no, r.record_no IS NOT NULL AS went,
               coalesce(r.provided_at, CASE WHEN NOT :only_provided THEN a.as_of END) AS went_at
        FROM applicant a LEFT JOIN provision_record r USING (client_id, applicant_no)
        WHERE a.client_id = :client
    ) delivery JOIN member USING (member_no)
    WHERE season_id = :season AND went_at >= :since AND went_at < :until
    """
)
# What may be a no and could not be read ends agreements while nobody has settled it, those given since as well.
_HELD = """
    consent_hold h
    WHERE h.ended_at IS NULL AND h.member_no = ANY (:members) AND coalesce(h.client_id, :client) = :client
"""
_MAY_HAVE_ENDED = f"""
    SELECT h.member_no, (extract(epoch FROM least(h.moment, h.held_at)) * 1000000)::bigint
    FROM {_HELD} AND least(h.moment, h.held_at) < :until
    UNION ALL
    SELECT c.member_no, (extract(epoch FROM {LATEST}) * 1000000)::bigint FROM consent_act c
    WHERE c.action = 'accept' AND {LATEST} < :until
      AND EXISTS (SELECT FROM {_HELD} AND h.member_no = c.member_no AND h.held_at <= {LATEST})
"""
_ENDINGS = _query(
    f"""
    SELECT c.member_no, (extract(epoch FROM {COUNTS_FROM}) * 1000000)::bigint
    FROM consent_act c
    WHERE c.member_no = ANY (:members) AND {COUNTS_FROM} < :until AND coalesce(c.client_id, :client) = :client
      AND c.action <> 'accept'
    UNION ALL {_MAY_HAVE_ENDED}
    """
)
# An agreement that may have come before or after an end stands at no moment.
_AGREEMENTS = _query(
    f"""
    WITH {WORDS}, given AS (
        SELECT c.member_no, c.occurred_at, {LATEST} AS latest
        FROM consent_act c JOIN member m USING (member_no) {KNOWN_OF_ACTS}
        WHERE c.member_no = ANY (:members) AND {LATEST} < :until AND coalesce(c.client_id, :client) = :client
          AND c.action = 'accept' AND c.text_no = ANY (:texts) AND {CONTRADICTIONS} IS NULL
    )
    SELECT given.member_no, (extract(epoch FROM given.latest) * 1000000)::bigint
    FROM given WHERE NOT EXISTS (
        SELECT FROM consent_act c
        WHERE c.member_no = given.member_no AND c.action <> 'accept' AND coalesce(c.client_id, :client) = :client
          AND {COUNTS_FROM} <= given.latest AND {ENDS_UNTIL} >= given.occurred_at AND {COUNTS_FROM} < :until
    )
    """
)
_ANSWERED = _query(
    """
    SELECT DISTINCT member_no FROM consent_act
    WHERE member_no = ANY (:members) AND occurred_at >= :since AND occurred_at < :until
      AND action <> 'withdraw' AND screen_id = ANY (:screens)
    """
)
_OTHERS = """
    SELECT screen_id, min(occurred_at), max(occurred_at), count(*) FROM {shown}
    WHERE screen_id = ANY (:screens) AND text_no <> ALL (:texts) AND occurred_at >= :since AND occurred_at < :until
    GROUP BY screen_id
"""
_OTHER_ACTS = _query(_OTHERS.format(shown="(SELECT * FROM consent_act WHERE action = 'accept') act"))
_OTHER_LOOKS = _query(_OTHERS.format(shown="rendering"))
_PEOPLE = _query("SELECT member_no, member_id, registered_at FROM member WHERE member_no = ANY (:members)")


class AuditStore:
    """See `audits.gap.service.GapFacts`; one transaction, so one moment of the control plane."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session
        self._service = ServiceStore(session)

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""
        return self._service.terms()

    def screens(self, season: SeasonId) -> Sequence[Screen]:
        """The registered screens of a season."""
        return [shown for shown in self._service.screens() if shown.season == season]

    def all_screens(self) -> Sequence[Screen]:
        """Every registered screen."""
        return list(self._service.screens())

    def policy_versions(self) -> Sequence[PolicyVersion]:
        """Every registered policy version."""
        return list(self._service.policy_versions())

    def versions_rolling_out(self) -> Sequence[PolicyVersion]:
        """Versions that a revision is bringing to the screens, and that are not registered yet."""
        return PostgresRevisionStore(self._session).versions_rolling_out()

    def displays_of_others(
        self, screens: Sequence[ScreenId], right: frozenset[int], window: Window, *, by_looks: bool
    ) -> Sequence[DisplayCounts]:
        """What those screens showed beside the texts that are right, by acts of agreement or by looks."""
        asked = {"screens": list(screens), "texts": sorted(right), "since": window.since, "until": window.until}
        found = self._session.connection.execute(_OTHER_LOOKS if by_looks else _OTHER_ACTS, asked)
        return [DisplayCounts(*row) for row in found]

    def displayed_versions(self) -> Mapping[int, PolicyVersion]:
        """The registered policy version behind each number of a displayed text."""
        return self._service.displayed_versions()

    def deliveries(self, client: ClientId, season: SeasonId, window: Window, only_provided: bool) -> Deliveries:
        """When data of the season's members went, or would go, to a client within the window."""
        self._session.act_for(client)
        asked = {"client": client, "season": season, "only_provided": only_provided}
        found = self._integers(_DELIVERIES, 4, since=window.since, until=window.until, **asked)
        return Deliveries(found[:, 1], found[:, 2], found[:, 3].astype(bool))

    def agreements(self, client: ClientId, members: Integers, texts: Sequence[int], until: datetime) -> Moments:
        """Acts of agreement to one of `texts` before `until` that aren't narrowed to another client.

        By the moment by which each was certainly given; what contradicts what is known is no agreement.
        """
        asked = {"client": client, "members": members.tolist(), "until": until, "texts": list(texts)}
        return self._acts(_AGREEMENTS, **asked, asked_at=until)

    def endings(self, client: ClientId, members: Integers, until: datetime) -> Moments:
        """Refusals and withdrawals before `until` that aren't narrowed to another client, and what may be one."""
        return self._acts(_ENDINGS, client=client, members=members.tolist(), until=until)

    def answered(self, members: Integers, screens: Sequence[ScreenId], window: Window) -> Integers:
        """Those of `members` who agreed or refused on one of `screens` within the window."""
        asked = {"members": members.tolist(), "screens": list(screens)}
        return self._integers(_ANSWERED, 1, since=window.since, until=window.until, **asked)[:, 0]

    def people(self, members: Integers) -> Mapping[MemberNo, AuditedPerson]:
        """Who stands behind each number."""
        found = self._session.connection.execute(_PEOPLE, {"members": members.tolist()})
        return {member_no: AuditedPerson(member_id, registered_at) for member_no, member_id, registered_at in found}

    def _acts(self, query: TextClause, **values: object) -> Moments:
        found = self._integers(query, 2, **values)
        return Moments(found[:, 0], found[:, 1])

    def _integers(self, query: TextClause, columns: int, **values: object) -> Integers:
        rows = self._session.connection.execute(query, values).all()
        return np.array([tuple(row) for row in rows], np.int64).reshape(-1, columns)

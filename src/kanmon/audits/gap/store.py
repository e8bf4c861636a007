"""What the control plane tells the audit of the consent gap; reads only."""
# ruff: noqa: S608 - of fixed parts

from collections.abc import Iterator, Mapping, Sequence
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
from kanmon.consent.screens import Doubt, Rendering, Screen
from kanmon.consent.store.acts import renderings
from kanmon.core.ids import ClientId, MemberNo, ScreenId, SeasonId
from kanmon.db.unit_of_work import ReadSession
from kanmon.gate.service import FactRow
from kanmon.gate.store.act_moments import CONTRADICTIONS, COUNTS_FROM, ENDS_UNTIL, KNOWN_OF_ACTS, LATEST, WORDS
from kanmon.gate.store.facts import doubts_as_json, facts_query
from kanmon.gate.switch.model import Halt
from kanmon.gate.switch.store import halts
from kanmon.reviews.revisions.store import PostgresRevisionStore

_ARRAYS: Mapping[str, TypeEngine[Any]] = {"members": ARRAY(BigInteger), "texts": ARRAY(Integer), "screens": ARRAY(Text)}


def _query(statement: str) -> TextClause:
    """A statement whose parameters `members`, `texts` and `screens` are arrays."""
    return text(statement).bindparams(
        *(bindparam(name, type_=kind) for name, kind in _ARRAYS.items() if f":{name}" in statement)
    )


_DELIVERY = """
    SELECT delivery.* FROM (
        SELECT DISTINCT a.applicant_no, a.applicant_id, coalesce(r.member_no, a.member_no) AS member_no,
               coalesce(r.provided_at, CASE WHEN NOT :only_provided THEN a.as_of END) AS as_of,
               a.cookie_id, a.client_id, CAST(:season AS text) AS season_id, a.position,
               r.record_no IS NOT NULL AS went
        FROM applicant a LEFT JOIN provision_record r USING (client_id, applicant_no)
        WHERE a.client_id = :client
    ) delivery JOIN member m USING (member_no, season_id)
    WHERE as_of >= :since AND as_of < :until
"""
_DELIVERIES = _query(
    f"SELECT applicant_no, member_no, (extract(epoch FROM as_of) * 1000000)::bigint, went::int FROM ({_DELIVERY}) d"
)
# An agreement that may have come before or after an end stands at no moment.
_AGREEMENTS = _query(
    f"""
    WITH {WORDS}, given AS (
        SELECT c.member_no, c.occurred_at, {LATEST} AS latest
        FROM consent_act c JOIN member m USING (member_no) {KNOWN_OF_ACTS}
        WHERE c.member_no = ANY (:members) AND {LATEST} < :until AND coalesce(c.client_id, :client) = :client
          AND c.action = 'accept' AND c.text_no = ANY (:texts) AND {CONTRADICTIONS} IS NULL
          AND NOT (:free_alone AND c.refusable IS FALSE)
    )
    SELECT given.member_no, (extract(epoch FROM given.latest) * 1000000)::bigint
    FROM given WHERE NOT EXISTS (
        SELECT FROM consent_act c
        WHERE c.member_no = given.member_no AND c.action <> 'accept' AND coalesce(c.client_id, :client) = :client
          AND {COUNTS_FROM} <= given.latest AND {ENDS_UNTIL} >= given.occurred_at AND {COUNTS_FROM} < :until
    )
    """
)
_BENEFITS = text(
    """
    SELECT DISTINCT r.provided_at, p.benefit
    FROM provision_record r JOIN provision p USING (client_id, provision_id)
    WHERE r.client_id = :client AND r.provided_at >= :since AND r.provided_at < :until
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
_IS_ANYTHING_CONFIRMED = text("SELECT EXISTS (SELECT FROM recipient_consent)")
_DOES_ANYBODY_OBJECT = text("SELECT EXISTS (SELECT FROM objection WHERE occurred_at < :until)")
_IS_ANYBODY_AFFECTED = text("SELECT EXISTS (SELECT FROM incident_affected)")
_IS_ANYBODY_ON_HOLD = text("SELECT EXISTS (SELECT FROM consent_hold WHERE ended_at IS NULL)")
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
        return Deliveries(found[:, 1], found[:, 2], found[:, 3].astype(bool), found[:, 0])

    def benefits(self, client: ClientId, window: Window) -> Mapping[datetime, Mapping[str, Any] | None]:
        """What each provision to a client within the window brought, by its moment."""
        self._session.act_for(client)
        asked = {"client": client, "since": window.since, "until": window.until}
        return {row.provided_at: row.benefit for row in self._session.connection.execute(_BENEFITS, asked)}

    def past_rows(
        self,
        client: ClientId,
        season: SeasonId,
        span: Window,
        doubts: Sequence[Doubt],
        doubted_until: datetime | None,
        members: Integers | None,
        *,
        only_provided: bool,
    ) -> Iterator[FactRow]:
        """What the gate's own query tells of each delivery, as of its moment."""
        self._session.act_for(client)
        execute, values = self._session.connection.execute, {"until": span.until}
        facts = facts_query(
            past=_DELIVERY if members is None else _DELIVERY + " AND member_no = ANY (:members)",
            is_doubted=bool(doubts),
            is_informed=None,
            is_confirmed=bool(execute(_IS_ANYTHING_CONFIRMED).scalar()),
            is_erased=False,
            is_objected=bool(execute(_DOES_ANYBODY_OBJECT, values).scalar()),
            is_stopped=doubted_until is not None,
            is_affected=bool(execute(_IS_ANYBODY_AFFECTED).scalar()),
            is_held=bool(execute(_IS_ANYBODY_ON_HOLD).scalar()),
        )
        asked: dict[str, object] = {
            "client": client, "season": season, "only_provided": only_provided, "since": span.since, **values,
        }  # fmt: skip
        if members is not None:
            asked["members"] = members.tolist()
        if doubts:
            asked["doubts"] = doubts_as_json(doubts)
        if doubted_until is not None:
            asked["doubted_until"] = doubted_until
        return map(FactRow._make, execute(_query(facts), asked).all())

    def halts(self) -> Sequence[Halt]:
        """All acts of the stop switch, and all holds of incidents."""
        return halts(self._session.connection)

    def renderings(self) -> Sequence[Rendering]:
        """What screens were seen to show, whenever they were looked at."""
        return renderings(self._session.connection)

    def agreements(
        self, client: ClientId, members: Integers, texts: Sequence[int], until: datetime, *, free_alone: bool
    ) -> Moments:
        """Acts of agreement to one of `texts` before `until` that aren't narrowed to another client.

        By the moment by which each was certainly given; what contradicts what is known is no agreement.
        """
        asked = {"client": client, "members": members.tolist(), "until": until, "texts": list(texts)}
        found = self._integers(_AGREEMENTS, 2, **asked, asked_at=until, free_alone=free_alone)
        return Moments(found[:, 0], found[:, 1])

    def answered(self, members: Integers, screens: Sequence[ScreenId], window: Window) -> Integers:
        """Those of `members` who agreed or refused on one of `screens` within the window."""
        asked = {"members": members.tolist(), "screens": list(screens)}
        return self._integers(_ANSWERED, 1, since=window.since, until=window.until, **asked)[:, 0]

    def people(self, members: Integers) -> Mapping[MemberNo, AuditedPerson]:
        """Who stands behind each number."""
        found = self._session.connection.execute(_PEOPLE, {"members": members.tolist()})
        return {member_no: AuditedPerson(member_id, registered_at) for member_no, member_id, registered_at in found}

    def _integers(self, query: TextClause, columns: int, **values: object) -> Integers:
        rows = self._session.connection.execute(query, values).all()
        return np.array([tuple(row) for row in rows], np.int64).reshape(-1, columns)

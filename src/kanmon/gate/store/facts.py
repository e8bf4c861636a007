"""What the gate reads and writes in PostgreSQL: the facts of a batch in one query, every decision kept."""
# ruff: noqa: S608 - of fixed parts

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import TextClause, text

from kanmon.clients.papers.model import ClientPaper
from kanmon.clients.papers.store import PaperRecords
from kanmon.clients.store import ServiceStore
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Doubt, Rendering
from kanmon.consent.store.acts import renderings
from kanmon.core.ids import ApplicantNo, ClientId, MemberNo, RunId, SeasonId
from kanmon.db.unit_of_work import WriteSession
from kanmon.gate.decision import Decision
from kanmon.gate.question import Terms
from kanmon.gate.releases import ReviewedAct
from kanmon.gate.service import Evidence, FactRow
from kanmon.gate.store.act_moments import (
    CONTRADICTIONS,
    COUNTS_FROM,
    ENDS_UNTIL,
    GIVER,
    IS_UNDER_16,
    KNOWN_OF_ACTS,
    LATEST,
    WAS_UNDER_16,
    WORDS,
)
from kanmon.gate.store.approvals import reviewed
from kanmon.gate.store.evidence import IS_BROWSER_ALONE, IS_UNLINKED, evidence_tables
from kanmon.gate.store.standing_facts import are_papers_proved, unexplained_since
from kanmon.gate.switch.model import Halt
from kanmon.gate.switch.store import halts
from kanmon.ledger.store.act_seals import ActSeals
from kanmon.ledger.store.bound_rows import BoundRows, applicants_of
from kanmon.ledger.store.bound_tables import rows_judged
from kanmon.ledger.store.notice_seals import NoticeSeals

# All that is asked of an act lies in one index. What is seldom there costs nothing where it is not: doubts about
# screens are joined only where there are any, and notices are looked for only where people are sent some. What is
# looked for is limited to one row, so that PostgreSQL never reads all acts to answer for a few people.
_FACTS = f"""
    WITH {WORDS} {{doubts}} {{past}}
    SELECT a.applicant_no, a.applicant_id, a.member_no, a.as_of, ended.withdrawn_at, ended.refused_at,
           stands.text_no, stands.is_for_this_recipient, stands.refusable, stands.first_at, stands.last_at,
           stands.consent_no, stands.standing,
           agreed.at_the_end IS NOT NULL AS agreed_when_ended,
           {{is_informed}} AS is_informed,
           CASE WHEN {{is_browser_alone}} THEN a.cookie_id END AS cookie_id,
           {{confirmation}},
           {{objected_at}} AS objected_at,
           {{affected_at}} AS affected_at,
           stands.earliest_at, stands.contradictions,
           {{is_in_doubt}} AS is_in_doubt, {{is_unlinked}} AS is_unlinked,
           {{training_ended_at}} AS training_ended_at,
           stands.giver, stands.was_under_16, {IS_UNDER_16} AS is_under_16
    FROM {{rows}} a LEFT JOIN member m ON m.member_no = a.member_no
    {{confirmed}}
    {{affected}}
    LEFT JOIN LATERAL (
        SELECT greatest(max({COUNTS_FROM}) FILTER (WHERE action = 'withdraw'), {{blocked_at}}) AS withdrawn_at,
               max({COUNTS_FROM}) FILTER (WHERE action = 'refuse') AS refused_at,
               greatest(max({ENDS_UNTIL}), {{blocked_at}}) AS until
        FROM consent_act c
        WHERE member_no = a.member_no AND {COUNTS_FROM} {{ends_by}} :asked_at AND action <> 'accept'
          AND coalesce(client_id, :client) = :client
    ) ended ON true
    LEFT JOIN LATERAL (
        SELECT c.text_no, coalesce(client_id, :client) = :client AS is_for_this_recipient, refusable,
               {{standing}} AS standing, {{is_fresh}} AS is_fresh, {CONTRADICTIONS} AS contradictions,
               {GIVER} AS giver, {WAS_UNDER_16} AS was_under_16,
               min({LATEST}) AS first_at, max(occurred_at) AS last_at, min(occurred_at) AS earliest_at,
               (array_agg(consent_no ORDER BY {LATEST}, occurred_at, consent_no))[1] AS consent_no
        FROM consent_act c {KNOWN_OF_ACTS}
        WHERE member_no = a.member_no AND {LATEST} < :asked_at AND action = 'accept'
          AND occurred_at > coalesce(ended.until, '-infinity')
          AND NOT EXISTS (SELECT FROM consent_correction WHERE old_no = consent_no)
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    ) stands ON true
    LEFT JOIN LATERAL (
        SELECT true AS at_the_end FROM consent_act c
        WHERE stands.text_no IS NULL AND member_no = a.member_no AND action = 'accept' AND occurred_at <= :asked_at
          AND {LATEST} >= coalesce(greatest(ended.withdrawn_at, ended.refused_at), '-infinity')
          AND (occurred_at <= ended.until OR (occurred_at < :asked_at AND {LATEST} >= :asked_at))
        LIMIT 1
    ) agreed ON true
    {{notices}}
    {{objections}}
    WHERE a.client_id = :client AND a.season_id = :season {{named}}
    ORDER BY a.position, a.applicant_no, a.as_of, stands.last_at DESC, stands.consent_no DESC
    """
_DOUBTS = """
    , doubt AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(CAST(:doubts AS jsonb))
            AS d (screen_id text, begins_at timestamptz, ends_at timestamptz, standing text, released int[])
    )
"""
_STANDING = f"""(
    SELECT min(d.standing) FROM doubt d
    WHERE d.screen_id = c.screen_id AND d.begins_at <= {LATEST} AND c.occurred_at < d.ends_at
      AND c.text_no <> ALL (d.released)
)"""
_NOTICES = """
    LEFT JOIN LATERAL (
        SELECT true AS of_scoring FROM notice
        WHERE member_no = a.member_no AND kind = 'scoring' AND occurred_at < :asked_at
          AND coalesce(client_id, :client) = :client
        LIMIT 1
    ) informed ON true
"""
# The last word counts; of two at one instant, the objection does.
_LAST_WORD = """
    LEFT JOIN LATERAL (
        SELECT CASE action WHEN 'object' THEN occurred_at END AS at FROM objection
        WHERE member_no = a.member_no AND occurred_at <= :asked_at AND coalesce(client_id, :client) = :client AND {use}
        ORDER BY occurred_at DESC, action = 'object' DESC
        LIMIT 1
    ) {name} ON true
"""
_OBJECTIONS = _LAST_WORD.format(use="use IS NULL", name="objected") + _LAST_WORD.format(
    use="use = 'train'", name="training_ended"
)
_CONFIRMATION = "confirmed.confirmed_at, confirmed.method, confirmed.obtained_at, confirmed.covers_training"
_NO_CONFIRMATION = "NULL::timestamptz, NULL::text, NULL::timestamptz, NULL::boolean"
_CONFIRMED = """
    LEFT JOIN recipient_consent confirmed
        ON confirmed.applicant_no = a.applicant_no AND confirmed.confirmed_at < :asked_at
        AND coalesce(confirmed.obtained_at, '-infinity') < :asked_at
        AND coalesce(confirmed.withdrawn_at, 'infinity') > :asked_at
"""
# Whoever asked for erasure has withdrawn for good: an agreement that comes in late changes nothing.
_BLOCKED_AT = "(SELECT CAST(:asked_at AS timestamptz) FROM erasure WHERE member_no = a.member_no)"
# Of what is unknown `greatest` takes no notice.
_IS_FRESH = "occurred_at > greatest({}, '-infinity')"
_DOUBTED_UNTIL = "CAST(:doubted_until AS timestamptz)"
_AFFECTED = """
    LEFT JOIN LATERAL (
        SELECT max(opened_at) AS at FROM incident_affected JOIN incident USING (incident_id)
        WHERE member_no = a.member_no AND class = 'U' AND opened_at <= :asked_at
    ) affected ON true
"""
# Two questions, each of an index: one with OR between them would read all holds for each person.
_IS_IN_DOUBT = """(
    EXISTS (
        SELECT FROM consent_hold h
        WHERE h.member_no = a.member_no AND h.ended_at IS NULL AND coalesce(h.client_id, :client) = :client {0}
    ) OR EXISTS (
        SELECT FROM consent_hold h
        WHERE h.applicant_no = a.applicant_no AND h.ended_at IS NULL AND coalesce(h.client_id, :client) = :client {0}
    )
)"""
_HELD_BY_THEN = "AND least(h.moment, h.held_at) < :asked_at"
_IS_ANYBODY_ON_HOLD = text("SELECT EXISTS (SELECT FROM consent_hold WHERE ended_at IS NULL)")
_IS_ANYBODY_AFFECTED = text("SELECT EXISTS (SELECT FROM incident_affected)")
_IS_ANYBODY_ERASED = text("SELECT EXISTS (SELECT FROM erasure)")
# Where a notice could not be read, people are sent notices, though nobody knows of one.
NOTICES_UNREAD = "EXISTS (SELECT FROM consent_hold WHERE dataset = 'notices' AND ended_at IS NULL)"
"""Whether rows of notices could not be read, and nobody has settled it."""
_ARE_NOTICES_SENT = text(
    f"SELECT EXISTS (SELECT FROM notice WHERE kind = 'scoring' AND occurred_at < :asked_at) OR {NOTICES_UNREAD}"
)
_DOES_ANYBODY_OBJECT = text("SELECT EXISTS (SELECT FROM objection WHERE occurred_at <= :asked_at)")
_EVERYBODY = text("SELECT applicant_no FROM applicant WHERE client_id = :client AND season_id = :season")
_IS_ANYTHING_CONFIRMED = text("SELECT EXISTS (SELECT FROM recipient_consent WHERE confirmed_at < :asked_at)")

_DECIDED = ("applicant_no", "allowed", "reasons", "elements", "consent_no", "confirmed_at")


def facts_query(
    *,
    is_doubted: bool,
    is_informed: str | None,
    is_confirmed: bool,
    is_erased: bool,
    is_objected: bool,
    is_stopped: bool,
    is_affected: bool,
    is_held: bool,
    is_named: bool = False,
    past: str | None = None,
) -> str:
    """The one query for the gate's facts, with `:client`, `:season`, `:asked_at`, and only what can matter joined.

    `is_doubted` joins the doubts about screens, `:doubts`; `is_informed` is what tells whether a person is (None:
    everybody is); `is_confirmed` joins clients' confirmations, `is_erased` those who asked for erasure,
    `is_objected` objections; `is_stopped` tells agreements after `:doubted_until` from those before it, `is_affected`
    those after the newest incident that affects the person; `is_held` looks for people on hold; `is_named` asks for the
    applicants `:names` alone. `past` is a query of deliveries with the columns of applicants: then each is asked about
    as of its own `as_of`, in place of `:asked_at`, and what came at that very instant came after it (section 6.5).
    """
    ages = [age for age, is_so in ((_DOUBTED_UNTIL, is_stopped), ("affected.at", is_affected)) if is_so]
    facts = _FACTS.format(
        past="" if past is None else f", delivery AS MATERIALIZED ({past})",
        rows="applicant" if past is None else "delivery",
        ends_by="<=" if past is None else "<",
        is_browser_alone=IS_BROWSER_ALONE if past is None else "false",
        is_unlinked=IS_UNLINKED if past is None else "false",
        doubts=_DOUBTS if is_doubted else "",
        standing=_STANDING if is_doubted else "NULL::text",
        is_informed=is_informed or "true",
        notices=_NOTICES if is_informed else "",
        confirmation=_CONFIRMATION if is_confirmed else _NO_CONFIRMATION,
        confirmed=_CONFIRMED if is_confirmed else "",
        blocked_at=_BLOCKED_AT if is_erased else "NULL::timestamptz",
        objected_at="objected.at" if is_objected else "NULL::timestamptz",
        training_ended_at="training_ended.at" if is_objected else "NULL::timestamptz",
        objections=_OBJECTIONS if is_objected else "",
        affected_at="affected.at" if is_affected else "NULL::timestamptz",
        affected=_AFFECTED if is_affected else "",
        is_in_doubt=_IS_IN_DOUBT.format("" if past is None else _HELD_BY_THEN) if is_held else "false",
        is_fresh=_IS_FRESH.format(", ".join(ages)) if ages else "true",
        named="AND a.applicant_id = ANY (:names)" if is_named else "",
    )
    return facts if past is None else facts.replace(":asked_at", "a.as_of")


def decision_values(decision: Decision) -> dict[str, object]:
    """What is kept of one answer, by column: `_DECIDED` in their order."""
    clearance = decision.clearance
    kept = (
        decision.applicant_no,
        decision.is_allowed,
        [reason.code.value for reason in decision.reasons],
        sorted({element for reason in decision.reasons for element in reason.elements}),
        clearance.evidence_id if clearance else None,
        clearance.confirmed_at if clearance else None,
    )
    return dict(zip(_DECIDED, kept, strict=True))


def doubts_as_json(doubts: Sequence[Doubt]) -> str:
    """Doubts as the query reads them."""
    return json.dumps(
        [
            {
                "screen_id": doubt.screen_id,
                "begins_at": doubt.begins_at.isoformat(),
                "ends_at": doubt.ends_at.isoformat(),
                "standing": doubt.standing.value,
                "released": sorted(doubt.released),
            }
            for doubt in doubts
        ]
    )


class GateStore:
    """The gate's facts and records within one transaction."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    def fact_rows(
        self,
        client: ClientId,
        season: SeasonId,
        asked_at: datetime,
        doubts: Sequence[Doubt],
        doubted_until: datetime | None,
    ) -> Iterator[FactRow]:
        """See `gate.service.GateFacts`."""
        self._session.act_for(client)
        are_notices_sent = self._is_there(_ARE_NOTICES_SENT, asked_at)
        is_anything_confirmed = self._is_there(_IS_ANYTHING_CONFIRMED, asked_at)
        facts = facts_query(
            is_doubted=bool(doubts),
            is_informed="informed.of_scoring IS NOT NULL" if are_notices_sent else None,
            is_confirmed=is_anything_confirmed,
            is_erased=bool(self._session.connection.scalar(_IS_ANYBODY_ERASED)),
            is_objected=self._is_there(_DOES_ANYBODY_OBJECT, asked_at),
            is_stopped=doubted_until is not None,
            is_affected=bool(self._session.connection.scalar(_IS_ANYBODY_AFFECTED)),
            is_held=bool(self._session.connection.scalar(_IS_ANYBODY_ON_HOLD)),
        )
        asked: dict[str, object] = {"client": client, "season": season, "asked_at": asked_at}
        if doubts:
            asked["doubts"] = doubts_as_json(doubts)
        if doubted_until is not None:
            asked["doubted_until"] = doubted_until
        return map(FactRow._make, self._session.connection.execute(text(facts), asked).all())

    def evidence(self, client: ClientId, season: SeasonId, asked_at: datetime) -> Evidence:
        """See `gate.service.GateFacts`."""
        self._session.act_for(client)
        return Evidence(
            evidence_tables(self._session, client, season, asked_at), self._is_there(_ARE_NOTICES_SENT, asked_at)
        )

    def unproved(self, members: Collection[MemberNo]) -> Collection[MemberNo]:
        """See `gate.service.GateFacts`."""
        return ActSeals(self._session).unproved(members) | NoticeSeals(self._session).unproved(members)

    def unproved_rows(self, client: ClientId, season: SeasonId) -> Collection[ApplicantNo]:
        """See `gate.service.GateFacts`."""
        self._session.act_for(client)
        has_key = self._session.rows.secret is not None
        differing = BoundRows(self._session).differing_in(rows_judged(client, season)) if has_key else [None]
        if None in differing:
            everybody = self._session.connection.scalars(_EVERYBODY, {"client": client, "season": season})
            return frozenset(map(ApplicantNo, everybody))
        return applicants_of(key for keys in differing if keys is not None for key in keys)

    def are_terms_proved(self, client: ClientId) -> bool:
        """See `gate.service.GateFacts`."""
        if not self._session.is_kept:
            return True
        bound = BoundRows(self._session)
        return client not in bound.unbound_clients() and are_papers_proved(self._session, client)

    def unexplained_since(self, client: ClientId, asked_at: datetime) -> datetime | None:
        """See `gate.service.GateFacts`."""
        return unexplained_since(self._session, client, asked_at)

    def papers(self, client: ClientId) -> Sequence[ClientPaper]:
        """See `gate.service.GateFacts`."""
        return PaperRecords(self._session).papers(client)

    def _is_there(self, question: TextClause, asked_at: datetime) -> bool:
        return bool(self._session.connection.execute(question, {"asked_at": asked_at}).scalar_one())

    def halts(self) -> Sequence[Halt]:
        """See `gate.service.GateFacts`."""
        return halts(self._session.connection)

    def reviewed(self) -> Sequence[ReviewedAct]:
        """See `gate.service.GateFacts`."""
        return reviewed(self._session.connection)

    def renderings(self) -> Sequence[Rendering]:
        """See `gate.service.GateFacts`."""
        return renderings(self._session.connection)

    def policy_versions(self) -> Iterator[PolicyVersion]:
        """See `gate.service.GateFacts`."""
        return ServiceStore(self._session).policy_versions()

    def displayed_versions(self) -> Mapping[int, PolicyVersion]:
        """See `gate.service.GateFacts`."""
        return ServiceStore(self._session).displayed_versions()

    def record_decisions(self, run_id: RunId, terms: Terms, decisions: Sequence[Decision]) -> None:
        """See `gate.service.GateRecord`."""
        self._session.act_for(terms.client.client_id)
        columns = ("run_id", "client_id", "use", "decided_at", "law_profile_id", *_DECIDED)
        same = (run_id, terms.client.client_id, terms.use.value, terms.asked_at, terms.profile.profile_id)
        rows = ((*same, *decision_values(decision).values()) for decision in decisions)
        self._session.copy("gate_decision", columns, rows)

"""What the gate reads and writes in PostgreSQL: the facts of a batch in one query, every decision kept."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import TextClause, text

from kanmon.adapters.postgres.consent_acts import renderings
from kanmon.adapters.postgres.service_store import ServiceStore
from kanmon.adapters.unit_of_work import WriteSession
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Doubt, Rendering
from kanmon.gate.decision import Decision
from kanmon.gate.question import Terms
from kanmon.gate.service import FactRow
from kanmon.ids import ClientId, RunId, SeasonId

# All that is asked of an act lies in one index. What is seldom there costs nothing where it is not: doubts about
# screens are joined only where there are any, and notices are looked for only where people are sent some. What is
# looked for is limited to one row, so that PostgreSQL never reads all acts to answer for a few people.
_FACTS = """
    SELECT a.applicant_no, a.applicant_id, a.member_no, a.as_of, ended.withdrawn_at, ended.refused_at,
           stands.text_no, stands.is_for_this_recipient, stands.refusable, stands.first_at, stands.last_at,
           stands.consent_no, stands.standing,
           agreed.at_the_end IS NOT NULL AS agreed_when_ended,
           {is_informed} AS is_informed,
           CASE WHEN a.member_no IS NULL AND num_nonnulls(a.family_name, a.given_name, a.family_kana, a.given_kana,
               a.birth_date, a.email, a.university) = 0 THEN a.cookie_id END AS cookie_id,
           {confirmation}
    FROM applicant a
    {confirmed}
    LEFT JOIN LATERAL (
        SELECT greatest(max(occurred_at) FILTER (WHERE action = 'withdraw'), {blocked_at}) AS withdrawn_at,
               max(occurred_at) FILTER (WHERE action = 'refuse') AS refused_at
        FROM consent_act
        WHERE member_no = a.member_no AND occurred_at <= :asked_at AND action <> 'accept'
          AND coalesce(client_id, :client) = :client
    ) ended ON true
    LEFT JOIN LATERAL (
        SELECT true AS at_the_end FROM consent_act
        WHERE member_no = a.member_no AND action = 'accept'
          AND occurred_at = greatest(ended.withdrawn_at, ended.refused_at)
        LIMIT 1
    ) agreed ON true
    LEFT JOIN LATERAL (
        SELECT text_no, coalesce(client_id, :client) = :client AS is_for_this_recipient, refusable,
               {standing} AS standing, min(occurred_at) AS first_at, max(occurred_at) AS last_at,
               (array_agg(consent_no ORDER BY occurred_at, consent_no))[1] AS consent_no
        FROM consent_act c
        WHERE member_no = a.member_no AND occurred_at < :asked_at AND action = 'accept'
          AND occurred_at > coalesce(greatest(ended.withdrawn_at, ended.refused_at), '-infinity')
          AND NOT EXISTS (SELECT FROM consent_correction WHERE old_no = consent_no)
        GROUP BY 1, 2, 3, 4
    ) stands ON true
    {notices}
    WHERE a.client_id = :client AND a.season_id = :season
    ORDER BY a.position, a.applicant_no, stands.last_at DESC, stands.consent_no DESC
    """
_STANDING = """(
    SELECT d.standing FROM doubt d
    WHERE d.screen_id = c.screen_id AND d.begins_at <= c.occurred_at AND c.occurred_at < d.ends_at
      AND c.text_no <> ALL (d.released)
    LIMIT 1
)"""
_NOTICES = """
    LEFT JOIN LATERAL (
        SELECT true AS of_scoring FROM notice
        WHERE member_no = a.member_no AND kind = 'scoring' AND occurred_at < :asked_at
          AND coalesce(client_id, :client) = :client
        LIMIT 1
    ) informed ON true
"""
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
_IS_ANYBODY_ERASED = text("SELECT EXISTS (SELECT FROM erasure)")
_ARE_NOTICES_SENT = text("SELECT EXISTS (SELECT FROM notice WHERE kind = 'scoring' AND occurred_at < :asked_at)")
_IS_ANYTHING_CONFIRMED = text("SELECT EXISTS (SELECT FROM recipient_consent WHERE confirmed_at < :asked_at)")


class GateStore:
    """The gate's facts and records within one transaction."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    def fact_rows(
        self, client: ClientId, season: SeasonId, asked_at: datetime, doubts: Sequence[Doubt]
    ) -> Iterator[FactRow]:
        """See `gate.service.GateFacts`."""
        self._session.act_for(client)
        if doubts:
            self._note_doubts(doubts)
        are_notices_sent = self._is_there(_ARE_NOTICES_SENT, asked_at)
        is_anything_confirmed = self._is_there(_IS_ANYTHING_CONFIRMED, asked_at)
        facts = _FACTS.format(
            standing=_STANDING if doubts else "NULL::text",
            blocked_at=_BLOCKED_AT if self._session.connection.scalar(_IS_ANYBODY_ERASED) else "NULL::timestamptz",
            is_informed="informed.of_scoring IS NOT NULL" if are_notices_sent else "true",
            notices=_NOTICES if are_notices_sent else "",
            confirmation=_CONFIRMATION if is_anything_confirmed else _NO_CONFIRMATION,
            confirmed=_CONFIRMED if is_anything_confirmed else "",
        )
        asked = {"client": client, "season": season, "asked_at": asked_at}
        return map(FactRow._make, self._session.connection.execute(text(facts), asked).all())

    def _note_doubts(self, doubts: Sequence[Doubt]) -> None:
        connection = self._session.connection
        connection.exec_driver_sql("DROP TABLE IF EXISTS doubt")
        connection.exec_driver_sql(
            "CREATE TEMP TABLE doubt (screen_id text, begins_at timestamptz, ends_at timestamptz, standing text, "
            "released int[]) ON COMMIT DROP"
        )
        connection.execute(
            text("INSERT INTO doubt VALUES (:screen_id, :begins_at, :ends_at, :standing, :released)"),
            [
                {
                    "screen_id": doubt.screen_id,
                    "begins_at": doubt.begins_at,
                    "ends_at": doubt.ends_at,
                    "standing": doubt.standing.value,
                    "released": sorted(doubt.released),
                }
                for doubt in doubts
            ],
        )

    def _is_there(self, question: TextClause, asked_at: datetime) -> bool:
        return bool(self._session.connection.execute(question, {"asked_at": asked_at}).scalar_one())

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
        columns = (
            "run_id", "client_id", "applicant_no", "use", "decided_at", "allowed", "reasons", "elements", "consent_no",
            "confirmed_at", "law_profile_id",
        )  # fmt: skip
        self._session.copy(
            "gate_decision",
            columns,
            (
                (
                    run_id,
                    decision.client_id,
                    decision.applicant_no,
                    terms.use.value,
                    terms.asked_at,
                    decision.is_allowed,
                    [reason.code.value for reason in decision.reasons],
                    sorted({element for reason in decision.reasons for element in reason.elements}),
                    decision.clearance.evidence_id if decision.clearance else None,
                    decision.clearance.confirmed_at if decision.clearance else None,
                    terms.profile.profile_id,
                )
                for decision in decisions
            ),
        )

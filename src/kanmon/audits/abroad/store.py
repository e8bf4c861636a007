"""What the control plane tells of a client's duties under laws abroad; reads only."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from kanmon.audits.abroad.model import (
    AbroadFacts,
    DatedEntry,
    ModelInUse,
    RequestCount,
    ScoredPeople,
)
from kanmon.clients.contract import Client, ServiceTerms
from kanmon.core.ids import ModelId
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.rights.requests.service import ANSWER_WITHIN

_MODEL = text(
    """
    SELECT m.model_id, m.season_id, m.trained_at, m.card, a.approved_by, a.because
    FROM prediction_model m JOIN model_approval a USING (client_id, model_id)
    WHERE m.client_id = :client AND m.trained_at <= :now AND a.approved_at <= :now
    ORDER BY m.version DESC, a.approved_at LIMIT 1
    """
)
_PEOPLE = text(
    """
    WITH newest AS (
        SELECT DISTINCT ON (s.applicant_no) s.applicant_no, s.value, s.consent_no, s.confirmed_at, s.explanation,
            s.computed_at, a.member_no
        FROM score s JOIN applicant a USING (client_id, applicant_no)
        WHERE s.client_id = :client AND a.season_id = :season AND s.computed_at <= :now
        ORDER BY s.applicant_no, s.computed_at DESC, s.score_no DESC
    )
    SELECT count(*), count(*) FILTER (WHERE num_nonnulls(consent_no, confirmed_at) > 0), count(explanation),
        count(*) FILTER (WHERE EXISTS (
            SELECT FROM notice n WHERE n.member_no = newest.member_no AND n.kind = 'scoring'
              AND n.occurred_at < newest.computed_at AND coalesce(n.client_id, :client) = :client
        )),
        count(*) FILTER (WHERE EXISTS (
            SELECT FROM provision_record r
            WHERE (r.client_id, r.applicant_no) = (:client, newest.applicant_no) AND r.provided_at <= :now
        ))
    FROM newest WHERE value IS NOT NULL
    """
)
_TOLD = text(
    """
    SELECT policy_id || '/' || version_id FROM (
        SELECT DISTINCT ON (policy_id, language) policy_id, version_id, clauses, effective_from FROM policy_version
        WHERE effective_from <= :now ORDER BY policy_id, language, effective_from DESC, reading DESC
    ) in_force
    WHERE (SELECT bool_and(clauses @? CAST('$[*].statements.' || element AS jsonpath))
           FROM unnest(CAST(:elements AS text[])) element)
    ORDER BY effective_from DESC, 1 LIMIT 1
    """
)
_OVERSEER = text(
    """
    SELECT ledger_seq AS seq, stated_at AS at, said FROM use_statement
    WHERE client_id = :client AND provision_id IS NULL AND stated_at <= :now ORDER BY statement_no DESC LIMIT 1
    """
)
_DESCRIBED = text(
    """
    SELECT ledger_seq AS seq, acted_at AS at, words AS said FROM release_step
    WHERE release_id = :release AND act = 'describe' AND acted_at <= :now ORDER BY step_no DESC LIMIT 1
    """
)
_STUDENTS = text(
    """
    SELECT ledger_seq AS seq, acted_at AS at, words AS said FROM release_step
    WHERE release_id = :release AND viewpoint = 'student' AND acted_at <= :now ORDER BY step_no DESC LIMIT 1
    """
)
_AUDITED = text(
    """
    SELECT e.seq, e.entered_at AS at, CAST(s.payload AS jsonb) AS said
    FROM ledger_entry e JOIN ledger_secret s USING (seq)
    WHERE e.type = 'audit' AND e.entered_at <= :now AND CAST(s.payload AS jsonb) ->> 'audit' = :audit
      AND CAST(s.payload AS jsonb) ->> 'client_id' = :client
    ORDER BY e.seq DESC LIMIT 1
    """
)
_USE = text(
    """
    SELECT ledger_seq AS seq, looked_at AS at, jsonb_build_object(
        'stage', stage, 'readable', readable, 'withheld', withheld, 'verdict', verdict) AS said
    FROM use_audit_look WHERE client_id = :client AND season_id = :season AND looked_at <= :now
    ORDER BY look_no DESC LIMIT 1
    """
)
_REQUESTS = text(
    """
    SELECT r.type, count(*), count(d.decided_at),
        coalesce(array_agg(r.request_no ORDER BY r.request_no)
            FILTER (WHERE d.decided_at IS NULL AND r.received_at < :late), '{}')
    FROM person_request r LEFT JOIN request_decision d USING (request_no)
    WHERE r.received_at <= :now AND coalesce(r.client_id, :client) = :client GROUP BY r.type
    """
)
_CHECKPOINT = text("SELECT max(size) FROM ledger_checkpoint WHERE size > 0")


class AbroadStore:
    """What is read of one client at a time; one moment of the control plane."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session

    def facts(self, client: Client, terms: ServiceTerms, now: datetime) -> AbroadFacts:
        """All that is asked of a workspace about a client."""
        self._session.act_for(client.client_id)
        asked = {"client": client.client_id, "season": client.contract.scores, "now": now}
        release = None if terms.release is None else terms.release.release_id
        model = self._session.connection.execute(_MODEL, asked).one_or_none()
        [people] = self._session.connection.execute(_PEOPLE, asked)
        audits = {
            kind: self._entry(_AUDITED, asked | {"audit": kind})
            for kind in ("fairness", "annex_iv", "impact_assessment")
        }
        return AbroadFacts(
            client_id=client.client_id,
            now=now,
            model=None if model is None else ModelInUse(ModelId(model[0]), *model[1:]),
            people=ScoredPeople(*people),
            rights_told=self._told(now, "E20"),
            way_out_told=self._told(now, "E18", "E19"),
            overseer=self._entry(_OVERSEER, asked),
            release_id=release,
            description=self._entry(_DESCRIBED, asked | {"release": release}),
            student_view=self._entry(_STUDENTS, asked | {"release": release}),
            fairness=audits.pop("fairness"),
            use_audit=self._entry(_USE, asked),
            documents={kind: entry for kind, entry in audits.items() if entry is not None},
            requests=self._requests(asked),
            checkpoint=self._session.connection.scalar(_CHECKPOINT),
        )

    def _told(self, now: datetime, *elements: str) -> str | None:
        told: str | None = self._session.connection.scalar(_TOLD, {"now": now, "elements": list(elements)})
        return told

    def _requests(self, asked: Mapping[str, Any]) -> Mapping[str, RequestCount]:
        rows = self._session.connection.execute(_REQUESTS, {**asked, "late": asked["now"] - ANSWER_WITHIN})
        return {kind: RequestCount(count, answered, list(late)) for kind, count, answered, late in rows}

    def _entry(self, query: Any, asked: Mapping[str, Any]) -> DatedEntry | None:
        row: Sequence[Any] | None = self._session.connection.execute(query, asked).one_or_none()
        return None if row is None else DatedEntry(*row)

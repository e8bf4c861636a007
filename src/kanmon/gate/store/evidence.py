"""All that the gate's one query looks at, as it lies: for engines that gather the facts themselves (`gate.facts`)."""
# ruff: noqa: S608 - of fixed parts

from collections.abc import Mapping
from datetime import datetime

import pyarrow as pa
from sqlalchemy import text

from kanmon.core.ids import ClientId, SeasonId
from kanmon.db.unit_of_work import WriteSession
from kanmon.gate.evidence_tables import EVIDENCE
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

IS_BROWSER_ALONE = """a.member_no IS NULL AND num_nonnulls(a.family_name, a.given_name, a.family_kana, a.given_kana,
    a.birth_date, a.email, a.university) = 0"""
"""Whether a row `a` brings nothing of a person but, perhaps, a browser."""
IS_UNLINKED = """(a.member_no IS NULL AND num_nonnulls(a.family_name, a.given_name, a.family_kana, a.given_kana,
    a.birth_date, a.email, a.university) > 0 AND NOT EXISTS (
        SELECT FROM link l WHERE (l.client_id, l.applicant_no) = (a.client_id, a.applicant_no)))"""
"""Whether a row `a` brings personal data and was never compared with the members."""

_MEMBERS = "SELECT member_no FROM applicant WHERE client_id = :client AND season_id = :season"
_ROWS = "SELECT applicant_no FROM applicant WHERE client_id = :client AND season_id = :season"


def _micros(instant: str) -> str:
    return f"(extract(epoch FROM {instant}) * 1000000)::bigint"


_QUESTIONS = {
    "applicant": f"""
        SELECT applicant_no, applicant_id, a.member_no, {_micros("as_of")},
               CASE WHEN {IS_BROWSER_ALONE} THEN cookie_id END, {IS_UNLINKED}, {IS_UNDER_16}
        FROM applicant a LEFT JOIN member m ON m.member_no = a.member_no
        WHERE a.client_id = :client AND a.season_id = :season ORDER BY position, applicant_no
    """,
    "act": f"""
        WITH {WORDS}
        SELECT member_no, consent_no, {_micros("occurred_at")}, {_micros(LATEST)}, {_micros(COUNTS_FROM)},
               {_micros(f"({ENDS_UNTIL})")}, action, client_id, c.screen_id, c.text_no, refusable,
               EXISTS (SELECT FROM consent_correction WHERE old_no = consent_no), {CONTRADICTIONS}, {GIVER},
               {WAS_UNDER_16}
        FROM consent_act c JOIN member m USING (member_no) {KNOWN_OF_ACTS}
        WHERE {COUNTS_FROM} <= :asked_at AND member_no IN ({_MEMBERS})
    """,
    "notice": f"""
        SELECT DISTINCT member_no, client_id FROM notice
        WHERE kind = 'scoring' AND occurred_at < :asked_at AND member_no IN ({_MEMBERS})
    """,
    "objection": f"""
        SELECT member_no, {_micros("occurred_at")}, action = 'object', client_id, use IS NOT NULL FROM objection
        WHERE occurred_at <= :asked_at AND member_no IN ({_MEMBERS})
    """,
    "confirmation": f"""
        SELECT applicant_no, {_micros("confirmed_at")}, method, {_micros("obtained_at")}, covers_training
        FROM applicant a JOIN recipient_consent USING (applicant_no)
        WHERE a.client_id = :client AND a.season_id = :season AND confirmed_at < :asked_at
          AND coalesce(obtained_at, '-infinity') < :asked_at AND coalesce(withdrawn_at, 'infinity') > :asked_at
    """,
    "erased": f"SELECT member_no FROM erasure WHERE member_no IN ({_MEMBERS})",
    "affected": f"""
        SELECT member_no, {_micros("max(opened_at)")} FROM incident_affected JOIN incident USING (incident_id)
        WHERE class = 'U' AND opened_at <= :asked_at AND member_no IN ({_MEMBERS}) GROUP BY 1
    """,
    "hold": f"""
        SELECT member_no, applicant_no, client_id FROM consent_hold
        WHERE ended_at IS NULL AND (member_no IN ({_MEMBERS}) OR applicant_no IN ({_ROWS}))
    """,
}


def evidence_tables(
    session: WriteSession, client: ClientId, season: SeasonId, asked_at: datetime
) -> Mapping[str, pa.Table]:
    """The tables of `gate.facts.EVIDENCE` that lie in the database, for a session that acts for the client."""
    asked = {"client": client, "season": season, "asked_at": asked_at}
    tables = {}
    for name, question in _QUESTIONS.items():
        rows = session.connection.execute(text(question), asked).all()
        columns = list(zip(*rows, strict=True)) or [() for _ in EVIDENCE[name]]
        arrays = [pa.array(values, field.type) for values, field in zip(columns, EVIDENCE[name], strict=True)]
        tables[name] = pa.table(arrays, EVIDENCE[name])
    return tables

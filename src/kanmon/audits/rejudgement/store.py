"""What the re-judgement reads of the control plane, by SQL of its own, and where its outcome is kept."""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from kanmon.audits.reconciliation.store.entered import ReconciliationStore
from kanmon.audits.rejudgement.audit import RejudgementRecordRow, RejudgementResult, Span
from kanmon.audits.rejudgement.papers import (
    AuditDraw,
    AwaitedRow,
    ClientHistory,
    DecisionEvent,
    DeclaredConsent,
    DisplayedLook,
    HouseCheck,
    IncidentHold,
    PersonEvent,
    ProvisionCase,
    Receipt,
    Registers,
    ReviewStatement,
    SwitchEvent,
    Version,
)
from kanmon.audits.rejudgement.waiting import WaitingList
from kanmon.core.ids import ClientId
from kanmon.db.unit_of_work import ReadSession, WriteSession

_VERSIONS = text(
    """
    SELECT DISTINCT ON (policy_id, version_id, language)
           policy_id, language, effective_from, text_sha256, clauses, consent_valid_days,
           (SELECT min(s.acted_at) FROM revision_step s JOIN revision r USING (revision_no)
            WHERE s.state = 'ACTIVE' AND r.policy_id = v.policy_id AND r.version_id = v.version_id)
    FROM policy_version v ORDER BY policy_id, version_id, language, reading DESC
    """
)
_TEXTS = text("SELECT text_no, text_sha256 FROM displayed_text")
# A screen that shows the words of a revision while that is brought to the screens shows what it has to; a revision that
# became active has its words among the versions.
_LOOKS = text(
    """
    SELECT screen_id, policy_id, occurred_at, text_no
    FROM rendering look JOIN screen USING (screen_id) JOIN displayed_text USING (text_no)
    WHERE NOT EXISTS (
        SELECT FROM revision JOIN revision_step began USING (revision_no)
        WHERE revision.policy_id = screen.policy_id AND began.state = 'DEPLOYING' AND began.acted_at <= look.occurred_at
          AND text_sha256 IN (
              SELECT value #>> '{}' FROM revision_step wrote, jsonb_each(wrote.details -> 'texts')
              WHERE wrote.step_no = (
                  SELECT max(step_no) FROM revision_step s
                  WHERE s.revision_no = revision.revision_no AND s.state = 'DRAFT'
              )
          )
          AND NOT EXISTS (
              SELECT FROM revision_step later WHERE later.revision_no = revision.revision_no
              AND (later.state = 'ACTIVE' OR (later.state = 'ABANDONED' AND later.acted_at < look.occurred_at))
          )
          AND (SELECT min(occurred_at) FROM rendering first WHERE first.screen_id = look.screen_id) < began.acted_at
    )
    """
)
_PRESSES = text(
    "SELECT acted_at, action = 'stop', client_id, season_id, consents_doubted FROM stop_act ORDER BY act_no"
)
_HELD = text("SELECT opened_at, computed_at, client_id, season_id FROM incident WHERE class = 'U'")
_SAID = text(
    """
    SELECT acted_at, release_id, act, viewpoint, person, content_sha256, passes FROM release_step ORDER BY step_no
    """
)
# A notice that could not be read was sent all the same.
_FIRST_TOLD = text(
    """
    SELECT least(
        (SELECT min(occurred_at) FROM notice WHERE kind = 'scoring'),
        (SELECT min(held_at) FROM consent_hold WHERE dataset = 'notices' AND ended_at IS NULL)
    )
    """
)
_RECEIPTS = text(
    """
    SELECT r.acknowledged_at, least(min(s.stated_at), (
        SELECT min(answered.recorded_at) FROM client_paper answered
        WHERE answered.client_id = :client AND answered.kind = 'check_after_use' AND answered.season_id = p.season_id
          AND answered.dated_at > r.acknowledged_at AND answered.dated_at <= answered.recorded_at
    ))
    FROM receipt r JOIN provision p USING (client_id, provision_id)
    LEFT JOIN use_statement s USING (client_id, provision_id)
    WHERE client_id = :client GROUP BY provision_id, r.acknowledged_at, p.season_id
    """
)
_ON_RECORD = text(
    """
    SELECT kind, season_id, dated_at, recorded_at, finding FROM client_paper
    WHERE client_id = :client ORDER BY recorded_at, paper_no
    """
)
# What was there before readings were noted has always been, which the driver can't say: the first day that it can.
_READINGS = text(
    """
    SELECT of_table, name, greatest(read_at, '0001-01-02 00:00+00'), content
    FROM terms_reading ORDER BY read_at, reading_no
    """
)
_KEEPS_BACK = text(
    """
    SELECT 1 FROM terms_reading WHERE of_table = 'client' AND name = :client
    AND (content #>> '{contract,decision_lock}' = 'true' OR content #>> '{contract,withheld_share}' IS NOT NULL) LIMIT 1
    """
)
_HANDED_OVER = text(
    "SELECT applicant_no, season_id, member_no, bound_stage, applied_at FROM applicant WHERE client_id = :client"
)
_DECISIONS = text(
    """
    SELECT applicant_no, stage, decision, decided_at, recorded_at FROM decision_act
    WHERE client_id = :client ORDER BY act_no
    """
)
_PLANS = text(
    "SELECT season_id, seed, (plan ->> 'withheld_share')::float8 FROM use_audit_plan WHERE client_id = :client"
)
_CASES = text(
    """
    WITH here AS MATERIALIZED (
        SELECT r.record_no, r.member_no, r.applicant_no, p.real_at
        FROM provision_record r JOIN provision p USING (client_id, provision_id)
        WHERE r.client_id = :client AND r.provided_at >= :since AND r.provided_at < :until
    ), went AS MATERIALIZED (
        SELECT r.record_no, max(r.provided_at) FILTER (WHERE p.handed_over_at IS NOT NULL) OVER (
            PARTITION BY r.member_no ORDER BY r.provided_at
            RANGE BETWEEN UNBOUNDED PRECEDING AND interval '1 microsecond' PRECEDING
        ) AS previous_at
        FROM provision_record r JOIN provision p USING (client_id, provision_id) WHERE r.client_id = :client
    ), kept AS MATERIALIZED (
        SELECT member_no, applicant_no, real_at, coalesce(ended_real_at, 'infinity') AS ended_at
        FROM consent_hold WHERE client_id IS NULL OR client_id = :client
    ), unread AS MATERIALIZED (
        SELECT record_no FROM here JOIN kept ON kept.member_no = here.member_no
        WHERE kept.real_at <= here.real_at AND kept.ended_at > here.real_at
        UNION
        SELECT record_no FROM here JOIN kept ON kept.applicant_no = here.applicant_no
        WHERE kept.real_at <= here.real_at AND kept.ended_at > here.real_at
    )
    SELECT r.record_no, r.provision_id, coalesce(a.applicant_id, ''), r.member_no, r.provided_at, s.computed_at,
           stale.stale_at, r.consent_no, r.confirmed_at,
           c.confirmed_at, c.obtained_at, c.withdrawn_at, a.cookie_id IS NOT NULL, e.requested_at,
           EXISTS (SELECT FROM unread WHERE unread.record_no = r.record_no), went.previous_at, a.applicant_no,
           NOT coalesce((p.report ->> 'is_encrypted')::boolean, false), p.real_at, p.season_id, p.law_profile_id
    FROM provision_record r JOIN provision p USING (client_id, provision_id) JOIN went USING (record_no)
    LEFT JOIN applicant a USING (client_id, applicant_no)
    LEFT JOIN score s USING (client_id, score_no)
    LEFT JOIN stale_score stale ON stale.client_id = r.client_id AND stale.score_no = r.score_no
    LEFT JOIN recipient_consent c ON c.client_id = r.client_id AND c.applicant_no = r.applicant_no
    LEFT JOIN erased_applicant gone ON gone.client_id = r.client_id AND gone.applicant_no = r.applicant_no
    LEFT JOIN erasure e USING (erasure_no)
    WHERE r.client_id = :client AND r.provided_at >= :since AND r.provided_at < :until
    ORDER BY r.member_no NULLS LAST, r.provided_at, r.record_no
    """
)
_EVENTS = text(
    """
    WITH mine AS MATERIALIZED (
        SELECT DISTINCT member_no FROM provision_record
        WHERE client_id = :client AND provided_at >= :since AND provided_at < :until AND member_no IS NOT NULL
    )
    SELECT member_no, coalesce(latest_at, occurred_at) AS at, action, consent_no, text_no, screen_id, refusable,
           occurred_at, NULL,
           CASE WHEN function = 'member_registration' THEN registered - interval '1 day' ELSE registered END,
           EXISTS (SELECT FROM consent_answer a WHERE a.consent_no = act.consent_no AND a.served_no > 0),
           coalesce(occurred_at < coalesce(shown_from, opens_at), false)
               OR coalesce(coalesce(latest_at, occurred_at) >= shown_to, false)
               OR coalesce(occurred_at > known_at, false)
               OR EXISTS (
                   SELECT FROM consent_answer a JOIN served_text shown USING (served_no)
                   JOIN revision USING (policy_id, version_id)
                   JOIN revision_step began USING (revision_no) JOIN revision_step ended USING (revision_no)
                   WHERE a.consent_no = act.consent_no AND began.state = 'DEPLOYING' AND ended.state = 'ABANDONED'
                     AND began.acted_at <= shown.served_at AND shown.served_at <= ended.acted_at
               ),
           given_by, relation, born_on
    FROM consent_act act JOIN mine USING (member_no)
    JOIN (
        SELECT member_no, greatest(registered_at, last_registered_at) AS registered, birth_date AS born_on FROM member
    ) m USING (member_no)
    LEFT JOIN screen USING (screen_id) LEFT JOIN season USING (season_id)
    WHERE action = 'accept' AND coalesce(latest_at, occurred_at) <= :until
      AND (client_id IS NULL OR client_id = :client)
      AND NOT EXISTS (SELECT FROM consent_correction c WHERE c.old_no = act.consent_no)
    UNION ALL
    SELECT member_no, least(occurred_at, known_at), action, consent_no, text_no, screen_id, refusable, NULL,
           coalesce(latest_at, occurred_at) + CASE WHEN action = 'withdraw' AND known_at IS NOT NULL AND NOT EXISTS (
               SELECT FROM consent_act earlier
               WHERE earlier.member_no = act.member_no AND earlier.action = 'accept'
                 AND earlier.occurred_at <= coalesce(act.latest_at, act.occurred_at)
           ) THEN interval '1 day' ELSE interval '0' END,
           NULL, false, false, NULL, NULL, NULL
    FROM consent_act act JOIN mine USING (member_no)
    WHERE action <> 'accept' AND least(occurred_at, known_at) <= :until
      AND (client_id IS NULL OR client_id = :client)
    UNION ALL
    SELECT member_no, occurred_at, action, 0, NULL, NULL, NULL, NULL, NULL, NULL, false, false, NULL, NULL, NULL
    FROM objection JOIN mine USING (member_no)
    WHERE use IS NULL AND occurred_at <= :until AND (client_id IS NULL OR client_id = :client)
    UNION ALL
    SELECT member_no, occurred_at, 'told', 0, NULL, NULL, NULL, NULL, NULL, NULL, false, false, NULL, NULL, NULL
    FROM notice JOIN mine USING (member_no)
    WHERE kind = 'scoring' AND occurred_at <= :until AND (client_id IS NULL OR client_id = :client)
    UNION ALL
    SELECT member_no, opened_at, 'affected', 0, NULL, NULL, NULL, NULL, NULL, NULL, false, false, NULL, NULL, NULL
    FROM incident_affected JOIN incident USING (incident_id) JOIN mine USING (member_no)
    WHERE class = 'U' AND opened_at <= :until
    ORDER BY member_no, at, consent_no
    """
)
_MEMBERS = text(
    """
    SELECT DISTINCT member_no FROM provision_record
    WHERE client_id = :client AND provided_at >= :since AND provided_at < :until AND member_no IS NOT NULL
    """
)
_KEEP = text(
    """
    INSERT INTO rejudgement
        (judged_at, since, until, clients, judged, locked, fallen, faults, result_sha256, ledger_seq)
    VALUES (:judged_at, :since, :until, :clients, :judged, :locked, :fallen, CAST(:faults AS jsonb), :sha256, :seq)
    """
)
_LAST = text(
    """
    SELECT judged_at, since, until, clients, judged, locked, fallen, faults, result_sha256, ledger_seq
    FROM rejudgement ORDER BY rejudgement_no DESC LIMIT 1
    """
)


class PostgresRejudgementReader:
    """See `audits.rejudgement.audit.Papers`; one transaction, so one moment of the control plane."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session

    def clients(self) -> Sequence[ClientId]:
        """Every client there is."""
        return list(self._session.connection.scalars(text("SELECT client_id FROM client ORDER BY client_id")))

    def registers(self) -> Registers:
        """What is registered whoever the person and the client are."""
        execute = self._session.connection.execute
        return Registers(
            versions=[Version(*row) for row in execute(_VERSIONS)],
            text_hashes={row.text_no: row.text_sha256 for row in execute(_TEXTS)},
            looks=[DisplayedLook(*row) for row in execute(_LOOKS)],
            presses=[SwitchEvent(*row) for row in execute(_PRESSES)],
            held=[IncidentHold(*row) for row in execute(_HELD)],
            said=[ReviewStatement(*row) for row in execute(_SAID)],
            first_told_at=self._session.connection.scalar(_FIRST_TOLD),
        )

    def receipts(self, client: ClientId) -> Sequence[Receipt]:
        """The reports that a client acknowledged."""
        return [Receipt(*row) for row in self._asked(client, _RECEIPTS, {})]

    def waiting(self, client: ClientId) -> WaitingList:
        """The rows that a client handed over, and its decisions; none where no contract of it ever kept one back."""
        if not self._asked(client, _KEEPS_BACK, {}):
            return WaitingList((), (), {})
        rows = [AwaitedRow(*row) for row in self._asked(client, _HANDED_OVER, {})]
        decisions = [DecisionEvent(*row) for row in self._asked(client, _DECISIONS, {})]
        plans = self._asked(client, _PLANS, {})
        return WaitingList(rows, decisions, {season: AuditDraw(bytes(seed), share) for season, seed, share in plans})

    def cases(self, client: ClientId, span: Span) -> Iterator[tuple[ProvisionCase, ClientHistory]]:
        """Each person in each provision to a client, with what had been agreed with the client by then."""
        on_record = [HouseCheck(*row) for row in self._asked(client, _ON_RECORD, {})]
        readings = _Readings(self._session, on_record)
        for row in self._asked(client, _CASES, span._asdict()):
            *case, confirmed_at, obtained_at, withdrawn_at, is_browser, erased_at, unread, previous_at, number = row[
                :-4
            ]
            is_plain, real_at, season, law = row[-4:]
            declared = None if confirmed_at is None else DeclaredConsent(confirmed_at, obtained_at, withdrawn_at)
            shown = (declared, is_browser, erased_at, unread, previous_at, number, real_at, is_plain)
            found = ProvisionCase._make([*case, *shown])
            yield _as_declared_then(found), readings.dealings(client, season, law, real_at)

    def unrecorded(self, client: ClientId, span: Span) -> Collection[int]:
        """Those of the members in those provisions whose acts of consent are not what was recorded of them."""
        members = [row.member_no for row in self._asked(client, _MEMBERS, span._asdict())]
        return ReconciliationStore(self._session).unrecorded(members)

    def events(self, client: ClientId, span: Span) -> Iterator[tuple[int, PersonEvent]]:
        """What the members in those provisions did that concerns the client."""
        for member_no, *event in self._asked(client, _EVENTS, span._asdict()):
            yield member_no, PersonEvent(*event)

    def _asked(self, client: ClientId, query: Any, values: Mapping[str, object]) -> Sequence[Any]:
        self._session.act_for(client)
        asked = self._session.connection.execute(query, {"client": client, **values})
        return asked.all()


def _as_declared_then(case: ProvisionCase) -> ProvisionCase:
    """A declaration that came in place of an earlier one says nothing of that time: the record does."""
    if case.declared is None or case.confirmed_at is None or case.declared.confirmed_at < case.at:
        return case
    return case._replace(declared=DeclaredConsent(case.confirmed_at, None, None))


class RejudgementRecord:
    """Where outcomes are kept."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._connection = session.connection

    def last(self) -> RejudgementRecordRow | None:
        """The newest outcome; None before the first."""
        row = self._connection.execute(_LAST).one_or_none()
        return None if row is None else RejudgementRecordRow(*row)

    def keep(self, rejudged: RejudgementResult, judged_at: datetime, ledger_seq: int) -> None:
        """Keep an outcome for good."""
        kept = {
            "judged_at": judged_at,
            "since": rejudged.span.since,
            "until": rejudged.span.until,
            "clients": sorted(rejudged.judged),
            "judged": sum(rejudged.judged.values()),
            "locked": rejudged.locked,
            "fallen": len(rejudged.fallen),
            "faults": json.dumps(rejudged.faults),
            "sha256": rejudged.sha256(),
            "seq": ledger_seq,
        }
        self._connection.execute(_KEEP, kept)


class _Readings:
    """The terms at every moment, as the database noted them, beside what staff put on record of a client."""

    def __init__(self, session: ReadSession | WriteSession, on_record: Sequence[HouseCheck]) -> None:
        self._on_record = on_record
        self._readings: defaultdict[tuple[str, str], list[tuple[datetime, Mapping[str, Any]]]] = defaultdict(list)
        for table, name, read_at, content in session.connection.execute(_READINGS):
            self._readings[table, name].append((read_at, content))
        self._dealings: dict[tuple[object, ...], ClientHistory] = {}

    def dealings(self, client: ClientId, season: str, law: str, real_at: datetime) -> ClientHistory:
        """What was agreed at a moment of the real clock; what was agreed just once was agreed then as well."""
        asked = (("service", ""), ("client", client), ("season", season))
        places = [bisect_right(self._readings[one], real_at, key=lambda reading: reading[0]) for one in asked]
        key = (client, season, law, *places)
        if key not in self._dealings:
            service, company, dates = (
                self._readings[one][max(0, place - 1)][1] if self._readings[one] else None
                for one, place in zip(asked, places, strict=True)
            )
            release = None if service is None else service["release"]
            self._dealings[key] = ClientHistory(client, season, law, company or {}, release, dates, self._on_record)
        return self._dealings[key]

"""What clients decided, and the plans of use audits, under each client's row-level security.

`client_decision` has the decision as it is now; a trigger notes every act, whatever way it came, in `decision_act`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter
from sqlalchemy import insert, text

from kanmon.clients.decision import (
    ApplicantStanding,
    ChangedDecision,
    DecisionAct,
    DecisionVerdict,
    Draw,
    StageAlert,
    StageMove,
)
from kanmon.clients.use_plan import Analysis, UsePlan
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, SeasonId
from kanmon.db.tables.work import use_audit_plan
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.service import Ledger
from kanmon.provision.withholding import WatchedApplicant


@cache
def _analysis() -> TypeAdapter[Analysis]:
    return TypeAdapter(Analysis)


_STANDINGS = text(
    """
    SELECT a.applicant_no, a.bound_stage, array_agg(d.stage) FILTER (WHERE d.stage IS NOT NULL),
           min(a.applicant_no) OVER (
               PARTITION BY a.member_no, CASE WHEN a.member_no IS NULL THEN a.applicant_no END
           ) AS first_no
    FROM applicant a LEFT JOIN client_decision d ON d.applicant_no = a.applicant_no AND d.decided_at <= :at
        AND d.decision IN ('pass', 'fail') AND d.decided_at >= date_trunc('day', a.applied_at, 'Asia/Tokyo')
    WHERE a.client_id = :client AND a.season_id = :season
    GROUP BY a.applicant_no
    """
)
_WATCH = text(
    """
    INSERT INTO audited_applicant (applicant_no, client_id, season_id, stage, is_withheld, score_no, watched_at)
    SELECT w.applicant_no, :client, :season, w.stage, w.is_withheld, w.score_no, :at
    FROM unnest(
        CAST(:numbers AS int[]), CAST(:stages AS text[]), CAST(:withheld AS boolean[]), CAST(:scores AS bigint[])
    ) AS w (applicant_no, stage, is_withheld, score_no)
    WHERE NOT EXISTS (SELECT FROM provision_record r WHERE r.client_id = :client AND r.applicant_no = w.applicant_no)
    ON CONFLICT DO NOTHING
    """
)
# Of an erased applicant nothing is kept, and the client is answered as of any other: it never learns who was erased.
_COMMIT = text(
    """
    WITH applicant_known AS (
        SELECT applicant_no, client_id FROM applicant
        WHERE client_id = :client AND season_id = :season AND applicant_id = :applicant
    ), committed AS (
        INSERT INTO client_decision (applicant_no, client_id, stage, decision, decided_at)
        SELECT applicant_no, client_id, :stage, :decision, :at FROM applicant_known
        WHERE applicant_no NOT IN (SELECT applicant_no FROM erased_applicant)
        ON CONFLICT (applicant_no, stage) DO UPDATE SET
            decision = excluded.decision,
            decided_at = CASE WHEN client_decision.decision = excluded.decision
                THEN client_decision.decided_at ELSE excluded.decided_at END
    )
    SELECT applicant_no FROM applicant_known
    """
)
_WAITING = text(
    """
    SELECT act_no, client_id, applicant_no, stage, decision, decided_at, changes, salt, recorded_at
    FROM decision_act WHERE client_id = :client AND ledger_seq IS NULL ORDER BY act_no
    """
)
_ENTER = text(
    """
    UPDATE decision_act d SET ledger_seq = e.seq
    FROM unnest(CAST(:acts AS bigint[]), CAST(:places AS bigint[])) e (act_no, seq)
    WHERE d.client_id = :client AND d.act_no = e.act_no
    """
)
_MOVES_WAITING = text(
    """
    SELECT move_no, client_id, applicant_no, moved_from, moved_to, moved_at, salt
    FROM stage_move WHERE client_id = :client AND ledger_seq IS NULL ORDER BY move_no
    """
)
_ENTER_MOVES = text(
    """
    UPDATE stage_move m SET ledger_seq = e.seq
    FROM unnest(CAST(:moves AS bigint[]), CAST(:places AS bigint[])) e (move_no, seq)
    WHERE m.client_id = :client AND m.move_no = e.move_no
    """
)
_MOVED = text(
    """
    SELECT m.client_id, a.season_id, a.applicant_id, a.bound_stage, m.moved_from, m.moved_to, m.moved_at,
           EXISTS (SELECT FROM provision_record r WHERE r.client_id = m.client_id
                   AND r.applicant_no = m.applicant_no AND r.provided_at <= m.moved_at),
           m.ledger_seq
    FROM stage_move m JOIN applicant a USING (client_id, applicant_no)
    WHERE m.client_id = :client ORDER BY m.move_no DESC
    """
)
_CHANGED = text(
    """
    SELECT d.client_id, a.applicant_id, d.stage, d.changes, d.decision, d.recorded_at,
           EXISTS (SELECT FROM provision_record r WHERE r.client_id = d.client_id
                   AND r.applicant_no = d.applicant_no AND r.provided_at <= d.recorded_at)
    FROM decision_act d JOIN applicant a USING (applicant_no)
    WHERE d.client_id = :client AND d.changes IS NOT NULL AND d.changes <> d.decision
    ORDER BY d.act_no DESC
    """
)


class DecisionStore:
    """See `provision.withholding.WithholdingStore`; one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session
        self._connection = session.connection

    def standings(self, client: ClientId, season: SeasonId, at: datetime) -> Mapping[ApplicantNo, ApplicantStanding]:
        """Where each applicant of a client's season stands.

        A decision dated later than `at`, dated before the application, or neither a pass nor a fail, is none.
        """
        self._session.act_for(client)
        rows = self._connection.execute(_STANDINGS, {"client": client, "season": season, "at": at}).all()
        own = {number: ApplicantStanding(stage, frozenset(decided or ())) for number, stage, decided, _ in rows}
        return {
            number: own[number] if number == first else replace(own[number], first_row=own[first])
            for number, _, _, first in rows
        }

    def plan(self, client: ClientId, season: SeasonId) -> UsePlan | None:
        """The plan of the use audit, as it was registered."""
        self._session.act_for(client)
        row = self._connection.execute(
            use_audit_plan.select().where(use_audit_plan.c.client_id == client, use_audit_plan.c.season_id == season)
        ).one_or_none()
        if row is None:
            return None
        draw = Draw(bytes(row.seed), float(row.plan["withheld_share"]))
        return UsePlan(client, season, draw, _analysis().validate_python(row.plan["analysis"]), row.registered_at)

    def register(self, plan: UsePlan, ledger_seq: int) -> None:
        """Keep a plan for good."""
        self._connection.execute(
            insert(use_audit_plan).values(
                client_id=plan.client_id,
                season_id=plan.season,
                plan=dict(plan.entry().payload),
                seed=plan.draw.seed,
                registered_at=plan.registered_at,
                ledger_seq=ledger_seq,
            )
        )

    def watch(self, client: ClientId, season: SeasonId, watched: Sequence[WatchedApplicant], at: datetime) -> None:
        """Note whom the use audit watches; whoever is watched already, or was provided before, is passed over."""
        self._connection.execute(
            _WATCH,
            {
                "client": client,
                "season": season,
                "at": at,
                "numbers": [one.applicant_no for one in watched],
                "stages": [one.stage for one in watched],
                "withheld": [one.is_withheld for one in watched],
                "scores": [one.score_no for one in watched],
            },
        )

    def decide(
        self,
        client: ClientId,
        season: SeasonId,
        applicant: ApplicantId,
        stage: str,
        verdict: DecisionVerdict,
        at: datetime,
    ) -> bool:
        """Commit a decision, or change one; whether the client has such an applicant. The same again is no change."""
        self._session.act_for(client)
        said = {
            "client": client,
            "season": season,
            "applicant": applicant,
            "stage": stage,
            "decision": verdict,
            "at": at,
        }
        return self._connection.execute(_COMMIT, said).one_or_none() is not None

    def moved(self, client: ClientId) -> Sequence[StageAlert]:
        """The rows that the client handed over again with another stage, the newest first."""
        self._session.act_for(client)
        return [StageAlert(*row) for row in self._connection.execute(_MOVED, {"client": client})]

    def changed(self, client: ClientId) -> Sequence[ChangedDecision]:
        """The decisions that became others, the newest first."""
        self._session.act_for(client)
        return [ChangedDecision(*row) for row in self._connection.execute(_CHANGED, {"client": client})]


def enter_decisions(session: WriteSession, ledger: Ledger) -> None:
    """Enter into the ledger every act that isn't in it yet, client by client; the session acts for none afterwards."""
    for client in session.connection.scalars(text("SELECT client_id FROM client ORDER BY 1")).all():
        session.act_for(ClientId(client))
        waiting = session.connection.execute(_WAITING, {"client": client}).all()
        if not waiting:
            continue
        entries = (
            NewEntry(EntryType.CLIENT_DECISION, row.recorded_at, _payload(DecisionAct(*row[1:8]))) for row in waiting
        )
        places = ledger.append(entries)
        session.connection.execute(
            _ENTER, {"client": client, "acts": [row.act_no for row in waiting], "places": places}
        )
    session.act_for(None)


def enter_stage_moves(session: WriteSession, ledger: Ledger) -> None:
    """Enter into the ledger every stage that moved and isn't in it yet; the session acts for no client afterwards."""
    for client in session.connection.scalars(text("SELECT client_id FROM client ORDER BY 1")).all():
        session.act_for(ClientId(client))
        waiting = session.connection.execute(_MOVES_WAITING, {"client": client}).all()
        if not waiting:
            continue
        entries = [
            NewEntry(
                EntryType.STAGE_MOVE,
                row.moved_at,
                {"client_id": client, "commitment": StageMove(*row[1:]).commitment()},
            )
            for row in waiting
        ]
        moves = {"client": client, "moves": [row.move_no for row in waiting], "places": ledger.append(entries)}
        session.connection.execute(_ENTER_MOVES, moves)
    session.act_for(None)


def _payload(act: DecisionAct) -> dict[str, object]:
    return {"client_id": act.client_id, "commitment": act.commitment(), "is_change": act.changes is not None}

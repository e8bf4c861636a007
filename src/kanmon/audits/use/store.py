"""What the use audit reads of each client, and what it found, under each client's row-level security."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, text

from kanmon.audits.use.rules import DecidedCase, UseFinding, UseLookResult, WatchedSeason
from kanmon.audits.use.service import RegisteredPlan, UseLook
from kanmon.clients.decision import DecisionVerdict
from kanmon.core.ids import ClientId, SeasonId
from kanmon.db.tables.work import use_audit_look, use_audit_plan
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.provision.store.decisions import DecisionStore

# What was committed first counts: a decision that is changed once the score is open would say what the score said.
_WATCHED = text(
    """
    SELECT a.applicant_id, d.stage, w.is_withheld, s.value, d.decision
    FROM audited_applicant w
    JOIN applicant a USING (applicant_no)
    JOIN score s USING (score_no)
    LEFT JOIN LATERAL (
        SELECT stage, decision FROM decision_act d
        WHERE d.applicant_no = w.applicant_no AND d.changes IS NULL AND d.decided_at <= :at
          AND (w.stage IS NULL OR d.stage = w.stage)
        ORDER BY decided_at, act_no LIMIT 1
    ) d ON true
    WHERE w.client_id = :client AND w.season_id = :season
    ORDER BY w.applicant_no
    """
)
_LOOKS = text(
    """
    SELECT stage, readable, withheld, p, power, verdict, looked_at, ledger_seq FROM use_audit_look
    WHERE client_id = :client AND season_id = :season ORDER BY look_no DESC
    """
)


class PostgresUseAuditStore:
    """See `audits.use.service.UseAuditStore`; one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session
        self._decisions = DecisionStore(session)

    def watch(self, client: ClientId, season: SeasonId, at: datetime) -> WatchedSeason:
        """Who was watched of a client's season, and what was decided about them by `at`."""
        plan = self._decisions.plan(client, season)
        cases, undecided, unread = [], 0, 0
        for applicant, stage, is_withheld, score, decision in self._session.connection.execute(
            _WATCHED, {"client": client, "season": season, "at": at}
        ):
            if stage is None:
                undecided += 1
            elif decision not in set(DecisionVerdict):
                unread += 1
            else:
                cases.append(DecidedCase(applicant, stage, is_withheld, score, decision == DecisionVerdict.PASS))
        sizes = {stage: sum(case.stage == stage for case in cases) for stage in {case.stage for case in cases}}
        looks = self._tests(client, season, sizes)
        return WatchedSeason(plan, client, season, cases, undecided, unread, looks)

    def _tests(self, client: ClientId, season: SeasonId, sizes: Mapping[str, int]) -> Mapping[str, int]:
        """How often each stage was tested before on another number of decisions."""
        looks: dict[str, set[int]] = {}
        for one in self.looked(client, season):
            seen = one.look.readable + one.look.withheld
            if one.look.p is not None and seen != sizes.get(one.look.stage):
                looks.setdefault(one.look.stage, set()).add(seen)
        return {stage: len(seen) for stage, seen in looks.items()}

    def looked(self, client: ClientId, season: SeasonId) -> Sequence[UseLook]:
        """What was found before, the newest first."""
        self._session.act_for(client)
        return [
            UseLook(
                UseLookResult(
                    client, season, row.stage, row.readable, row.withheld, row.p, row.power, UseFinding(row.verdict)
                ),
                row.looked_at,
                row.ledger_seq,
            )
            for row in self._session.connection.execute(_LOOKS, {"client": client, "season": season})
        ]

    def registered(self, client: ClientId, season: SeasonId) -> RegisteredPlan | None:
        """The plan with its place in the ledger; None where none was registered."""
        plan = self._decisions.plan(client, season)
        if plan is None:
            return None
        seq = self._session.connection.scalar(
            use_audit_plan.select()
            .with_only_columns(use_audit_plan.c.ledger_seq)
            .where(use_audit_plan.c.client_id == client, use_audit_plan.c.season_id == season)
        )
        return RegisteredPlan(plan, int(seq or 0))

    def add(self, look: UseLookResult, at: datetime, ledger_seq: int) -> None:
        """Keep what was found for good."""
        self._session.act_for(look.client_id)
        self._session.connection.execute(
            insert(use_audit_look).values(
                client_id=look.client_id,
                season_id=look.season,
                stage=look.stage,
                looked_at=at,
                readable=look.readable,
                withheld=look.withheld,
                p=look.p,
                power=look.power,
                verdict=look.finding,
                ledger_seq=ledger_seq,
            )
        )

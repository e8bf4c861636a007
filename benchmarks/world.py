"""A generated season of any size as staged files, for benchmarks: skewed activity, skewed companies, real times."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np

from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, EvidenceId, MemberNo
from kanmon.gate.decision import Clearance, Use
from kanmon.lake.cleared import ClearedPerson

OPENS = datetime(2025, 6, 1, tzinfo=UTC)
DAYS = 300
COMPANIES = 2_000
CLIENTS = 38
EVENTS_A_VISIT = 5


@dataclass(frozen=True)
class World:
    """How many events and members."""

    events: int
    members: int

    def write_members(self, path: Path) -> None:
        duckdb.sql(f"COPY (SELECT 'M' || i AS member_id FROM range({self.members}) r(i)) TO '{path}'")

    def write_events(self, path: Path, first_day: int = 0, days: int = DAYS) -> None:
        """The events of some days, day by day, a few in each visit."""
        visits = self.events * days // DAYS // EVENTS_A_VISIT
        duckdb.sql(
            f"""COPY (
                WITH visit AS MATERIALIZED (
                    SELECT i, 'M' || floor(pow(random(), 1.5) * {self.members})::int AS member_id,
                        {int(OPENS.timestamp() * 1e6)} + (({first_day} + i * {days} // {visits}) * 86400000000
                            + (random() * 85000000000)::bigint) AS starts_at
                    FROM range({visits}) r(i)
                ), step AS MATERIALIZED (
                    SELECT *, floor(pow(random(), 3) * {COMPANIES})::int AS company
                    FROM visit, range({EVENTS_A_VISIT}) s(step)
                )
                SELECT make_timestamptz(starts_at + (step * 90 + floor(random() * 60)::int) * 1000000) AS occurred_at,
                    NULL::varchar AS cookie_id, member_id,
                    ['view', 'view', 'view', 'view', 'view', 'search', 'search', 'entry', 'booking', 'message']
                        [1 + floor(random() * 10)::int] AS kind,
                    'C' || company AS target,
                    'p' || company || '-' || floor(random() * random() * 40)::int AS page,
                    1::int AS weight, NULL::varchar AS site, i * {EVENTS_A_VISIT} + step AS line
                FROM step
            ) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 250000)"""
        )

    def cleared(self, applicants: int) -> list[ClearedPerson]:
        """Applicants of 38 clients, each with its own `as_of` in the season's last third."""
        drawn = np.random.default_rng(7)
        members = drawn.choice(self.members, applicants, replace=False) + 1
        as_of = OPENS.timestamp() + drawn.uniform(200, DAYS, applicants) * 86_400
        return [
            _cleared(number, int(members[number]), datetime.fromtimestamp(as_of[number], UTC))
            for number in range(applicants)
        ]

    def everyone(self, members: range) -> list[ClearedPerson]:
        """These members, one case each, all at the season's end."""
        return [_cleared(number, number, OPENS + timedelta(days=DAYS)) for number in members]


def _cleared(number: int, member: int, as_of: datetime) -> ClearedPerson:
    clearance = Clearance(
        use=Use.SCORE,
        client_id=ClientId(f"C{number % CLIENTS}"),
        applicant_no=ApplicantNo(number),
        applicant_id=ApplicantId(str(number)),
        member_no=MemberNo(member),
        as_of=as_of,
        evidence_id=EvidenceId(1),
        decided_at=OPENS,
    )
    return ClearedPerson(clearance, OPENS, OPENS)

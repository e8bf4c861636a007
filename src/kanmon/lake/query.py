"""Reading personal events: what is asked for, and only on clearances.

Queries are values (Ibis expressions), the same on every engine. They start from a table of cleared people; there is no
other way to personal events.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from kanmon.gate.decision import Clearance
from kanmon.lake.event import OWN_SITE

DAY_MS = 86_400_000
TOKYO_OFFSET_MS = 9 * 3_600_000


@dataclass(frozen=True, slots=True)
class Cleared:
    """One person whom the gate cleared, with what else is known of the application; instants in UTC."""

    clearance: Clearance
    applied_at: datetime
    registered_at: datetime | None


def cleared_table(cleared: Sequence[Cleared]) -> pa.Table:
    """The cleared as a table: row number, cohort, member, and times in ms since 1970."""
    return pa.table(
        {
            "row": pa.array(range(len(cleared)), pa.int32()),
            "client": pa.array([one.clearance.client_id for one in cleared], pa.string()),
            "member": pa.array([one.clearance.member_no for one in cleared], pa.int32()),
            "as_of": _whole_ms([one.clearance.as_of for one in cleared]),
            "applied": _whole_ms([one.applied_at for one in cleared]),
            "registered": _whole_ms([one.registered_at for one in cleared]),
        }
    )


def subjects_of(cases: ir.Table, identities: ir.Table) -> ir.Table:
    """Whose events count for each case: `subject` beside the case's row, cohort, own_target and as_of.

    The member itself, and each cookie that this member alone logged in with before `as_of`. A browser shared by two
    members is left out, since nobody can say whose its events are.
    """
    ties = identities.join(cases, identities.member == cases.member).filter(lambda t: t.seen_at < t.as_of)
    own = ties.select("row", "as_of", "cookie").distinct()
    others = identities.select(shared="cookie", other="member", other_seen_at="seen_at")
    sole = (
        own.join(others, own.cookie == others.shared)
        .filter(lambda t: t.other_seen_at < t.as_of)
        .group_by(["row", "cookie"])
        .agg(members=lambda t: t.other.nunique())
        .filter(lambda t: t.members == 1)
    )
    members = cases.select("row", subject=cases.member.cast("int32"))
    cookies = sole.select("row", subject=(-sole.cookie).cast("int32"))
    known = cases.select("row", "cohort", "own_target", "as_of")
    return known.join(ibis.union(members, cookies), "row")


def events_before(subjects: ir.Table, events: ir.Table) -> ir.Table:
    """The events of each case on the board itself strictly before its `as_of`.

    Columns: row, cohort, own_target and as_of of the case; kind, page, target, t and weight of the event. Nothing is
    worked out here: few of the events scanned are asked for, and what is worked out on a few at a time is dear.
    """
    found = events.join(subjects, "subject").filter(lambda e: (e.t < e.as_of) & (e.site == OWN_SITE))
    return found.select("row", "cohort", "own_target", "as_of", "kind", "page", "target", "t", "weight")


def _whole_ms(moments: Sequence[datetime | None]) -> pa.Array:
    """Cut to the millisecond, as the lake's events are: rounded up, `as_of` would let in what came just after it."""
    return pa.array(moments, pa.timestamp("us", "UTC")).cast(pa.timestamp("ms", "UTC"), safe=False).cast(pa.int64())

"""Who used a function of the board, out of the lake: the one question of the audit that events answer.

It is asked by those who look back for the privacy owner, after data went; it tells who, and nothing of what they did.
"""

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from kanmon.audits.gap.model import Integers, Window
from kanmon.core.clock import microseconds
from kanmon.engines.engine import OpenEngine, codes_of
from kanmon.lake.event import OWN_SITE
from kanmon.lake.files.manifest import begun_again


class LakeFunctionUse:
    """See `audits.gap.service.FunctionUse`."""

    def __init__(self, engine: OpenEngine) -> None:
        self._open = engine
        self._folder = engine.folder

    @begun_again
    def users(self, members: Integers, kinds: frozenset[str], window: Window) -> Integers:
        """Those of `members` with an event of one of `kinds` (case-folded names) on the board within the window."""
        since, until = (microseconds(moment) // 1000 for moment in (window.since, window.until))
        with self._open() as engine:
            codes = [code for name, code in codes_of(engine, "kind").items() if name.casefold() in kinds]
            if not codes or not len(members):
                return np.empty(0, np.int64)
            target = engine.made(pa.table({"member": pa.array(members, pa.int32())}))
            events = engine.lake("event")
            used = events.filter(
                events.kind.isin(codes) & (events.t >= since) & (events.t < until) & (events.site == OWN_SITE)
            )
            found = used.join(_subjects(target, engine.lake("identity"), until), "subject").select("member").distinct()
            return np.asarray(engine.fetched(found)["member"], np.int64)


def _subjects(target: ir.Table, identities: ir.Table, until: int) -> ir.Table:
    """The targets, and each cookie that one of them alone logged in with: as for features, nobody else's events."""
    logins = identities.filter(identities.seen_at < until)
    of_one = logins.group_by("cookie").agg(member=logins.member.min(), last=logins.member.max())
    of_one = of_one.filter(of_one.member == of_one["last"]).semi_join(target, "member")
    browsers = of_one.select("member", subject=(-of_one.cookie).cast("int32"))
    return ibis.union(target.select("member", subject=target.member), browsers)

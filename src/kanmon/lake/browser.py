"""Whose a browser is, and when: logins tie a cookie to members, stretch by stretch. The same on every engine.

A browser on which one member alone logged in is that member's from the first login on; what it did before counts
where the member agreed to history from before login (E07). On a browser that several members logged in on, what
follows a login within a day is that member's, and so is what lies between two logins of the same member with nobody
else's between them. Everything else there is nobody's: left out, and told.
"""

import ibis
import ibis.expr.types as ir

from kanmon.lake.event import OWN_SITE
from kanmon.lake.moments import earliest

LOGIN_HOLDS_MS = 86_400_000
"""How long a login on a shared browser speaks for what follows, where that member isn't the next to log in."""
EARLIEST_MS = -(2**62)
"""Before anything that ever happened."""
NOBODY = 0
"""Members are numbered from 1."""


def browsers(logins: ir.Table) -> ir.Table:
    """One row for each browser and moment judged: `row`, `cookie`, `as_of`, `first_at`, `is_shared`.

    `logins` holds `row`, `as_of`, `cookie`, `member` and `seen_at`, all logins on that browser before `as_of`.
    """
    found = logins.group_by(["row", "cookie"]).agg(
        as_of=logins.as_of.max(),
        first_at=logins.seen_at.min(),
        first=logins.member.min(),
        last=logins.member.max(),
    )
    return found.select("row", "cookie", "as_of", "first_at", is_shared=found["first"] != found["last"])


def shared_spans(logins: ir.Table) -> ir.Table:
    """Whose a shared browser was when: `row`, `cookie`, `owner`, `since` and `until` (exclusive), none overlapping.

    Two members who logged in at the same instant leave nobody known until the next login.
    """
    moments = logins.group_by(["row", "cookie", "as_of", "seen_at"]).agg(
        first=logins.member.min(), last=logins.member.max()
    )
    sole = moments["first"] == moments["last"]
    moments = moments.select("row", "cookie", "as_of", "seen_at", owner=sole.ifelse(moments["first"], NOBODY))
    in_order = ibis.window(group_by=["row", "cookie"], order_by="seen_at")
    following = moments.mutate(
        next_at=moments.seen_at.lead().over(in_order), next_owner=moments.owner.lead().over(in_order)
    )
    ends = following.next_at.fill_null(following.as_of)
    holds = ibis.least(following.seen_at + LOGIN_HOLDS_MS, ends)
    until = (following.next_owner.fill_null(NOBODY) == following.owner).ifelse(ends, holds)
    spans = following.select("row", "cookie", "owner", since=following.seen_at, until=until)
    return spans.filter(spans.owner != NOBODY)


def counts(asked: ir.Table, identities: ir.Table, events: ir.Table) -> ir.Table:
    """How many browsers and events by cookie there are to tell, one row for each `row` of `asked` with any browser.

    `asked` holds `row`, `member` and `as_of`; a browser is judged at the latest moment asked about it. Columns: `row`,
    `cookies`, `shared`, `events` (on the board before that moment), `before_login` (of those, before the first login on
    a browser that is not shared) and `left_out` (of those, on a shared browser while it was nobody's).
    """
    ties = identities.join(asked, "member").filter(lambda t: t.seen_at < t.as_of)
    own = ties.group_by(["row", "cookie"]).agg(as_of=ties.as_of.max())
    logins = own.join(identities, "cookie").filter(lambda t: t.seen_at < t.as_of)
    found = browsers(logins)
    by_cookie = events.filter((events.subject < 0) & (events.site == OWN_SITE))
    by_cookie = by_cookie.select("t", cookie=(-by_cookie.subject).cast("int32"))
    did = by_cookie.join(found, "cookie").filter(lambda e: e.t < e.as_of)
    is_early = (earliest(did.t) < did.first_at) & ~did.is_shared
    of_row = did.group_by("row").agg(events=did.count(), before_login=_count(is_early), on_shared=_count(did.is_shared))
    held = by_cookie.join(shared_spans(logins), "cookie").filter(lambda e: (earliest(e.t) >= e.since) & (e.t < e.until))
    held = held.semi_join(found.filter(found.is_shared), ["row", "cookie"])
    kept = held.group_by("row").agg(kept=held.count())
    told = found.group_by("row").agg(cookies=found.count(), shared=_count(found.is_shared))
    told = told.left_join(of_row, "row").drop("row_right").left_join(kept, "row").drop("row_right")
    return told.select(
        "row",
        "cookies",
        "shared",
        events=told.events.fill_null(0),
        before_login=told.before_login.fill_null(0),
        left_out=told.on_shared.fill_null(0) - told.kept.fill_null(0),
    )


def _count(condition: ir.BooleanColumn) -> ir.IntegerScalar:
    return condition.cast("int64").sum()

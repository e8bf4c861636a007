"""Reading personal events: what is asked for, and only on clearances.

Queries are values (Ibis expressions), the same on every engine. They start from a table of cleared people; there is no
other way to personal events.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from kanmon.consent.sites import site_key
from kanmon.lake.browser import EARLIEST_MS, browsers, shared_spans
from kanmon.lake.cleared import ClearedPerson, ForeignStretch
from kanmon.lake.event import NO_SITES, OWN_SITE
from kanmon.lake.moments import earliest


def cleared_table(cleared: Sequence[ClearedPerson]) -> pa.Table:
    """The cleared as a table: row number, client, member or browser, times in ms since 1970, number of `site_sets`."""
    sets = site_sets([one.clearance.partner_sites for one in cleared])
    return pa.table(
        {
            "row": pa.array(range(len(cleared)), pa.int32()),
            "client": pa.array([one.clearance.client_id for one in cleared], pa.string()),
            "member": pa.array([one.clearance.member_no for one in cleared], pa.int32()),
            "cookie_id": pa.array([one.clearance.cookie_id for one in cleared], pa.string()),
            "as_of": whole_ms([one.clearance.as_of for one in cleared]),
            "applied": whole_ms([one.applied_at for one in cleared]),
            "registered": whole_ms([one.registered_at for one in cleared]),
            "covers_before_login": pa.array([one.clearance.covers_before_login for one in cleared], pa.bool_()),
            "sites": pa.array([sets[one.clearance.partner_sites] for one in cleared], pa.int32()),
        }
    )


def site_sets(asked: Iterable[tuple[str, ...]]) -> Mapping[tuple[str, ...], int]:
    """The number of each set of partner sites that is asked about, however it is written."""
    keys = {sites: tuple(sorted({site_key(site) for site in sites} - {""})) for sites in asked}
    numbers = {known: number for number, known in enumerate(sorted(set(keys.values()) - {()}), NO_SITES + 1)}
    return {sites: numbers.get(known, NO_SITES) for sites, known in keys.items()}


def covered_sites(asked: Iterable[tuple[str, ...]], codes: Mapping[str, int]) -> pa.Table:
    """Which sites of the dictionary each of `site_sets` covers, by their numbers: `sites`, `site`."""
    by_key: dict[str, list[int]] = {}
    for name, code in codes.items():
        by_key.setdefault(site_key(name), []).append(code)
    rows = sorted(
        {
            (number, code)
            for sites, number in site_sets(asked).items()
            for key in {site_key(site) for site in sites} - {""}
            for code in by_key.get(key, ())
            if code != OWN_SITE
        }
    )
    return pa.table(
        {
            "sites": pa.array([number for number, _ in rows], pa.int32()),
            "site": pa.array([code for _, code in rows], pa.int32()),
        }
    )


def subjects_of(cases: ir.Table, identities: ir.Table) -> ir.Table:
    """Whose events count for each case, and from when until when: `subject`, `since` and `until` beside the case.

    Columns: row, cohort, own_target, as_of, subject, sites, since, until. The member itself, and each cookie while it
    was this member's, as `lake.browser` reads logins before `as_of`. A cookie comes once for each stretch of time. A
    case without a member is a browser's (scheme A): whoever logged in on it is not looked at. `sites` numbers the
    partner sites that count: on a browser that several members logged in on, none does.
    """
    ties = identities.join(cases, "member").filter(lambda t: t.seen_at < t.as_of)
    own = ties.select("row", "as_of", "cookie").distinct()
    logins = own.join(identities, "cookie").filter(lambda t: t.seen_at < t.as_of)
    found = browsers(logins).join(cases.select("row", "member", "covers_before_login", "sites"), "row")
    sole = found.filter(~found.is_shared)
    since = sole.covers_before_login.ifelse(EARLIEST_MS, sole.first_at)
    of_sole = sole.select("row", "sites", subject=_of_cookie(sole), since=since, until=sole.as_of)
    shared = found.filter(found.is_shared).select("row", "cookie", "member")
    spans = shared_spans(logins.semi_join(shared, ["row", "cookie"])).join(shared, ["row", "cookie"])
    mine = spans.filter(spans.owner == spans.member)
    no_sites = ibis.literal(NO_SITES, "int32")
    of_shared = mine.select("row", sites=no_sites, subject=_of_cookie(mine), since=mine.since, until=mine.until)
    itself = cases.member.fill_null(-cases.cookie).cast("int32")
    themselves = cases.select(
        "row", "sites", subject=itself, since=ibis.literal(EARLIEST_MS, "int64"), until=cases.as_of
    )
    known = cases.select("row", "cohort", "own_target", "as_of")
    return known.join(ibis.union(themselves, of_sole, of_shared), "row")


def not_theirs_table(people: Sequence[tuple[int | None, Sequence[ForeignStretch]]]) -> pa.Table:
    """Corrections as a table: row (the place in `people`), the member, the browser or null, and times in ms."""
    found = [(row, member, one) for row, (member, stretches) in enumerate(people) for one in stretches]
    return pa.table(
        {
            "row": pa.array([row for row, _, _ in found], pa.int32()),
            "member": pa.array([member for _, member, _ in found], pa.int32()),
            "cookie_id": pa.array([one.cookie_id for *_, one in found], pa.string()),
            "since": whole_ms([one.since for *_, one in found]).fill_null(EARLIEST_MS),
            "until": whole_ms([one.until for *_, one in found]).fill_null(-EARLIEST_MS),
        }
    )


def named_browsers(names: ir.Table) -> ir.Table:
    """Each browser's name (`cookie_id`) with its number (`cookie`), out of the dictionary."""
    return names.filter(names.space == "cookie").select(cookie_id="name", cookie="code")


def corrected_subjects(corrections: ir.Table, browsers: ir.Table) -> ir.Table:
    """Whose events don't count for which case, from when until when: row, subject, since and until.

    `corrections` is a `not_theirs_table`, `browsers` are `named_browsers`.
    """
    found = corrections.left_join(browsers, "cookie_id")
    subject = found.cookie_id.isnull().ifelse(found.member, -found.cookie).cast("int32")
    return found.select("row", subject=subject, since=found.since, until=found.until)


def events_before(
    subjects: ir.Table, events: ir.Table, corrected: ir.Table | None = None, covered: ir.Table | None = None
) -> ir.Table:
    """The events of each case strictly before its `as_of`, each in its subject's stretch of time.

    Those of the board itself, and of the partner sites that are `covered` for the case (see `covered_sites`). An event
    of which only the day is known counts where each moment of that day does.

    Columns: row, cohort, own_target and as_of of the case; kind, page, target, t, weight and site of the event. What is
    `corrected` (see `corrected_subjects`) is left out. Nothing is worked out here: few of the events scanned are asked
    for, and what is worked out on a few at a time is dear.
    """
    found = events.join(subjects, "subject").filter(
        lambda e: (e.t < e.until) & (e.t >= e.since) & (earliest(e.t) >= e.since)
    )
    if covered is None:
        found = found.filter(found.site == OWN_SITE)
    else:
        found = found.left_join(covered.mutate(is_covered=True), ["sites", "site"])
        found = found.filter((found.site == OWN_SITE) | found.is_covered.fill_null(False))
    if corrected is not None:
        found = without_corrected(found, corrected)
    return found.select("row", "cohort", "own_target", "as_of", "kind", "page", "target", "t", "weight", "site")


def without_corrected(found: ir.Table, corrected: ir.Table) -> ir.Table:
    """Events (row, subject, t) that no correction takes away."""
    gone = corrected.rename(gone_since="since", gone_until="until")
    since = [found.row == gone.row, found.subject == gone.subject, found.t >= gone.gone_since]
    same = [*since, earliest(found.t) < gone.gone_until]
    return found.anti_join(gone, same)


def _of_cookie(table: ir.Table) -> ir.IntegerValue:
    return (-table.cookie).cast("int32")


def whole_ms(moments: Sequence[datetime | None]) -> pa.Array:
    """Cut to the millisecond, as the lake's events are: rounded up, `as_of` would let in what came just after it."""
    return pa.array(moments, pa.timestamp("us", "UTC")).cast(pa.timestamp("ms", "UTC"), safe=False).cast(pa.int64())

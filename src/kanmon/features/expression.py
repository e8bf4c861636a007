"""The features as one query over the events of the cleared: engine-neutral, point in time, all clients in one pass.

The events of the cleared are few against the lake, so they are fetched once and summed up in steps: by day, then by
window. All sums are of whole numbers, so that every engine gives the same to the last bit.
"""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from kanmon.features.definition import NAMES, OF_COVERED_SITES, PARTNER_WINDOWS, TASK_SETTLES, WINDOWS, suffix
from kanmon.lake.event import DAY_MS, NO_SITES, OWN_SITE, TOKYO_OFFSET_MS
from kanmon.lake.query import events_before

HOUR_MS = 3_600_000
SLOT_MS = DAY_MS // 48
SLOTS_A_DAY = 48
EVER = 1_000_000
"""More days than any history has."""

Keep = Callable[[ir.Table], ir.Table]
"""Computes a table once and gives it back as one that is read again cheaply."""


def features(
    cases: ir.Table,
    subjects: ir.Table,
    events: ir.Table,
    keep: Keep,
    corrected: ir.Table | None = None,
    covered: ir.Table | None = None,
) -> ir.Table:
    """One row for each case, in no order: `row`, then every feature of the catalogue as float64."""
    everywhere = _placed(keep(events_before(subjects, events, corrected, covered)))
    found = everywhere.filter(everywhere.site == OWN_SITE)
    slots = keep(_slots(found))
    days = keep(_days(slots))
    own_days = days.filter(days.is_own)
    visits = keep(_visits(found.filter(found.is_own)))
    parts = [
        _side(own_days, "own"),
        _side(days.filter(~days.is_own), "other"),
        _gaps(own_days),
        _weeks(own_days),
        _distinct(visits.group_by(["row", "kind", "page"]).agg(last=visits["last"].min()), "own_pages"),
        _distinct(visits.group_by(["row", "kind"]).agg(last=visits["last"].min()), "own_kinds"),
        _distinct(_other_targets(found), "other_targets"),
        _sessions(slots),
        *_against_cohort(cases, visits),
        _latest_task(cases, visits, keep),
        _partner_sites(everywhere.filter(everywhere.site != OWN_SITE)),
    ]
    joined = cases
    for number, part in enumerate(parts):
        joined = joined.left_join(part, "row", rname=f"{{name}}_of_part_{number}")
    return _finished(joined)


def _placed(found: ir.Table) -> ir.Table:
    """Events with is_own (about the client that asks) and slot: whole half hours before `as_of`, 0 for the last one."""
    slot = ((found.as_of - found.t) / SLOT_MS).floor().cast("int32")
    return found.mutate(is_own=found.target == found.own_target, slot=slot)


def _slots(found: ir.Table) -> ir.Table:
    """One row for each case, side and half hour with any action: days and sessions are summed up from it."""
    time_of_day = (found.t + TOKYO_OFFSET_MS) % DAY_MS
    time_of_week = (found.t + TOKYO_OFFSET_MS + 3 * DAY_MS) % (7 * DAY_MS)  # 1 January 1970 was a Thursday
    slots = found.group_by(["row", "is_own", "slot"]).agg(
        events=found.count(),
        weight=_total(found.weight),
        night=_total(_if((time_of_day >= 22 * HOUR_MS) | (time_of_day < 5 * HOUR_MS))),
        weekend=_total(_if(time_of_week >= 5 * DAY_MS)),
    )
    return slots.mutate(day=_day(slots.slot))


def _days(slots: ir.Table) -> ir.Table:
    """One row for each case, side and day with any action."""
    return slots.group_by(["row", "is_own", "day"]).agg(
        **{name: _total(slots[name]) for name in ("events", "weight", "night", "weekend")}
    )


def _visits(own: ir.Table) -> ir.Table:
    """One row for each case and page of the client: days with a visit, the last and oldest, and those within 28 days.

    Also `first`, the date in Japan of the first visit.
    """
    by_day = own.mutate(day=_day(own.slot)).group_by(["row", "cohort", "kind", "page", "day"]).agg(t=own.t.min())
    return by_day.group_by(["row", "cohort", "kind", "page"]).agg(
        days=by_day.count(),
        last=by_day.day.min(),
        oldest=by_day.day.max(),
        recent=_if(by_day.day < 28).sum(),
        first=((by_day.t.min() + TOKYO_OFFSET_MS) / DAY_MS).floor().cast("int32"),
    )


def _side(days: ir.Table, side: str) -> ir.Table:
    """Counts by window, and how lately and how long ago, over the days of one side: one row for each case with any."""
    sums = {}
    for window in WINDOWS:
        inside = days.day < (window or EVER)
        sums[f"{side}_events_{suffix(window)}"] = _sum(days.events, inside)
        sums[f"{side}_weight_{suffix(window)}"] = _sum(days.weight, inside)
        sums[f"{side}_active_days_{suffix(window)}"] = _if(inside).sum()
    recent = days.day < 56
    return days.group_by("row").agg(
        **sums,
        **{
            f"{side}_night": _sum(days.night, recent),
            f"{side}_weekend": _sum(days.weekend, recent),
            f"{side}_recency": days.day.min(),
            f"{side}_first": days.day.max(),
        },
    )


def _gaps(own_days: ir.Table) -> ir.Table:
    in_order = ibis.window(group_by="row", order_by="day")
    gaps = own_days.select("row", "day", gap=own_days.day - own_days.day.lag().over(in_order))
    return gaps.group_by("row").agg(own_longest_gap=gaps.gap.max(), gap_sum=gaps.gap.sum(), gap_count=gaps.gap.count())


def _weeks(own_days: ir.Table) -> ir.Table:
    weeks = own_days.select("row", week=(own_days.day / 7).floor()).distinct()
    return weeks.group_by("row").agg(weeks=weeks.count())


def _other_targets(found: ir.Table) -> ir.Table:
    others = found.filter(~found.is_own & (found.target != 0))
    last = others.group_by(["row", "target"]).agg(slot=others.slot.min())
    return last.select("row", "target", last=_day(last.slot))


def _partner_sites(found: ir.Table) -> ir.Table:
    """Days with any visit: an event that comes twice, or from two sites on a day, counts once."""
    days = found.select("row", "is_own", day=_day(found.slot)).distinct()
    return days.group_by("row").agg(
        **{
            f"partner_{side}_active_days_{suffix(window)}": _if(is_side & (days.day < (window or EVER))).sum()
            for side, is_side in (("own", days.is_own), ("other", ~days.is_own))
            for window in PARTNER_WINDOWS
        }
    )


def _distinct(last_seen: ir.Table, name: str) -> ir.Table:
    """Count things by window, given the day on which each was last seen."""
    return last_seen.group_by("row").agg(
        **{f"{name}_{suffix(window)}": _if(last_seen["last"] < (window or EVER)).sum() for window in WINDOWS}
    )


def _sessions(slots: ir.Table) -> ir.Table:
    """A session is a run of half hours with any action; it counts where it began."""
    active = slots.select("row", "slot", "day").distinct()
    backward = ibis.window(group_by="row", order_by="slot")
    runs = active.select("row", "day", pause=active.slot.lead().over(backward) - active.slot)
    starts = runs.filter(runs.pause.isnull() | (runs.pause > 1))
    return starts.group_by("row").agg(
        sessions_7d=_if(starts.day < 7).sum(), sessions_28d=_if(starts.day < 28).sum(), sessions_all=starts.count()
    )


def _against_cohort(cases: ir.Table, visits: ir.Table) -> tuple[ir.Table, ir.Table]:
    """What the cohort visited and this case did or didn't: sums over the case's pages, and totals of its cohort."""
    sizes = cases.group_by("cohort").agg(people=cases.count())
    pages = visits.group_by(["cohort", "kind", "page"]).agg(
        visitors=visits.count(), page_days=visits.days.sum(), page_recent=visits.recent.sum()
    )
    pages = pages.join(sizes, "cohort")
    share = (pages.visitors * 1000 / pages.people).floor().cast("int64")
    is_usual = pages.visitors * 5 >= pages.people
    is_recent = is_usual & (pages.page_recent * 2 >= pages.page_days)
    is_task = is_usual & (pages.page_days * 10 <= pages.visitors * 11)
    pages = pages.select(
        "cohort", "kind", "page",
        usual=is_usual.ifelse(share, 0), usual_recent=is_recent.ifelse(share, 0), task=is_task.ifelse(share, 0),
        shared=_if(pages.visitors * 10 >= pages.people * 3),
    )  # fmt: skip
    totals = pages.group_by("cohort").agg(
        usual_total=pages.usual.sum(), recent_total=pages.usual_recent.sum(), shared_total=pages.shared.sum()
    )
    of_cases = cases.select("row", "cohort").left_join(totals, "cohort").drop("cohort", "cohort_right")
    visited = visits.join(pages, ["cohort", "kind", "page"])
    by_case = visited.group_by("row").agg(
        usual_seen=visited.usual.sum(),
        recent_seen=visited.usual_recent.sum(),
        own_tasks_done=(visited.task * (TASK_SETTLES + ibis.least(visited.oldest + 1, TASK_SETTLES))).sum(),
        shared_seen=visited.shared.sum(),
    )
    return of_cases, by_case


def _latest_task(cases: ir.Table, visits: ir.Table, keep: Keep) -> ir.Table:
    """How late a case was with the task with which it was latest: the highest of its mid-ranks within the cohort.

    All ranks are doubled and in people, so that they stay whole: those before, twice, and those of the same day.
    Whoever hasn't done a task is tied at its end with all others who haven't.
    """
    page = ["cohort", "kind", "page"]
    sizes = cases.group_by("cohort").agg(people=cases.count())
    by_day = visits.group_by([*page, "first"]).agg(same=visits.count(), days=visits.days.sum())
    so_far = ibis.cumulative_window(group_by=page, order_by="first")
    by_day = keep(by_day.mutate(up_to=by_day.same.sum().over(so_far).cast("int64")))
    pages = by_day.group_by(page).agg(visitors=by_day.same.sum(), page_days=by_day.days.sum()).join(sizes, "cohort")
    tasks = pages.filter((pages.visitors * 2 >= pages.people) & (pages.page_days * 10 <= pages.visitors * 11))
    tasks = tasks.select(*page, "people", undone=tasks.visitors + tasks.people)
    done = visits.select("row", *page, "first").join(by_day, [*page, "first"])
    done = done.select("row", *page, rank=done.up_to * 2 - done.same)
    asked = cases.select("row", "cohort").join(tasks, "cohort").left_join(done, ["row", *page])
    latest = asked.group_by("row").agg(
        latest=ibis.coalesce(asked["rank"], asked.undone).max(), people=asked.people.max()
    )
    return latest.select("row", own_latest_task=latest.latest / (latest.people * 2))


def _finished(t: ir.Table) -> ir.Table:
    def zero(name: str) -> ir.NumericValue:
        return t[name].fill_null(0)

    def trend(last: ir.NumericValue, both: ir.NumericValue) -> ir.NumericValue:
        """The last span against the one before it, given also both together."""
        return (last * 2 - both) / both.nullif(0)

    any_14 = zero("own_events_14d") + zero("other_events_14d")
    any_28 = zero("own_events_28d") + zero("other_events_28d")
    any_56 = zero("own_events_56d") + zero("other_events_56d")
    any_all = zero("own_events_all") + zero("other_events_all")
    mean_gap = t.gap_sum / t.gap_count.nullif(0)
    derived = {
        "any_recency": ibis.least(t.own_recency, t.other_recency),
        "any_first": ibis.greatest(t.own_first, t.other_first),
        "own_trend_14d": trend(zero("own_events_14d"), zero("own_events_28d")),
        "own_trend_28d": trend(zero("own_events_28d"), zero("own_events_56d")),
        "any_trend_14d": trend(any_14, any_28),
        "any_trend_28d": trend(any_28, any_56),
        "own_mean_gap": mean_gap,
        "own_gap_now": t.own_recency / (t.own_recency + mean_gap),
        "own_active_weeks": t.weeks / ((t.own_first / 7).floor() + 1),
        "own_share_28d": zero("own_events_28d") / any_28.nullif(0),
        "own_share_all": zero("own_events_all") / any_all.nullif(0),
        "night_share_56d": (zero("own_night") + zero("other_night")) / any_56.nullif(0),
        "weekend_share_56d": (zero("own_weekend") + zero("other_weekend")) / any_56.nullif(0),
        "own_missed": zero("usual_total") - zero("usual_seen"),
        "own_missed_recent": zero("recent_total") - zero("recent_seen"),
        "own_latest_task": t.own_latest_task.fill_null(0.5),
        "own_pages_shared": zero("shared_seen") / t.shared_total.nullif(0),
        "days_since_applied": (t.as_of - t.applied) / DAY_MS,
        "days_since_registered": (t.as_of - t.registered) / DAY_MS,
        **{name: (t.sites != NO_SITES).ifelse(zero(name), ibis.null("int64")) for name in OF_COVERED_SITES},
    }
    as_they_are = {"own_recency", "other_recency", "own_first", "own_longest_gap"}
    columns = {
        name: derived[name] if name in derived else t[name] if name in as_they_are else zero(name) for name in NAMES
    }
    return t.select("row", **{name: value.cast("float64") for name, value in columns.items()})


def _day(slot: ir.IntegerValue) -> ir.IntegerValue:
    """Whole days before `as_of`, 0 for the last 24 hours."""
    return (slot / SLOTS_A_DAY).floor().cast("int32")


def _if(condition: ir.BooleanValue) -> ir.IntegerValue:
    return condition.cast("int64")


def _total(values: ir.NumericColumn) -> ir.NumericScalar:
    """A sum to be summed up again: DuckDB's own has 128 bits, and those are slow."""
    return values.sum().cast("int64")


def _sum(values: ir.NumericColumn, inside: ir.BooleanColumn) -> ir.NumericScalar:
    return inside.ifelse(values, 0).sum()

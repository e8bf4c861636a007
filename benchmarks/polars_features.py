"""The features as one would write them by hand in Polars, for members linked already: a yardstick for ours."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl

from kanmon.features.definition import NAMES, OF_COVERED_SITES, TASK_SETTLES, WINDOWS, suffix
from kanmon.features.expression import EVER, HOUR_MS, SLOT_MS, SLOTS_A_DAY
from kanmon.lake.cleared import ClearedPerson
from kanmon.lake.event import DAY_MS, TOKYO_OFFSET_MS
from kanmon.lake.files.manifest import LakeFolder
from kanmon.lake.query import cleared_table

DAY_AGO = pl.col("day")
SIDES = {"own": pl.col("is_own"), "other": ~pl.col("is_own")}


def compute(lake: Path, cleared: Sequence[ClearedPerson]) -> pl.DataFrame:
    """One row for each cleared person, in order: every feature of the catalogue as float64."""
    cases = _cases(lake, cleared)
    found = _found(lake, cases).collect(engine="streaming").lazy()
    slots = (
        found.group_by("row", "is_own", "slot")
        .agg(pl.len().alias("events"), pl.col("weight", "night", "weekend").sum())
        .with_columns(day=pl.col("slot") // SLOTS_A_DAY)
        .collect()
        .lazy()
    )
    days = slots.group_by("row", "is_own", "day").agg(pl.col("events", "weight", "night", "weekend").sum())
    own_days = days.filter("is_own").sort("row", "day")
    visits = (
        found.filter("is_own")
        .with_columns(day=pl.col("slot") // SLOTS_A_DAY)
        .unique(["row", "kind", "page", "day"])
        .group_by("row", "cohort", "kind", "page")
        .agg(days=pl.len(), last=DAY_AGO.min(), oldest=DAY_AGO.max(), recent=(DAY_AGO < 28).sum())
    )
    firsts = (
        found.filter("is_own")
        .group_by("row", "cohort", "kind", "page")
        .agg(first=(pl.col("t") + TOKYO_OFFSET_MS).min() // DAY_MS)
    )
    targets = found.filter(~pl.col("is_own") & (pl.col("target") != 0)).group_by("row", "target")
    parts = pl.collect_all(
        [
            _sides(days),
            own_days.group_by("row").agg(
                own_longest_gap=DAY_AGO.diff().max(), gap_sum=DAY_AGO.diff().sum(), gap_count=pl.len() - 1,
                weeks=(DAY_AGO // 7).n_unique(),
            ),
            _distinct(visits, "own_pages"),
            _distinct(visits.group_by("row", "kind").agg(pl.col("last").min()), "own_kinds"),
            _distinct(targets.agg(last=pl.col("slot").min() // SLOTS_A_DAY), "other_targets"),
            _sessions(slots),
            *_against_cohort(cases.lazy(), visits),
            _latest_task(cases.lazy(), visits.join(firsts, on=["row", "cohort", "kind", "page"])),
        ]
    )  # fmt: skip
    for part in parts:
        cases = cases.join(part, on="row", how="left")
    uncovered = {name: pl.lit(None) for name in OF_COVERED_SITES}  # nobody asked here has words that name a site
    return _finished(cases).with_columns(**uncovered).sort("row").select(pl.col(NAMES).cast(pl.Float64))


def _cases(lake: Path, cleared: Sequence[ClearedPerson]) -> pl.DataFrame:
    names = LakeFolder(lake).paths("name")
    codes = duckdb.sql(f"SELECT name, code FROM read_parquet({names}) WHERE space = 'target'").fetchall()
    asked = pl.from_arrow(cleared_table(cleared))
    assert isinstance(asked, pl.DataFrame)
    return asked.with_columns(
        own=pl.col("client").replace_strict(dict(codes), default=-1, return_dtype=pl.Int32),
        cohort=pl.col("client").rank("dense"),
    )


def _found(lake: Path, cases: pl.DataFrame) -> pl.LazyFrame:
    local = pl.col("t") + TOKYO_OFFSET_MS
    return (
        pl.scan_parquet(LakeFolder(lake).paths("event"))
        .join(cases.lazy().select("row", "cohort", "as_of", "own", subject="member"), on="subject")
        .filter((pl.col("t") < pl.col("as_of")) & (pl.col("site") == 0))
        .select(
            "row", "cohort", "kind", "page", "target", "weight", "t",
            is_own=pl.col("target") == pl.col("own"),
            slot=((pl.col("as_of") - pl.col("t")) // SLOT_MS).cast(pl.Int32),
            night=(local % DAY_MS >= 22 * HOUR_MS) | (local % DAY_MS < 5 * HOUR_MS),
            weekend=(local + 3 * DAY_MS) % (7 * DAY_MS) >= 5 * DAY_MS,
        )
    )  # fmt: skip


def _sides(days: pl.LazyFrame) -> pl.LazyFrame:
    sums = []
    for side, is_side in SIDES.items():
        for window in WINDOWS:
            inside = is_side & DAY_AGO.lt(window or EVER)
            sums += [
                pl.col(of).filter(inside).sum().alias(f"{side}_{of}_{suffix(window)}") for of in ("events", "weight")
            ]
            sums.append(inside.sum().alias(f"{side}_active_days_{suffix(window)}"))
        sums += [
            DAY_AGO.filter(is_side).min().alias(f"{side}_recency"),
            DAY_AGO.filter(is_side).max().alias(f"{side}_first"),
        ]
    recent = [pl.col(of).filter(DAY_AGO < 56).sum() for of in ("night", "weekend")]
    return days.group_by("row").agg(*sums, *recent, any_recency=DAY_AGO.min(), any_first=DAY_AGO.max())


def _distinct(last_seen: pl.LazyFrame, name: str) -> pl.LazyFrame:
    return last_seen.group_by("row").agg(
        (pl.col("last") < (window or EVER)).sum().alias(f"{name}_{suffix(window)}") for window in WINDOWS
    )


def _sessions(slots: pl.LazyFrame) -> pl.LazyFrame:
    active = slots.select("row", "slot", "day").unique().sort("row", "slot")
    pause = pl.col("slot").shift(-1) - pl.col("slot")
    is_same = pl.col("row").shift(-1) == pl.col("row")
    starts = active.filter(~(is_same & (pause == 1)).fill_null(value=False))
    return starts.group_by("row").agg(
        sessions_7d=(DAY_AGO < 7).sum(), sessions_28d=(DAY_AGO < 28).sum(), sessions_all=pl.len()
    )


def _against_cohort(cases: pl.LazyFrame, visits: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    people = cases.group_by("cohort").agg(people=pl.len())
    visitors, page_days = pl.col("visitors"), pl.col("page_days")
    is_usual = visitors * 5 >= pl.col("people")
    share = pl.when(is_usual).then(visitors * 1000 // pl.col("people")).otherwise(0)
    pages = (
        visits.group_by("cohort", "kind", "page")
        .agg(visitors=pl.len(), page_days=pl.col("days").sum(), page_recent=pl.col("recent").sum())
        .join(people, on="cohort")
        .select(
            "cohort", "kind", "page",
            usual=share,
            usual_recent=pl.when(pl.col("page_recent") * 2 >= page_days).then(share).otherwise(0),
            task=pl.when(page_days * 10 <= visitors * 11).then(share).otherwise(0),
            shared=visitors * 10 >= pl.col("people") * 3,
        )
    )  # fmt: skip
    totals = pages.group_by("cohort").agg(
        usual_total=pl.col("usual").sum(),
        recent_total=pl.col("usual_recent").sum(),
        shared_total=pl.col("shared").sum(),
    )
    settled = TASK_SETTLES + pl.min_horizontal(pl.col("oldest") + 1, TASK_SETTLES)
    seen = (
        visits.join(pages, on=["cohort", "kind", "page"])
        .group_by("row")
        .agg(
            usual_seen=pl.col("usual").sum(), recent_seen=pl.col("usual_recent").sum(),
            own_tasks_done=(pl.col("task") * settled).sum(), shared_seen=pl.col("shared").sum(),
        )
    )  # fmt: skip
    return cases.select("row", "cohort").join(totals, on="cohort", how="left").drop("cohort"), seen


def _latest_task(cases: pl.LazyFrame, visits: pl.LazyFrame) -> pl.LazyFrame:
    page = ["cohort", "kind", "page"]
    tasks = (
        visits.group_by(page)
        .agg(visitors=pl.len(), page_days=pl.col("days").sum())
        .join(cases.group_by("cohort").agg(people=pl.len()), on="cohort")
        .filter((pl.col("visitors") * 2 >= pl.col("people")) & (pl.col("page_days") * 10 <= pl.col("visitors") * 11))
    )
    done = visits.with_columns(rank=pl.col("first").rank("average").over(page) - 0.5)
    undone = (pl.col("visitors") + pl.col("people")) / 2
    return (
        cases.select("row", "cohort")
        .join(tasks, on="cohort")
        .join(done.select("row", *page, "rank"), on=["row", *page], how="left")
        .group_by("row")
        .agg(own_latest_task=(pl.col("rank").fill_null(undone) / pl.col("people")).max())
    )


def _finished(cases: pl.DataFrame) -> pl.DataFrame:
    may_be_null = {
        "own_recency",
        "other_recency",
        "any_recency",
        "own_first",
        "any_first",
        "own_longest_gap",
        "own_latest_task",
    }
    known = cases.with_columns(
        pl.exclude(*may_be_null, "gap_sum", "gap_count", "weeks", "registered").fill_null(0)
    ).with_columns(pl.selectors.integer().cast(pl.Float64) - 0)
    col = {name: pl.col(name) for name in known.columns}

    def ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
        return pl.when(whole != 0).then(part / whole)

    any_events = {
        window: col[f"own_events_{window}"] + col[f"other_events_{window}"] for window in ("14d", "28d", "56d", "all")
    }
    mean_gap = ratio(col["gap_sum"], col["gap_count"])
    return known.with_columns(
        own_trend_14d=ratio(2 * col["own_events_14d"] - col["own_events_28d"], col["own_events_28d"]),
        own_trend_28d=ratio(2 * col["own_events_28d"] - col["own_events_56d"], col["own_events_56d"]),
        any_trend_14d=ratio(2 * any_events["14d"] - any_events["28d"], any_events["28d"]),
        any_trend_28d=ratio(2 * any_events["28d"] - any_events["56d"], any_events["56d"]),
        own_mean_gap=mean_gap,
        own_gap_now=ratio(col["own_recency"], col["own_recency"] + mean_gap),
        own_active_weeks=col["weeks"] / (col["own_first"] // 7 + 1),
        own_share_28d=ratio(col["own_events_28d"], any_events["28d"]),
        own_share_all=ratio(col["own_events_all"], any_events["all"]),
        night_share_56d=ratio(col["night"], any_events["56d"]),
        weekend_share_56d=ratio(col["weekend"], any_events["56d"]),
        own_missed=col["usual_total"] - col["usual_seen"],
        own_missed_recent=col["recent_total"] - col["recent_seen"],
        own_latest_task=pl.col("own_latest_task").fill_null(0.5),
        own_pages_shared=ratio(col["shared_seen"], col["shared_total"]),
        days_since_applied=(col["as_of"] - col["applied"]) / DAY_MS,
        days_since_registered=(col["as_of"] - col["registered"]) / DAY_MS,
        **{name: pl.lit(None, pl.Float64) for name in OF_COVERED_SITES},
    )

"""The thirty counts of the catalogue as one would write them at first: one DuckDB query, and pandas.

Events, weight and active days about the client and about all others, in five windows: less than half of the features.
"""

from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from kanmon.features.definition import WINDOWS, suffix
from kanmon.lake.cleared import ClearedPerson
from kanmon.lake.event import DAY_MS
from kanmon.lake.files.manifest import LakeFolder
from kanmon.lake.query import cleared_table

NAMES = tuple(
    f"{side}_{what}_{suffix(window)}"
    for side in ("own", "other")
    for window in WINDOWS
    for what in ("events", "weight", "active_days")
)
_COLUMNS = ["subject", "t", "target", "weight"]


def _cases(lake: Path, cleared: list[ClearedPerson]) -> pa.Table:
    """row, subject, as_of and the client's number in the dictionary, -1 where it has none."""
    names = LakeFolder(lake).paths("name")
    asked = cleared_table(cleared)  # noqa: F841 - DuckDB reads it by its name
    return duckdb.sql(
        f"""SELECT row, member AS subject, as_of, coalesce(code, -1) AS own_target FROM asked
        LEFT JOIN (FROM read_parquet({names}) WHERE space = 'target') ON name = client ORDER BY row"""
    ).to_arrow_table()


def by_query(lake: Path, cleared: list[ClearedPerson]) -> pa.Table:
    cases = _cases(lake, cleared)  # noqa: F841 - DuckDB reads it by its name
    day = f"(as_of - t) // {DAY_MS}"
    measured = {"events": "count(*)", "weight": "sum(weight)", "active_days": f"count(DISTINCT {day})"}
    counts = []
    for side, of_side in (("own", "target = own_target"), ("other", "target <> own_target")):
        for window in WINDOWS:
            inside = of_side if window is None else f"{of_side} AND {day} < {window}"
            for name, value in measured.items():
                counts.append(f"coalesce({value} FILTER ({inside}), 0)::double AS {side}_{name}_{suffix(window)}")
    duckdb.sql("SET enable_progress_bar = false")
    return duckdb.sql(
        f"""SELECT {", ".join(counts)} FROM cases LEFT JOIN read_parquet({LakeFolder(lake).paths("event")}) e
        ON e.subject = cases.subject AND t < as_of AND site = 0 GROUP BY row ORDER BY row"""
    ).to_arrow_table()


def by_pandas(lake: Path, cleared: list[ClearedPerson]) -> pa.Table:
    cases = _cases(lake, cleared).to_pandas()
    events = pd.concat(
        [pd.read_parquet(path, columns=[*_COLUMNS, "site"]) for path in LakeFolder(lake).paths("event")],
        ignore_index=True,
    )
    found = events[events.subject.isin(cases.subject)].merge(cases, on="subject")
    found = found[(found.t < found.as_of) & (found.site == 0)]
    found = found.assign(day=(found.as_of - found.t) // DAY_MS, is_own=found.target == found.own_target)
    columns = {}
    for side, of_side in (("own", found[found.is_own]), ("other", found[~found.is_own])):
        for window in WINDOWS:
            inside = of_side if window is None else of_side[of_side.day < window]
            by_row = inside.groupby("row")
            for name, values in (
                ("events", by_row.size()), ("weight", by_row.weight.sum()), ("active_days", by_row.day.nunique()),
            ):  # fmt: skip
                columns[f"{side}_{name}_{suffix(window)}"] = values.reindex(cases.row, fill_value=0).astype(float)
    return pa.table({name: columns[name].to_numpy() for name in NAMES})

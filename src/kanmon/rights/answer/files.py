"""One person's own history out of the lake, on DuckDB."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from kanmon.core.ids import ClientId, CookieId, MemberNo
from kanmon.lake.cleared import ForeignStretch
from kanmon.lake.event import BUCKETS, DAY_MS, EVENT_SCHEMA, IDENTITY_SCHEMA, NAME_SCHEMA, OWN_SITE, TOKYO_OFFSET_MS
from kanmon.lake.files.ibis_connection import opened_by_ibis, parquet
from kanmon.lake.files.manifest import LakeFolder, begun_again
from kanmon.lake.query import (
    corrected_subjects,
    covered_sites,
    events_before,
    named_browsers,
    not_theirs_table,
    site_sets,
    subjects_of,
    whole_ms,
    without_corrected,
)
from kanmon.rights.answer.history import DailyActions, DayOfActions, OwnBrowser, ScoreQuery

_EPOCH = date(1970, 1, 1)


class DuckDBOwnHistory:
    """See `rights.answer.history.OwnHistory`; only the files that can hold this person's events are opened."""

    def __init__(self, lake: LakeFolder | Path, memory_limit: str = "500MB") -> None:
        self._folder = LakeFolder.at(lake)
        self._memory_limit = memory_limit

    @begun_again
    def browsers(self, member: MemberNo, at: datetime, not_theirs: Sequence[ForeignStretch]) -> Sequence[OwnBrowser]:
        """See `rights.answer.history.OwnHistory`."""
        with self._opened(member) as lake:
            found = lake.taken_for(member, at)
            corrected = lake.corrected([(member, not_theirs)])
            found = found if corrected is None else without_corrected(found, corrected)
            days = found.group_by(["subject", "kind", "day"]).agg(events=found.count())
            rows = days.order_by(["subject", "day", "kind"]).to_pyarrow().to_pylist()
            shared, kinds, names = lake.shared(member), lake.names("kind"), lake.names("cookie")
        by_subject: dict[int, dict[date, dict[str, int]]] = {}
        for row in rows:
            day = by_subject.setdefault(row["subject"], {}).setdefault(_day(row["day"]), {})
            day[kinds[row["kind"]]] = row["events"]
        return [
            OwnBrowser(
                None if subject > 0 else CookieId(names[-subject]),
                -subject in shared,
                [DayOfActions(day, counts) for day, counts in days_of.items()],
            )
            for subject, days_of in sorted(by_subject.items(), reverse=True)
        ]

    @begun_again
    def counted(self, asked: Sequence[ScoreQuery]) -> Sequence[Sequence[DailyActions]]:
        """See `rights.answer.history.OwnHistory`."""
        if not asked:
            return []
        with self._opened(asked[0].member_no) as lake:
            targets = {name: code for code, name in lake.names("target").items()}
            cases = lake.cases(asked, targets)
            sites = lake.names("site")
            corrected = lake.corrected([(one.member_no, one.not_theirs) for one in asked])
            covered = lake.covered(asked, sites)
            found = events_before(subjects_of(cases, lake.identities), lake.events, corrected, covered)
            placed = found.select(
                "row", "site", "kind", "weight",
                is_own=found.target == found.own_target,
                days_before=((found.as_of - found.t) / DAY_MS).floor().cast("int32"),
                day=_tokyo_day(found.t),
            )  # fmt: skip
            summed = placed.group_by(["row", "site", "is_own", "kind", "days_before", "day"]).agg(
                events=placed.count(), weight=placed.weight.sum()
            )
            in_order = summed.order_by(["row", "days_before", "site", "is_own", "kind", "day"])
            rows, kinds = in_order.to_pyarrow().to_pylist(), lake.names("kind")
        counted: list[list[DailyActions]] = [[] for _ in asked]
        for row in rows:
            did = DailyActions(
                row["is_own"], kinds[row["kind"]], row["days_before"], _day(row["day"]), row["events"], row["weight"],
                None if row["site"] == OWN_SITE else sites[row["site"]],
            )  # fmt: skip
            counted[row["row"]].append(did)
        return counted

    @begun_again
    def events(self, member: MemberNo, at: datetime) -> Sequence[Mapping[str, object]]:
        """See `rights.answer.history.OwnHistory`."""
        with self._opened(member) as lake:
            in_order = lake.taken_for(member, at).order_by(["t", "subject", "kind", "target", "page", "site", "weight"])
            rows = in_order.to_pyarrow().to_pylist()
            names = {space: lake.names(space) for space in ("cookie", "kind", "target", "page", "site")}
        return [
            {
                "occurred_at": (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=row["t"])).isoformat(),
                "cookie_id": None if row["subject"] > 0 else names["cookie"][-row["subject"]],
                **{name: names[name].get(row[name]) for name in ("kind", "target", "page", "site")},
                "weight": row["weight"],
            }
            for row in rows
        ]

    @contextmanager
    def _opened(self, member: MemberNo) -> Iterator["_Lake"]:
        with opened_by_ibis(self._folder, self._memory_limit, is_alone=False) as con:
            yield _Lake(con, self._folder, member)


class _Lake:
    """The tables of the lake as far as one member is concerned."""

    def __init__(self, con: Backend, folder: LakeFolder, member: MemberNo) -> None:
        self._con = con
        self._folder = folder
        logins = parquet(con, folder.paths("identity"), IDENTITY_SCHEMA)
        mine = logins.filter(logins.member == member).select("cookie").distinct()
        self.identities = con.create_table("logins", logins.semi_join(mine, "cookie"), temp=True)
        subjects = [int(member), *(-cookie for cookie in self.identities["cookie"].to_pyarrow().to_pylist())]
        buckets = {subject % BUCKETS for subject in subjects}
        files = folder.manifest().get("event", ())
        paths = folder.paths_of([file for file in files if file.bucket is None or file.bucket in buckets])
        self.events = parquet(con, paths, EVENT_SCHEMA)

    def names(self, space: str) -> dict[int, str]:
        """The names of one space by their numbers."""
        table = self._names()
        found = table.filter(table.space == space).to_pyarrow()
        return dict(zip(found["code"].to_pylist(), found["name"].to_pylist(), strict=True))

    def cases(self, asked: Sequence[ScoreQuery], targets: Mapping[str, int]) -> ir.Table:
        """Cases as features have them, given the number of each company."""
        sets = site_sets([query.partner_sites for query in asked])
        rows = pa.table(
            {
                "row": pa.array(range(len(asked)), pa.int32()),
                "cohort": pa.array([0] * len(asked), pa.int32()),
                "member": pa.array([query.member_no for query in asked], pa.int32()),
                "cookie": pa.array([None] * len(asked), pa.int32()),
                "as_of": whole_ms([query.as_of for query in asked]),
                "covers_before_login": pa.array([query.covers_before_login for query in asked], pa.bool_()),
                "own_target": pa.array([targets.get(query.client_id, -1) for query in asked], pa.int32()),
                "sites": pa.array([sets[query.partner_sites] for query in asked], pa.int32()),
            }
        )
        return self._con.create_table("cases", rows, temp=True)

    def covered(self, asked: Sequence[ScoreQuery], sites: Mapping[int, str]) -> ir.Table:
        """Which sites count for which `sites` of `cases`."""
        codes = {name: code for code, name in sites.items() if name is not None}
        rows = covered_sites([query.partner_sites for query in asked], codes)
        return self._con.create_table("covered", rows, temp=True)

    def corrected(self, people: Sequence[tuple[MemberNo, Sequence[ForeignStretch]]]) -> ir.Table | None:
        """What doesn't count for which case; None where nothing was corrected."""
        rows = not_theirs_table(people)
        if not rows.num_rows:
            return None
        corrections = self._con.create_table("corrections", rows, temp=True)
        return corrected_subjects(corrections, named_browsers(self._names()))

    def taken_for(self, member: MemberNo, at: datetime) -> ir.Table:
        """Every event that is taken for the member's before `at`, wherever it was, with its day in Japan."""
        anything = ScoreQuery(member, ClientId(""), at, covers_before_login=True, not_theirs=())
        subjects = subjects_of(self.cases([anything], {}), self.identities)
        found = self.events.join(subjects, "subject").filter(lambda e: (e.t >= e.since) & (e.t < e.until))
        return found.select("row", "subject", "t", "kind", "target", "page", "weight", "site", day=_tokyo_day(found.t))

    def shared(self, member: MemberNo) -> set[int]:
        """Browsers on which others logged in as well."""
        others: list[Any] = self.identities.filter(self.identities.member != member)["cookie"].to_pyarrow().to_pylist()
        return set(others)

    def _names(self) -> ir.Table:
        return parquet(self._con, self._folder.paths("name"), NAME_SCHEMA)


def _tokyo_day(t: ir.IntegerColumn) -> ir.IntegerColumn:
    return ((t + TOKYO_OFFSET_MS) / DAY_MS).floor().cast("int32")


def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)

"""Small lakes: what a person did, written as staged files and read back in the words it was written in."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import FileSelector, FileType

from kanmon.core.refused import MergeResult
from kanmon.lake.files.connection import opened
from kanmon.lake.files.duckdb_lake import DuckDBLake

_MOMENT = pa.timestamp("us", tz="UTC")
_EVENT_SCHEMA = pa.schema(
    [
        ("cookie_id", pa.string()),
        ("member_id", pa.string()),
        ("occurred_at", _MOMENT),
        ("kind", pa.string()),
        ("target", pa.string()),
        ("page", pa.string()),
        ("weight", pa.int32()),
        ("site", pa.string()),
        ("line", pa.int64()),
    ]
)
_LOGIN_SCHEMA = pa.schema(
    [("cookie_id", pa.string()), ("member_id", pa.string()), ("seen_at", _MOMENT), ("line", pa.int64())]
)


@dataclass(frozen=True)
class Did:
    """One event; `t` in ms since 1970."""

    who: str | None
    t: int
    kind: str = "view"
    target: str | None = "acme"
    page: str | None = "top"
    weight: int = 1
    site: str | None = None
    cookie: str | None = None


@dataclass(frozen=True)
class Login:
    """One login of a member with a cookie; `t` in ms since 1970."""

    cookie: str
    who: str
    t: int


def moment(t: int) -> datetime:
    return datetime.fromtimestamp(t // 1000, UTC).replace(microsecond=t % 1000 * 1000)


def staged_events(path: Path, events: Iterable[Did]) -> Path:
    rows = [
        {
            "cookie_id": e.cookie, "member_id": e.who, "occurred_at": moment(e.t), "kind": e.kind, "target": e.target,
            "page": e.page, "weight": e.weight, "site": e.site, "line": line,
        }
        for line, e in enumerate(events, 2)
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows, _EVENT_SCHEMA), path)
    return path


def load_members(lake: DuckDBLake, staging: Path, members: Sequence[str]) -> dict[str, int]:
    """The number of each of `members`."""
    path = staging / "members.parquet"
    pq.write_table(pa.table({"member_id": pa.array(members, pa.string())}), path)
    table = lake.load_members(path)
    return dict(zip(table["member_id"].to_pylist(), table["member_no"].to_pylist(), strict=True))


def load_events(lake: DuckDBLake, staging: Path, events: Iterable[Did]) -> MergeResult:
    return lake.load_events(staged_events(staging / "events.parquet", events))


def load_logins(lake: DuckDBLake, staging: Path, logins: Iterable[Login]) -> MergeResult:
    rows = [
        {"cookie_id": login.cookie, "member_id": login.who, "seen_at": moment(login.t), "line": line}
        for line, login in enumerate(logins, 2)
    ]
    path = staging / "logins.parquet"
    pq.write_table(pa.Table.from_pylist(rows, _LOGIN_SCHEMA), path)
    return lake.load_identities(path)


def names_of(lake: DuckDBLake, table: str) -> set[str]:
    """The names of the files of one table."""
    return {file.name for file in lake.folder.manifest().get(table, ())}


def lying(lake: DuckDBLake) -> dict[str, bytes]:
    """Every file that lies there by its path, whoever names it, and its bytes."""
    files, root = lake.folder.filesystem, lake.folder.place.split("://")[-1]
    found = files.get_file_info(FileSelector(root, recursive=True, allow_not_found=True))
    paths = [one.path for one in found if one.type == FileType.File]
    return {path.removeprefix(f"{root}/"): files.open_input_stream(path, compression=None).read() for path in paths}


def dictionary(lake: DuckDBLake) -> dict[tuple[str, str], int]:
    """The number of each name of each space."""
    rows = _rows(lake, "name")
    found = {(space, name): code for space, name, code in rows}
    assert len(found) == len(rows)
    assert len({(space, code) for (space, _), code in found.items()}) == len(rows)
    return found


def kept(lake: DuckDBLake) -> Counter[Did]:
    """Every event of the lake, decoded again, and how often it lies there; a member's event has lost its cookie."""
    if not lake.folder.paths("event"):
        return Counter()
    name_of = {(space, code): name for (space, name), code in dictionary(lake).items()}
    member_of = {member_no: member_id for member_id, member_no in _rows(lake, "member")}
    return Counter(
        Did(
            member_of[subject] if subject > 0 else None,
            t,
            name_of["kind", kind],
            name_of.get(("target", target)),
            name_of.get(("page", page)),
            weight,
            name_of.get(("site", site)),
            name_of["cookie", -subject] if subject < 0 else None,
        )
        for subject, t, kind, target, page, weight, site in _rows(lake, "event")
    )


def _rows(lake: DuckDBLake, table: str) -> list[tuple[Any, ...]]:
    with opened(lake.folder, "500MB", is_alone=False) as con:
        return con.execute("FROM read_parquet($1)", [lake.folder.paths(table)]).fetchall()

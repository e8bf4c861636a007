"""A small, right folder, to be spoilt in one way at a time; and a progress that nobody watches."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from kanmon.core.progress import ProgressStep
from kanmon.core.refused import REFUSED_SCHEMA
from kanmon.intake.files.tables import stage_tables
from kanmon.intake.loading import StagedTable

NOW = datetime(2026, 4, 1, tzinfo=UTC)
HASH = "ab" * 32
MEMBERS = "member_id,season,registered_at\nm1,2026,2026-01-02T03:04:05+09:00\n"
EVENTS = "occurred_at,cookie_id,member_id,kind,target,page,weight,site\n"
EVENT = "2026-02-01T10:00:00+09:00,c1,,view,X,p1,3,\n"
APPLICANTS = "client_id,applicant_id,season,applied_at,as_of\n"
APPLICANT = "X,a1,2026,2026-02-01T00:00:00Z,2026-03-01T00:00:00Z\n"
CONSENTS = "occurred_at,member_id,screen_id,text_sha256,action,client_id,refusable\n"


class Quiet:
    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[ProgressStep]:
        yield _Step()


class _Step:
    def advance(self, by: int = 1) -> None:
        pass


class Folder:
    """A folder with one table in it."""

    def __init__(self, root: Path) -> None:
        self.path = root / "folder"
        self.staging = root / "staging"
        self.path.mkdir()

    def write(self, name: str, content: str | bytes) -> "Folder":
        (self.path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return self

    def staged(self, memory_limit: str = "500MB") -> StagedTable:
        (table,) = stage_tables(self.path, self.staging, NOW, Quiet(), memory_limit)
        assert table.refused.schema == REFUSED_SCHEMA
        return table


def told(table: StagedTable) -> list[tuple[int, str, str, str]]:
    return [tuple(row.values()) for row in table.refused.to_pylist()]


def remarks(table: StagedTable) -> str:
    return "\n".join(remark.message % remark.values for remark in table.remarks)


def rows(table: StagedTable, *columns: str) -> list[tuple[object, ...]]:
    assert table.path is not None, remarks(table)
    return [tuple(row.values()) for row in pq.read_table(table.path, columns=list(columns)).to_pylist()]


def lines(table: StagedTable) -> Sequence[object]:
    return [line for (line,) in rows(table, "line")]

"""A long query that is followed: all of it is told in the end, and whoever is told can end it."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from kanmon.lake.files import progress as duckdb_progress
from kanmon.lake.files.progress import followed

LONG = "SELECT sum(list_sum(list_transform(range(1_000), x -> hash(x + i) % 7))) FROM '{}'"


class Stopped(Exception):
    """Somebody wants the work to end."""


def test_all_is_told_by_the_end() -> None:
    told: list[int] = []
    with duckdb.connect() as con, followed(con, 1000, told.append):
        assert con.execute("SELECT 1").fetchall() == [(1,)]
    assert sum(told) == 1000


def test_whoever_is_told_can_end_the_query(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(duckdb_progress, "_EVERY_SECONDS", 0.01)
    many = tmp_path / "many.parquet"
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT i FROM range(200_000) r(i)) TO '{many}' (ROW_GROUP_SIZE 2048)")
        with pytest.raises(Stopped), followed(con, 1_000_000, stop(Stopped())):
            con.execute(LONG.format(many))


def stop(raised: Exception) -> Callable[[int], None]:
    def advance(_: int) -> None:
        raise raised

    return advance

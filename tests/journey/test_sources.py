"""A season whose tables lie in two databases and on a disk elsewhere is loaded as the folder that holds them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import psycopg
import pytest

from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import conninfo_of
from tests.journey.command import Road, kanmon


def test_tables_may_lie_elsewhere(
    workspace: Callable[[Road | None], Road], postgres: EmbeddedPostgres, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder, elsewhere = tmp_path / "season", tmp_path / "elsewhere"
    assert kanmon("init", "--example", folder).status == 0
    plain = workspace(None)
    expected = {file["dataset"]: file for file in plain("check", folder, "--json").json["files"]}
    elsewhere.mkdir()
    for table in ("outcomes", "applicants", "events"):
        shutil.move(folder / f"{table}.csv", elsewhere / f"{table}.csv")
    with duckdb.connect(folder / "board.duckdb") as board:
        board.execute(f"CREATE TABLE ends AS SELECT * FROM read_csv('{elsewhere}/outcomes.csv', all_varchar = true)")
    address = conninfo_of(postgres.superuser_url())
    monkeypatch.setenv("KANMON_SOURCE_CLIENTS", address)
    with psycopg.connect(address, autocommit=True) as clients:
        names = (elsewhere / "applicants.csv").read_text(encoding="utf-8").splitlines()[0].replace('"', "").split(",")
        clients.execute(f"CREATE TABLE handed_over ({', '.join(f'{name} text' for name in names)})".encode())
        with clients.cursor() as cursor, cursor.copy("COPY handed_over FROM STDIN CSV HEADER") as copy:
            copy.write((elsewhere / "applicants.csv").read_bytes())
    with (folder / "service.yaml").open("a", encoding="utf-8") as service:
        service.write(
            "\nsources:\n"
            "  - {table: outcomes, duckdb: board.duckdb, query: SELECT * FROM ends}\n"
            "  - {table: applicants, postgres: clients, query: SELECT * FROM handed_over}\n"
            f"  - {{table: events, file: 'file://{elsewhere}/events.csv'}}\n"
        )
    for command in ("check", "load"):
        read = plain(command, folder, "--json")
        found = {file["dataset"]: file for file in read.json["files"]}
        assert read.status == 0, read.err
        counts = ("new", "unchanged", "refused")
        assert {name: [file.get(count) for count in counts] for name, file in found.items()} == {
            name: [file.get(count) for count in counts] for name, file in expected.items()
        }
    again = plain("load", folder, "--json").json["files"]
    assert not any(file["new"] for file in again)
    monkeypatch.delenv("KANMON_SOURCE_CLIENTS")
    refused = plain("load", folder, "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "FOLDER_UNREADABLE")
    with psycopg.connect(address, autocommit=True) as clients:
        clients.execute("DROP TABLE handed_over")

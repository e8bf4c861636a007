"""`kanmon check` says just what `load` and `policy check` say, and changes nothing at all."""

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from sqlalchemy import text

from kanmon.application.application import Application
from kanmon.application.transactions import PostgresTransactions
from kanmon.cli.progress import LineProgress
from kanmon.core.clock import ReplayClock
from kanmon.core.errors import LawNotInForce, ServiceInvalid
from kanmon.core.workspace import Workspace
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import engine_as
from kanmon.db.unit_of_work import Database
from kanmon.intake.loaded import FolderLoad
from kanmon.intake.use_cases import loading
from kanmon.intake.use_cases.checking import check_folder
from kanmon.intake.use_cases.loading import load_folder
from kanmon.ledger.store.keys import KeyStore
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon_stories.season import write_season
from tests.databases import run_as_superuser
from tests.rows import KEY, ROW_KEY

NOW = ReplayClock(datetime(2026, 11, 20, tzinfo=UTC))


@dataclass(frozen=True)
class World:
    """A workspace over a database of its own, and the folder of a season."""

    postgres: EmbeddedPostgres
    name: str
    application: Application
    season: Path

    def content(self) -> Mapping[str, str]:
        """A hash of each table, and of each file of the workspace."""
        found = {}
        with engine_as(self.postgres.superuser_url(self.name), None).connect() as connection:
            tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'kanmon'")).all()
            for table in tables:
                rows = connection.scalars(text(f"SELECT t::text FROM kanmon.{table} t ORDER BY 1")).all()
                found[table] = digest("\n".join(rows).encode())
        root = self.application.workspace.root
        return found | {str(path): digest(path.read_bytes()) for path in root.rglob("*") if path.is_file()}

    def check(self) -> FolderLoad:
        """What a check says, which must leave everything as it is."""
        before, folder = self.content(), files_of(self.season)
        checked = check_folder(self.application, self.season)
        assert self.content() == before
        assert files_of(self.season) == folder
        return checked.loaded


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def files_of(folder: Path) -> Mapping[Path, str]:
    return {path: digest(path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


def said(loaded: FolderLoad) -> FolderLoad:
    """What was said, but for where the refused rows lie."""
    return replace(loaded, files=tuple(replace(file, rejected=None) for file in loaded.files))


@pytest.fixture
def world(postgres: EmbeddedPostgres, tmp_path: Path) -> Iterator[World]:
    name = f"checked_{tmp_path.name}".replace("-", "_")[:60]
    run_as_superuser(postgres, f"CREATE DATABASE {name} TEMPLATE kanmon")
    database = Database(postgres.logins(name).app, ROW_KEY)
    workspace = Workspace.create(tmp_path / "workspace", is_replay=True)
    memory = KeyStore(database)
    transactions = PostgresTransactions(database, KEY, SealedRows(workspace.keys, memory))
    write_season(tmp_path / "season", 7, scale=0.02, now=NOW.now(), tells_this_year=True)
    write_as_text(tmp_path / "season")
    yield World(
        postgres, name, Application(workspace, NOW, LineProgress(), transactions, KEY, memory), tmp_path / "season"
    )
    database.close()
    run_as_superuser(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def change_rows(path: Path, change: Callable[[list[dict[str, str]]], Sequence[Mapping[str, str]]]) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = list(rows[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(change(rows))


def spoil(season: Path) -> None:
    """Change each table in the ways that a load tells: new, other, unreadable, unknown, unusable."""

    def members(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        rows[0]["birth_date"] = "someday"
        rows[1]["email"] = "changed@example.jp"
        return [*rows, rows[2] | {"member_id": "NEW"}, rows[3] | {"season": "1999", "member_id": "LOST"}]

    def events(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        rows[0]["weight"] = "many"
        rows[1]["weight"] = "7"
        return [*rows, rows[2] | {"member_id": "NEW", "cookie_id": ""}, rows[3] | {"member_id": "NOBODY"}]

    def consents(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        no = {"action": "withdraw", "occurred_at": "the other day"}
        agreed = {"member_id": "NEW", "occurred_at": "2026-11-19T10:00:00+09:00"}
        return [*rows, rows[0] | no, rows[1] | no | {"member_id": "NOBODY"}, rows[2] | agreed]

    for name, change in (("members", members), ("events", events), ("consents", consents)):
        change_rows(season / f"{name}.csv", change)
    (season / "outcomes.csv").write_text("client_id,outcome\n", encoding="utf-8")


def write_as_text(season: Path) -> None:
    """The tables as text, to be changed by hand."""
    for path in season.glob("*.parquet"):
        with duckdb.connect() as con:
            con.execute(f"COPY (FROM '{path}') TO '{path.with_suffix('.csv')}' (HEADER)")
        path.unlink()


@pytest.mark.parametrize("act", [load_folder, check_folder])
def test_a_law_that_is_over_is_taken_by_replays_alone(world: World, act: Callable[..., object]) -> None:
    service = world.season / "service.yaml"
    service.write_text(service.read_text(encoding="utf-8").replace("JP-APPI-2022", "JP-APPI-2017"), encoding="utf-8")
    before = world.content()
    with pytest.raises(LawNotInForce, match="JP-APPI-2017"):
        act(replace(world.application, clock=replace(NOW, in_replays=False)), world.season)
    assert world.content() == before
    act(world.application, world.season)


def test_a_check_says_what_a_load_then_says(world: World) -> None:
    checked = world.check()
    assert said(load_folder(world.application, world.season)) == checked
    assert all(file.new for file in checked.files)
    spoil(world.season)
    checked = world.check()
    loaded = load_folder(world.application, world.season)
    assert said(loaded) == checked
    files = {file.dataset: file for file in checked.files}
    assert (files["members"].new, files["members"].replaced, files["members"].refused) == (1, 2, 2)
    assert (files["events"].new, files["events"].refused, files["events"].lost) == (1, 2, 1)
    assert files["events"].replaced
    assert (files["consents"].new, files["consents"].held, files["consents"].alerts) == (1, 1, 1)
    assert checked.unusable == ("outcomes.csv",)
    assert said(load_folder(world.application, world.season)) == world.check()


def test_a_folder_that_cannot_be_loaded_is_told_and_leaves_nothing(world: World) -> None:
    (world.season / "service.yaml").write_text("law: none\n", encoding="utf-8")
    before = world.content()
    with pytest.raises(ServiceInvalid):
        check_folder(world.application, world.season)
    assert world.content() == before


def test_texts_that_may_not_be_published_are_told(world: World) -> None:
    checked = check_folder(world.application, world.season)
    law = checked.laws[0]
    assert law.profile_id == "JP-APPI-2022"
    assert {one.version.version_id for one in checked.examinations} >= {"1.0"}
    assert any(one.obstacles(law.profile_id) for one in checked.examinations)


def test_what_a_load_refused_lies_whole_until_the_next_load(world: World) -> None:
    spoil(world.season)
    load_folder(world.application, world.season)
    rejected = world.application.workspace.rejected
    rows = {
        name: list(csv.DictReader((rejected / f"{name}.csv").read_text(encoding="utf-8-sig").splitlines()))
        for name in ("members", "events", "consents")
    }
    [someday, lost] = rows["members"]
    assert someday["birth_date"] == "someday"
    assert (lost["member_id"], lost["season"]) == ("LOST", "1999")
    assert "season" in lost["why_refused"]
    assert {row["member_id"] for row in rows["events"]} >= {"NOBODY"}
    assert {row["occurred_at"] for row in rows["consents"]} == {"the other day"}
    write_season(world.season, 7, scale=0.02, now=NOW.now(), tells_this_year=True)
    for path in world.season.glob("*.parquet"):
        path.with_suffix(".csv").unlink(missing_ok=True)
    assert not load_folder(world.application, world.season).has_refusals
    assert list(rejected.rglob("*.csv")) == []


def test_a_refused_row_of_somebody_who_was_erased_is_kept_by_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it was refused for: an unreadable value, a season that nobody knows, a row that can't be split."""
    spoil(world.season)
    with (world.season / "members.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    unreadable, torn = rows[0], rows[4]
    with (world.season / "members.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow([*torn.values(), "one cell too many"])
    gone = {unreadable["member_id"], torn["member_id"], "LOST"}
    erased = SimpleNamespace(are_any=lambda: True, among=lambda named: frozenset(gone & set(named)))
    monkeypatch.setattr(loading, "erased_people", lambda application: erased)
    load_folder(world.application, world.season)
    kept = {
        path.name: path.read_text(encoding="utf-8-sig") for path in world.application.workspace.rejected.glob("*.csv")
    }
    assert "erased" in kept["members.csv.rejected.csv"]
    for value in (*gone, unreadable["email"], torn["email"], "someday"):
        assert not [name for name, text in kept.items() if value in text]

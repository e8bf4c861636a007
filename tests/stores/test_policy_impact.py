"""What a change is foreseen to do is what it does once it is loaded; and foreseeing it leaves no trace."""

import hashlib
import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from kanmon.application.transactions import PostgresTransactions
from kanmon.cli.progress import LineProgress
from kanmon.consent.law import LawSubject
from kanmon.consent.policy import text_sha256
from kanmon.core.clock import SystemClock
from kanmon.core.errors import FolderUnreadable, ServiceInvalid, UnknownClient, UsageError
from kanmon.core.ids import ClientId, RunId, SeasonId
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import engine_as
from kanmon.db.unit_of_work import Database
from kanmon.gate.decision import ReasonCode, Use
from kanmon.gate.question import terms_of
from kanmon.gate.service import Decisions, Gate
from kanmon.intake.files.reader import DatasetFolderReader
from kanmon.intake.loading import Loading
from kanmon.intake.use_cases.loading import loads
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.ledger.note import SigningKey
from kanmon.pipeline.use_cases.transactions import season_transactions
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.reviews.policies.files import FolderChangeReader
from kanmon.reviews.policies.impact import Impact, PolicyImpact
from kanmon.reviews.policies.use_cases import what_ifs
from kanmon.rights.erasure.files.erased_people import CodedErasedPeople
from kanmon.rights.erasure.files.key import ErasureKeyFile
from kanmon.rights.erasure.store.erasures import PostgresErasureStore
from kanmon_stories.season import write_season
from tests.databases import run_as_superuser
from tests.rows import ROW_KEY

CLOCK = SystemClock(in_replays=True)
KEY = SigningKey.generate("kanmon/test")
USES = [Use.SCORE, Use.PROVIDE, Use.TRAIN]
DAY = timedelta(days=1)
SEEDS = (19, 5, 0, 11, 6, 15, 17, 18)
"""Random changes that differ in whom they hold and let through."""
_NUMBERS = itertools.count(1)
Held = set[tuple[str, str, str]]


@dataclass(frozen=True)
class Board:
    """A control plane that has loaded a small season whose screens nobody has looked at."""

    postgres: EmbeddedPostgres
    name: str
    season: Path
    own: Path

    @property
    def service(self) -> dict[str, Any]:
        """Its `service.yaml`, with each text in the file itself."""
        said: dict[str, Any] = yaml.safe_load((self.season / "service.yaml").read_text(encoding="utf-8"))
        for version in said["policies"][0]["versions"]:
            version["text"] = (self.season / version.pop("text_file")).read_text(encoding="utf-8")
        return said

    def transactions(self, database: Database) -> PostgresTransactions:
        return PostgresTransactions(database, KEY, SealedRows(self.own / "keys"))

    def load(self, database: Database, folder: Path) -> None:
        reader = DatasetFolderReader(self.own / "staging", self.own / "rejected", str)
        lake = DuckDBLake(self.own / "lake")
        transactions = self.transactions(database)
        store = transactions.writing(lambda work: PostgresErasureStore(work.session, work.seals))
        erased = CodedErasedPeople(store, ErasureKeyFile(self.own / "erasure.key"))
        loaded = Loading(reader, lake, loads(transactions), CLOCK, LineProgress(), erased).load(folder)
        assert not loaded.has_refusals

    def impact(self, database: Database, change: Path, asked_at: datetime | None = None, **chosen: Any) -> Impact:
        clients, season = chosen.get("clients", ()), chosen.get("season")
        reader = FolderChangeReader(self.own / "change")
        asked = PolicyImpact(what_ifs(self.transactions(database)), reader, CLOCK, LineProgress())
        return asked.find(change, clients, season, USES, asked_at)

    def impact_of_law(self, database: Database, day: date, change: Path | None = None) -> Impact:
        """What the law of a day would do, in a workspace that is no replay."""
        reader, clock = FolderChangeReader(self.own / "change"), replace(CLOCK, in_replays=False)
        asked = PolicyImpact(what_ifs(self.transactions(database)), reader, clock, LineProgress())
        return asked.find(change, (), None, USES, None, day)

    def content(self) -> Mapping[str, tuple[int, str]]:
        """How many rows each table of the database has, and a hash of all of them."""
        with engine_as(self.postgres.superuser_url(self.name), None).connect() as connection:
            tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'kanmon'")).all()
            found = {}
            for table in tables:
                rows = connection.scalars(text(f"SELECT t::text FROM kanmon.{table} t ORDER BY 1")).all()
                found[table] = len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()
            return found


@pytest.fixture(scope="module")
def template(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    own = tmp_path_factory.mktemp("board")
    write_season(own / "season", 7, scale=0.03, now=CLOCK.now(), tells_this_year=True)
    (own / "season" / "renderings.csv").unlink()  # so that a first look at a screen makes a difference
    board = Board(postgres, "loaded_season", own / "season", own)
    run_as_superuser(postgres, f"CREATE DATABASE {board.name} TEMPLATE kanmon")
    database = Database(postgres.logins(board.name).app, ROW_KEY)
    board.load(database, board.season)
    database.close()
    yield board
    run_as_superuser(postgres, f"DROP DATABASE {board.name} WITH (FORCE)")


@pytest.fixture
def loaded(template: Board) -> Iterator[tuple[Board, Database]]:
    """The loaded season in a database of the test's own."""
    name = f"impact_{next(_NUMBERS)}"
    run_as_superuser(template.postgres, f"CREATE DATABASE {name} TEMPLATE {template.name}")
    database = Database(template.postgres.logins(name).app, ROW_KEY)
    yield Board(template.postgres, name, template.season, template.own), database
    database.close()
    run_as_superuser(template.postgres, f"DROP DATABASE {name} WITH (FORCE)")


def versions_of(service: dict[str, Any]) -> list[dict[str, Any]]:
    versions: list[dict[str, Any]] = service["policies"][0]["versions"]
    return versions


def state_less(service: dict[str, Any], rng: random.Random) -> None:
    elements = versions_of(service)[-1]["clauses"][0]["elements"]
    del elements[rng.choice([*elements])]


def name_others(service: dict[str, Any], rng: random.Random) -> None:
    names = [client["id"] for client in service["clients"]]
    recipients = versions_of(service)[-1]["clauses"][0]["elements"].get("recipients")
    if recipients:
        recipients["named"] = rng.sample(names, rng.randint(1, len(names)))


def let_consents_run_out(service: dict[str, Any], rng: random.Random) -> None:
    versions_of(service)[-1]["consent_valid_days"] = rng.randint(1, 300)


def put_in_force_later(service: dict[str, Any], rng: random.Random) -> None:
    versions_of(service)[-1]["effective_from"] = CLOCK.now() - rng.randint(1, 250) * DAY


def revise(service: dict[str, Any], rng: random.Random) -> None:
    newest = versions_of(service)[-1]
    text_of_next = f"{newest['text']}\n改定"
    effective_from = CLOCK.now() + rng.randint(-30, 60) * DAY
    versions_of(service).append({**newest, "id": "3.0", "text": text_of_next, "effective_from": effective_from})


def act_under_older_law(service: dict[str, Any], _: random.Random) -> None:
    service["law"] = "JP-APPI-2017"


def sign_or_not(service: dict[str, Any], rng: random.Random) -> None:
    for client in service["clients"]:
        client["contract"]["use_agreement_signed_at"] = rng.choice([None, CLOCK.now() - 100 * DAY])


CHANGES: Sequence[Callable[[dict[str, Any], random.Random], None]] = (
    state_less, name_others, let_consents_run_out, put_in_force_later, revise, act_under_older_law, sign_or_not,
)  # fmt: skip


def draft(folder: Path, service: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "service.yaml").write_text(yaml.safe_dump(service, allow_unicode=True), encoding="utf-8")
    return folder


def random_change(board: Board, folder: Path, rng: random.Random) -> Path:
    """A draft with one or two changes of the terms, or looks at screens that saw right and wrong words, or both."""
    service = board.service
    for change in rng.sample(CHANGES, rng.randint(1, 2)):
        change(service, rng)
    draft(folder, service)
    if rng.random() < 0.6:
        words = [version["text"] for version in versions_of(service)]
        looks = [
            (
                rng.choice(service["screens"])["id"],
                CLOCK.now() - rng.uniform(0, 250) * DAY,
                rng.choice([*words, "別の文面"]),
            )
            for _ in range(rng.randint(1, 6))
        ]
        write_looks(folder, looks)
    return folder


def write_looks(folder: Path, looks: Sequence[tuple[str, datetime, str]]) -> None:
    rows = [f"{screen},{at.isoformat()},{text_sha256(shown)},officer" for screen, at, shown in looks]
    header = "screen_id,occurred_at,text_sha256,verified_by"
    (folder / "renderings.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def answers(board: Board, database: Database, impact: Impact) -> dict[tuple[ClientId, Use], Decisions]:
    """What the gate really decides now, on the questions that `impact` asked."""
    found = {}
    with season_transactions(board.transactions(database))() as transaction:
        service = transaction.service.terms()
        for one in impact.clients:
            terms = terms_of(service, service.clients[one.client.client_id], one.use, impact.asked_at, law_on=None)
            gate = Gate(transaction.facts, transaction.record)
            found[one.client.client_id, one.use] = gate.ask(terms, RunId("real"))
    return found


def held(decisions: Mapping[tuple[ClientId, Use], Decisions]) -> Held:
    return {
        (client, use, decision.applicant_id)
        for (client, use), found in decisions.items()
        for decision in found.decisions
        if not decision.is_allowed
    }


def foreseen(impact: Impact, before: Held) -> Held:
    """Those held before, with whom the change holds and without whom it lets through."""
    after = set(before)
    for one in impact.clients:
        after |= {(one.client.client_id, one.use, person.applicant_id) for person in one.newly_held}
        after -= {(one.client.client_id, one.use, person.applicant_id) for person in one.newly_let_through}
    return after


def test_a_coming_law_is_played_over_the_data_of_today(loaded: tuple[Board, Database], tmp_path: Path) -> None:
    board, database = loaded
    content = board.content()
    still = board.impact_of_law(database, date(2028, 7, 15))
    assert (still.newly_held, still.newly_let_through, still.still_open) == ((), (), ())
    assert any(one.before.allowed for one in still.clients)

    over = board.impact_of_law(database, date(2028, 7, 16))
    assert all(one.after.allowed == 0 for one in over.clients)
    assert all(ReasonCode.LOG_INCONSISTENT in person.reasons for person in over.newly_held)
    assert len(over.newly_held) == sum(one.before.allowed for one in over.clients)

    service = board.service | {"law": "JP-APPI-2026"}
    (tmp_path / "service.yaml").write_text(yaml.safe_dump(service, allow_unicode=True), encoding="utf-8")
    new = board.impact_of_law(database, date(2028, 7, 16), tmp_path)
    assert (new.law_profile_id, new.law_on) == ("JP-APPI-2026", date(2028, 7, 16))
    assert LawSubject.REPRESENTED_UNTIL_16 in new.still_open
    assert [one.before for one in new.clients] == [one.after for one in new.clients]
    assert board.content() == content


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_foreseen_is_what_the_gate_decides_once_it_is_loaded(
    loaded: tuple[Board, Database], tmp_path: Path, seed: int
) -> None:
    board, database = loaded
    change = random_change(board, tmp_path / "change", random.Random(seed))
    content = board.content()
    impact = board.impact(database, change)
    assert board.content() == content
    before = answers(board, database, impact)
    board.load(database, change)
    after = answers(board, database, impact)
    assert foreseen(impact, held(before)) == held(after)
    for one in impact.clients:
        question = one.client.client_id, one.use
        for tally, real in ((one.before, before[question]), (one.after, after[question])):
            assert (tally.allowed, tally.counts) == (len(real.clearances), real.counts())
            assert tally.allowed + tally.held == len(real.decisions)
        changed = len(one.newly_held) + len(one.newly_let_through)
        assert one.unchanged + changed == len(after[question].decisions)


def test_random_changes_hold_some_and_let_others_through(loaded: tuple[Board, Database], tmp_path: Path) -> None:
    """Else the property above would say nothing."""
    board, database = loaded
    impacts = [
        board.impact(database, random_change(board, tmp_path / str(seed), random.Random(seed))) for seed in SEEDS[:4]
    ]
    assert sum(bool(impact.newly_held) for impact in impacts) >= 3
    assert sum(bool(impact.newly_let_through) for impact in impacts) >= 2


def test_words_that_no_longer_say_a_core_element_hold_everyone(loaded: tuple[Board, Database], tmp_path: Path) -> None:
    board, database = loaded
    service = board.service
    del versions_of(service)[-1]["clauses"][0]["elements"]["third_party_provision"]
    impact = board.impact(database, draft(tmp_path / "change", service))
    asked_to_provide = [one for one in impact.clients if one.use is Use.PROVIDE]
    assert {one.after.allowed for one in asked_to_provide} == {0}
    [aoba] = [one for one in asked_to_provide if one.client.client_id == "AOBA"]
    assert len(aoba.newly_held) == aoba.before.allowed > 0
    assert {(person.reasons, person.elements) for person in aoba.newly_held} == {(("DENY_NOT_COVERED",), ("E11",))}
    with database.read(ClientId("AOBA")) as session:
        query = "SELECT applicant_id, member_id FROM applicant JOIN member USING (member_no)"
        members = {row.applicant_id: row.member_id for row in session.connection.execute(text(query))}
    assert all(members[person.applicant_id] == person.member_id for person in aoba.newly_held)


def test_a_client_that_the_words_come_to_name_is_let_through(loaded: tuple[Board, Database], tmp_path: Path) -> None:
    board, database = loaded
    service = board.service
    versions_of(service)[-1]["clauses"][0]["elements"]["recipients"]["named"].append("HOSHINO")
    impact = board.impact(database, draft(tmp_path / "change", service))
    assert not impact.newly_held
    assert {(one.client.client_id, one.use) for one in impact.clients if one.newly_let_through} == {
        ("HOSHINO", Use.SCORE),
        ("HOSHINO", Use.PROVIDE),
    }
    codes = {code for person in impact.newly_let_through for code in person.reasons}
    assert codes == {"DENY_RECIPIENT_NOT_COVERED"}


def test_a_screen_that_will_show_other_words_holds_those_who_agreed_there_since_it_was_right(
    loaded: tuple[Board, Database], tmp_path: Path
) -> None:
    """The change may be that one file alone, and lie ahead: then it is asked about when it has happened."""
    board, database = loaded
    service = board.service
    screen = service["screens"][-5]["id"]
    assert screen.startswith("registration-")
    everyone = answers(board, database, board.impact(database, board.season))
    [clearance, *_] = everyone[ClientId("AOBA"), Use.PROVIDE].clearances
    with database.read() as session:
        query = text("SELECT member_id FROM member WHERE member_no = :number")
        member = session.connection.execute(query, {"number": clearance.member_no}).scalar_one()
    renewed = draft(tmp_path / "renewed", service)
    hash_of_newest = text_sha256(versions_of(service)[-1]["text"])
    acts = [f"{CLOCK.now() - 2 * DAY},{member},{screen},{hash_of_newest},withdraw"]
    acts.append(f"{CLOCK.now() - 1 * DAY},{member},{screen},{hash_of_newest},accept")
    header = "occurred_at,member_id,screen_id,text_sha256,action"
    (renewed / "consents.csv").write_text("\n".join([header, *acts]) + "\n", encoding="utf-8")
    write_looks(renewed, [(screen, CLOCK.now() - 10 * DAY, versions_of(service)[-1]["text"])])
    board.load(database, renewed)

    (tmp_path / "change").mkdir()
    ahead = CLOCK.now() + 3 * DAY
    write_looks(tmp_path / "change", [(screen, ahead, "別の文面")])
    impact = board.impact(database, tmp_path / "change" / "renderings.csv", clients=[ClientId("AOBA")])
    assert impact.asked_at == ahead
    assert not impact.newly_let_through
    assert [(one.use, [(person.member_id, person.reasons) for person in one.newly_held]) for one in impact.clients] == [
        (Use.SCORE, [(member, ("DENY_CONSENT_QUARANTINED",))]),
        (Use.PROVIDE, [(member, ("DENY_CONSENT_QUARANTINED",))]),
        (Use.TRAIN, []),
    ]


def test_a_revision_that_lies_ahead_is_asked_about_when_it_is_in_force(
    loaded: tuple[Board, Database], tmp_path: Path
) -> None:
    board, database = loaded
    service = board.service
    newest = versions_of(service)[-1]
    starts = (CLOCK.now() + 40 * DAY).replace(microsecond=0)
    versions_of(service).append({**newest, "id": "3.0", "text": newest["text"] + "\n改定", "effective_from": starts})
    change = draft(tmp_path / "change", service)
    impact = board.impact(database, change)
    assert impact.asked_at == starts
    now = CLOCK.now()
    assert board.impact(database, change, now).asked_at == now
    board.load(database, change)
    assert board.impact(database, change).asked_at < starts


def test_clients_and_season_are_chosen(loaded: tuple[Board, Database]) -> None:
    board, database = loaded
    this_year = str(board.service["clients"][0]["contract"]["scores"])
    everyone = {client["id"] for client in board.service["clients"]}
    asked = board.impact(database, board.season)
    assert {(one.client.client_id, one.use) for one in asked.clients} == set(itertools.product(everyone, USES))
    assert {one.season for one in asked.clients if one.use is Use.PROVIDE} == {this_year}
    assert not asked.newly_held
    assert not asked.newly_let_through
    assert board.impact(database, board.season, season=SeasonId("1999")).clients == ()
    only = board.impact(database, board.season, clients=[ClientId("AOBA")])
    assert {one.client.client_id for one in only.clients} == {"AOBA"}
    with pytest.raises(UnknownClient):
        board.impact(database, board.season, clients=[ClientId("NOBODY")])
    with pytest.raises(UsageError, match="no client's season is open"):
        board.impact(database, board.season, datetime(2001, 1, 1, tzinfo=UTC))


def test_nothing_is_kept_of_a_change_that_can_not_be(loaded: tuple[Board, Database], tmp_path: Path) -> None:
    board, database = loaded
    content = board.content()
    service = board.service
    versions_of(service)[-1]["text"] += "別の文"
    with pytest.raises(ServiceInvalid, match="loaded before with other words"):
        board.impact(database, draft(tmp_path / "change", service))
    for path in (tmp_path, tmp_path / "nowhere" / "service.yaml", board.season / "members.parquet"):
        with pytest.raises(FolderUnreadable):
            board.impact(database, path)
    assert board.content() == content
    assert not (board.own / "change").exists()


def test_screens_that_lie_elsewhere_are_not_left_out_in_silence(loaded: tuple[Board, Database], tmp_path: Path) -> None:
    board, database = loaded
    change = {**board.service, "sources": [{"table": "renderings", "file": "s3://bucket/renderings.csv"}]}
    (tmp_path / "service.yaml").write_text(yaml.safe_dump(change, allow_unicode=True), encoding="utf-8")
    with pytest.raises(FolderUnreadable, match="renderings lies elsewhere"):
        board.impact(database, tmp_path)


def test_what_is_tried_is_there_within_and_gone_after(loaded: tuple[Board, Database]) -> None:
    _, database = loaded
    count = text("SELECT count(*) FROM run")
    with database.what_if() as session:
        session.connection.execute(text("INSERT INTO run VALUES ('r', 'run', now(), now(), false, NULL, 'began')"))
        assert session.connection.execute(count).scalar_one() == 1
    with database.read() as reading:
        assert reading.connection.execute(count).scalar_one() == 0

"""What may be a no and can't be read holds its person until it is mended or settled; nothing opens meanwhile."""

import csv
import itertools
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kanmon.application.transactions import PostgresTransactions
from kanmon.audits.gap.model import Window
from kanmon.audits.gap.past import PastGate
from kanmon.audits.gap.store import AuditStore
from kanmon.cli.progress import LineProgress
from kanmon.clients.contract import Platform, ServiceTerms
from kanmon.clients.store import ServiceStore
from kanmon.consent.doubtful import refused_message
from kanmon.consent.holds.service import ConsentHold, HoldCounts, HoldService, RowOrigin
from kanmon.consent.holds.store import HoldRecords, PostgresHoldStore
from kanmon.core.clock import SystemClock
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, MemberId, RunId
from kanmon.db.unit_of_work import Database
from kanmon.gate.decision import ReasonCode
from kanmon.gate.service import Gate
from kanmon.gate.store.facts import GateStore
from kanmon.intake.files.reader import DatasetFolderReader
from kanmon.intake.loaded import FolderLoad, LoadedFile
from kanmon.intake.loading import Loading
from kanmon.intake.use_cases.loading import loads
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.ledger.note import SigningKey
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.rights.answer.store.subjects import SubjectRecords
from tests.databases import FilledDatabases
from tests.decisions.cases import question, version
from tests.drawn import examples
from tests.rows import enter_all, enter_rows

KEY = SigningKey.generate("kanmon/test")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
FULL = version("full", {})
DOUBT = "DENY_CONSENT_IN_DOUBT"
NUMBERS = itertools.count(1)
MEMBER = "INSERT INTO member (member_no, member_id, season_id, registered_at) VALUES (:no, :id, '2026', :at)"
APPLICANT = """
    INSERT INTO applicant (client_id, season_id, applicant_id, position, applied_at, as_of, brought_member_no)
    VALUES (:client, '2026', :name, :no, :at, :at, :no)
"""
COLUMNS = ("occurred_at", "member_id", "screen_id", "text_sha256", "action", "client_id", "refusable")
AGREED = {
    "occurred_at": "2026-04-01T10:00:00+09:00", "screen_id": "registration", "text_sha256": FULL.text_sha256,
    "action": "accept", "client_id": "", "refusable": "true",
}  # fmt: skip
WITHDRAWN = AGREED | {"occurred_at": "2026-04-02T10:00:00+09:00", "action": "withdraw", "refusable": ""}
WAYS = [
    {"client_id": "None"},
    {"client_id": "nan"},
    {"client_id": "\\N"},
    {"client_id": "c1"},
    {"action": "withdrawn"},
    {"action": "revoke"},
    {"action": ""},
    {"action": "同意撤回"},
    {"action": "", "client_id": "withdraw"},
    {"action": "2026-04-02T10:00:00+09:00", "occurred_at": "withdraw"},
    {"text_sha256": "-"},
    {"text_sha256": ""},
    {"occurred_at": "26/04/02 10:00"},
    {"occurred_at": "02.04.2026"},
    {"occurred_at": "2226-04-02T10:00:00+09:00"},
    {"occurred_at": "1926-04-02T10:00:00+09:00"},
    {"occurred_at": ""},
    {"screen_id": "mypage-2027"},
    {"screen_id": ""},
    {"screen_id": "x" * 300},
    {"action": "refuse", "text_sha256": "-"},
]
"""What can be wrong with a withdrawal."""


@dataclass
class Erased:
    """Who was erased."""

    gone: frozenset[str] = frozenset()

    def are_any(self) -> bool:
        return bool(self.gone)

    def among(self, members: Collection[str]) -> frozenset[str]:
        return self.gone & set(members)


@dataclass
class Board:
    """A control plane with members A, B and C, each an applicant of C1 and C2 who agreed to everything."""

    database: Database
    folder: Path
    erased: Erased

    @property
    def transactions(self) -> PostgresTransactions:
        return PostgresTransactions(self.database, KEY, SealedRows(self.folder / "keys"))

    def load(self, *rows: Mapping[str, str] | str, table: str = "consents", name: str = "day") -> LoadedFile:
        """Load a file of these rows; a string is a line as it is."""
        columns = list(dict.fromkeys(column for row in rows if not isinstance(row, str) for column in row))
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns or COLUMNS)
            writer.writeheader()
            for row in rows:
                file.write(row + "\r\n") if isinstance(row, str) else writer.writerow(row)
        [loaded] = self.read(folder).files
        return loaded

    def read(self, folder: Path) -> FolderLoad:
        reader = DatasetFolderReader(self.folder / "staging", self.folder / "rejected", str)
        lake = DuckDBLake(self.folder / "lake")
        return Loading(reader, lake, loads(self.transactions), SystemClock(), LineProgress(), self.erased).register(
            folder
        )

    def denied(self, client: str = "C1") -> dict[str, list[str]]:
        """Why the gate denies, by the member who is the applicant."""
        with self.database.write() as session:
            store = GateStore(session)
            terms = question({})
            terms = replace(terms, client=replace(terms.client, client_id=ClientId(client)))
            decisions = Gate(store, store).ask(terms, RunId("run")).decisions
        return {one.applicant_id.removeprefix("a-"): [reason.code.value for reason in one.reasons] for one in decisions}

    def codes(self, member: str, client: str = "C1") -> list[str]:
        """Why the gate denies, for an applicant who is the member."""
        return self.denied(client)[member]

    def register(self, *names: str) -> None:
        """Members who agreed to everything, each an applicant of C1 and C2."""
        self.add(*names)
        self.load(*({"member_id": name, **AGREED} for name in names), name="agreed")

    def add(self, *names: str) -> None:
        """Members who did nothing yet, each an applicant of C1 and C2."""
        with self.database.write() as session:
            write = session.connection.execute
            for name in names:
                said = {"no": 1000 + next(NUMBERS), "id": name, "at": LONG_AGO, "name": f"a-{name}"}
                write(text(MEMBER), said)
                for client in ("C1", "C2"):
                    session.act_for(ClientId(client))
                    write(text(APPLICANT), {**said, "client": client})
            enter_rows(session, KEY)

    def holds(self, *, with_ended: bool = False) -> Sequence[ConsentHold]:
        with self.transactions.read() as work:
            return HoldRecords(work.session).listed(with_ended=with_ended)

    def lift(self, *numbers: int, person: str = "owner", because: str = "asked the person") -> None:
        with self.transactions.begin() as work:
            HoldService(PostgresHoldStore(work.session), work.ledger, SystemClock()).lift(numbers, person, because)


def three_members(database: Database, folder: Path) -> None:
    with database.write() as session:
        write = session.connection.execute
        at = {"at": LONG_AGO}
        ServiceStore(session).add_policy_version(FULL, LONG_AGO)
        write(text("INSERT INTO run VALUES ('run', 'test', :at, :at, false, NULL, 'began')"), at)
        write(text("INSERT INTO season (season_id, opens_at, closes_at) VALUES ('2026', :at, :at)"), at)
        write(text("INSERT INTO client VALUES ('C1', '', '', '', '{}', :at), ('C2', '', '', '', '{}', :at)"), at)
        write(text("INSERT INTO screen VALUES ('registration', '2026', 'r', NULL, 'privacy', NULL, NULL)"))
        enter_all(session, KEY)
    Board(database, folder, Erased()).register("A", "B", "C")


@pytest.fixture
def board(database: Database, tmp_path: Path, filled_databases: FilledDatabases) -> Board:
    """Members A, B and C, whom nobody had reason to doubt yet."""
    filled_databases.fill(database, tmp_path, three_members)
    return Board(database, tmp_path, Erased())


def test_whoever_agreed_is_allowed(board: Board) -> None:
    assert [board.codes(name, client) for name in "ABC" for client in ("C1", "C2")] == [[]] * 6


def test_a_withdrawal_that_cannot_be_taken_holds_its_person_for_every_client(board: Board) -> None:
    names = [f"W{number}" for number, _ in enumerate(WAYS)]
    board.register(*names)
    loaded = board.load(*({"member_id": name, **WITHDRAWN, **way} for name, way in zip(names, WAYS, strict=True)))
    assert (loaded.refused, loaded.held, loaded.alerts) == (len(WAYS), len(WAYS), 0)
    for client in ("C1", "C2"):
        denied = board.denied(client)
        assert {name: denied[name] for name in names} == {name: [DOUBT] for name in names}
        assert denied["B"] == []
    holds = board.holds()
    assert {(hold.member_id, hold.line) for hold in holds} == {(name, 2 + n) for n, name in enumerate(names)}
    assert {(hold.client_id, hold.source) for hold in holds} == {(None, "consents.csv")}


def test_a_withdrawal_for_one_client_holds_for_that_one(board: Board) -> None:
    board.load({"member_id": "A", **WITHDRAWN, "client_id": "C2", "text_sha256": "-"})
    assert (board.codes("A", "C1"), board.codes("A", "C2")) == ([], [DOUBT])


@pytest.mark.parametrize("cell", ["たぶん", "#N/A", "nan", "いいえ"])
def test_a_value_that_may_be_left_out_costs_no_withdrawal(board: Board, cell: str) -> None:
    loaded = board.load({"member_id": "A", **WITHDRAWN, "refusable": cell})
    assert (loaded.new, loaded.held) == (1, 0)
    assert board.codes("A") == ["DENY_CONSENT_WITHDRAWN"]


def test_who_says_in_japanese_that_refusing_was_not_possible_is_understood(board: Board) -> None:
    board.load({"member_id": "A", **WITHDRAWN}, {"member_id": "B", **WITHDRAWN}, name="withdrawn")
    again = AGREED | {"occurred_at": "2026-04-03T10:00:00+09:00"}
    board.load({"member_id": "A", **again, "refusable": "いいえ"}, {"member_id": "B", **again, "refusable": "はい"})
    assert (board.codes("A"), board.codes("B")) == (["DENY_NO_CONSENT"], [])


def test_a_refused_agreement_holds_nobody(board: Board) -> None:
    loaded = board.load(
        {"member_id": "A", **AGREED, "text_sha256": "-"}, {"member_id": "A", **AGREED, "client_id": "?"}
    )
    assert (loaded.refused, loaded.held) == (2, 0)
    assert board.codes("A") == []


def test_an_agreement_that_contradicts_one_as_to_its_freedom_holds(board: Board) -> None:
    again = {"member_id": "A", **AGREED, "occurred_at": "2026-04-03T10:00:00+09:00"}
    loaded = board.load(again, again | {"refusable": "false"})
    assert loaded.held == 1
    assert board.codes("A") == [DOUBT]


@pytest.mark.parametrize(
    "name", ["\uff21", "A\u200b", "\u00adA", "\u202eA\u202c", "\u3000A ", "A\ufeff", "\u24b6"], ids=ascii
)
def test_a_member_is_known_however_the_id_is_written(board: Board, name: str) -> None:
    """\u24b6 is a circled A: NFKC knows it for an A."""
    board.load({"member_id": name, **WITHDRAWN, "text_sha256": "-"})
    assert board.codes("A") == [DOUBT]
    assert board.codes("B") == []


def test_where_several_members_may_be_meant_all_are_held(board: Board) -> None:
    with board.database.write() as session:
        session.connection.execute(text(MEMBER), {"no": 9, "id": "\uff21", "at": LONG_AGO})
    board.load({"member_id": "A\u200b", **WITHDRAWN, "text_sha256": "-"})
    assert {hold.member_id for hold in board.holds()} == {"A", "\uff21"}


@pytest.mark.parametrize(
    "line",
    [
        "2026-04-02T10:00:00+09:00,A,registration,withdraw",
        "A,withdraw",
        "2026-04-02T10:00:00+09:00,A,registration,x,withdraw,,,more,",
        "2026-04-02T10:00:00+09:00;A;registration;x;withdraw;;",
        '"2026-04-02T10:00:00+09:00,A,registration"',
        "2026-04-02T10:00:00+09:00\tA\tregistration\twithdraw",
    ],
)
def test_a_row_that_falls_apart_holds_whom_it_names(board: Board, line: str) -> None:
    loaded = board.load({"member_id": "B", **AGREED, "refusable": "false"}, line)
    assert (loaded.held, loaded.alerts) == (1, 0)
    assert board.codes("A") == [DOUBT]
    assert board.codes("C") == []
    assert line.strip() in board.holds()[0].written.replace('"', "") or line in board.holds()[0].written


def test_a_row_whose_cells_are_shifted_holds_whom_it_names(board: Board) -> None:
    shifted = dict(zip(COLUMNS, ("A", "registration", FULL.text_sha256, "withdraw", "", "", ""), strict=True))
    board.load(shifted)
    assert board.codes("A") == [DOUBT]


def test_where_nobody_can_tell_whose_it_is_an_alert_stands_until_it_is_closed(board: Board) -> None:
    loaded = board.load({"member_id": "Z", **WITHDRAWN})
    assert (loaded.held, loaded.alerts) == (0, 1)
    [alert] = board.holds()
    assert alert.is_alert
    assert "Z" in alert.written
    board.lift(alert.number)
    assert board.holds() == []
    assert board.load({"member_id": "Z", **WITHDRAWN}).alerts == 0


def test_a_file_that_cannot_be_read_is_an_alert(board: Board) -> None:
    folder = board.folder / "broken"
    folder.mkdir()
    (folder / "consents.csv").write_text("occurred_at,member_id\n2026-04-02,A\n", encoding="utf-8")
    assert board.read(folder).unusable == ("consents.csv",)
    [alert] = board.holds()
    assert (alert.is_alert, alert.source, alert.fault) == (True, "consents.csv", "FILE_UNUSABLE")


def test_a_member_who_is_known_later_is_held_from_then_on(board: Board) -> None:
    board.load({"member_id": "D", **WITHDRAWN})
    assert [hold.is_alert for hold in board.holds()] == [True]
    row = {"member_id": "D", "season": "2026", "registered_at": "2026-01-02T00:00:00+09:00"}
    board.load(row, table="members")
    [hold] = board.holds()
    assert (hold.member_id, hold.is_alert) == ("D", False)
    board.load({"member_id": "D", **WITHDRAWN}, name="again")
    assert board.holds() == []


def test_the_same_folder_again_changes_nothing(board: Board) -> None:
    row = {"member_id": "A", **WITHDRAWN, "client_id": "None"}
    board.load(row)
    [first] = board.holds()
    loaded = board.load(row)
    assert loaded.held == 1
    assert board.holds() == [first]


def test_what_the_privacy_owner_lifted_stays_lifted_for_that_row(board: Board) -> None:
    row = {"member_id": "A", **WITHDRAWN, "client_id": "None"}
    board.load(row)
    board.lift(*(hold.number for hold in board.holds()))
    assert board.codes("A") == []
    assert board.load(row).held == 0
    assert board.codes("A") == []
    [ended] = board.holds(with_ended=True)
    assert (ended.ended_by, ended.because) == ("owner", "asked the person")


def test_a_row_without_a_moment_may_say_something_new_in_another_file(board: Board) -> None:
    row = {"member_id": "A", **WITHDRAWN, "occurred_at": "yesterday"}
    board.load(row)
    board.lift(board.holds()[0].number)
    board.load(row, {"member_id": "B", **AGREED}, name="next")
    assert board.codes("A") == [DOUBT]


def test_the_mended_row_ends_the_hold_and_is_itself_the_no(board: Board) -> None:
    names = [f"W{number}" for number, _ in enumerate(WAYS)]
    board.register(*names)
    refused = [{"member_id": name, **WITHDRAWN, **way} for name, way in zip(names, WAYS, strict=True)]
    board.load(*refused)
    kinds = ("refuse" if row["action"] == "refuse" else "withdraw" for row in refused)
    mended = [{"member_id": name, **WITHDRAWN, "action": kind} for name, kind in zip(names, kinds, strict=True)]
    board.load(*mended, name="mended")
    denied = board.denied()
    for name, row in zip(names, mended, strict=True):
        assert denied[name] == ["DENY_NO_CONSENT" if row["action"] == "refuse" else "DENY_CONSENT_WITHDRAWN"]
    for hold in board.holds(with_ended=True):
        assert (hold.ended_at is None, hold.ended_by, hold.consent_no is None) == (False, None, False)
        assert hold.end_seq is not None
        assert hold.end_seq > hold.ledger_seq


@pytest.mark.parametrize(
    ("refused", "later"),
    [
        pytest.param({"client_id": "None"}, {"action": "accept"}, id="a yes in place of a no"),
        pytest.param({"client_id": "None"}, {"occurred_at": "2026-04-03T10:00:00+09:00"}, id="another moment"),
        pytest.param({"client_id": "None"}, {"member_id": "B"}, id="another member"),
        pytest.param({"client_id": "C1", "text_sha256": "-"}, {"client_id": "C2"}, id="another client"),
        pytest.param({"text_sha256": "-"}, {"client_id": "C2"}, id="narrower than what was read"),
        pytest.param({"action": "?", "occurred_at": "?"}, {"action": "accept"}, id="a yes of any moment"),
        pytest.param({"occurred_at": "?"}, {"occurred_at": "2026-03-01T10:00:00+09:00"}, id="a no before the last yes"),
    ],
)
def test_a_row_that_says_something_else_ends_no_hold(
    board: Board, refused: dict[str, str], later: dict[str, str]
) -> None:
    board.load({"member_id": "A", **WITHDRAWN, **refused})
    board.load({"member_id": "A", **WITHDRAWN, **later}, name="later")
    assert DOUBT in board.codes("A")


def test_a_file_that_still_holds_the_refused_row_mends_nothing(board: Board) -> None:
    bad = {"member_id": "A", **WITHDRAWN, "client_id": "None"}
    board.load(bad)
    board.load(bad, {"member_id": "A", **WITHDRAWN}, name="both")
    assert DOUBT in board.codes("A")


def test_a_word_that_meant_a_yes_is_mended_to_one(board: Board) -> None:
    board.load({"member_id": "A", **AGREED, "occurred_at": "2026-04-03T10:00:00+09:00", "action": "agreed"})
    assert board.codes("A") == [DOUBT]
    board.load({"member_id": "A", **AGREED, "occurred_at": "2026-04-03T10:00:00+09:00"}, name="mended")
    assert board.codes("A") == []


def test_only_somebody_with_a_reason_lifts_what_stands(board: Board) -> None:
    board.load({"member_id": "A", **WITHDRAWN, "client_id": "None"})
    [hold] = board.holds()
    for numbers, person, because in (
        ([hold.number], "", "b"),
        ([hold.number], "p", " "),
        ([], "p", "b"),
        ([77], "p", "b"),
    ):
        with pytest.raises(UsageError):
            board.lift(*numbers, person=person, because=because)
    assert board.codes("A") == [DOUBT]


def test_a_hold_is_entered_in_the_ledger_and_so_is_its_end(board: Board) -> None:
    board.load({"member_id": "A", **WITHDRAWN, "client_id": "None"})
    board.lift(board.holds()[0].number)
    with board.database.read() as session:
        types = list(session.connection.scalars(text("SELECT type FROM ledger_entry ORDER BY seq")))
    assert types.count("consent_hold") == types.count("consent_hold_end") == 1
    assert types.index("consent_hold") + 1 == types.index("load", types.index("consent_hold"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consent_hold SET member_no = 2",
        "DELETE FROM consent_hold",
        "UPDATE consent_hold SET client_id = 'C2'",
        "UPDATE consent_hold SET written = ''",
    ],
)
def test_a_hold_does_not_change(board: Board, change: str) -> None:
    board.load({"member_id": "A", **WITHDRAWN, "client_id": "None"})
    with pytest.raises(DBAPIError), board.database.write() as session:
        session.connection.execute(text(change))


def test_a_hold_ends_once(board: Board) -> None:
    board.load({"member_id": "A", **WITHDRAWN, "client_id": "None"})
    board.lift(board.holds()[0].number)
    with pytest.raises(DBAPIError, match="append-only"), board.database.write() as session:
        session.connection.execute(text("UPDATE consent_hold SET ended_at = NULL, ended_by = NULL"))


NOTICE = {"member_id": "A", "occurred_at": "2026-03-01T10:00:00+09:00", "kind": "scoring", "client_id": ""}


def test_where_the_only_notices_cannot_be_read_nobody_is_known_to_be_told(board: Board) -> None:
    board.load({**NOTICE, "occurred_at": "?"}, table="notices")
    assert board.codes("A") == board.codes("B") == ["DENY_NOT_INFORMED"]
    board.load(NOTICE, table="notices", name="mended")
    assert board.holds() == []
    assert (board.codes("A"), board.codes("B")) == ([], ["DENY_NOT_INFORMED"])


def test_other_notices_that_cannot_be_read_change_nothing(board: Board) -> None:
    board.load({**NOTICE, "kind": "newsletter", "occurred_at": "?"}, table="notices")
    assert board.codes("A") == []


DECLARED = {
    "client_id": "C1", "applicant_id": "a-A", "season": "2026", "confirmed_at": "2026-03-01T10:00:00+09:00",
    "method": "declared", "withdrawn_at": "",
}  # fmt: skip


@pytest.mark.parametrize(
    "way",
    [
        {"withdrawn_at": "last week"},
        {"withdrawn_at": "2226-01-01"},
        {"withdrawn_at": "2026-04-02", "confirmed_at": ""},
        {"withdrawn_at": "2026-04-02", "season": "?"},
        {"withdrawn_at": "2026-04-02", "client_id": "c1"},
        {"withdrawn_at": "?", "applicant_id": "\uff41-A"},
    ],
    ids=str,
)
def test_a_declaration_that_may_be_taken_back_holds_the_row(board: Board, way: dict[str, str]) -> None:
    board.load(DECLARED, table="confirmations")
    loaded = board.load({**DECLARED, **way}, table="confirmations")
    assert (loaded.refused, loaded.held) == (1, 1)
    assert board.codes("A") == [DOUBT]
    assert board.codes("B") == []
    board.load({**DECLARED, "withdrawn_at": "2026-04-02"}, table="confirmations")
    assert board.codes("A") == []


def test_of_two_rows_for_one_applicant_the_withdrawal_is_not_lost(board: Board) -> None:
    board.load(DECLARED, {**DECLARED, "withdrawn_at": "2026-04-02"}, table="confirmations")
    assert board.codes("A") == [DOUBT]


def test_a_person_is_told_that_a_message_could_not_be_read_and_for_whom_nothing_is_done(board: Board) -> None:
    board.load({"member_id": "A", **WITHDRAWN, "client_id": "None"})
    board.load({"member_id": "B", **WITHDRAWN, "client_id": "C2", "text_sha256": "-"}, name="next")
    with board.database.read() as session:
        records = SubjectRecords(session)
        assert [(hold.client_id, hold.client_name) for hold in records.holds(MemberId("A"))] == [(None, None)]
        assert [(hold.client_id, hold.client_name) for hold in records.holds(MemberId("B"))] == [("C2", "")]
        assert records.holds(MemberId("C")) == []


def test_an_audit_of_the_gap_takes_what_may_be_a_no_for_one(board: Board) -> None:
    def in_doubt(client: str, at: str = "2026-04-02T02:00Z") -> set[str]:
        with board.database.write(ClientId(client)) as session:
            session.connection.execute(text("UPDATE applicant SET as_of = CAST(:at AS timestamptz)"), {"at": at})
        asked, window = question({}), Window(LONG_AGO, datetime(2026, 4, 9, tzinfo=UTC))
        assert asked.season is not None
        service = ServiceTerms(asked.profile.profile_id, Platform("p", "a", "r"), None, {}, {})
        with board.database.read() as session:
            gate = PastGate(AuditStore(session), service, asked.season, window)
            judged = list(gate.judged(replace(asked.client, client_id=ClientId(client))))
        assert len(judged) == 3
        return {
            past.person.applicant_id.removeprefix("a-") for past in judged if ReasonCode.CONSENT_IN_DOUBT in past.codes
        }

    assert in_doubt("C1") == set()
    board.load({"member_id": "A", **WITHDRAWN, "client_id": "C2", "text_sha256": "-"})
    assert in_doubt("C2") == {"A"}
    assert in_doubt("C2", WITHDRAWN["occurred_at"]) == set()
    assert in_doubt("C1") == set()
    board.lift(*(hold.number for hold in board.holds()))
    assert in_doubt("C2") == set()


def test_what_was_written_goes_with_an_erased_person(board: Board) -> None:
    board.load({"member_id": "A", **WITHDRAWN, "client_id": "None"}, {"member_id": "B", **WITHDRAWN, "client_id": "A"})
    board.load("A,B,withdraw", name="torn")
    board.load("nobody,AA,withdraw", name="alert")
    assert len(board.holds()) == 5
    with pytest.raises(DBAPIError), board.database.write() as session:
        session.connection.execute(text("DELETE FROM consent_hold"))
    with board.database.write() as session:
        write = session.connection.execute
        seq = write(text("SELECT max(seq) FROM ledger_entry")).scalar_one()
        member = write(text("SELECT member_no FROM member WHERE member_id = 'A'")).scalar_one()
        erasing = write(
            text(
                """INSERT INTO erasure
                    (member_no, code_sha256, person_sha256, requested_at, real_at, is_replay, ledger_seq)
                VALUES (:member, 'c', 'p', now(), now(), false, :seq) RETURNING erasure_no"""
            ),
            {"member": member, "seq": seq},
        ).scalar_one()
        write(text("SELECT erase_holds(:erasing)"), {"erasing": erasing})
    assert [(hold.member_id, hold.written) for hold in board.holds()] == [("B", ""), ("B", "")]
    assert board.codes("B") == [DOUBT]


def test_a_no_that_names_an_erased_person_is_kept_nowhere(board: Board) -> None:
    board.erased.gone = frozenset({"A"})
    loaded = board.load({"member_id": "A", **WITHDRAWN, "client_id": "None"}, "A,withdraw")
    assert (loaded.held, loaded.alerts, board.holds()) == (0, 0, [])


MESSAGES = [
    '{"member_id": "A", "action": "withdraw", "client_id": "nobody"}',
    '{"member_id": "A", "action": "revoke"}',
    '{"member_id": "A"}',
    '{"member_id": "\uff21", "action": ["withdraw"], "act_id": ""}',
    '{"acts": [{"member_id": "A", "action": "withdraw"}]}',
    '{"member_id": "A", "action": "withdraw"',
    "member_id=A&action=withdraw",
    '{"member_id": "A", "action": "refuse", "refusable": "?"}',
    '[{"member_id": "A"}]',
]


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_that_may_be_a_no_holds_whom_it_names(board: Board, message: str) -> None:
    row = refused_message(message, "not_allowed")
    with board.transactions.begin() as work:
        placed = HoldService(PostgresHoldStore(work.session), work.ledger, SystemClock()).place(
            RowOrigin("answers", "/api/v1/consents", ""), [row]
        )
        work.ledger.sign(LONG_AGO)
    assert (placed.holds, placed.alerts) == (1, 0)
    assert (board.codes("A"), board.codes("B")) == ([DOUBT], [])


def test_a_refused_agreement_over_http_holds_nobody(board: Board) -> None:
    row = refused_message('{"member_id": "A", "action": "accept", "client_id": "nobody"}', "CLIENT_UNKNOWN")
    with board.transactions.begin() as work:
        assert (
            HoldService(PostgresHoldStore(work.session), work.ledger, SystemClock()).place(
                RowOrigin("answers", "a", ""), [row]
            )
            == HoldCounts()
        )


def test_a_message_without_anybody_is_an_alert_and_the_same_one_again_none_more(board: Board) -> None:
    row = refused_message('{"action": "withdraw"}', "missing")
    for _ in range(2):
        with board.transactions.begin() as work:
            HoldService(PostgresHoldStore(work.session), work.ledger, SystemClock()).place(
                RowOrigin("answers", "a", ""), [row]
            )
            work.ledger.sign(LONG_AGO)
    assert [hold.is_alert for hold in board.holds()] == [True]


spoilt = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
cells = st.one_of(spoilt, st.sampled_from(["", "nan", "NULL", "A", "withdraw", "refuse", "-", "#N/A", "2026/04/02"]))
columns = st.sampled_from([name for name in COLUMNS if name != "member_id"])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["{}", "\u200b{}", "{}\ufeff", " {}"]),
            st.dictionaries(columns, cells, max_size=4),
            st.sampled_from(["withdraw", "refuse"]),
        ),
        min_size=20, max_size=40,
    )
)  # fmt: skip
@settings(max_examples=examples(2, 5), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_wrong_with_a_no_it_is_never_a_yes(
    board: Board, drawn: list[tuple[str, dict[str, str], str]]
) -> None:
    """Unless the row says `accept` in so many words, or that it is about another client."""
    names = [f"H{next(NUMBERS)}" for _ in drawn]
    board.register(*names)
    rows = [
        {**WITHDRAWN, "action": kind, **changes, "member_id": form.format(name)}
        for name, (form, changes, kind) in zip(names, drawn, strict=True)
    ]
    loaded = board.load(*rows)
    event("some refused" if loaded.refused else "all taken")
    denied = board.denied()
    for name, row in zip(names, rows, strict=True):
        is_yes = unicodedata.normalize("NFKC", row["action"]).strip().casefold() == "accept"
        assert is_yes or row["client_id"].strip() == "C2" or denied[name], row

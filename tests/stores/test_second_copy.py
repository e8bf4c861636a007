"""An older copy of the database is noticed by the second copy of its newest checkpoint, and mended from there."""
# ruff: noqa: PT012 - what is refused is a whole transaction

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from kanmon.application.application import Application
from kanmon.application.transactions import PostgresTransactions
from kanmon.cli.progress import LineProgress
from kanmon.core.errors import UsageError
from kanmon.core.ids import MemberId
from kanmon.core.workspace import Workspace
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import DatabaseLogins, engine_as
from kanmon.db.unit_of_work import Database
from kanmon.gate.switch.model import SwitchScope
from kanmon.gate.switch.use_cases import stop, switch_state
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.faults import CheckpointsOutOfReach, CheckpointsUnreadable, DatabaseBehind
from kanmon.ledger.files.checkpoint_places import CheckpointPlace, FolderPlace, places_of
from kanmon.ledger.files.second_copy import NEWEST, SecondCopy
from kanmon.ledger.fsck import LedgerFault, check_ledger
from kanmon.ledger.note import SigningKey
from kanmon.ledger.receipt import verify_receipt
from kanmon.ledger.service import receipt_of
from kanmon.ledger.store.entries import LedgerRecords
from kanmon.ledger.use_cases.awaited import take_awaited
from kanmon.ledger.use_cases.restoring import accept_restored
from kanmon.rights.answer.use_cases.people import subject_view
from kanmon.rights.erasure.use_cases import ErasureService
from kanmon.rights.withdrawal.use_cases import withdraw_consent
from tests.databases import run_as_superuser
from tests.stores.test_withdrawal_race import CLIENTS, CLOCK, KEY, MEMBERS, SEALS, board
from tests.unit.ledger.memory import AT, deeds

__all__ = ["board"]
_COPIES = itertools.count(1)


@dataclass
class Site:
    """A database that can be copied and put back, as an administrator does, beside a second place."""

    server: EmbeddedPostgres
    name: str
    root: Path
    database: Database
    made: list[str] = field(default_factory=list)

    @property
    def place(self) -> FolderPlace:
        return FolderPlace(self.root / "second")

    def transactions(self, *places: CheckpointPlace) -> PostgresTransactions:
        return PostgresTransactions(self.database, KEY, SEALS, SecondCopy(places or [self.place], KEY))

    def transactions_alone(self) -> PostgresTransactions:
        """Without any second place."""
        return PostgresTransactions(self.database, KEY, SEALS, SecondCopy([], KEY))

    def application(self, *places: CheckpointPlace) -> Application:
        workspace = Workspace.create(self.root / "workspace", is_replay=False)
        workspace.ledger_key.write_text(f"{KEY}\n")
        return Application(workspace, CLOCK, LineProgress(), self.transactions(*places), KEY)

    def copied(self) -> str:
        self.database.close()
        copy = f"copy_{next(_COPIES)}"
        run_as_superuser(self.server, f"CREATE DATABASE {copy} TEMPLATE {self.name}")
        self.made.append(copy)
        return copy

    def restore(self, copy: str) -> None:
        self.database.close()
        run_as_superuser(self.server, f"DROP DATABASE {self.name} WITH (FORCE)")
        run_as_superuser(self.server, f"CREATE DATABASE {self.name} TEMPLATE {copy}")

    def acts(self, action: str) -> list[tuple[str, str | None]]:
        with self.database.read() as session:
            acts = "SELECT member_id, client_id FROM consent_act JOIN member USING (member_no) WHERE action = :action"
            return [(row[0], row[1]) for row in session.connection.execute(text(acts), {"action": action})]


@pytest.fixture
def site(
    board: Database,
    postgres: EmbeddedPostgres,
    logins: DatabaseLogins,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Site]:
    monkeypatch.setenv("KANMON_DATABASE_URL", logins.app.render_as_string(hide_password=False))
    site = Site(postgres, logins.app.database or "", tmp_path, board)
    enter(site.transactions(), 3)
    yield site
    for copy in site.made:
        run_as_superuser(postgres, f"DROP DATABASE {copy} WITH (FORCE)")


def enter(transactions: PostgresTransactions, count: int) -> None:
    with transactions.begin() as work:
        work.ledger.append(deeds(count))
        work.ledger.sign(AT)


def newest(place: FolderPlace) -> int:
    return Checkpoint.open((place.read(NEWEST) or b"").decode(), [KEY.verifier]).size


def test_the_newest_checkpoint_is_there_after_each_commit_that_signs(site: Site) -> None:
    begun = newest(site.place)
    with pytest.raises(ZeroDivisionError), site.transactions().begin() as work:
        work.ledger.append(deeds(1))
        work.ledger.sign(AT)
        _ = 1 / 0
    assert newest(site.place) == begun, "what was rolled back is not ahead of the database"
    withdraw_consent(site.application(), MEMBERS[0], None)
    assert newest(site.place) == begun + 1
    assert site.transactions().compare() is None
    assert [line.entry.seq for line in SecondCopy([site.place], KEY).lines(0, begun + 1)] == [*range(begun + 1)]
    assert MEMBERS[0].encode() not in b"".join(site.place.read(name) or b"" for name in site.place.names())


def test_an_older_copy_provides_nothing_and_takes_what_ends_a_consent(site: Site) -> None:
    copy = site.copied()
    application = site.application()
    lost = withdraw_consent(application, MEMBERS[0], None).ledger_seq
    with site.database.read() as session:
        receipt = receipt_of(LedgerRecords(session), lost, KEY.verifier, shows_payload=True)
    site.restore(copy)
    assert site.acts("withdraw") == []

    application = site.application()
    with pytest.raises(DatabaseBehind, match="restore --accept") as refused:
        application.check_providing()
    assert refused.value.exit_status == 4
    with pytest.raises(DatabaseBehind):
        enter(site.transactions(), 1)
    withdraw_consent(application, MEMBERS[1], None)
    stop(application, SwitchScope(CLIENTS[0].client_id, None), "owner", "why", consents_doubted=False)
    assert subject_view(application, MEMBERS[1]).acts

    with site.database.read() as session:
        check = check_ledger(LedgerRecords(session), KEY.verifier, [verified_note(receipt)])
    assert [(one.fault, one.first, one.last) for one in check.findings] == [(LedgerFault.PAYLOAD_MISSING, lost, lost)]


def verified_note(receipt: bytes) -> str:
    checkpoint = verify_receipt(receipt, KEY.verifier).checkpoint
    return checkpoint.signed(KEY)


def test_accepting_takes_lost_withdrawals_erasures_and_stops_again(site: Site) -> None:
    copy = site.copied()
    application = site.application()
    withdraw_consent(application, MEMBERS[0], CLIENTS[1].client_id)
    ErasureService(application).request(MEMBERS[2])
    stop(application, SwitchScope(CLIENTS[0].client_id, None), "owner", "why", consents_doubted=True)
    site.restore(copy)

    application = site.application()
    done = accept_restored(application, "owner", "the disk broke")
    assert (done.withdrawals, done.erasures, done.stops, done.awaited) == (2, 1, 1, 0)
    assert done.entries["withdrawal"] == 2
    assert set(site.acts("withdraw")) == {(MEMBERS[0], CLIENTS[1].client_id), (MEMBERS[2], None)}
    [stopped] = switch_state(application).stopped
    assert (stopped.scope.client_id, stopped.consents_doubted) == (CLIENTS[0].client_id, True)
    application.check_providing()
    enter(site.transactions(), 1)
    with site.database.read() as session:
        assert check_ledger(LedgerRecords(session), KEY.verifier).findings == []
    with pytest.raises(UsageError, match="nothing is missing"):
        accept_restored(application, "owner", "again")


def test_a_lost_withdrawal_waits_for_a_member_that_the_copy_does_not_know(site: Site) -> None:
    copy = site.copied()
    add_member(site, MemberId("late"))
    withdraw_consent(site.application(), MemberId("late"), None)
    site.restore(copy)
    application = site.application()
    assert accept_restored(application, "owner", "why").awaited == 1
    take_awaited(application)
    assert site.acts("withdraw") == []
    add_member(site, MemberId("late"))
    take_awaited(application)
    take_awaited(application)
    assert site.acts("withdraw") == [("late", None)]


def add_member(site: Site, member: MemberId) -> None:
    with site.database.write() as session:
        session.connection.execute(
            text(
                "INSERT INTO member (member_no, member_id, season_id, registered_at)"
                " SELECT max(member_no) + 1, :member, '2027', now() FROM member"
            ),
            {"member": member},
        )


def test_a_copy_that_went_on_by_itself_is_told_and_can_be_accepted(site: Site) -> None:
    copy = site.copied()
    enter(site.transactions(), 2)
    site.restore(copy)
    enter(PostgresTransactions(site.database, KEY, SEALS), 4)  # by a Kanmon that compares nothing
    application = site.application()
    with pytest.raises(DatabaseBehind, match="another copy"):
        application.check_providing()
    done = accept_restored(application, "owner", "this one counts")
    assert done.lost == []
    application.check_providing()
    assert newest(site.place) == done.ledger_seq + 1
    assert f"superseded-{NEWEST}" in site.place.names()


def test_entries_that_the_second_place_lost_are_not_made_up(site: Site) -> None:
    copy = site.copied()
    before = set(site.place.names())
    enter(site.transactions(), 2)
    [lost] = set(site.place.names()) - before
    site.place.delete(lost)
    site.restore(copy)
    application = site.application()
    with pytest.raises(DatabaseBehind, match="older copy"):
        application.check_providing()
    assert accept_restored(application, "owner", "why").lost == []
    application.check_providing()


@pytest.mark.parametrize("content", [b"", b"\xff", b"kanmon/test\n9\nAAAA\n"])
def test_a_checkpoint_that_nobody_signed_is_no_checkpoint(site: Site, content: bytes) -> None:
    site.place.write(NEWEST, content)
    application = site.application()
    with pytest.raises(CheckpointsUnreadable):
        application.check_providing()
    withdraw_consent(application, MEMBERS[0], None)
    accept_restored(application, "owner", "it was torn")
    application.check_providing()
    other = SigningKey.generate("kanmon/test")
    site.place.write(NEWEST, Checkpoint("kanmon/test", 99, bytes(32)).signed(other).encode())
    with pytest.raises(CheckpointsUnreadable):
        application.check_providing()


def test_a_second_place_out_of_reach_stops_providing_and_no_withdrawal(site: Site) -> None:
    blocked = site.root / "blocked"
    blocked.write_text("a file, where a folder must be")
    application = site.application(FolderPlace(blocked / "second"))
    withdraw_consent(application, MEMBERS[0], None)
    assert site.acts("withdraw") == [(MEMBERS[0], None)]
    with pytest.raises(CheckpointsOutOfReach, match="blocked"):
        application.check_providing()
    with pytest.raises(CheckpointsOutOfReach):
        accept_restored(application, "owner", "why")
    unneeded = FolderPlace(blocked / "second", is_needed=False)
    site.application(unneeded, site.place).check_providing()


def test_a_restored_workspace_is_noticed_by_the_place_outside_of_it(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "workspace", is_replay=False)
    inside, outside = places_of(workspace, {"XDG_STATE_HOME": str(tmp_path / "state")}, "one")
    assert Path(inside.name).is_relative_to(workspace.root)
    assert Path(outside.name).is_relative_to(tmp_path / "state")
    assert (inside.is_needed, outside.is_needed) == (True, False)
    elsewhere = Workspace.create(tmp_path / "elsewhere", is_replay=False)
    assert places_of(elsewhere, {"XDG_STATE_HOME": str(tmp_path / "state")}, "one")[1].name != outside.name
    set_to = {"KANMON_CHECKPOINTS": str(tmp_path / "set"), "XDG_STATE_HOME": "x"}
    assert [place.name for place in places_of(workspace, set_to, "one")[1:]] == [str(tmp_path / "set" / "one")]
    with pytest.raises(UsageError, match="KANMON_CHECKPOINTS"):
        places_of(workspace, {"KANMON_CHECKPOINTS": "https://user:secret@host/x"}, "one")


def test_many_processes_keep_one_second_copy(site: Site) -> None:
    begun = newest(site.place)
    for number in range(5):
        enter(site.transactions(), number + 1)
        assert site.transactions().compare() is None
    old = site.place.read(NEWEST)
    enter(site.transactions(), 1)
    assert old is not None
    site.place.write(NEWEST, old)  # another one's write that came late
    assert site.transactions().compare() is None
    assert newest(site.place) == begun + 16
    with engine_as(site.server.superuser_url(site.name), None).connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM lost_entries")) == 0

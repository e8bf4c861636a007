"""The ledger's key succeeded by another, over a real control plane: files, seals, second copy, cut off anywhere."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from kanmon.access.account import Account, Role
from kanmon.application.application import Application
from kanmon.application.transactions import PostgresTransactions
from kanmon.cli.progress import LineProgress
from kanmon.core.errors import LedgerKeyMissing, UsageError
from kanmon.core.ids import MemberNo
from kanmon.core.workspace import Workspace
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.row_key import NO_KEY, RowKey
from kanmon.db.unit_of_work import Database
from kanmon.ledger.files.checkpoint_places import FolderPlace
from kanmon.ledger.files.keys import LedgerKeyFile
from kanmon.ledger.files.second_copy import SecondCopy
from kanmon.ledger.fsck import check_ledger
from kanmon.ledger.note import SigningKey
from kanmon.ledger.store.act_seals import ActSeals
from kanmon.ledger.store.entries import LedgerRecords
from kanmon.ledger.store.keys import KeyStore
from kanmon.ledger.succession import SuccessionReason
from kanmon.ledger.use_cases.key_succession import succeed_key
from kanmon.ledger.use_cases.restoring import accept_restored
from kanmon.rights.withdrawal.use_cases import withdraw_consent
from tests.databases import run_as_superuser
from tests.rows import KEY
from tests.stores.test_withdrawal_race import CLOCK, MEMBERS, SEALS, board
from tests.unit.ledger.memory import AT, deeds

__all__ = ["board"]
OWNER = Account(1, "owner", Role.PRIVACY_OWNER, None, None)


@dataclass
class House:
    """One control plane with a workspace whose files can be lost."""

    database: Database
    root: Path
    places: list[FolderPlace] = field(default_factory=list)

    @property
    def file(self) -> LedgerKeyFile:
        return LedgerKeyFile(self.workspace.ledger_key, KeyStore(self.database))

    @property
    def workspace(self) -> Workspace:
        return Workspace.create(self.root / "workspace", is_replay=False)

    def opened(self) -> Application:
        key = self.file.at_hand()
        former = self.file.known_former()
        self.database.rows = RowKey.derived([key, *former][-1].private) if isinstance(key, SigningKey) else NO_KEY
        second = SecondCopy([FolderPlace(self.root / "second")], key, former)
        transactions = PostgresTransactions(self.database, key, SEALS, second)
        transactions.compare()
        return Application(self.workspace, CLOCK, LineProgress(), transactions, key, KeyStore(self.database))

    def enter(self) -> None:
        with self.opened().transactions.begin() as work:
            work.ledger.append(deeds(1))
            work.ledger.sign(AT)

    def unproved(self) -> int:
        with self.database.read() as session:
            numbers = [MemberNo(number) for number in range(1, len(MEMBERS) + 1)]
            return len(ActSeals(session).unproved(numbers))

    def findings(self) -> object:
        application = self.opened()
        with self.database.read() as session:
            return check_ledger(LedgerRecords(session), application.ledger_key.verifier).findings

    def copied(self, server: EmbeddedPostgres, copy: str) -> None:
        self.database.close()
        run_as_superuser(server, f"CREATE DATABASE {copy} TEMPLATE {self.database.url.database}")

    def restore(self, server: EmbeddedPostgres, copy: str) -> None:
        self.database.close()
        run_as_superuser(server, f"DROP DATABASE {self.database.url.database} WITH (FORCE)")
        run_as_superuser(server, f"CREATE DATABASE {self.database.url.database} TEMPLATE {copy}")
        run_as_superuser(server, f"DROP DATABASE {copy} WITH (FORCE)")


@pytest.fixture
def house(board: Database, tmp_path: Path) -> House:
    house = House(board, tmp_path)
    house.workspace.ledger_key.write_text(f"{KEY}\n")  # with which the board's rows were entered
    house.enter()
    assert house.unproved() == 0
    return house


def test_a_rotated_key_signs_on_and_what_was_sealed_before_stays_proved(house: House) -> None:
    before = house.file.key()
    step = succeed_key(house.opened(), OWNER, SuccessionReason.ROTATED, "each year")
    assert (step.old, step.new) == (before.verifier, house.file.key().verifier)
    assert [str(key) for key in house.file.former()] == [str(before)]
    house.enter()
    application = house.opened()
    application.check_providing()
    assert (house.findings(), house.unproved(), application.faults()) == ([], 0, [])
    succeed_key(house.opened(), OWNER, SuccessionReason.ROTATED, "again")
    house.enter()
    assert (house.findings(), house.unproved(), len(house.file.former())) == ([], 0, 2)


def test_a_process_that_holds_the_key_before_takes_withdrawals_on(house: House) -> None:
    serving = house.opened()
    succeed_key(house.opened(), OWNER, SuccessionReason.ROTATED, "each year")
    withdraw_consent(serving, MEMBERS[0], None)
    with (
        pytest.raises(LedgerKeyMissing, match="start this process again"),
        serving.transactions.begin() as work,
    ):
        work.ledger.append(deeds(1))
    house.enter()
    assert house.findings() == []


def test_a_succession_that_was_cut_off_is_finished_or_forgotten(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    before = house.file.key()
    house.file.prepare(SigningKey.generate(before.name))
    assert str(house.file.key()) == str(before), "it was not recorded"
    with monkeypatch.context() as patched:
        patched.setattr(LedgerKeyFile, "promote", lambda self: None)
        step = succeed_key(house.opened(), OWNER, SuccessionReason.ROTATED, "each year")
    assert house.file.key().verifier == step.new
    house.enter()
    assert house.findings() == []


def test_a_lost_key_is_succeeded_by_the_privacy_owners_word_alone(house: House) -> None:
    with pytest.raises(UsageError, match="without --lost"):
        succeed_key(house.opened(), OWNER, SuccessionReason.LOST, "lost")
    house.workspace.ledger_key.unlink()
    with pytest.raises(LedgerKeyMissing):
        succeed_key(house.opened(), OWNER, SuccessionReason.ROTATED, "each year")
    for by, reason in ((replace(OWNER, role=Role.OPERATOR), "lost"), (OWNER, " ")):
        with pytest.raises(UsageError):
            succeed_key(house.opened(), by, SuccessionReason.LOST, reason)
    assert not house.workspace.ledger_key.exists()
    withdraw_consent(house.opened(), MEMBERS[0], None)
    step = succeed_key(house.opened(), OWNER, SuccessionReason.LOST, "the disk broke")
    assert (step.because, step.reason) == (SuccessionReason.LOST, "the disk broke")
    house.enter()
    application = house.opened()
    application.check_providing()
    assert (house.findings(), house.unproved(), application.faults()) == ([], 0, [])


def test_a_torn_key_stays_beside_its_successor(house: House) -> None:
    house.workspace.ledger_key.write_text("PRIVATE+KEY")
    succeed_key(house.opened(), OWNER, SuccessionReason.LOST, "torn")
    assert house.workspace.ledger_key.with_name("ledger.key.before").read_text() == "PRIVATE+KEY"
    house.enter()
    assert house.findings() == []


def test_a_copy_from_before_a_rotation_goes_on_under_the_new_key(house: House, postgres: EmbeddedPostgres) -> None:
    house.copied(postgres, "before_rotation")
    step = succeed_key(house.opened(), OWNER, SuccessionReason.ROTATED, "each year")
    withdraw_consent(house.opened(), MEMBERS[0], None)
    house.restore(postgres, "before_rotation")
    application = house.opened()
    assert [fault.code for fault in application.faults()] == ["DATABASE_BEHIND"]
    done = accept_restored(application, "owner", "the disk broke")
    assert (done.withdrawals, done.awaited) == (1, 0)
    house.enter()
    assert house.opened().ledger_key.verifier == step.new
    assert (house.findings(), house.opened().faults()) == ([], [])

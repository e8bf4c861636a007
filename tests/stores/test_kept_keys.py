"""Keys that a control plane has had: a lost one is told, never made anew, and stops nothing that ends a consent."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from kanmon.application.transactions import PostgresTransactions
from kanmon.core.errors import KanmonError, LedgerKeyMissing, UsageError
from kanmon.core.ids import MemberId
from kanmon.db.kept_keys import KeyKind
from kanmon.db.unit_of_work import Database
from kanmon.gate.switch.model import SwitchScope
from kanmon.gate.switch.service import StopSwitch
from kanmon.gate.switch.store import StopStore
from kanmon.ledger.faults import ErasureKeyMissing, NotSignedYet
from kanmon.ledger.files.keys import LedgerKeyFile
from kanmon.ledger.fsck import check_ledger
from kanmon.ledger.keyholder import AbsentKey
from kanmon.ledger.note import SigningKey
from kanmon.ledger.service import Ledger, receipt_of, receipts_for
from kanmon.ledger.store.entries import LedgerRecords, PostgresLedgerStore
from kanmon.ledger.store.keys import KeyStore
from kanmon.rights.erasure.files.erased_people import CodedErasedPeople
from kanmon.rights.erasure.files.key import ErasureKeyFile
from kanmon.rights.erasure.service import hashed
from kanmon.rights.erasure.store.erasures import PostgresErasureStore
from kanmon.rights.withdrawal.service import Withdrawals
from kanmon.rights.withdrawal.store import PostgresWithdrawalStore
from tests.stores.test_withdrawal_race import CLOCK, KEY, MEMBERS, NOW, SEALS, board
from tests.unit.ledger.memory import AT, deeds

__all__ = ["board"]


@pytest.fixture
def memory(database: Database) -> KeyStore:
    return KeyStore(database)


def sign(database: Database, key: SigningKey | AbsentKey, count: int = 1) -> None:
    with database.write() as session:
        ledger = Ledger(PostgresLedgerStore(session), key)
        ledger.append(deeds(count))
        ledger.sign(AT)


def test_a_lost_ledger_key_is_told_with_what_to_bring_and_never_made_anew(memory: KeyStore, tmp_path: Path) -> None:
    file = tmp_path / "ledger.key"
    key = LedgerKeyFile(file, memory).key()
    kept = file.read_text()
    file.unlink()
    with pytest.raises(LedgerKeyMissing, match=r"ledger\.key.*KANMON_LEDGER_KEY") as missing:
        LedgerKeyFile(file, memory).key()
    assert missing.value.exit_status == 4
    absent = LedgerKeyFile(file, memory).at_hand()
    assert isinstance(absent, AbsentKey)
    assert absent.verifier == key.verifier
    assert not file.exists()
    file.write_text(kept)
    assert LedgerKeyFile(file, memory).key().verifier == key.verifier


def test_another_key_in_its_place_is_told_as_that(memory: KeyStore, tmp_path: Path) -> None:
    LedgerKeyFile(tmp_path / "ledger.key", memory).key()
    (tmp_path / "ledger.key").write_text(f"{SigningKey.generate('kanmon/other')}\n")
    with pytest.raises(LedgerKeyMissing, match="another key"):
        LedgerKeyFile(tmp_path / "ledger.key", memory).key()


@pytest.mark.parametrize("content", [b"", b"PRIVATE+KEY+kanmon", b"\xff\xfe"])
def test_a_torn_key_is_an_absent_one(memory: KeyStore, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "ledger.key"
    LedgerKeyFile(file, memory).key()
    file.write_bytes(content)
    with pytest.raises(UsageError):
        LedgerKeyFile(file, memory).key()
    assert isinstance(LedgerKeyFile(file, memory).at_hand(), AbsentKey)


def test_a_ledger_from_before_keys_were_noted_knows_its_own(
    database: Database, memory: KeyStore, tmp_path: Path
) -> None:
    own, other = SigningKey.generate("kanmon/test"), SigningKey.generate("kanmon/test")
    sign(database, own)
    with pytest.raises(LedgerKeyMissing):
        LedgerKeyFile(tmp_path / "nowhere.key", memory).key()
    (tmp_path / "other.key").write_text(f"{other}\n")
    with pytest.raises(LedgerKeyMissing):
        LedgerKeyFile(tmp_path / "other.key", memory).key()
    (tmp_path / "own.key").write_text(f"{own}\n")
    LedgerKeyFile(tmp_path / "own.key", memory).key()
    assert memory.known(KeyKind.LEDGER) == str(own.verifier)


def test_what_is_noted_of_keys_is_never_forgotten(database: Database, memory: KeyStore) -> None:
    assert memory.note(KeyKind.ROWS, "one")
    assert not memory.note(KeyKind.ROWS, "another")
    assert memory.known(KeyKind.ROWS) == "one"
    for statement in ("DELETE FROM kept_key", "UPDATE control_plane SET identity = 'x'"):
        with pytest.raises(Exception, match=r"permission denied|append-only"), database.write() as session:
            session.connection.execute(text(statement))


def withdraw(transactions: PostgresTransactions, member: MemberId) -> None:
    with transactions.begin(waits=True) as work:
        Withdrawals(PostgresWithdrawalStore(work.session), work.ledger, CLOCK).withdraw(
            member, None, work.terms.clients.values()
        )


def stop(transactions: PostgresTransactions) -> None:
    with transactions.begin(waits=True) as work:
        StopSwitch(StopStore(work.session), work.ledger, CLOCK, work.terms).stop(
            SwitchScope(None, None), "owner", "why", consents_doubted=False
        )


def test_without_the_ledger_key_withdrawals_and_stops_are_taken_and_nothing_else(board: Database) -> None:
    key = KEY
    sign(board, key)
    with board.read() as session:
        first = LedgerRecords(session).size()
    fault = LedgerKeyMissing("gone")
    absent = PostgresTransactions(board, AbsentKey(fault, key.verifier), SEALS)
    withdraw(absent, MEMBERS[0])
    stop(absent)
    refused: list[Callable[[], object]] = [
        lambda: sign(board, AbsentKey(fault, key.verifier)),
        lambda: withdraw(PostgresTransactions(board, SigningKey.generate("kanmon/test"), SEALS), MEMBERS[1]),
    ]
    for deed in refused:
        with pytest.raises(KanmonError):
            deed()
    with absent.begin() as transaction, pytest.raises(LedgerKeyMissing):
        transaction.ledger.append(deeds(1))

    with board.read() as session:
        records = LedgerRecords(session)
        assert [entry.type for entry, _ in records.entries()][first:] == ["withdrawal", "stop"]
        assert receipts_for(records, [first - 1, first, first + 1], key.verifier).keys() == {first - 1}
        with pytest.raises(NotSignedYet):
            receipt_of(records, first, key.verifier, shows_payload=True)

    withdraw(PostgresTransactions(board, key, SEALS), MEMBERS[2])
    with board.read() as session:
        records = LedgerRecords(session)
        assert receipts_for(records, [first, first + 1], key.verifier).keys() == {first, first + 1}
        assert check_ledger(records, key.verifier).findings == []


def test_a_lost_erasure_key_brings_nobody_back(board: Database, memory: KeyStore, tmp_path: Path) -> None:
    file = tmp_path / "erasure.key"
    keys = ErasureKeyFile(file, memory)
    keys.check()
    assert not file.exists(), "a look makes none"
    code = keys.code_of(MEMBERS[0])
    transactions = PostgresTransactions(board, KEY, SEALS)
    with transactions.begin(waits=True) as work:
        (seq,) = work.ledger.append(deeds(1))
        PostgresErasureStore(work.session, work.seals).begin(MEMBERS[0], hashed(code), bytes(32), CLOCK, seq)
        work.ledger.sign(NOW)
    erased = transactions.writing(lambda work: PostgresErasureStore(work.session, work.seals))
    assert CodedErasedPeople(erased, ErasureKeyFile(file, memory)).among(MEMBERS) == {MEMBERS[0]}
    kept = file.read_text()
    for lost in (None, "00" * 32):
        file.unlink(missing_ok=True)
        if lost is not None:
            file.write_text(lost)
        again = ErasureKeyFile(file, memory)
        with pytest.raises(ErasureKeyMissing, match=r"erasure\.key.*KANMON_ERASURE_KEY.*docs/keys\.md"):
            CodedErasedPeople(erased, again).among(MEMBERS)
        with pytest.raises(ErasureKeyMissing):
            again.check()
    file.write_text(kept)
    assert ErasureKeyFile(file, memory).code_of(MEMBERS[0]) == code

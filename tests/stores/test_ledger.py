"""The ledger in a real PostgreSQL: its guards, many writers at once, and what a superuser's tampering leaves behind."""
# ruff: noqa: PT012 - what is refused is a whole transaction

import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kanmon.core.errors import LogInconsistent, UsageError
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import OWNER, DatabaseLogins, engine_as
from kanmon.db.row_key import RowKey
from kanmon.db.unit_of_work import Database
from kanmon.ledger.checkpoint import Checkpoint, PeopleRoot
from kanmon.ledger.files.keys import LedgerKeyFile
from kanmon.ledger.fsck import LedgerCheck, LedgerFault, LedgerFinding, check_ledger
from kanmon.ledger.note import SigningKey
from kanmon.ledger.people import index_anew, label_of, member_of
from kanmon.ledger.people_tree import PeopleTree
from kanmon.ledger.receipt import verify_receipt
from kanmon.ledger.service import Ledger, receipt_of
from kanmon.ledger.store.entries import LedgerRecords, PostgresLedgerStore
from tests.unit.ledger.memory import AT, deeds

KEY = SigningKey.generate("kanmon/test")
SIZES = (1, 300, 1_000)
CHANGES = {
    "ledger_entry": "type = 'x'",
    "ledger_checkpoint": "note = 'x'",
    "ledger_secret": "payload = '{}'",
    "ledger_tile": "hashes = '\\x' || repeat('00', 32)::bytea",
}


@pytest.fixture
def signed(database: Database) -> Database:
    """A ledger of 1,000 entries, signed three times."""
    for size in SIZES:
        with database.write() as session:
            ledger = Ledger(PostgresLedgerStore(session), KEY)
            ledger.append(deeds(size - LedgerRecords(session).size()))
            ledger.sign(AT)
    return database


def check(database: Database, *seen: str) -> LedgerCheck:
    with database.read() as session:
        return check_ledger(LedgerRecords(session), KEY.verifier, seen)


def tamper(server: EmbeddedPostgres, logins: DatabaseLogins, *statements: str) -> None:
    """Do what only a superuser can, who has put the guards to sleep."""
    with engine_as(server.superuser_url(logins.app.database or ""), None).begin() as connection:
        for table in (*CHANGES, "ledger_person"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount > 0, statement


def test_a_ledger_is_written_signed_proved_and_checked(signed: Database) -> None:
    with signed.read() as session:
        records = LedgerRecords(session)
        receipt = receipt_of(records, 777, KEY.verifier, shows_payload=True)
        kept = [entry.seq for entry, _ in records.entries()]
    verified = verify_receipt(receipt, KEY.verifier)
    assert verified.payload == {**deeds(1)[0].payload, "member_id": "M477"}
    assert verified.entry["at"] == "2026-04-01T09:30:00.123456Z"
    assert kept == list(range(1_000))
    assert check(signed) == LedgerCheck(1_000, 0, 3, [])


def test_a_transaction_that_fails_leaves_no_gap(signed: Database) -> None:
    with pytest.raises(ZeroDivisionError), signed.write() as session:
        Ledger(PostgresLedgerStore(session), KEY).append(deeds(5))
        _ = 1 / 0
    with signed.write() as session:
        assert Ledger(PostgresLedgerStore(session), KEY).append(deeds(1)) == [1_000]
    assert check(signed).findings == []


def test_many_writers_at_once_leave_one_log_without_gaps(database: Database) -> None:
    given: list[int] = []

    def write() -> None:
        for _ in range(10):
            with database.write() as session:
                ledger = Ledger(PostgresLedgerStore(session), KEY)
                seqs = ledger.append(deeds(7))
                ledger.sign(AT)
            given.extend(seqs)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(given) == list(range(280))
    assert check(database) == LedgerCheck(280, 0, 40, [])


@pytest.mark.parametrize("table", CHANGES)
@pytest.mark.parametrize("change", ["UPDATE {table} SET {to}", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"])
def test_the_ledger_only_grows_even_for_the_owner(
    signed: Database, logins: DatabaseLogins, table: str, change: str
) -> None:
    statement = text(change.format(table=table, to=CHANGES[table]))
    if (table, change[:6]) == ("ledger_secret", "DELETE"):
        with signed.write() as session:  # erasure is what this one table is for
            assert session.connection.execute(statement).rowcount == 1_000
        return
    with pytest.raises(DBAPIError, match="is append-only"), engine_as(logins.migrator, OWNER).begin() as connection:
        connection.execute(statement)
    with pytest.raises(DBAPIError, match=r"permission denied|is append-only"), signed.write() as session:
        session.connection.execute(statement)


def test_a_tile_is_neither_cut_nor_moved(signed: Database) -> None:
    for to in ("hashes = substring(hashes FOR 32)", "index = index + 9", "hashes = hashes || hashes, level = 7"):
        with pytest.raises(DBAPIError, match=r"append-only|permission denied"), signed.write() as session:
            session.connection.execute(text(f"UPDATE ledger_tile SET {to} WHERE index = 3"))


@pytest.mark.parametrize(
    ("statements", "findings"),
    [
        (
            ["UPDATE ledger_entry SET entered_at = entered_at + interval '1 microsecond' WHERE seq = 17"],
            [(LedgerFault.ENTRY_CHANGED, 17, 17)],
        ),
        (["UPDATE ledger_entry SET type = 'consent' WHERE seq = 998"], [(LedgerFault.ENTRY_CHANGED, 998, 998)]),
        (["DELETE FROM ledger_entry WHERE seq = 17"], [(LedgerFault.ENTRY_MISSING, 17, 17)]),
        (
            [
                "UPDATE ledger_entry SET seq = -1 - seq WHERE seq IN (5, 6)",
                "UPDATE ledger_entry SET seq = 12 + seq WHERE seq < 0",
            ],
            [(LedgerFault.ENTRY_CHANGED, 5, 6)],
        ),
        (
            ["INSERT INTO ledger_entry SELECT 1000, type, entered_at, commitment FROM ledger_entry WHERE seq = 3",
             "INSERT INTO ledger_secret SELECT 1000, payload, key FROM ledger_secret WHERE seq = 3"],
            [(LedgerFault.ENTRY_NOT_LOGGED, 1_000, 1_000)],
        ),
        (
            ["UPDATE ledger_secret SET payload = replace(payload, 'M3', 'M4') WHERE seq = 4"],
            [(LedgerFault.PAYLOAD_CHANGED, 4, 4)],
        ),
        (["DELETE FROM ledger_secret WHERE seq = 4"], [(LedgerFault.PAYLOAD_MISSING, 4, 4)]),
        (
            ["UPDATE ledger_tile SET hashes = set_byte(hashes, 40, 255 - get_byte(hashes, 40)) WHERE index = 1"],
            [(LedgerFault.TILE_DAMAGED, 256, 511)],
        ),
        (["DELETE FROM ledger_tile WHERE level = 1"], [(LedgerFault.TILE_DAMAGED, 0, 999)]),
        (
            ["UPDATE ledger_checkpoint SET note = replace(note, 'kanmon/test', 'kanmon/best') WHERE size = 300"],
            [(LedgerFault.CHECKPOINT_FORGED, 1, 1)],
        ),
    ],
)  # fmt: skip
def test_the_check_names_what_a_superuser_did(
    signed: Database,
    postgres: EmbeddedPostgres,
    logins: DatabaseLogins,
    statements: list[str],
    findings: list[tuple[LedgerFault, int, int]],
) -> None:
    constraint = "ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_seq_check"
    with engine_as(postgres.superuser_url(logins.app.database or ""), None).begin() as connection:
        connection.execute(text(constraint))
    tamper(postgres, logins, *statements)
    found = list(check(signed).findings)
    assert [finding for finding in found if finding.fault is not LedgerFault.PAYLOAD_CHANGED or finding.first == 4] == [
        LedgerFinding(*finding) for finding in findings
    ]


def test_a_ledger_that_lost_its_end_is_not_signed_again(
    signed: Database, postgres: EmbeddedPostgres, logins: DatabaseLogins
) -> None:
    with signed.read() as session:
        newest = LedgerRecords(session).newest_checkpoint() or ""
    tamper(postgres, logins, "DELETE FROM ledger_entry WHERE seq >= 300")
    assert LedgerFinding(LedgerFault.ENTRY_MISSING, 300, 999) in check(signed).findings
    with pytest.raises(LogInconsistent, match="rolled back"), signed.write() as session:
        Ledger(PostgresLedgerStore(session), KEY).sign(AT)
    with pytest.raises(LogInconsistent), signed.write() as session:
        Ledger(PostgresLedgerStore(session), KEY).append(deeds(1))
    tamper(
        postgres,
        logins,
        "DELETE FROM ledger_secret WHERE seq >= 300",
        "DELETE FROM ledger_checkpoint WHERE size > 300",
        "DELETE FROM ledger_tile WHERE (level, index) IN ((0, 2), (0, 3))",
        "UPDATE ledger_tile SET hashes = substring(hashes FOR 44 * 32) WHERE (level, index) = (0, 1)",
        "UPDATE ledger_tile SET hashes = substring(hashes FOR 32) WHERE level = 1",
    )
    assert check(signed).findings == [LedgerFinding(LedgerFault.INDEX_DAMAGED, 0, 299)]
    with signed.write() as session:
        index_anew(PostgresLedgerStore(session), 300)
    assert check(signed).findings == []
    assert check(signed, newest).findings == [LedgerFinding(LedgerFault.ROLLED_BACK, 300, 999)]


def test_erasure_leaves_the_proof_and_takes_the_content(signed: Database) -> None:
    with signed.write() as session:
        ledger = Ledger(PostgresLedgerStore(session), KEY)
        ledger.erase([4, 500], AT, "asked")
        ledger.sign(AT)
    with signed.read() as session:
        receipt = receipt_of(LedgerRecords(session), 500, KEY.verifier, shows_payload=True)
        left = session.connection.execute(text("SELECT count(*) FROM ledger_secret WHERE payload LIKE '%M200%'"))
        assert left.scalar_one() == 1, "that of entry 201, which says the same of itself"
    assert verify_receipt(receipt, KEY.verifier).payload is None
    assert check(signed) == LedgerCheck(1_001, 2, 4, [])


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    key = LedgerKeyFile(path).key()
    assert path.stat().st_mode & 0o777 == 0o600
    assert LedgerKeyFile(path).key().verifier == key.verifier
    assert LedgerKeyFile(tmp_path / "other.key").key().name != key.name
    assert sorted(file.name for file in tmp_path.iterdir()) == ["ledger.key", "other.key"]
    path.write_text("something else\n")
    with pytest.raises(UsageError):
        LedgerKeyFile(path).key()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE ledger_person SET label = sha256(label) WHERE seq = 3", LedgerFault.PERSON_MISPLACED),
        ("DELETE FROM ledger_person WHERE seq = 999", LedgerFault.PERSON_MISPLACED),
        ("DELETE FROM ledger_person_page WHERE name = '0'", LedgerFault.INDEX_DAMAGED),
        ("INSERT INTO ledger_person_page SELECT 'ffff', content FROM ledger_person_page WHERE name = '0'",
         LedgerFault.INDEX_DAMAGED),
        ("UPDATE ledger_person_page SET content = set_byte(content, 50, 255 - get_byte(content, 50)) WHERE name = ''",
         LedgerFault.INDEX_DAMAGED),
    ],
)  # fmt: skip
def test_an_index_that_was_changed_beside_us_is_found(
    signed: Database, postgres: EmbeddedPostgres, logins: DatabaseLogins, statement: str, fault: LedgerFault
) -> None:
    tamper(postgres, logins, statement)
    assert {finding.fault for finding in check(signed).findings} == {fault}


def test_the_index_is_that_of_the_newest_checkpoint_and_goes_with_its_transaction(signed: Database) -> None:
    with signed.read() as session:
        records = LedgerRecords(session)
        checkpoint = Checkpoint.open(records.newest_checkpoint() or "", [KEY.verifier])
        tree, key = PeopleTree(records), records.person_key()
        assert key is not None
        label = label_of(key, "M5")
        person, proof = tree.proof(label)
        lists = [seq for seq in range(1_000) if deed_names(records, seq, "M5")]
        assert list(records.listed(label, person.last)) == lists
    assert checkpoint.people == PeopleRoot(tree.root, key.public)
    assert proof.is_in(label, tree.root)
    with pytest.raises(ZeroDivisionError), signed.write() as session:
        ledger = Ledger(PostgresLedgerStore(session), KEY)
        ledger.append(deeds(500))
        ledger.sign(AT)
        _ = 1 / 0
    with signed.read() as session:
        assert PeopleTree(LedgerRecords(session)).root == tree.root
    assert check(signed).findings == []


def test_with_a_lost_key_everybody_gets_a_new_label_and_erased_entries_keep_theirs(signed: Database) -> None:
    with signed.write() as session:
        ledger = Ledger(PostgresLedgerStore(session), KEY)
        ledger.erase([5], AT, "asked")
        ledger.sign(AT)
        erased = LedgerRecords(session).labels_between(5, 5)
    other = Database(signed.url, RowKey(b"\x05" * 32))
    with other.write() as session:
        store = PostgresLedgerStore(session)
        old = store.labels_between(6, 6)
        people = index_anew(store, 1_001)
        new = store.person_key()
        assert new is not None
        assert people == PeopleRoot(PeopleTree(store).root, new.public)
        assert store.labels_between(5, 5) == erased
        assert old != store.labels_between(6, 6) == {6: label_of(new, "M5")}
    other.close()


def deed_names(records: LedgerRecords, seq: int, member: str) -> bool:
    _, secret = records.entry(seq)
    return secret is not None and member_of(secret.payload) == member

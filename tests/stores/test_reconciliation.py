"""Acts of consent held against the loads that brought them: counted, corrected and loaded again without a fault."""

from pathlib import Path

import pytest
from sqlalchemy import text

from kanmon.application.transactions import PostgresTransactions
from kanmon.audits.reconciliation.service import RowFinding, RowMismatch
from kanmon.audits.reconciliation.store.entered import ReconciliationStore
from kanmon.consent.evidence import ConsentAct
from kanmon.core.errors import LedgerKeyMissing
from kanmon.core.ids import EvidenceId, MemberId, MemberNo, ScreenId, TextSha256
from kanmon.core.refused import no_rows_refused
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import DatabaseLogins
from kanmon.db.row_key import NO_KEY
from kanmon.db.unit_of_work import Database
from kanmon.intake.loading import StagedTable
from kanmon.intake.store.loads import LoadStore
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.keyholder import AbsentKey
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.act_seals import ActSeals
from kanmon.ledger.store.adoption import seal_waiting
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.rights.withdrawal.store import PostgresWithdrawalStore
from tests.rows import KEY
from tests.stores.test_binding import Tamper, tamper
from tests.stores.test_staging import AT, CONSENTS, Folder, Row, consent, folder

__all__ = ["folder", "tamper"]
FIRST, OTHER = MemberNo(1), MemberNo(2)
LATER = AT.replace(year=2021)


class Loads:
    """Loads acts of consent as the product does, each in a transaction with its entry."""

    def __init__(self, folder: Folder, keys: Path) -> None:
        self._folder = folder
        self._transactions = PostgresTransactions(folder.database, KEY, SealedRows(keys))

    def load(self, *acts: Row) -> int:
        staged = self._folder._file(CONSENTS, acts)
        table = StagedTable("consents", "consents.csv", "0", staged, no_rows_refused(), ())
        with self._transactions.begin(waits=True) as work:
            loading = LoadStore(work.session, work.ledger)
            merged = loading.merge("consents", staged)
            number = loading.note(table, merged, AT)
            rows = {"new": merged.new, "replaced": merged.replaced}
            said = {"dataset": "consents", "load_id": number, "rows": rows, "acts_sha256": merged.acts_sha256}
            loading.ledger.append([NewEntry(EntryType.LOAD, AT, said)])
            loading.ledger.sign(AT)
        return number


@pytest.fixture
def loads(folder: Folder, tmp_path: Path) -> Loads:
    return Loads(folder, tmp_path / "keys")


def found(database: Database) -> list[RowFinding]:
    with database.read() as session:
        return list(ReconciliationStore(session).acts())


def unproved(database: Database) -> set[MemberNo]:
    with database.read() as session:
        return set(ActSeals(session).unproved([FIRST, OTHER]))


def test_loads_corrections_and_loads_again_are_no_faults(folder: Folder, loads: Loads) -> None:
    loads.load(consent("m1", refusable=False), consent("m2"))
    loads.load(consent("m1", refusable=True), consent("m1", occurred_at=LATER))
    loads.load(consent("m1", occurred_at=LATER), consent("m2"))
    assert (found(folder.database), unproved(folder.database)) == ([], set())
    assert folder.rows("SELECT count(*) FROM consent_correction") == [(1,)]


def test_a_correction_taken_back_is_seen(folder: Folder, loads: Loads, tamper: Tamper) -> None:
    loads.load(consent("m1", refusable=False), consent("m2"))
    loads.load(consent("m1", refusable=True))
    tamper("DELETE FROM consent_correction")
    assert unproved(folder.database) == {FIRST}


def test_a_loaded_act_that_went_with_its_seal_is_missed_by_its_load(
    folder: Folder, loads: Loads, tamper: Tamper
) -> None:
    loads.load(consent("m1"), consent("m2"))
    tamper("CREATE TABLE kept AS SELECT * FROM consent_seal")
    number = loads.load(consent("m1", action="withdraw", occurred_at=LATER))
    tamper("DELETE FROM consent_act WHERE action = 'withdraw'")
    tamper("UPDATE consent_seal s SET numbers = k.numbers, seal = k.seal FROM kept k WHERE k.member_no = s.member_no")
    assert found(folder.database) == [RowFinding(RowMismatch.MISSING, "consent_act", f"load {number}", ("0 / 1",))]


def test_acts_loaded_without_the_key_are_not_proved(folder: Folder, loads: Loads) -> None:
    loads.load(consent("m2"))
    key = folder.database.rows
    folder.database.rows = type(key)(None)
    with folder.database.write() as session:
        assert ActSeals(session).seal_all() is None
        assert ActSeals(session).unproved([OTHER]) == {OTHER}
    folder.database.rows = key
    assert unproved(folder.database) == {FIRST}
    with folder.database.read() as session:
        assert session.connection.scalar(text("SELECT count(*) FROM consent_seal")) == 1


def test_the_seal_over_acts_is_the_key_s(postgres: EmbeddedPostgres, logins: DatabaseLogins, folder: Folder) -> None:
    """Whoever has another key, or none, can't prove or seal anything."""
    Loads(folder, Path("/nonexistent")).load(consent("m1"))
    other = Database(logins.app, type(folder.database.rows)(b"o" * 32))
    assert unproved(other) == {FIRST, OTHER}
    other.close()


def test_a_withdrawal_taken_without_the_key_is_sealed_when_it_is_back(folder: Folder, loads: Loads) -> None:
    loads.load(consent("m1"), consent("m2"))
    database, key = folder.database, folder.database.rows
    withdrawn = ConsentAct(
        EvidenceId(0), MemberId("m1"), LATER, ScreenId("form"), TextSha256("0" * 64), "withdraw", None, None
    )
    database.rows = NO_KEY
    with database.write() as session:
        ledger = Ledger(PostgresLedgerStore(session), AbsentKey(LedgerKeyMissing("gone"), KEY.verifier), waits=True)
        (seq,) = ledger.append([withdrawn.entry(LATER)])
        PostgresWithdrawalStore(session).add(withdrawn, seq)
    database.rows = key
    assert unproved(database) == {FIRST}
    with database.write() as session:
        seal_waiting(session)
    assert (found(database), unproved(database)) == ([], set())

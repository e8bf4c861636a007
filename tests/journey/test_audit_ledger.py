"""`kanmon audit ledger` and `kanmon verify` on a workspace, as a person gives them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from kanmon.application.application import Application, stop_database
from kanmon.cli.progress import progress_for
from kanmon.db.embedded_postgres import DATABASE, EmbeddedPostgres
from kanmon.db.logins import engine_as
from kanmon.db.unit_of_work import Database
from kanmon.ledger.service import Ledger, receipt_of
from kanmon.ledger.store.entries import PostgresLedgerStore
from tests.journey.command import Road, kanmon
from tests.unit.ledger.memory import AT, deeds


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    """A workspace whose ledger has 20 signed entries, and beside it the receipt of entry 7."""
    root = tmp_path / "workspace"
    assert kanmon("init", root).status == 0
    with Application.open(root, None, progress_for(False)) as application:
        key = application.ledger_key
        database = Database(EmbeddedPostgres(root / "postgres").logins().app, application.row_key)
        with database.write() as session:
            ledger = Ledger(PostgresLedgerStore(session), key)
            ledger.append(deeds(20))
            ledger.sign(AT)
        database.close()
        with application.transactions.read() as work:
            receipt = receipt_of(work.ledger, 7, key.verifier, shows_payload=True)
    (tmp_path / "receipt.json").write_bytes(receipt)
    yield Road(root)
    stop_database(root)


def test_a_ledger_is_judged_and_a_receipt_of_it_checked(road: Road, tmp_path: Path) -> None:
    whole = road("audit", "ledger", "--seen", tmp_path / "receipt.json", "--json")
    assert (whole.status, whole.json) == (0, {"entries": 20, "erased": 0, "checkpoints": 2, "findings": [], "rows": []})
    assert "nothing is wrong with the ledger" in road("audit", "ledger").out
    assert kanmon("verify", tmp_path / "receipt.json").status == 0

    server = EmbeddedPostgres(road.root / "postgres")
    with engine_as(server.superuser_url(DATABASE), None).begin() as connection:
        connection.execute(text("ALTER TABLE ledger_entry DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE ledger_entry SET type = 'consent' WHERE seq = 7"))
    broken = road("audit", "ledger", "--json")
    assert broken.status == 4
    assert broken.json["findings"] == [{"fault": "entry_changed", "first": 7, "last": 7}]
    assert "[LOG_INCONSISTENT]" in broken.err
    assert "entries 7 to 7" in road("audit", "ledger").out

    (tmp_path / "other.txt").write_text("no checkpoint")
    refused = road("audit", "ledger", "--seen", tmp_path / "other.txt", "--json")
    assert {"fault": "checkpoint_forged", "first": 1, "last": 1} in refused.json["findings"]
    assert road("audit", "ledger", "--seen", tmp_path / "missing").status == 2

"""What a provision brought is kept with it, entered in the ledger and summed up where consent lacked."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from kanmon.audits.entries import gap_entry
from kanmon.audits.gap.cli.gap import gap_facts
from kanmon.audits.gap.model import GapRule
from kanmon.clients.price import Price, PriceUnit
from kanmon.db.unit_of_work import Database
from tests.stores.test_audit_store import SINCE, World
from tests.stores.test_withdrawal_race import CLIENTS, MEMBERS, board, provide

__all__ = ["board"]
ONE = CLIENTS[0]
PRICE = Price(1200, PriceUnit.ROW)


def test_the_gap_tells_what_was_earned_and_of_what_nobody_knows(database: Database, tmp_path: Path) -> None:
    world = World(database, tmp_path / "lake")
    world.applied("other", 15, provided_on=(20, 30), price=PRICE)
    world.applied("one", 16, provided_on=(21,))
    world.applied("one", 17, price=PRICE)
    for rule in GapRule:
        found = world.gap(rule)
        facts = {
            "provisions": 3,
            "amounts": {"JPY": 2400},
            "provisions_without_price": 1,
            "is_known": False,
        }
        assert gap_facts(found)["benefit"] == facts
        assert gap_entry(found, SINCE).payload["benefit"] == facts


def test_a_provision_keeps_what_it_brought_by_the_contract_of_its_day(board: Database) -> None:
    provide(board, replace(ONE, contract=replace(ONE.contract, price=PRICE)), "priced")
    with board.read(ONE.client_id) as session:
        kept = session.connection.scalar(text("SELECT benefit FROM provision"))
        entered = session.connection.scalars(
            text("SELECT payload FROM ledger_secret JOIN ledger_entry USING (seq) WHERE type = 'provision'")
        ).all()
    assert kept["amount"] == 1200 * len(MEMBERS)
    assert [f'"amount":{1200 * len(MEMBERS)}' in payload for payload in entered] == [True]

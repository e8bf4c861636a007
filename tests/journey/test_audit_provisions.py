"""`kanmon audit provisions` judges what the main job provided afresh, from the evidence alone."""

from collections.abc import Callable

from sqlalchemy import text

from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.unit_of_work import Database
from tests.journey.command import Road
from tests.journey.conftest import Ran
from tests.rows import ROW_KEY

STOPPED = """
    INSERT INTO stop_act (action, client_id, acted_at, real_at, person, because, consents_doubted, ledger_seq)
    VALUES ('stop', :client, '2000-01-01', now(), 'p', 'b', false, 0)
    """


def test_what_was_provided_stands_until_more_is_known(ran: Ran, workspace: Callable[[Road | None], Road]) -> None:
    road = workspace(ran.road)
    first = road("audit", "provisions", "--json")
    assert first.status == 0, first.err
    assert first.json["judged"] == sum(first.json["by_client"].values()) > 100
    assert (first.json["fallen"], first.json["provisions"], first.json["faults"]) == (0, [], {})
    client = max(first.json["by_client"], key=first.json["by_client"].get)
    database = Database(EmbeddedPostgres(road.root / "postgres").logins().app, ROW_KEY)
    with database.write() as session:
        session.connection.execute(text(STOPPED), {"client": client})
    database.close()
    again = road("audit", "provisions", "--client", client, "--json")
    assert again.status == 4
    assert again.json["fallen"] == again.json["judged"] == first.json["by_client"][client]
    assert again.json["faults"] == {"stopped": again.json["judged"]}
    assert {one["client_id"] for one in again.json["provisions"]} == {client}
    assert again.json["ledger_seq"] > first.json["ledger_seq"]
    told = road("audit", "provisions", "--client", client)
    assert told.status == 4
    assert "do not stand" in told.out
    assert road("audit", "ledger", "--json").status == 0

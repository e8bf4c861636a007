"""What a client receives and states, on a real database: kept for good, in the ledger, and its own only."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text

from kanmon.clients.contract import Platform
from kanmon.clients.use import ActualUse, FollowUp, IntendedUse
from kanmon.core.errors import StatementIncomplete
from kanmon.core.ids import ClientId, ModelId, ProvisionId
from kanmon.db.unit_of_work import Database
from kanmon.gate.store.facts import GateStore
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.note import SigningKey
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.provision.receipt import CONFIRMED, Route, confirmed
from kanmon.provision.store.client_statements import ClientRecords, ClientStatements
from tests.tables import tables

AT = datetime(2026, 4, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = SigningKey.generate("kanmon/test")
PLATFORM = Platform("Board Inc.", "Tokyo", "Head")
ONE, OTHER = ClientId("one"), ClientId("other")
FIRST, SECOND = ProvisionId("p-1"), ProvisionId("p-2")
INTENDED = IntendedUse("a call", (FollowUp.CALL,), ("selection",), "Watcher")
ACTUAL = ActualUse((FollowUp.CALL,), 3, "called", False)


@pytest.fixture
def account(database: Database) -> int:
    """Two clients; the first has two provisions that were handed over, one of them of one person's score."""
    with database.write() as session:
        run = session.connection.execute
        run(insert(tables.season).values(season_id="2026", opens_at=AT, closes_at=AT))
        run(insert(tables.run).values(run_id="r", command="x", acted_at=AT, real_at=AT, is_replay=False, state="x"))
        run(insert(tables.displayed_text).values(text_sha256="0"))
        run(insert(tables.displayed_text).values(text_sha256="1"))
        run(
            insert(tables.policy_version).values(
                policy_id="privacy", version_id="1.0", language="ja", effective_from=AT, text="t", text_sha256="0",
                clauses=[], loaded_at=AT,
            )
        )  # fmt: skip
        run(insert(tables.screen).values(screen_id="s", season_id="2026", function="registration", policy_id="privacy"))
        for screen, text_no in (("s", 1), ("gone", 2)):
            act = {
                "load_id": 1,
                "member_no": 1,
                "occurred_at": AT,
                "screen_id": screen,
                "text_no": text_no,
                "action": "accept",
            }
            run(insert(tables.consent_act).values(**act))
        for client in (ONE, OTHER):
            company = {"legal_name": client, "address": "a", "representative": "r", "contract": {}, "loaded_at": AT}
            run(insert(tables.client).values(client_id=client, **company))
        session.act_for(ONE)
        for number, provision in enumerate((FIRST, SECOND)):
            run(
                insert(tables.provision).values(
                    provision_id=provision, run_id="r", client_id=ONE, season_id="2026", acted_at=AT + number * HOUR,
                    real_at=AT, is_replay=False, content_sha256="0", law_profile_id="JP-APPI-2022", recipient={},
                    report={"category_symbols": []}, handed_over_at=AT,
                )
            )  # fmt: skip
        for number in (1, 2):
            run(
                insert(tables.provision_record).values(
                    provision_id=FIRST, client_id=ONE, applicant_no=number, member_no=1, consent_no=number,
                    items=["score"], score_no=1, provided_at=AT, created_at=AT, retain_until=AT.date(), method="SINGLE",
                )
            )  # fmt: skip
        made = insert(tables.account).values(
            name="hr", role="client", client_id=ONE, password_hash="", created_at=AT
        )  # fmt: skip
        return int(run(made.returning(tables.account.c.account_no)).scalar_one())


def entry(kind: EntryType, at: datetime) -> NewEntry:
    return NewEntry(kind, at, {"client_id": ONE})


def test_a_pack_says_how_the_data_were_acquired_and_nothing_of_whom(database: Database, account: int) -> None:
    with database.read() as session:
        records = ClientRecords(session, ONE)
        pack = records.pack(FIRST, PLATFORM)
        assert pack is not None
        assert pack.routes == (Route("gone", None, None, None), Route("s", "registration", "privacy", "1.0"))
        assert (pack.items, pack.provider, pack.rests_on_confirmation) == (("applicant_id", "score"), PLATFORM, False)
        assert records.acknowledged(FIRST) is None
        assert ClientRecords(session, OTHER).pack(FIRST, PLATFORM) is None


@pytest.mark.parametrize("part", sorted(CONFIRMED))
def test_a_receipt_confirms_every_part(database: Database, account: int, part: str) -> None:
    with database.read() as session:
        pack = ClientRecords(session, ONE).pack(FIRST, PLATFORM)
    assert pack is not None
    with pytest.raises(StatementIncomplete):
        confirmed(pack, CONFIRMED - {part}, "hr", AT)


def test_what_was_received_and_stated_is_kept_with_its_place_in_the_ledger(database: Database, account: int) -> None:
    with database.write() as session:
        ledger = Ledger(PostgresLedgerStore(session), KEY)
        statements = ClientStatements(session, ledger, ONE, account)
        pack = statements.records.pack(FIRST, PLATFORM)
        assert pack is not None
        statements.acknowledge(pack, confirmed(pack, CONFIRMED, "hr", AT))
        statements.state_intended(INTENDED, entry(EntryType.USE_STATEMENT, AT + HOUR))
        statements.state_actual(FIRST, ACTUAL, entry(EntryType.USE_STATEMENT, AT + 2 * HOUR))
        statements.alert("DENY_PURPOSE_PROHIBITED", None, "選考の参考", entry(EntryType.USE_ALERT, AT + 3 * HOUR))
        ledger.sign(AT)
    with database.read() as session:
        records = ClientRecords(session, ONE)
        assert records.acknowledged(FIRST) == (pack, AT)
        assert records.intended_use() == (INTENDED, AT + HOUR)
        assert records.actual_use(FIRST) == (ACTUAL, AT + 2 * HOUR)
        assert records.actual_use(SECOND) is None
        [alert] = records.alerts()
        assert (alert.client_id, alert.account_name, alert.words) == (ONE, "hr", "選考の参考")
        assert [(one.provision_id, one.acknowledged_at, one.stated_at) for one in records.deliveries()] == [
            (SECOND, None, None),
            (FIRST, AT, AT + 2 * HOUR),
        ]
        places = [
            session.connection.scalars(text(f"SELECT ledger_seq FROM {table} ORDER BY 1")).all()
            for table in ("receipt", "use_statement", "use_alert")
        ]
        assert places == [[0], [1, 2], [3]]
        theirs = ClientRecords(session, OTHER)
        assert theirs.acknowledged(FIRST) is None
        assert theirs.intended_use() is None
        assert not theirs.alerts()
        assert not theirs.deliveries()
        assert theirs.auc(ModelId("one-1")) is None
    with database.write() as session:
        facts = GateStore(session)
        assert facts.unexplained_since(ONE, AT + HOUR) == AT
        assert facts.unexplained_since(ONE, AT) is None
        assert facts.unexplained_since(ONE, AT + 3 * HOUR) is None
        assert facts.unexplained_since(OTHER, AT + HOUR) is None

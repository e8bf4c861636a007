"""Withdrawals against provisions (AC-20): real transactions of PostgreSQL, thousands of them at the same time."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest
from sqlalchemy import insert, text

from kanmon.clients.contract import (
    Approval,
    Client,
    Contract,
    Platform,
    ProductRelease,
    ReviewRole,
    Scheme,
    Season,
    ServiceTerms,
)
from kanmon.clients.store import ServiceStore
from kanmon.consent.law import JP_APPI_2017
from kanmon.consent.policy import Clause, Element, PolicyVersion, Recipients, Statement
from kanmon.core.clock import SystemClock
from kanmon.core.ids import ClientId, MemberId, PolicyId, PolicyVersionId, ProvisionId, RunId, SeasonId
from kanmon.db.unit_of_work import Database, RowBatch
from kanmon.gate.decision import Use
from kanmon.gate.question import Terms
from kanmon.gate.service import Gate
from kanmon.gate.store.facts import GateStore
from kanmon.ledger.label_tree import LabelTree
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.bound_rows import enter
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.ledger.tree import HASH_BYTES
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.provision.service import ProvisionResult, ProvisionService
from kanmon.provision.store.decisions import DecisionStore
from kanmon.provision.store.provisions import PostgresProvisionStore
from kanmon.provision.withholding import WithholdingBatch
from kanmon.rights.withdrawal.service import WithdrawalReceipt, Withdrawals
from kanmon.rights.withdrawal.store import PostgresWithdrawalStore
from tests import rows
from tests.databases import FilledDatabases
from tests.rows import enter_all, seal_acts
from tests.tables import tables

Done = TypeVar("Done")
KEY = rows.KEY
CLOCK = SystemClock()
NOW = CLOCK.now()
DAY = timedelta(days=1)
RUN = RunId("race")
SEASON = Season(SeasonId("2027"), NOW - 90 * DAY, None, NOW + 90 * DAY)
PLATFORM = Platform("p", "a", "r")
RELEASE = ProductRelease("1", False, tuple(Approval(role, role.value, NOW - 60 * DAY) for role in ReviewRole))
CONTRACT = Contract(
    Scheme.PERSONAL_DATA, NOW - 60 * DAY, NOW + 60 * DAY, SEASON.season_id, SEASON.season_id, "follow_up_support",
    frozenset({"selection"}), "score", "", (), NOW - 60 * DAY, NOW - DAY, None, None,
)  # fmt: skip
CLIENTS = [Client(ClientId(name), name, "a", "r", CONTRACT) for name in ("one", "other")]
SAID = {element: Statement("提供します") for element in JP_APPI_2017.core}
COVERING = PolicyVersion(
    PolicyId("privacy"), PolicyVersionId("1"), "ja", NOW - 90 * DAY, "提供します",
    (Clause("c1", SAID | {
        Element.RECIPIENTS: Statement("提供します", Recipients(open_class="企業")),
        Element.PURPOSE: Statement("提供します", "follow_up_support"),
    }),),
)  # fmt: skip
MEMBERS = [MemberId(f"M{number}") for number in range(1, 21)]
KEYS = TemporaryDirectory()
SEALS = SealedRows(Path(KEYS.name))
WITHDRAWALS = 10
MOST_DELAY = 0.1
"""Seconds."""

AGREE = text(
    """
    INSERT INTO consent_act (load_id, member_no, occurred_at, screen_id, text_no, action)
    SELECT 1, member_no, clock_timestamp(), 's', 1, 'accept' FROM member WHERE member_id = ANY (:members)
    """
)
SCORE = text(
    """
    INSERT INTO score (run_id, client_id, applicant_no, model_id, value, computed_at, consent_no)
    SELECT 'race', client_id, applicant_no, 'm-' || client_id, 5000, clock_timestamp(), 1
    FROM applicant WHERE applicant_id = ANY (:members)
    """
)
PROVIDED_LATER = text(
    """
    SELECT count(*) FROM provision_record r
    JOIN consent_act w ON w.member_no = r.member_no AND w.action = 'withdraw' AND w.occurred_at <= r.provided_at
    WHERE NOT EXISTS (
        SELECT FROM consent_act a WHERE a.member_no = r.member_no AND a.action = 'accept'
        AND a.occurred_at > w.occurred_at AND a.occurred_at < r.provided_at
    )
    """
)
OUT_OF_ORDER = text(
    """
    SELECT count(*) FROM provision_record r
    JOIN consent_act w ON w.member_no = r.member_no AND w.action = 'withdraw'
    JOIN consent_entry e ON e.consent_no = w.consent_no
    WHERE (e.ledger_seq < r.ledger_seq) <> (w.occurred_at < r.provided_at)
    """
)


def twenty_members(database: Database, folder: Path, words: PolicyVersion) -> None:
    terms = ServiceTerms(
        JP_APPI_2017.profile_id, PLATFORM, RELEASE, {SEASON.season_id: SEASON}, {c.client_id: c for c in CLIENTS}
    )
    with database.write() as session:
        run = session.connection.execute
        store = ServiceStore(session)
        store.replace_terms(terms, NOW)
        store.add_policy_version(words, NOW)
        run(insert(tables.displayed_text).values(text_sha256=words.text_sha256))
        run(insert(tables.run).values(run_id=RUN, command="x", acted_at=NOW, real_at=NOW, is_replay=False, state="x"))
        for number, member in enumerate(MEMBERS, start=1):
            person = {"member_no": number, "member_id": member, "season_id": "2027", "registered_at": NOW - 80 * DAY}
            run(insert(tables.member).values(**person))
        for client in CLIENTS:
            session.act_for(client.client_id)
            for number, member in enumerate(MEMBERS, start=1):
                who = {"client_id": client.client_id, "applicant_id": member, "brought_member_no": number}
                dates = {"applied_at": NOW - 10 * DAY, "as_of": NOW - DAY}
                run(insert(tables.applicant).values(**who, **dates, position=number, season_id="2027"))
            model = {
                "model_id": f"m-{client.client_id}",
                "client_id": client.client_id,
                "version": 1,
                "card": {"auc": 7},
            }
            made = {"season_id": "2027", "run_id": RUN, "trained_at": NOW, "acted_at": NOW, "sha256": "0"}
            labels = [bytes([number]) * HASH_BYTES for number in range(len(MEMBERS))]
            root = LabelTree(labels).root
            run(
                insert(tables.prediction_model).values(**model, **made, artefact=b"a", training_root=root, ledger_seq=0)
            )
            named = {"model_id": model["model_id"], "client_id": client.client_id}
            listed = [{**named, "applicant_no": number, "label": label} for number, label in enumerate(labels)]
            run(insert(tables.model_training).values(listed))
        enter_all(session)
    agree(database, MEMBERS)


@pytest.fixture
def board(database: Database, tmp_path: Path, filled_databases: FilledDatabases) -> Database:
    """Twenty members, applicants at two clients, each with a consent and a score for each client."""
    filled_databases.fill(database, tmp_path, twenty_members, COVERING)
    return database


def provide(
    database: Database,
    client: Client,
    run: str,
    store: type[PostgresProvisionStore] = PostgresProvisionStore,
    *,
    again: bool = True,
) -> ProvisionResult:
    terms = Terms(Use.PROVIDE, NOW, client, SEASON, RELEASE, JP_APPI_2017)
    with database.write() as session:
        session.connection.execute(
            insert(tables.run).values(run_id=run, command="x", acted_at=NOW, real_at=NOW, is_replay=False, state="x")
        )
        gate = Gate(GateStore(session), GateStore(session))
        ledger = Ledger(PostgresLedgerStore(session), KEY)
        withheld = WithholdingBatch(DecisionStore(session), ledger)
        service = ProvisionService(store(session, SEALS), gate, ledger, CLOCK, PLATFORM, withheld)
        result = service.provide(terms, RunId(run), again)
        enter(session, ledger)
        return result


def withdraw(database: Database, member: MemberId, client: ClientId | None = None) -> WithdrawalReceipt:
    with database.write() as session:
        ledger = Ledger(PostgresLedgerStore(session), KEY)
        return Withdrawals(PostgresWithdrawalStore(session), ledger, CLOCK).withdraw(member, client, CLIENTS)


def agree(database: Database, members: list[MemberId]) -> None:
    """Members agree, and scores are computed about them on that consent."""
    with database.write() as session:
        session.connection.execute(AGREE, {"members": members})
        seal_acts(session)
        for client in CLIENTS:
            session.act_for(client.client_id)
            session.connection.execute(SCORE, {"members": members})
            session.added.append(RowBatch("score", (client.client_id, RUN), client.client_id))
        enter(session, Ledger(PostgresLedgerStore(session), KEY))


@pytest.mark.parametrize("rounds", [10, 100])
def test_no_interleaving_provides_after_an_acknowledged_withdrawal(board: Database, rounds: int) -> None:
    chance = random.Random(20)
    with ThreadPoolExecutor(WITHDRAWALS + len(CLIENTS)) as threads:
        for number in range(rounds):
            leaving = chance.sample(MEMBERS, WITHDRAWALS)
            deeds: list[Callable[[], object]] = [partial(withdraw, board, member) for member in leaving]
            deeds += [partial(provide, board, client, f"{number}-{client.client_id}") for client in CLIENTS]
            for done in [threads.submit(after, chance.random() * MOST_DELAY, deed) for deed in deeds]:
                done.result()
            agree(board, leaving)
    with board.read() as session:
        for client in CLIENTS:
            session.act_for(client.client_id)
            assert session.connection.scalar(PROVIDED_LATER) == 0
            assert session.connection.scalar(OUT_OF_ORDER) == 0
            went = session.connection.scalar(text("SELECT count(*) FROM provision_record"))
            in_time = went - rounds * (len(MEMBERS) - WITHDRAWALS)  # the others stayed, and are in each provision
            assert 0.05 < in_time / (rounds * WITHDRAWALS) < 0.95, "both orders must happen"


def test_a_withdrawal_waits_for_a_provision_that_has_asked_the_gate(board: Database) -> None:
    has_asked, may_record, acknowledged = threading.Event(), threading.Event(), threading.Event()

    class Paused(PostgresProvisionStore):
        def newest_provision(self, client: ClientId, season: SeasonId) -> tuple[ProvisionId, RunId, str] | None:
            has_asked.set()
            assert may_record.wait(600)
            return super().newest_provision(client, season)

    def leave() -> WithdrawalReceipt:
        done = withdraw(board, MEMBERS[0])
        acknowledged.set()
        return done

    with ThreadPoolExecutor(2) as threads:
        providing = threads.submit(provide, board, CLIENTS[0], "paused", Paused)
        assert has_asked.wait(600)
        leaving = threads.submit(leave)
        assert not acknowledged.wait(0.5)
        may_record.set()
        assert providing.result().provided == len(MEMBERS)
        told = leaving.result().provided_before
    assert [one.record["recipient"]["client_id"] for one in told] == ["one"]
    assert provide(board, CLIENTS[0], "later").provided == len(MEMBERS) - 1


def after(seconds: float, deed: Callable[[], Done]) -> Done:
    """Do a deed a little later."""
    time.sleep(seconds)
    return deed()

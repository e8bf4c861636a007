"""The stop switch against provisions (S14, INV-5): no provision is recorded after a stop was acknowledged."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import text

from kanmon.clients.contract import ServiceTerms
from kanmon.core.errors import UnknownClient, UsageError
from kanmon.core.ids import ClientId, ProvisionId, RunId, SeasonId
from kanmon.db.unit_of_work import Database
from kanmon.gate.decision import DenialReason, ReasonCode
from kanmon.gate.switch.model import SwitchAct, SwitchScope
from kanmon.gate.switch.service import RecordedSwitchAct, StopSwitch
from kanmon.gate.switch.store import StopStore
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.provision.service import ProvisionOutcome
from kanmon.provision.store.provisions import PostgresProvisionStore
from tests.stores.test_withdrawal_race import (
    CLIENTS,
    CLOCK,
    KEY,
    MEMBERS,
    MOST_DELAY,
    PLATFORM,
    RELEASE,
    SEASON,
    after,
    agree,
    board,
    provide,
)

__all__ = ["board"]
TERMS = ServiceTerms(
    "JP-APPI-2017", PLATFORM, RELEASE, {SEASON.season_id: SEASON}, {client.client_id: client for client in CLIENTS}
)
ROUNDS = 30
SCOPES = [SwitchScope(), SwitchScope(client_id=ClientId("one")), SwitchScope(season=SEASON.season_id)]
PROVIDED_WHILE_STOPPED = text(
    """
    SELECT count(*) FROM provision p JOIN stop_act s
        ON s.action = 'stop' AND s.acted_at <= p.acted_at AND coalesce(s.client_id, p.client_id) = p.client_id
    WHERE NOT EXISTS (
        SELECT FROM stop_act r WHERE r.action = 'resume' AND r.acted_at > s.acted_at AND r.acted_at <= p.acted_at
        AND r.client_id IS NOT DISTINCT FROM s.client_id AND r.season_id IS NOT DISTINCT FROM s.season_id
    )
    """
)
OUT_OF_ORDER = text(
    """
    SELECT count(*) FROM provision p JOIN stop_act s ON true
    WHERE (s.ledger_seq < p.ledger_seq) <> (s.acted_at < p.acted_at)
    """
)


def switch(
    database: Database,
    act: SwitchAct,
    scope: SwitchScope,
    doubts: bool = False,
    person: str = "owner",
    why: str = "test",
) -> RecordedSwitchAct:
    with database.write() as session:
        switched = StopSwitch(StopStore(session), Ledger(PostgresLedgerStore(session), KEY), CLOCK, TERMS)
        if act is SwitchAct.STOP:
            return switched.stop(scope, person, why, consents_doubted=doubts)
        return switched.resume(scope, person, why)


def test_no_interleaving_provides_after_an_acknowledged_stop(board: Database) -> None:
    chance = random.Random(14)
    outcomes: list[ProvisionOutcome] = []
    with ThreadPoolExecutor(1 + len(CLIENTS)) as threads:
        for number in range(ROUNDS):
            scope = SCOPES[number % len(SCOPES)]
            stop = partial(switch, board, SwitchAct.STOP, scope)
            stopping = threads.submit(after, chance.random() * MOST_DELAY, stop)
            providing = [
                threads.submit(
                    after, chance.random() * MOST_DELAY, partial(provide, board, one, f"{number}-{one.client_id}")
                )
                for one in CLIENTS
            ]
            stopping.result()
            assert provide(board, CLIENTS[0], f"{number}-later").outcome is ProvisionOutcome.REFUSED
            outcomes += [done.result().outcome for done in providing]
            switch(board, SwitchAct.RESUME, scope)
    with board.read() as session:
        for client in CLIENTS:
            session.act_for(client.client_id)
            assert session.connection.scalar(PROVIDED_WHILE_STOPPED) == 0
            assert session.connection.scalar(OUT_OF_ORDER) == 0
    assert set(outcomes) == {ProvisionOutcome.PROVIDED, ProvisionOutcome.REFUSED}, "both orders must happen"


def test_a_stop_waits_for_a_provision_that_has_asked_the_gate(board: Database) -> None:
    has_asked, may_record, acknowledged = threading.Event(), threading.Event(), threading.Event()

    class Paused(PostgresProvisionStore):
        def newest_provision(self, client: ClientId, season: SeasonId) -> tuple[ProvisionId, RunId, str] | None:
            has_asked.set()
            assert may_record.wait(600)
            return super().newest_provision(client, season)

    def stop() -> RecordedSwitchAct:
        done = switch(board, SwitchAct.STOP, SwitchScope())
        acknowledged.set()
        return done

    with ThreadPoolExecutor(2) as threads:
        providing = threads.submit(provide, board, CLIENTS[0], "paused", Paused)
        assert has_asked.wait(600)
        stopping = threads.submit(stop)
        assert not acknowledged.wait(0.5)
        may_record.set()
        assert providing.result().provided == len(MEMBERS)
        stopped = stopping.result()
    refused = provide(board, CLIENTS[0], "later")
    assert refused.outcome is ProvisionOutcome.REFUSED
    assert refused.decisions.terms_reasons == (DenialReason(ReasonCode.INCIDENT_HOLD),)
    with board.read(ClientId("one")) as session:
        [(at, seq)] = session.connection.execute(text("SELECT acted_at, ledger_seq FROM provision")).all()
    assert at < stopped.act.at
    assert seq < stopped.ledger_seq


def test_after_an_incident_only_those_who_agree_anew_are_provided(board: Database) -> None:
    switch(board, SwitchAct.STOP, SCOPES[1], doubts=True)
    stopped = provide(board, CLIENTS[0], "stopped")
    assert stopped.decisions.terms_reasons == (DenialReason(ReasonCode.CLIENT_SUSPENDED),)
    assert provide(board, CLIENTS[1], "other").provided == len(MEMBERS)
    switch(board, SwitchAct.RESUME, SCOPES[1])
    assert provide(board, CLIENTS[0], "nobody").provided == 0
    agree(board, MEMBERS[:3])
    assert provide(board, CLIENTS[0], "fresh").provided == 3
    assert provide(board, CLIENTS[1], "other later").provided == len(MEMBERS)


def test_after_a_stop_for_operation_all_is_as_before(board: Database) -> None:
    switch(board, SwitchAct.STOP, SwitchScope())
    switch(board, SwitchAct.RESUME, SwitchScope())
    assert provide(board, CLIENTS[0], "as before").provided == len(MEMBERS)


def test_a_switch_needs_a_known_scope_a_name_and_a_reason(board: Database) -> None:
    with pytest.raises(UnknownClient):
        switch(board, SwitchAct.STOP, SwitchScope(client_id=ClientId("nobody")))
    with pytest.raises(UsageError):
        switch(board, SwitchAct.STOP, SwitchScope(season=SeasonId("1999")))
    for person, why in (("  ", "test"), ("owner", " ")):
        with pytest.raises(UsageError):
            switch(board, SwitchAct.STOP, SwitchScope(), person=person, why=why)
    switch(board, SwitchAct.STOP, SwitchScope())
    with pytest.raises(UsageError):
        switch(board, SwitchAct.RESUME, SCOPES[1])

"""Where the words promise once a month (E16), no score goes to a client a second time within it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import text

from kanmon.consent.policy import Clause, Element, Statement
from kanmon.db.unit_of_work import Database
from kanmon.gate.decision import ReasonCode
from kanmon.gate.switch.model import SwitchAct, SwitchScope
from kanmon.provision.service import ProvisionOutcome, ProvisionResult
from kanmon.provision.store.provisions import PostgresProvisionStore
from tests.stores import test_withdrawal_race as race
from tests.stores.test_stop_race import switch
from tests.stores.test_withdrawal_race import CLIENTS, COVERING, MEMBERS, SEALS, agree, board, provide, withdraw

__all__ = ["board"]
ONE, OTHER = CLIENTS
MONTHLY = Clause("c2", {Element.TIMING: Statement("提供します", "once_a_month")})


@pytest.fixture(autouse=True)
def _words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody on the board agrees to words that promise once a month."""
    monkeypatch.setattr(race, "COVERING", replace(COVERING, clauses=(*COVERING.clauses, MONTHLY)))


def refusal(result: ProvisionResult) -> list[ReasonCode]:
    assert result.report is None
    return [reason.code for reason in result.decisions.terms_reasons]


def waiting(database: Database) -> int:
    """How many reports wait to be handed over to the client."""
    with database.write() as session:
        return len(list(PostgresProvisionStore(session, SEALS).waiting_reports(ONE.client_id)))


def hand_over_all(database: Database) -> None:
    with database.write() as session:
        session.act_for(ONE.client_id)
        session.connection.execute(text("UPDATE provision SET handed_over_at = now() WHERE handed_over_at IS NULL"))


@pytest.mark.parametrize("is_handed_over", [True, False])
def test_a_second_provision_within_the_month_is_refused(board: Database, is_handed_over: bool) -> None:
    assert provide(board, ONE, "first").provided == len(MEMBERS)
    if is_handed_over:
        hand_over_all(board)
    second = provide(board, ONE, "second")
    assert second.outcome is ProvisionOutcome.REFUSED
    assert refusal(second) == [ReasonCode.PROVIDED_TOO_SOON]
    assert second.decisions.counts() == {ReasonCode.PROVIDED_TOO_SOON: len(MEMBERS)}
    assert provide(board, OTHER, "elsewhere").provided == len(MEMBERS)


def test_the_same_run_made_again_is_no_second_provision_and_hands_over_what_waits(board: Database) -> None:
    provide(board, ONE, "cut off")
    again = provide(board, ONE, "made again", again=False)
    assert again.outcome is ProvisionOutcome.ALREADY_PROVIDED
    assert again.decisions.terms_reasons == ()
    assert waiting(board) == 1


def test_whoever_is_new_goes_alone(board: Database) -> None:
    leaving = MEMBERS[:3]
    for member in leaving:
        withdraw(board, member, ONE.client_id)
    assert provide(board, ONE, "first").provided == len(MEMBERS) - len(leaving)
    agree(board, leaving)
    later = provide(board, ONE, "later", again=False)
    assert later.provided == len(leaving)
    assert later.report is not None
    assert {str(row.applicant_id) for row in later.report.rows if row.score is not None} == set(map(str, leaving))
    assert len(later.report.rows) == len(MEMBERS)


def test_what_a_stop_keeps_from_the_client_for_good_was_no_provision(board: Database) -> None:
    provide(board, ONE, "never received")
    for act in (SwitchAct.STOP, SwitchAct.RESUME):
        switch(board, act, SwitchScope(client_id=ONE.client_id), doubts=True)
    agree(board, MEMBERS)
    assert provide(board, ONE, "anew").provided == len(MEMBERS)


def test_of_two_at_once_only_one_provides(board: Database) -> None:
    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(partial(provide, board, ONE, f"run-{number}")) for number in range(2)]
        outcomes = sorted(one.result().outcome for one in done)
    assert outcomes == [ProvisionOutcome.PROVIDED, ProvisionOutcome.REFUSED]

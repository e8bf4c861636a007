"""What acts of the stop switch mean at one moment: what stands on stop, what is doubted, what may be read."""

from datetime import datetime, timedelta

import pytest

from kanmon.core.ids import ClientId, SeasonId
from kanmon.gate.switch.model import (
    WHOLE_SERVICE,
    Hold,
    StopAct,
    Stops,
    SwitchAct,
    SwitchScope,
    is_closed,
    scopes_of,
    stopped_scopes,
    stops_at,
)
from tests.decisions.cases import ASKED_AT

C1, C2 = ClientId("C1"), ClientId("C2")
S1, S2 = SeasonId("2026"), SeasonId("2025")
CLIENT, SEASON = SwitchScope(client_id=C1), SwitchScope(season=S1)
INSTANT = timedelta(microseconds=1)
BEFORE, AFTER = ASKED_AT - INSTANT, ASKED_AT + INSTANT


def stop(scope: SwitchScope, at: datetime, doubts: bool = False) -> StopAct:
    return StopAct(SwitchAct.STOP, scope, at, doubts)


def resume(scope: SwitchScope, at: datetime) -> StopAct:
    return StopAct(SwitchAct.RESUME, scope, at)


def test_a_provision_depends_on_three_switches() -> None:
    assert scopes_of(C1, S1) == {SwitchScope(), SwitchScope(client_id=C1), SwitchScope(season=S1)}
    assert SwitchScope(None, None) == WHOLE_SERVICE


@pytest.mark.parametrize(
    ("acts", "stopped"),
    [
        ([], set()),
        ([stop(CLIENT, BEFORE)], {CLIENT}),
        ([stop(CLIENT, ASKED_AT)], {CLIENT}),
        ([stop(CLIENT, AFTER)], set()),
        ([resume(CLIENT, BEFORE)], set()),
        ([stop(CLIENT, BEFORE), resume(CLIENT, ASKED_AT)], set()),
        ([stop(CLIENT, BEFORE), resume(CLIENT, AFTER)], {CLIENT}),
        ([stop(CLIENT, ASKED_AT), resume(CLIENT, ASKED_AT)], set()),
        ([resume(CLIENT, ASKED_AT), stop(CLIENT, ASKED_AT)], {CLIENT}),
        ([stop(CLIENT, ASKED_AT), resume(CLIENT, BEFORE)], {CLIENT}),
        ([stop(CLIENT, BEFORE), stop(SEASON, BEFORE), resume(CLIENT, ASKED_AT)], {SEASON}),
        ([stop(WHOLE_SERVICE, BEFORE), resume(SEASON, ASKED_AT)], {WHOLE_SERVICE}),
    ],
)
def test_the_last_act_of_a_scope_decides(acts: list[StopAct], stopped: set[SwitchScope]) -> None:
    assert stopped_scopes(acts, ASKED_AT) == stopped
    assert stops_at(acts, C1, S1, ASKED_AT).stopped == stopped


@pytest.mark.parametrize(
    ("acts", "until"),
    [
        ([], None),
        ([stop(CLIENT, BEFORE)], None),
        ([stop(CLIENT, BEFORE, doubts=True)], BEFORE),
        ([stop(CLIENT, ASKED_AT, doubts=True)], ASKED_AT),
        ([stop(CLIENT, AFTER, doubts=True)], None),
        ([stop(SEASON, BEFORE, doubts=True), stop(WHOLE_SERVICE, ASKED_AT, doubts=True)], ASKED_AT),
        ([stop(SEASON, BEFORE, doubts=True), stop(WHOLE_SERVICE, ASKED_AT)], BEFORE),
        ([stop(CLIENT, BEFORE, doubts=True), resume(CLIENT, ASKED_AT)], BEFORE),
        (
            [stop(SwitchScope(client_id=C2), BEFORE, doubts=True), stop(SwitchScope(season=S2), BEFORE, doubts=True)],
            None,
        ),
    ],
)
def test_the_newest_stop_that_doubts_consents_counts(acts: list[StopAct], until: datetime | None) -> None:
    assert stops_at(acts, C1, S1, ASKED_AT).consents_doubted_until == until


@pytest.mark.parametrize(
    ("stops", "is_shut"),
    [
        (Stops(), False),
        (Stops(frozenset({CLIENT})), True),
        (Stops(frozenset({SEASON})), True),
        (Stops(frozenset({WHOLE_SERVICE})), True),
        (Stops(frozenset({SwitchScope(client_id=C2), SwitchScope(season=S2)})), False),
        (Stops(consents_doubted_until=BEFORE), False),
        (Stops(consents_doubted_until=ASKED_AT), True),
        (Stops(consents_doubted_until=AFTER), True),
    ],
)
def test_what_was_provided_is_closed_while_stopped_and_where_it_is_doubted(stops: Stops, is_shut: bool) -> None:
    assert is_closed(stops, C1, S1, ASKED_AT) is is_shut


@pytest.mark.parametrize(
    ("scope", "since", "until", "is_held"),
    [
        (WHOLE_SERVICE, ASKED_AT, None, True),
        (WHOLE_SERVICE, AFTER, None, False),
        (WHOLE_SERVICE, BEFORE, AFTER, True),
        (WHOLE_SERVICE, BEFORE, ASKED_AT, False),
        (CLIENT, BEFORE, None, True),
        (SEASON, BEFORE, None, True),
        (SwitchScope(C1, S1), BEFORE, None, True),
        (SwitchScope(C1, S2), BEFORE, None, False),
        (SwitchScope(C2, S1), BEFORE, None, False),
    ],
)
def test_a_defect_holds_its_scope_until_it_is_known_whom_it_affects(
    scope: SwitchScope, since: datetime, until: datetime | None, is_held: bool
) -> None:
    stops = stops_at([Hold(scope, since, until)], C1, S1, ASKED_AT)
    assert stops == Stops(is_held=is_held)
    assert is_closed(stops, C1, S1, ASKED_AT) is is_held


def test_what_tells_of_affected_people_is_readable_no_more_whatever_comes_later() -> None:
    known = Hold(SEASON, BEFORE, BEFORE, frozenset({SwitchScope(C1, S1)}))
    stops = stops_at([known], C1, S1, ASKED_AT)
    assert stops == Stops(withheld_until=BEFORE)
    assert is_closed(stops, C1, S1, BEFORE)
    assert not is_closed(stops, C1, S1, ASKED_AT)
    assert stops_at([known], C2, S1, ASKED_AT) == stops_at([known], C1, S2, ASKED_AT) == Stops()


def test_the_newest_incident_that_affects_people_counts() -> None:
    affected = frozenset({SwitchScope(C1, S1)})
    holds = [Hold(SEASON, since, since, affected) for since in (ASKED_AT, BEFORE)]
    assert stops_at(holds, C1, S1, ASKED_AT) == Stops(withheld_until=ASKED_AT)


def test_a_hold_is_no_act_of_the_switch() -> None:
    assert stopped_scopes([stop(CLIENT, BEFORE), Hold(CLIENT, BEFORE)], ASKED_AT) == {CLIENT}

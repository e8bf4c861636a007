"""Plays the cases of `tests/decisions/gate.yaml` in memory: the rules without the query that gathers the facts."""

from collections.abc import Mapping
from datetime import date, datetime
from itertools import count
from typing import Any

import pytest

from kanmon.clients.confirmation import Confirmation
from kanmon.consent.screens import Rendering
from kanmon.core.clock import TOKYO
from kanmon.core.ids import PolicyId, ScreenId
from tests.decisions.cases import CASES, TEXTS, client_papers, incidents, moment, question, stop_acts, version
from tests.unit.gate.worlds import Act, Incident, Notice, Person, Shown, Word, World

TEXT_NOS = {name: number for number, name in enumerate(TEXTS, start=1)}
UNKNOWN_NO = 0
OPENS = datetime(2026, 1, 2, tzinfo=TOKYO)
"""When the season opened and its members registered, where a case says nothing else."""


def world(case: Mapping[str, Any]) -> World:
    in_force, numbers = case.get("in_force", {}), count(1)
    acts = tuple(
        Act(next(numbers), at, act["do"], TEXT_NOS.get(act["text"], UNKNOWN_NO), act.get("client"),
            act.get("refusable", True), act.get("screen", "registration"), until=moment(act.get("until")),
            known_at=moment(act.get("known")), given_by=act.get("by"), relation=act.get("relation"))
        for act in case["acts"]
        if (at := moment(act["day"]))
    )  # fmt: skip
    notices = [
        (note.get("to", "M"), Notice(at, note.get("client")))
        for note in case.get("notices", ())
        if note.get("kind", "scoring") == "scoring" and (at := moment(note["day"]))
    ]
    looks = [
        Rendering(ScreenId(look.get("screen", "registration")), PolicyId("privacy"), at, TEXT_NOS[look["text"]])
        for look in case.get("seen", ())
        if (at := moment(look["day"]))
    ]
    holds = [hold for hold in case.get("holds", ()) if not hold.get("lifted")]
    somebody = Person(
        acts,
        tuple(note for to, note in notices if to == "M"),
        case.get("linked", True),
        None if "family_name" in case else case.get("cookie"),
        confirmation(case),
        moment(case.get("confirmed", {}).get("withdrawn")),
        tuple(
            Word(at, word["do"], word.get("client"), word.get("of") == "training")
            for word in case.get("objections", ())
            if (at := moment(word["day"]))
        ),
        registered_at=moment(max(case.get("registered", ()), default=None)) or OPENS,
        is_new="family_name" in case and "compared" not in case,
        holds=tuple(hold.get("client") for hold in holds if "of" not in hold),
        born_on=case.get("born", date(2004, 5, 6)),
        is_row_held=any(hold.get("of") == "row" for hold in holds),
    )
    other = Person((), tuple(note for to, note in notices if to != "M"))
    receipts = [
        (at, moment(receipt.get("stated"))) for receipt in case.get("receipts", ()) if (at := moment(receipt["day"]))
    ]
    texts = {number: version(name, in_force) for name, number in TEXT_NOS.items()}
    hit = [Incident(hold, frozenset({1} if affects else ())) for hold, affects in incidents(case)]
    unread = any(hold.get("file") == "notices" for hold in holds)
    screens = {name: shown(name, case.get("shown", {}).get(name, {})) for name in ("registration", "web_test")}
    return World(
        [somebody, other],
        texts,
        looks,
        receipts,
        stop_acts(case),
        hit,
        screens=screens,
        are_notices_unread=unread,
        client_papers=client_papers(case),
    )


def shown(name: str, said: Mapping[str, Any]) -> Shown:
    return Shown(moment(said.get("from")) or OPENS, moment(said.get("to")), name == "registration")


def confirmation(case: Mapping[str, Any]) -> Confirmation | None:
    said = case.get("confirmed")
    if said is None or (at := moment(said["day"])) is None:
        return None
    return Confirmation(at, "declared", moment(said.get("obtained")), said.get("trains", False))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_case(case: Mapping[str, Any]) -> None:
    decision, _ = world(case).ask(question(case), moment(case.get("computed")), provided=moment(case.get("provided")))
    assert [reason.code.value for reason in decision.reasons] == case["expect"]
    assert decision.is_allowed is (not case["expect"])
    if "covers_before_login" in case:
        assert decision.clearance is not None
        assert decision.clearance.covers_before_login is case["covers_before_login"]
    if "partner_sites" in case:
        assert decision.clearance is not None
        assert decision.clearance.partner_sites == tuple(case["partner_sites"])
    if "elements" in case:
        assert [element for reason in decision.reasons for element in reason.elements] == case["elements"]

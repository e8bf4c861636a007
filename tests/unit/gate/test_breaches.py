"""A breach is planted for each element, and refused with the code that the table of keepers names; honest histories are
refused nothing."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kanmon.access.account import Role
from kanmon.consent.coverage import ProvisionUnderTest
from kanmon.consent.law import PROFILES
from kanmon.consent.policy import Clause, Element, PolicyVersion, Statement
from kanmon.consent.promises import Frequency
from kanmon.consent.publication import examine
from kanmon.core.errors import BannedFeature
from kanmon.core.ids import ClientId
from kanmon.features.banned import refuse_banned
from kanmon.gate.promises import KEEPERS, is_kept
from kanmon.provision.files.report import FileNotPromised, file_of
from kanmon.reviews.revisions.model import Act as Step
from kanmon.reviews.revisions.model import Actor
from kanmon.reviews.revisions.rules import RevisionRefused, WorldState, lacks
from tests.decisions.cases import ASKED_AT, question, statements
from tests.decisions.cases import version as decided_version
from tests.unit.consent.texts import CLIENT, COVERING, saying
from tests.unit.gate.test_cases import world
from tests.unit.gate.worlds import Act, Person, World
from tests.unit.provision.test_report_files import report_of, row
from tests.unit.reviews.test_revision import ALL_WELL, DAY, NOW, WAY, walked

E = Element
AGREED = {"day": date(2026, 4, 1), "do": "accept", "text": "full"}
Codes = set[str]


def played(**case: Any) -> Codes:
    """What the gate answers to a case as `gate.yaml` writes it."""
    said: dict[str, Any] = {"acts": [AGREED], **case}
    decision = world(said).ask(question(said), said.get("computed"), provided=said.get("provided"))[0]
    return {reason.code.value for reason in decision.reasons}


def without_words(element: Element) -> Codes:
    """What the gate answers where the words agreed to don't state an element; it names that one alone."""
    said = {other: words for other, words in statements().items() if other is not element}
    text = replace(decided_version("full", {}), clauses=(Clause("c1", said),))
    act = Act(1, ASKED_AT - timedelta(days=5), "accept", 1)
    use = "train" if element is E.TRAINING else "provide"
    [decision] = World([Person((act,))], {1: text}).ask(question({"use": use}))
    assert [lacking for reason in decision.reasons for lacking in reason.elements] == [element.value]
    return {reason.code.value for reason in decision.reasons}


def banned_input() -> Codes:
    with pytest.raises(BannedFeature) as refused:
        refuse_banned(["birth_year"], [])
    return {refused.value.code}


def plain_file() -> Codes:
    with pytest.raises(FileNotPromised) as refused:
        file_of(replace(report_of(row("A-1")), is_encrypted=True, password="p"), "report.csv", Path())
    return {refused.value.code}


def unconfirmed_promise() -> Codes:
    """The privacy owner lets a revision pass without saying what it covers."""
    unanswered = {**ALL_WELL, "content": ""}
    found = lacks(
        walked(*WAY[:6]), Step.REVIEW, Actor("木村", Role.PRIVACY_OWNER), unanswered, WorldState(NOW + DAY), NOW
    )
    assert found
    return {RevisionRefused.code}


def foreign_recipient() -> Codes:
    asked = ProvisionUnderTest(ClientId(CLIENT), "follow_up_support")
    text = saying(COVERING, E.FOREIGN, Statement("アメリカ合衆国の提供先", "US"))
    return {
        one.rule.value for one in examine(text, [asked], list(PROFILES.values()), is_kept).obstacles("JP-APPI-2022")
    }


def agreeing(**act: Any) -> list[dict[str, Any]]:
    return [{**AGREED, **act}]


BREACHES: Mapping[Element, Callable[[], Codes]] = {
    E.OPERATOR: lambda: without_words(E.OPERATOR),
    E.TRIGGER: lambda: played(acts=[]),
    E.IDENTIFIED: lambda: played(linked=False, family_name="山田"),
    E.REGISTERED_INFORMATION: banned_input,
    E.OWN_HISTORY: lambda: without_words(E.OWN_HISTORY),
    E.PARTNER_SITES: lambda: without_words(E.PARTNER_SITES),
    E.HISTORY_BEFORE_LOGIN: lambda: without_words(E.HISTORY_BEFORE_LOGIN),
    E.MATCH_WITH_CLIENT_DATA: lambda: played(contract={"legal_basis": "entrustment"}),
    E.PREDICTION: lambda: played(computed=ASKED_AT - timedelta(days=20)),
    E.ITEMS: lambda: played(acts=agreeing(text="bare-items")),
    E.THIRD_PARTY_PROVISION: lambda: played(contract={"address": ""}),
    E.RECIPIENTS: lambda: played(acts=agreeing(text="others")),
    E.PURPOSE: lambda: played(acts=agreeing(text="marketing")),
    E.PROHIBITED_USES: lambda: played(contract={"purpose": "selection"}),
    E.MEANS: plain_file,
    E.TIMING: lambda: played(acts=agreeing(text="monthly"), provided=ASKED_AT - timedelta(days=1)),
    E.RETENTION: unconfirmed_promise,
    E.WITHDRAWAL: lambda: played(acts=[AGREED, {**AGREED, "day": date(2026, 4, 2), "do": "withdraw"}]),
    E.REFUSAL_HAS_NO_DISADVANTAGE: lambda: played(acts=agreeing(refusable=False)),
    E.RIGHTS: lambda: played(objections=[{"day": date(2026, 4, 2), "do": "object"}]),
    E.VERSION: lambda: played(in_force={"full": date(2026, 4, 5)}),
    E.FOREIGN: foreign_recipient,
    E.CONSEQUENCES: lambda: played(receipts=[{"day": date(2026, 2, 1)}]),
    E.DEFINITE: lambda: without_words(E.DEFINITE),
    E.TRAINING: lambda: without_words(E.TRAINING),
}


@pytest.mark.parametrize("element", Element)
def test_a_planted_breach_is_refused_with_the_code_of_its_keeper(element: Element) -> None:
    named = {keeper.refusal for keeper in KEEPERS if keeper.element is element} or {"POLICY_WITHOUT_CHECK"}
    assert BREACHES[element]() & named


def honest_history(random: Random) -> tuple[World, dict[str, Any]]:
    """People who agreed to words that promise something or nothing, were told, may have changed their minds and back,
    and got nothing within the pause that they were promised."""
    timing: bool | Frequency = True if random.random() < 0.2 else random.choice(list(Frequency))
    means: bool | str = "encrypted_file" if random.random() < 0.5 else True
    said = {**statements(), E.TIMING: Statement("…", timing), E.MEANS: Statement("…", means)}
    text: PolicyVersion = replace(decided_version("full", {}), clauses=(Clause("c1", said),))
    days = sorted(random.sample(range(2, 80), random.choice([1, 3, 5])), reverse=True)
    acts = tuple(
        Act(place, ASKED_AT - timedelta(days=day), "accept" if place % 2 else random.choice(["withdraw", "refuse"]), 1)
        for place, day in enumerate(days, start=1)
    )
    pause = timing if isinstance(timing, Frequency) else None
    may_have_got = pause is not Frequency.ONCE and random.random() < 0.5
    ago = timedelta(days={None: 0, Frequency.DAILY: 1, Frequency.WEEKLY: 7, Frequency.MONTHLY: 31}.get(pause, 366))
    asked = {"computed": ASKED_AT - timedelta(days=1), "provided": ASKED_AT - ago if may_have_got else None}
    return World([Person(acts)], {1: text}), asked


def test_honest_histories_are_refused_nothing() -> None:
    random = Random(18)
    refused = []
    for number in range(1000):
        history, asked = honest_history(random)
        [decision] = history.ask(question({}), **asked)
        refused += [(number, reason.code) for reason in decision.reasons]
    assert refused == []

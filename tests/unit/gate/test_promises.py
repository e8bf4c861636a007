"""What keeps each element: a check that is there, or a person; and nothing is published that nobody keeps."""

from dataclasses import replace

import pytest

from kanmon.consent.coverage import ProvisionUnderTest
from kanmon.consent.law import PROFILES
from kanmon.consent.policy import Element, PolicyVersion, Statement
from kanmon.consent.publication import PublicationRule, examine
from kanmon.core.ids import ClientId
from kanmon.gate import promises
from kanmon.gate.promises import KEEPERS, PromiseKeeper, exists, is_kept, keeper_of
from tests.unit.consent.texts import CLIENT, COVERING, saying

E = Element
ASKED = ProvisionUnderTest(ClientId(CLIENT), "follow_up_support", frozenset({"applicant_id", "score", "category"}))
LAW = "JP-APPI-2022"
STATED = sorted(COVERING.clauses[0].statements)


def obstacles(version: PolicyVersion) -> list[tuple[PublicationRule, Element | None]]:
    found = examine(version, [ASKED], [PROFILES[LAW]], is_kept).obstacles(LAW)
    return [(one.rule, one.unkept.element if one.unkept else None) for one in found]


def test_every_element_of_text_c_is_kept() -> None:
    assert set(Element) - set(STATED) == {E.FOREIGN}
    assert obstacles(COVERING) == []


@pytest.mark.parametrize("check", sorted({check for keeper in KEEPERS for check in keeper.checks}))
def test_a_check_that_the_table_names_is_part_of_the_program(check: str) -> None:
    assert exists(check)


@pytest.mark.parametrize("name", ["kanmon.gate.rules.gone:judge", "kanmon.gate.rules.text_covers:gone", "gone:judge"])
def test_a_check_that_was_removed_is_missed(name: str) -> None:
    assert not exists(name)


@pytest.mark.parametrize("element", STATED)
@pytest.mark.parametrize("is_gone", [True, False], ids=["entry", "check"])
def test_without_its_check_an_element_keeps_text_c_from_being_published(
    element: Element, is_gone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = PromiseKeeper(element, "DENY", ("kanmon.gate.rules.text_covers:gone",))
    others = tuple(keeper for keeper in KEEPERS if keeper.element is not element)
    monkeypatch.setattr(promises, "KEEPERS", others if is_gone else (*others, lost))
    assert obstacles(COVERING) == [(PublicationRule.WITHOUT_CHECK, element)]


def test_a_foreign_recipient_is_promised_by_nobody() -> None:
    foreign = saying(COVERING, E.FOREIGN, Statement("アメリカ合衆国の提供先", "US"))
    assert obstacles(foreign) == [(PublicationRule.WITHOUT_CHECK, E.FOREIGN)]


def test_an_element_that_is_said_not_to_hold_needs_no_check() -> None:
    assert obstacles(saying(COVERING, E.FOREIGN, Statement("国外には提供しません", False))) == []


@pytest.mark.parametrize("element", [E.MEANS, E.TIMING])
def test_plain_words_on_how_and_when_are_not_kept_as_a_value_is(element: Element) -> None:
    plain = keeper_of(element, Statement("…", True))
    assert plain is not None
    assert plain.value is None
    assert keeper_of(element, Statement("…", "by pigeon")) is None
    unreadable = saying(COVERING, element, replace(COVERING.clauses[0].statements[element], value="by pigeon"))
    assert (PublicationRule.WITHOUT_CHECK, element) in obstacles(unreadable)
    assert (PublicationRule.UNCLEAR, None) in obstacles(unreadable)


def test_a_person_who_keeps_a_promise_is_named_with_the_occasion() -> None:
    kept_by_nobody = [keeper for keeper in KEEPERS if not keeper.checks and not keeper.confirmed_by]
    assert kept_by_nobody == []
    assert all(keeper.confirmed_when for keeper in KEEPERS if keeper.confirmed_by)

"""What stands in the way of publishing a text, under each law, for each recipient and for training."""

from dataclasses import replace

import pytest

from kanmon.consent.coverage import CoverageVerdict, ElementLack, ProvisionUnderTest
from kanmon.consent.law import JP_APPI_2017, JP_APPI_2022, PROFILES, LawProfile
from kanmon.consent.policy import Clause, Element, PolicyVersion, Statement
from kanmon.consent.publication import Examination, Obstacle, PublicationRule, examine
from kanmon.core.ids import ClientId
from kanmon.gate.promises import is_kept
from tests.unit.consent.texts import CLIENT, COVERING, STALE, read, saying, with_clause, without

E = Element
ASKED = ProvisionUnderTest(ClientId(CLIENT), "follow_up_support", frozenset({"applicant_id", "score", "category"}))
LAWS = tuple(PROFILES.values())


def examined(version: PolicyVersion, *asked: ProvisionUnderTest) -> Examination:
    return examine(version, asked or [ASKED], LAWS, is_kept)


def refused_by(version: PolicyVersion, law: LawProfile) -> dict[PublicationRule, set[str]]:
    """The elements that stand in the way, by rule."""
    refused: dict[PublicationRule, set[str]] = {}
    for found in examined(version).obstacles(law.profile_id):
        elements = {finding.element.value for finding in found.findings}
        refused.setdefault(found.rule, set()).update(elements)
    return refused


@pytest.mark.parametrize("law", LAWS)
def test_text_c_may_be_published(law: LawProfile) -> None:
    assert examined(COVERING).obstacles(law.profile_id) == ()


@pytest.mark.parametrize(("law", "element"), [(law, element) for law in LAWS for element in sorted(law.core)])
def test_text_c_without_one_core_element_is_refused_with_exactly_that(law: LawProfile, element: Element) -> None:
    assert refused_by(without(COVERING, element), law) == {PublicationRule.NOT_COVERED: {element.value}}


@pytest.mark.parametrize(("law", "element"), [(law, element) for law in LAWS for element in sorted(law.clarity)])
def test_text_c_without_one_clarity_element_is_refused_as_unclear(law: LawProfile, element: Element) -> None:
    assert refused_by(without(COVERING, element), law) == {PublicationRule.UNCLEAR: {element.value}}


def test_the_text_shown_in_2019_is_refused_with_its_elements() -> None:
    assert refused_by(STALE, JP_APPI_2017) == {
        PublicationRule.NOT_COVERED: {"E04", "E11", "E12", "E13"},
        PublicationRule.UNCLEAR: {"E06", "E08", "E09", "E10", "E14", "E24"},
    }
    now = refused_by(STALE, JP_APPI_2022)[PublicationRule.NOT_COVERED]
    assert now == {"E04", "E08", "E09", "E10", "E11", "E12", "E13", "E14", "E18", "E19", "E21", "E25"}


def test_findings_of_every_clause_are_kept() -> None:
    (answer,) = (one for one in examined(STALE).answers if one.recipient and one.profile is JP_APPI_2017)
    assert {unit.unit_id: {found.element.value for found in unit.core} for unit in answer.coverage.units} == {
        "c1": {"E03", "E04", "E05", "E07"},
        "c2": {"E04", "E11", "E12", "E13"},
    }


def test_every_contracted_recipient_is_asked_for() -> None:
    stranger = replace(ASKED, recipient=ClientId("STRANGER"))
    examination = examined(COVERING, ASKED, stranger)
    (obstacle,) = examination.obstacles("JP-APPI-2022")
    assert (obstacle.rule, obstacle.recipient) == (PublicationRule.NOT_COVERED, "STRANGER")
    assert [(found.element, found.lack) for found in obstacle.findings] == [(E.RECIPIENTS, ElementLack.OTHER_RECIPIENT)]


def test_training_is_asked_for_since_2022() -> None:
    silent = examined(without(COVERING, E.TRAINING))
    assert silent.obstacles("JP-APPI-2017") == ()
    (obstacle,) = silent.obstacles("JP-APPI-2022")
    assert (obstacle.recipient, [found.element for found in obstacle.findings]) == (None, [E.TRAINING])


def test_a_text_without_clauses_is_refused() -> None:
    empty = replace(COVERING, clauses=())
    assert refused_by(empty, JP_APPI_2022) == {PublicationRule.NOT_COVERED: set()}
    assert all(answer.coverage.verdict is CoverageVerdict.NOT_COVERED for answer in examined(empty).answers)


def test_words_that_are_not_in_the_text_state_nothing() -> None:
    retold = replace(COVERING, text=COVERING.text.replace("いつでもマイページから撤回できます", "撤回はできます"))
    assert refused_by(retold, JP_APPI_2022) == {PublicationRule.NOT_COVERED: {"E18"}}


# What a draft leaves open


@pytest.mark.parametrize(
    ("quote", "left_open"),
    [
        ("提供先：株式会社○○、株式会社△△", "○○"),
        ("提供先：〇〇株式会社", "〇〇"),
        ("提供先：株式会社●", "●"),
        ("方法・時期・期間：…", "..."),
        ("方法は・・・です", "・・・"),
        ("提供先での保存は最長○か月", "○"),
        ("効力発生日 2026年●月●日", "●"),
        ("いつでも[ここ]から撤回できます", "[ここ]"),
        ("お問い合わせ：［　］", "[ ]"),
        ("kept for ___ days", "___"),
        ("kept for XX days", "XX"),
        ("contact: TBD", "TBD"),
    ],
)
def test_a_placeholder_stands_in_the_way_and_states_nothing(quote: str, left_open: str) -> None:
    draft = saying(COVERING, E.WITHDRAWAL, Statement(quote))
    (placeholder,) = examined(draft).placeholders
    assert (placeholder.clause_id, placeholder.element) == ("c1", E.WITHDRAWAL)
    assert (placeholder.quote, placeholder.left_open) == (quote, left_open)
    assert refused_by(draft, JP_APPI_2022) == {
        PublicationRule.NOT_COVERED: {"E18"},
        PublicationRule.PLACEHOLDER: set(),
    }


@pytest.mark.parametrize(
    "quote",
    [
        "二〇二〇年四月一日から",
        "二〇〇〇年から",
        "段階区分は★★★、★★、★、●、○",
        "◎○△の記号",
        "（0.0から1.0まで、または段階区分）",
        "提携サイト「インターン広場」",
        "【重要】面談・連絡など",
        "Tokyo Max Inc. (2026)",
    ],
)
def test_what_only_looks_like_a_placeholder_is_none(quote: str) -> None:
    assert examined(saying(COVERING, E.WITHDRAWAL, Statement(quote))).placeholders == ()


MODEL_TEXT = (
    "当社は、次のとおりあなたの個人データを第三者に提供します。(1) 提供先：株式会社○○、株式会社△△（追加のときは"
    "改めて同意をいただきます）。(5) 方法・時期・期間：… 提供先での保存は最長○か月。(7) いつでも撤回できます。"
    "訂正・利用停止・お問い合わせ：…。"
)
MODEL_ELEMENTS = {
    "third_party_provision": {"value": True, "quote": "第三者に提供します"},
    "recipients": {"named": [CLIENT], "quote": "提供先：株式会社○○、株式会社△△"},
    "means": {"quote": "方法・時期・期間：…"},
    "timing": {"quote": "方法・時期・期間：…"},
    "retention": {"recipient_days": 180, "quote": "提供先での保存は最長○か月"},
    "withdrawal": {"quote": "いつでも撤回できます"},
    "rights": {"quote": "訂正・利用停止・お問い合わせ：…"},
}


def test_the_model_text_as_it_is_written_down_fails_where_it_leaves_something_open() -> None:
    draft = read("3.0", MODEL_TEXT, [{"id": "c1", "elements": MODEL_ELEMENTS}])
    assert {found.element.value for found in examined(draft).placeholders} == {"E12", "E15", "E16", "E17", "E20"}


# Contradictions


def permitting(purpose: str) -> Clause:
    return Clause("c9", {E.PURPOSE: Statement("合否の判断の参考にも使います", purpose)})


def test_a_clause_that_permits_selection_beside_one_that_forbids_it_is_a_contradiction() -> None:
    version = with_clause(COVERING, permitting("selection"))
    (obstacle,) = examined(version).obstacles("JP-APPI-2022")
    assert obstacle == Obstacle(PublicationRule.CONTRADICTION, contradiction=obstacle.contradiction)
    assert obstacle.contradiction is not None
    assert (obstacle.contradiction.permitted_in, obstacle.contradiction.forbidden_in) == ("c9", "c1")
    assert obstacle.contradiction.purpose == "selection"


@pytest.mark.parametrize("law", LAWS)
def test_a_clause_may_contradict_itself(law: LawProfile) -> None:
    version = saying(COVERING, E.PURPOSE, Statement("合否の判断のため", "selection"))
    refused = refused_by(version, law)
    assert refused.keys() == {PublicationRule.NOT_COVERED, PublicationRule.CONTRADICTION}
    assert refused[PublicationRule.NOT_COVERED] == {"E13"}


@pytest.mark.parametrize("purpose", ["follow_up_support", "recruiting_support"])
def test_another_purpose_contradicts_nothing(purpose: str) -> None:
    assert examined(with_clause(COVERING, permitting(purpose))).contradictions == ()

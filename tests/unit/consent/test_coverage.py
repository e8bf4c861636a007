"""The golden verdicts on the two texts of August 2019, and on a text that covers."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kanmon.consent.coverage import (
    NO_COVERAGE,
    CoverageGap,
    CoverageVerdict,
    ElementLack,
    ProvisionUnderTest,
    TextCoverage,
    cover_provision,
    cover_training,
)
from kanmon.consent.law import JP_APPI_2017, JP_APPI_2022, LawProfile
from kanmon.consent.policy import Clause, Element, PolicyVersion, Recipients, Statement
from kanmon.core.ids import ClientId, PolicyId, PolicyVersionId

E = Element
SCHEME_B = ProvisionUnderTest(ClientId("C1"), "follow_up_support")
NOT_FOR_SELECTION = Statement("選考に利用されることはありません", frozenset({"selection"}))


def stated(*elements: Element) -> dict[Element, Statement]:
    return {element: Statement("…") for element in elements}


def open_class(words: str) -> Statement:
    return Statement(words, Recipients(open_class=words))


A_2 = stated(E.OPERATOR, E.THIRD_PARTY_PROVISION) | {
    E.PROHIBITED_USES: NOT_FOR_SELECTION,
    E.RECIPIENTS: open_class("クライアント"),
    E.PURPOSE: Statement("採用活動のため", "recruiting_support"),
}
A_3 = stated(E.OPERATOR, E.TRIGGER, E.IDENTIFIED, E.OWN_HISTORY, E.HISTORY_BEFORE_LOGIN)
B_2 = stated(
    E.OPERATOR, E.TRIGGER, E.IDENTIFIED, E.REGISTERED_INFORMATION, E.OWN_HISTORY, E.HISTORY_BEFORE_LOGIN,
    E.THIRD_PARTY_PROVISION,
) | {
    E.PROHIBITED_USES: NOT_FOR_SELECTION,
    E.RECIPIENTS: open_class("利用企業等"),
    E.PURPOSE: Statement("採用活動補助のため", "recruiting_support"),
    E.PARTNER_SITES: Statement("当社と提携するサイト", None),
}  # fmt: skip
C = stated(*(element for element in Element if element is not E.FOREIGN)) | {
    E.PROHIBITED_USES: NOT_FOR_SELECTION,
    E.RECIPIENTS: Statement("提供先", Recipients(frozenset({ClientId("C1")}))),
    E.PURPOSE: Statement("フォローのみ", "follow_up_support"),
    E.ITEMS: Statement("提供する項目", frozenset({"applicant_id", "score", "category"})),
    E.PARTNER_SITES: Statement("提携サイト一覧", frozenset({"partner.example"})),
}


def text(**clauses: dict[Element, Statement]) -> PolicyVersion:
    return PolicyVersion(
        PolicyId("privacy"),
        PolicyVersionId("1"),
        "ja",
        datetime(2019, 3, 1, tzinfo=UTC),
        "…",
        tuple(Clause(clause_id.replace("_", "-"), said) for clause_id, said in clauses.items()),
    )


def judged(version: PolicyVersion, profile: LawProfile) -> TextCoverage:
    return cover_provision(version, SCHEME_B, profile)


def core(coverage: TextCoverage) -> dict[str, set[str]]:
    return {unit.unit_id: {found.element.value for found in unit.core} for unit in coverage.units}


def clarity(coverage: TextCoverage) -> set[str]:
    assert coverage.best is not None
    return {found.element.value for found in coverage.best.clarity}


def test_the_text_shown_in_2019_did_not_cover_under_its_own_law() -> None:
    coverage = judged(text(A_2=A_2, A_3=A_3), JP_APPI_2017)
    assert coverage.verdict is CoverageVerdict.NOT_COVERED
    assert coverage.best is not None
    assert coverage.best.unit_id == "A-3"
    assert core(coverage) == {"A-2": {"E03", "E04", "E05", "E07"}, "A-3": {"E04", "E11", "E12", "E13"}}


def test_the_text_shown_in_2019_does_not_cover_now() -> None:
    coverage = judged(text(A_2=A_2, A_3=A_3), JP_APPI_2022)
    assert coverage.verdict is CoverageVerdict.NOT_COVERED
    assert core(coverage)["A-3"] == {
        "E04", "E08", "E09", "E10", "E11", "E12", "E13", "E14", "E18", "E19", "E21",
    }  # fmt: skip


def test_the_text_meant_in_2019_covered_then_but_not_clearly() -> None:
    coverage = judged(text(B_2=B_2), JP_APPI_2017)
    assert coverage.verdict is CoverageVerdict.COVERED_UNCLEAR
    assert clarity(coverage) == {"E06", "E08", "E09", "E10", "E12", "E13", "E24"}


def test_the_text_meant_in_2019_does_not_cover_now() -> None:
    coverage = judged(text(B_2=B_2), JP_APPI_2022)
    assert core(coverage) == {"B-2": {"E08", "E09", "E10", "E12", "E13", "E18", "E19", "E21"}}


@pytest.mark.parametrize("profile", [JP_APPI_2017, JP_APPI_2022])
def test_a_text_that_states_everything_covers(profile: LawProfile) -> None:
    assert judged(text(c1=C), profile).verdict is CoverageVerdict.COVERED


@pytest.mark.parametrize("element", sorted(JP_APPI_2022.core))
def test_without_any_one_core_element_it_fails_with_exactly_that(element: Element) -> None:
    said = {stated: words for stated, words in C.items() if stated is not element}
    coverage = judged(text(c1=said), JP_APPI_2022)
    assert coverage.verdict is CoverageVerdict.NOT_COVERED
    assert core(coverage) == {"c1": {element.value}}


@pytest.mark.parametrize("element", sorted(JP_APPI_2022.clarity))
def test_without_any_one_clarity_element_it_is_unclear(element: Element) -> None:
    said = {stated: words for stated, words in C.items() if stated is not element}
    coverage = judged(text(c1=said), JP_APPI_2022)
    assert coverage.verdict is CoverageVerdict.COVERED_UNCLEAR
    assert clarity(coverage) == {element.value}


def test_clauses_are_never_added_up_unless_they_refer_to_each_other() -> None:
    half = {element: C[element] for element in list(C)[:12]}
    rest = {element: C[element] for element in list(C)[12:]}
    apart = text(c1=half, c2=rest)
    assert judged(apart, JP_APPI_2022).verdict is CoverageVerdict.NOT_COVERED
    bound = (*text(c2=rest).clauses, Clause("c1", half, binds_to=("c2",)))
    together = PolicyVersion(apart.policy_id, apart.version_id, apart.language, apart.effective_from, apart.text, bound)
    coverage = judged(together, JP_APPI_2022)
    assert coverage.verdict is CoverageVerdict.COVERED
    assert coverage.best is not None
    assert coverage.best.unit_id == "c1+c2"


@pytest.mark.parametrize(
    ("element", "statement", "lack"),
    [
        (E.RECIPIENTS, Statement("…", Recipients(frozenset({ClientId("C2")}))), ElementLack.OTHER_RECIPIENT),
        (E.RECIPIENTS, Statement("…", Recipients(closed_class="会員企業")), ElementLack.OTHER_RECIPIENT),
        (E.RECIPIENTS, open_class("企業等"), ElementLack.TOO_WIDE),
        (E.ITEMS, Statement("…", frozenset({"applicant_id"})), ElementLack.OTHER_ITEMS),
        (E.PURPOSE, Statement("…", "marketing"), ElementLack.OTHER_PURPOSE),
        (E.PURPOSE, Statement("…", "recruiting_support"), ElementLack.TOO_WIDE),
        (E.RECIPIENTS, Statement("…", True), ElementLack.ABSENT),
        (E.ITEMS, Statement("…", frozenset({"score"})), ElementLack.OTHER_ITEMS),
        (E.ITEMS, Statement("…", True), ElementLack.OTHER_ITEMS),
        (E.PROHIBITED_USES, Statement("…", frozenset({"resale"})), ElementLack.ABSENT),
        (E.PROHIBITED_USES, Statement("…", True), ElementLack.ABSENT),
        (E.PARTNER_SITES, Statement("…", None), ElementLack.ABSENT),
        (E.PARTNER_SITES, Statement("…", True), ElementLack.ABSENT),
        (E.IDENTIFIED, Statement("…", False), ElementLack.ABSENT),
        (E.IDENTIFIED, Statement("…", None), ElementLack.ABSENT),
    ],
)
def test_says_in_what_way_an_element_falls_short(element: Element, statement: Statement, lack: ElementLack) -> None:
    coverage = judged(text(c1=C | {element: statement}), JP_APPI_2022)
    assert [(found.element, found.lack) for found in coverage.findings] == [(element, lack)]


def test_training_asks_for_its_own_element_since_2022() -> None:
    silent = text(c1={element: words for element, words in C.items() if element is not E.TRAINING})
    assert cover_training(silent, JP_APPI_2022).verdict is CoverageVerdict.NOT_COVERED
    assert cover_training(silent, JP_APPI_2017).verdict is CoverageVerdict.COVERED
    assert cover_training(text(c1=C), JP_APPI_2022).verdict is CoverageVerdict.COVERED


def test_partner_sites_must_be_listed_by_name() -> None:
    listed, more = frozenset({"partner.example"}), frozenset({"partner.example", "other.example"})
    for sites, expected in [(listed, CoverageVerdict.COVERED), (more, CoverageVerdict.COVERED_UNCLEAR)]:
        asked = replace(SCHEME_B, partner_sites=sites)
        assert cover_provision(text(c1=C), asked, JP_APPI_2022).verdict is expected


def test_a_text_without_clauses_covers_nothing() -> None:
    assert judged(text(), JP_APPI_2017) == NO_COVERAGE
    assert cover_training(text(), JP_APPI_2017) == NO_COVERAGE
    assert NO_COVERAGE.findings == ()


def test_findings_come_in_the_order_of_the_elements() -> None:
    for profile in (JP_APPI_2017, JP_APPI_2022):
        (unit,) = judged(text(c1={}), profile).units
        assert [found.element for found in unit.core] == sorted(profile.core)
        assert [found.element for found in unit.clarity] == sorted(profile.clarity)
    everything = replace(JP_APPI_2022, training=frozenset(Element))
    (unit,) = cover_training(text(c1={}), everything).units
    assert [found.element for found in unit.core] == sorted(Element)


def test_the_best_unit_lacks_least_of_the_core_then_of_clarity_then_comes_first_by_name() -> None:
    def lacking(*elements: Element) -> dict[Element, Statement]:
        return {element: words for element, words in C.items() if element not in elements}

    core, two_core = lacking(E.VERSION), lacking(E.VERSION, E.WITHDRAWAL)
    clear, unclear = lacking(), lacking(E.MEANS, E.TIMING, E.RIGHTS)
    for worse, better in [(core, unclear), (two_core, core), (unclear, lacking(E.MEANS)), (clear, clear)]:
        best = judged(text(b=worse, a=better), JP_APPI_2022).best
        assert best is not None
        assert best.unit_id == "a"


def binding(**clauses: tuple[dict[Element, Statement], tuple[str, ...]]) -> PolicyVersion:
    parts = tuple(Clause(clause_id, said, binds_to) for clause_id, (said, binds_to) in clauses.items())
    return replace(text(), clauses=parts)


def without(*elements: Element) -> dict[Element, Statement]:
    return {element: said for element, said in C.items() if element not in elements}


def test_history_from_before_login_decides_between_units_that_lack_as_much() -> None:
    trains = stated(E.IDENTIFIED, E.OWN_HISTORY, E.TRAINING)
    early = trains | stated(E.HISTORY_BEFORE_LOGIN)
    found = cover_training(text(a=trains, b=early), JP_APPI_2022)
    assert found.best is not None
    assert (found.best.unit_id, found.covers_before_login) == ("b", True)
    assert not cover_training(text(a=trains), JP_APPI_2022).covers_before_login
    assert not NO_COVERAGE.covers_before_login


def test_what_is_unclear_counts_before_history_from_before_login() -> None:
    not_early = without(E.HISTORY_BEFORE_LOGIN)
    unclear = without(E.OPERATOR, E.RIGHTS)
    found = judged(text(a=unclear, b=not_early), JP_APPI_2022)
    assert found.best is not None
    assert (found.best.unit_id, found.covers_before_login) == ("b", False)


@pytest.mark.parametrize(
    ("c1", "c2", "c3", "unit_ids"),
    [
        ((), (), (), ["c1", "c2", "c3"]),
        (("c2", "c3"), (), (), ["c1", "c1+c2+c3", "c2", "c3"]),
        (("c2",), ("c3",), (), ["c1", "c1+c2+c3", "c2", "c2+c3", "c3"]),
        (("c2",), ("c1",), (), ["c1", "c1+c2", "c2", "c2+c1", "c3"]),
        (("c3", "c2"), (), ("c2",), ["c1", "c1+c3+c2", "c2", "c3", "c3+c2"]),
        (("c9", "c2"), (), (), ["c1", "c1+c2", "c2", "c3"]),
    ],
)
def test_clauses_are_joined_with_all_that_they_refer_to(
    c1: tuple[str, ...], c2: tuple[str, ...], c3: tuple[str, ...], unit_ids: list[str]
) -> None:
    coverage = judged(binding(c1=({}, c1), c2=({}, c2), c3=({}, c3)), JP_APPI_2022)
    assert [unit.unit_id for unit in coverage.units] == unit_ids


def test_a_clauses_own_words_count_before_those_it_refers_to() -> None:
    others = C | {E.RECIPIENTS: Statement("…", Recipients(frozenset({ClientId("C2")})))}
    own = {E.RECIPIENTS: C[E.RECIPIENTS]}
    units = {
        unit.unit_id: unit.core for unit in judged(binding(c1=(own, ("c2",)), c2=(others, ())), JP_APPI_2022).units
    }
    assert units["c1+c2"] == ()
    assert units["c2"] == (CoverageGap(E.RECIPIENTS, ElementLack.OTHER_RECIPIENT),)


@pytest.mark.parametrize("profile", [JP_APPI_2017, JP_APPI_2022])
def test_partner_sites_are_those_of_the_clause_that_covers_the_use(profile: LawProfile) -> None:
    named = {E.PARTNER_SITES: Statement("…", some_sites := frozenset({"a.example", "b.example"}))}
    elsewhere = {E.PARTNER_SITES: Statement("…", frozenset({"c.example"}))}
    assert judged(text(a=C | named, b=elsewhere), profile).partner_sites == tuple(sorted(some_sites))
    assert cover_training(text(a=C | named, b=elsewhere), profile).partner_sites == tuple(sorted(some_sites))
    for value in (None, True, False):
        assert judged(text(a=C | {E.PARTNER_SITES: Statement("…", value)}), profile).partner_sites == ()
    assert NO_COVERAGE.partner_sites == ()

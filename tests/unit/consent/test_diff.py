"""Two versions compared: what is wider, what is narrower, and what only a person can tell."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanmon.consent.diff import LIMITS, PERMISSIONS, ElementDiff, Relation, combined, diff
from kanmon.consent.policy import Clause, Element, PolicyVersion, Recipients, Retention, Statement
from kanmon.core.ids import ClientId, PolicyId, PolicyVersionId
from tests.unit.consent.texts import COVERING, STALE, saying, with_clause, without

E = Element
NARROWER, SAME, WIDER, INCOMPARABLE = Relation


def named(*clients: str) -> Recipients:
    return Recipients(frozenset(map(ClientId, clients)))


def some(*names: str) -> frozenset[str]:
    return frozenset(names)


# Version by version, element by element

NAMES = st.frozensets(st.sampled_from(["a", "b", "c"]), max_size=3)
DAYS = st.none() | st.integers(0, 3)
RECIPIENTS = st.one_of(
    NAMES.map(lambda names: named(*names)),
    NAMES.map(lambda names: replace(named(*names), closed_class="会員企業")),
    st.sampled_from(["企業等", "クライアント"]).map(lambda words: Recipients(open_class=words)),
)
VALUES = {
    E.ITEMS: NAMES,
    E.PARTNER_SITES: st.none() | NAMES,
    E.PROHIBITED_USES: NAMES,
    E.RECIPIENTS: RECIPIENTS,
    E.RETENTION: st.builds(Retention, DAYS, DAYS),
    E.PURPOSE: st.sampled_from(["follow_up_support", "recruiting_support", "marketing"]),
    E.TRIGGER: st.sampled_from(["login_and_use", "disclosure"]),
    E.FOREIGN: st.sampled_from(["US", "SG"]),
}
STATEMENTS = st.fixed_dictionaries(
    {},
    optional={
        element: st.builds(Statement, st.sampled_from(["甲", "乙"]), VALUES.get(element, st.booleans()))
        for element in Element
    },
)
CLAUSES = st.lists(
    st.builds(Clause, st.sampled_from(["c1", "c2", "c3"]), STATEMENTS, st.sampled_from([(), ("c2",), ("c2", "c3")])),
    max_size=3,
    unique_by=lambda clause: clause.clause_id,
)
VERSIONS = st.builds(
    PolicyVersion,
    st.just(PolicyId("privacy")),
    st.sampled_from(["1.0", "2.0"]).map(PolicyVersionId),
    st.just("ja"),
    st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    st.lists(st.sampled_from(["甲。", "乙。", "丙\n", " "])).map("".join),
    CLAUSES.map(tuple),
    DAYS,
)


@given(VERSIONS)
def test_a_version_is_the_same_as_itself(version: PolicyVersion) -> None:
    found = diff(version, version)
    assert found.relation is SAME
    assert found.rewordings == ()
    assert not [one for clause in found.clauses for one in clause.elements if one.is_changed]


@given(VERSIONS, VERSIONS)
def test_swapping_turns_narrower_into_wider(old: PolicyVersion, new: PolicyVersion) -> None:
    there, back = diff(old, new), diff(new, old)
    assert there.relation is back.relation.reversed
    assert there.validity is back.validity.reversed
    assert {(c.clause_id, c.relation, c.binding) for c in there.clauses} == {
        (c.clause_id, c.relation.reversed, c.binding.reversed) for c in back.clauses
    }
    assert bool(there.rewordings) is bool(back.rewordings)


@given(VERSIONS, VERSIONS)
def test_the_whole_is_wider_only_where_a_part_is_wider_and_none_narrower(
    old: PolicyVersion, new: PolicyVersion
) -> None:
    found = diff(old, new)
    parts = {clause.relation for clause in found.clauses} | {found.validity}
    assert (found.relation is WIDER) == (WIDER in parts and parts <= {SAME, WIDER})
    assert (found.relation is NARROWER) == (NARROWER in parts and parts <= {SAME, NARROWER})


@given(st.lists(st.sampled_from(Relation)), st.lists(st.sampled_from(Relation)))
def test_parts_combine_in_any_grouping(left: list[Relation], right: list[Relation]) -> None:
    assert combined([*left, *right]) is combined([combined(left), combined(right)])


@given(VERSIONS, st.sampled_from(sorted(VALUES)), st.data())
def test_comparing_an_element_is_transitive(version: PolicyVersion, element: Element, data: st.DataObject) -> None:
    values = VALUES[element]
    one, two, three = (Clause("c1", {element: Statement("甲", data.draw(values))}) for _ in range(3))

    def relation(old: Clause, new: Clause) -> Relation:
        return diff(replace(version, clauses=(old,)), replace(version, clauses=(new,))).clauses[0].relation

    if relation(one, two) in {SAME, WIDER} and relation(two, three) in {SAME, WIDER}:
        assert relation(one, three) in {SAME, WIDER}


def element_diff(old: PolicyVersion, new: PolicyVersion, element: Element) -> ElementDiff:
    (found,) = (one for one in diff(old, new).clauses[0].elements if one.element is element)
    return found


@pytest.mark.parametrize(
    ("element", "old", "new", "relation"),
    [
        (E.RECIPIENTS, named("C1"), named("C1", "C2"), WIDER),
        (E.RECIPIENTS, named("C1"), named("C2"), INCOMPARABLE),
        (E.RECIPIENTS, named("C1"), Recipients(open_class="企業等"), WIDER),
        (E.RECIPIENTS, named("C1"), replace(named("C1"), closed_class="会員企業"), SAME),
        (E.RECIPIENTS, Recipients(open_class="企業等"), Recipients(open_class="クライアント"), INCOMPARABLE),
        (E.ITEMS, some("score"), some("score", "category"), WIDER),
        (E.PARTNER_SITES, some("x"), some("x", "y"), WIDER),
        (E.PARTNER_SITES, some("x", "y"), None, WIDER),
        (E.PURPOSE, "follow_up_support", "recruiting_support", WIDER),
        (E.PURPOSE, "follow_up_support", "marketing", INCOMPARABLE),
        (E.PROHIBITED_USES, some("selection"), some("selection", "resale"), NARROWER),
        (E.PROHIBITED_USES, some("selection"), some("resale"), INCOMPARABLE),
        (E.RETENTION, Retention(365, 180), Retention(365, 365), WIDER),
        (E.RETENTION, Retention(365, 180), Retention(365, None), WIDER),
        (E.RETENTION, Retention(365, 180), Retention(730, 90), INCOMPARABLE),
        (E.TRIGGER, "login_and_use", "disclosure", INCOMPARABLE),
        (E.FOREIGN, "US", "SG", INCOMPARABLE),
        (E.HISTORY_BEFORE_LOGIN, False, True, WIDER),
        (E.PREDICTION, True, False, NARROWER),
    ],
)
def test_a_changed_value_is_wider_or_narrower(element: Element, old: object, new: object, relation: Relation) -> None:
    before = saying(COVERING, element, Statement("甲", old))  # type: ignore[arg-type]
    after = saying(COVERING, element, Statement("甲", new))  # type: ignore[arg-type]
    assert element_diff(before, after, element).relation is relation
    assert diff(before, after).relation is relation
    assert diff(after, before).relation is relation.reversed


@pytest.mark.parametrize("element", sorted(Element))
def test_a_dropped_element_is_narrower_where_it_permits_and_wider_where_it_limits(element: Element) -> None:
    full = saying(COVERING, E.FOREIGN, Statement("米国", "US"))
    expected = NARROWER if element in PERMISSIONS else WIDER if element in LIMITS else None
    relation = diff(full, without(full, element)).relation
    assert relation is (expected or (INCOMPARABLE if element is E.CONSEQUENCES else SAME))


@pytest.mark.parametrize("element", [E.OPERATOR, E.MEANS, E.TIMING, E.WITHDRAWAL, E.RIGHTS, E.CONSEQUENCES])
def test_only_a_person_can_tell_what_other_words_of_an_element_without_value_mean(element: Element) -> None:
    found = diff(COVERING, saying(COVERING, element, Statement("書面の郵送により")))
    assert found.relation is INCOMPARABLE
    assert found.rewordings[-1].new.endswith("書面の郵送により")


@pytest.mark.parametrize("element", [E.VERSION, E.DEFINITE, E.IDENTIFIED])
def test_other_words_for_the_same_are_shown_but_the_same(element: Element) -> None:
    new = saying(COVERING, element, Statement("ほかの言い方"))
    assert diff(COVERING, new).relation is SAME
    assert element_diff(COVERING, new, element).is_changed
    assert not element_diff(COVERING, new, E.PURPOSE).is_changed


# Clauses, validity, words


def test_a_client_more_in_the_list_is_wider() -> None:
    named_now = COVERING.clauses[0].statements[E.RECIPIENTS]
    assert isinstance(named_now.value, Recipients)
    more = replace(named_now.value, members=named_now.value.members | {ClientId("C3CO")})
    edition = saying(COVERING, E.VERSION, Statement("版 3.0"))
    assert diff(COVERING, saying(edition, E.RECIPIENTS, Statement("提供先と株式会社新顔", more))).relation is WIDER


@pytest.mark.parametrize(
    ("statements", "relation"),
    [
        ({E.OPERATOR: Statement("当社は"), E.PARTNER_SITES: Statement("提携サイト", some("x"))}, WIDER),
        ({E.IDENTIFIED: Statement("特定して"), E.WITHDRAWAL: Statement("撤回できます")}, WIDER),
        ({E.OPERATOR: Statement("当社は"), E.PROHIBITED_USES: Statement("転売しません", some("resale"))}, NARROWER),
        ({E.CONSEQUENCES: Statement("連絡が増えます")}, INCOMPARABLE),
        ({E.OPERATOR: Statement("当社は")}, SAME),
        ({E.IDENTIFIED: Statement("特定しません", False)}, SAME),
    ],
)
def test_an_added_clause_widens_by_what_it_permits(statements: dict[Element, Statement], relation: Relation) -> None:
    longer = with_clause(COVERING, Clause("c2", statements))
    assert [(c.clause_id, c.relation) for c in diff(COVERING, longer).clauses] == [("c1", SAME), ("c2", relation)]
    assert diff(COVERING, longer).relation is relation
    assert diff(longer, COVERING).clauses[1].new is None
    assert diff(longer, COVERING).relation is relation.reversed


def test_clauses_bound_to_each_other_let_more_be_done() -> None:
    first, second = STALE.clauses
    bound = replace(STALE, clauses=(replace(first, binds_to=("c2",)), second))
    found = diff(STALE, bound)
    assert (found.relation, found.clauses[0].binding, found.clauses[1].binding) == (WIDER, WIDER, SAME)


@pytest.mark.parametrize(
    ("old", "new", "relation"),
    [(365, 730, WIDER), (365, None, WIDER), (None, 365, NARROWER), (365, 365, SAME)],
)
def test_an_agreement_that_holds_for_longer_is_wider(old: int | None, new: int | None, relation: Relation) -> None:
    found = diff(replace(COVERING, consent_valid_days=old), replace(COVERING, consent_valid_days=new))
    assert (found.validity, found.relation) == (relation, relation)


def test_the_texts_of_2019_can_not_be_compared_by_a_machine() -> None:
    found = diff(STALE, COVERING)
    assert found.relation is INCOMPARABLE
    assert [(c.clause_id, c.relation) for c in found.clauses] == [("c1", INCOMPARABLE), ("c2", NARROWER)]


def test_words_are_compared_sentence_by_sentence_as_they_are_hashed() -> None:
    old = replace(COVERING, text="提供先：Ａ社。\n撤回できます。 三つ目。")
    same = replace(COVERING, text="提供先：A社。撤回できます。\n\n三つ目。")
    assert diff(old, same).rewordings == ()
    new = replace(COVERING, text="提供先：A社。\n撤回は（いつでも）できます。三つ目。四つ目。")
    assert [(r.old, r.new) for r in diff(old, new).rewordings] == [
        ("撤回できます。", "撤回は（いつでも）できます。"),
        ("", "四つ目。"),
    ]

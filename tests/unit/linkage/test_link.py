"""One to one or not at all: whatever the weights, no member goes to two applicants and nothing is guessed."""

from collections.abc import Sequence

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanmon.core.errors import CrossEntrusterJoin
from kanmon.core.ids import ApplicantNo, ClientId, MemberNo, SeasonId
from kanmon.linkage.link import Link, LinkDecision, LinkPair, Thresholds, resolve
from kanmon.linkage.personal import PERSONAL, NameAgreement
from kanmon.linkage.quality import quality_of
from kanmon.linkage.service import ApplicantList, Comparison, Linking

THRESHOLDS = Thresholds(link=9, review=1, margin=6)


def pair(applicant: int, member: int, weight: float) -> LinkPair:
    return LinkPair(ApplicantNo(applicant), MemberNo(member), weight)


def decided(applicants: int, *pairs: LinkPair, taken: Sequence[int] = ()) -> list[Link]:
    numbers = [ApplicantNo(number) for number in range(1, applicants + 1)]
    return resolve(numbers, pairs, THRESHOLDS, [MemberNo(number) for number in taken])


@pytest.mark.parametrize(
    ("weight", "decision"), [(9, "linked"), (8.9, "review"), (1, "review"), (0.9, "unlinked"), (-5, "unlinked")]
)
def test_thresholds(weight: float, decision: str) -> None:
    [link] = decided(1, pair(1, 7, weight))
    assert (link.decision.value, link.member_no) == (decision, 7 if decision == "linked" else None)
    assert link.match_weight == weight


def test_who_differs_in_the_given_name_alone_is_not_linked() -> None:
    twin = LinkPair(ApplicantNo(1), MemberNo(7), 30, NameAgreement.DIFFERENT)
    assert decided(1, twin)[0].decision is LinkDecision.REVIEW
    assert decided(1, twin, pair(1, 8, 25))[0].decision is LinkDecision.REVIEW


def test_nobody_alike_is_nobody() -> None:
    assert decided(1) == [Link(ApplicantNo(1), LinkDecision.UNLINKED)]


def test_two_members_alike_are_not_guessed_between() -> None:
    [link] = decided(1, pair(1, 7, 20), pair(1, 8, 15))
    assert link.decision is LinkDecision.REVIEW
    assert [candidate.member_no for candidate in link.candidates] == [7, 8]


def test_two_applicants_alike_are_not_guessed_between() -> None:
    assert [link.decision for link in decided(2, pair(1, 7, 20), pair(2, 7, 18))] == [LinkDecision.REVIEW] * 2


def test_the_better_by_far_takes_the_member_and_the_other_has_nobody() -> None:
    first, second = decided(2, pair(1, 7, 30), pair(2, 7, 12))
    assert (first.member_no, second.decision, second.candidates) == (7, LinkDecision.UNLINKED, ())


def test_who_is_left_over_is_not_linked_by_that_alone() -> None:
    first, second = decided(2, pair(1, 7, 40), pair(2, 7, 25), pair(2, 8, 22))
    assert first.member_no == 7
    assert (second.decision, [one.member_no for one in second.candidates]) == (LinkDecision.REVIEW, [8])


def test_a_member_taken_by_a_person_is_nobody_elses() -> None:
    [link] = decided(1, pair(1, 7, 30), taken=[7])
    assert link.decision is LinkDecision.UNLINKED


pairs = st.lists(
    st.builds(pair, st.integers(1, 6), st.integers(1, 6), st.floats(-20, 40, allow_nan=False)),
    unique_by=lambda one: (one.applicant_no, one.member_no),
)


@given(pairs, st.sets(st.integers(1, 6)))
def test_one_to_one_and_never_a_guess(found: list[LinkPair], taken: set[int]) -> None:
    links = decided(6, *found, taken=sorted(taken))
    assert [link.applicant_no for link in links] == [1, 2, 3, 4, 5, 6]
    members = [link.member_no for link in links if link.member_no is not None]
    assert len(members) == len(set(members))
    assert not set(members) & taken
    for link in links:
        assert (link.member_no is not None) == (link.decision is LinkDecision.LINKED)
        rivals = [
            one.match_weight
            for one in found
            if one.member_no not in taken
            and (one.applicant_no == link.applicant_no) != (one.member_no == link.member_no)
        ]
        if link.member_no is not None:
            assert link.match_weight is not None
            assert link.match_weight >= THRESHOLDS.link
            assert all(link.match_weight - rival >= THRESHOLDS.margin for rival in rivals)


@given(pairs, st.randoms(use_true_random=False))
def test_the_order_of_pairs_does_not_matter(found: list[LinkPair], shuffler: object) -> None:
    turned = list(found)
    shuffler.shuffle(turned)  # type: ignore[attr-defined]
    assert decided(6, *turned) == decided(6, *found)


def applicants(*clients: str) -> pa.Table:
    columns = {name: pa.nulls(len(clients), pa.string()) for name in PERSONAL}
    return pa.table({"client_id": list(clients), "applicant_no": list(range(1, len(clients) + 1)), **columns})


def test_two_clients_lists_are_never_one() -> None:
    with pytest.raises(CrossEntrusterJoin, match=r"DENY_CROSS_ENTRUSTER_JOIN.*C1.*C2"):
        ApplicantList(ClientId("C1"), SeasonId("2027"), applicants("C1", "C2"))


def alike(applicant: int, member: int, given: NameAgreement, weight: float = 20) -> LinkPair:
    return LinkPair(ApplicantNo(applicant), MemberNo(member), weight, given, weight_beside_given=weight - 8)


@pytest.mark.parametrize("twins", [0, 1, 99])
def test_a_list_of_twins_is_not_expected_to_be_linked_well(twins: int) -> None:
    """One who was tied may be the twin of a member too, where so many on the list are, and bear one name by chance."""
    listed = ApplicantList(ClientId("C1"), SeasonId("2027"), applicants(*["C1"] * (twins + 1)))
    others = [alike(number, number, NameAgreement.DIFFERENT) for number in range(2, twins + 2)]
    found = [alike(1, 1, NameAgreement.SAME), *others]
    quality = quality_of(Linking(listed, decided(twins + 1, *found), Comparison(found, {}), THRESHOLDS))
    assert quality.lookalikes == twins
    assert quality.expected_precision == pytest.approx(1 / (1 + twins * 0.01), abs=1e-5)


def test_nothing_but_a_name_ties_nobody() -> None:
    name_alone = LinkPair(ApplicantNo(1), MemberNo(7), 30, is_supported=False)
    assert decided(1, name_alone)[0].decision is LinkDecision.REVIEW


def test_expected_quality_is_read_from_the_weights() -> None:
    listed = ApplicantList(ClientId("C1"), SeasonId("2027"), applicants("C1", "C1", "C1"))
    found = [pair(1, 7, 10), pair(2, 8, 3), pair(3, 9, 0), pair(3, 10, 0)]
    quality = quality_of(Linking(listed, decided(3, *found), Comparison(found, {"e-mail": 4}), THRESHOLDS))
    sure, likely = 1024 / 1025, 8 / 9
    assert quality.decisions == {LinkDecision.LINKED: 1, LinkDecision.REVIEW: 1, LinkDecision.UNLINKED: 1}
    assert quality.expected_precision == pytest.approx(sure)
    assert quality.expected_recall == pytest.approx(sure / (sure + likely + 2 / 3))
    assert [(one.from_bits, one.pairs, one.linked) for one in quality.bins] == [(0, 2, 0), (2, 1, 0), (10, 1, 1)]

"""Nobody is tied to a twin, a sister, a parent, or somebody of the same cohort; `benchmarks.linkage` has more."""

import pytest

from kanmon.core.ids import ClientId, SeasonId
from kanmon.engines.splink_linker import SplinkLinkers
from kanmon.linkage.link import Thresholds
from kanmon.linkage.quality import quality_of
from kanmon.linkage.service import ApplicantList, MemberList, link
from kanmon_stories.relatives import STRATA, invent_relatives

SEASON = SeasonId("2027")
PAIRS = 500


@pytest.mark.parametrize("stratum", STRATA)
def test_nobody_is_tied_to_somebody_who_is_only_like_them(stratum: str) -> None:
    """Nor is the list expected to be linked better than it is, though as many true members stand on it."""
    people = invent_relatives(stratum, PAIRS, seed=16, among=PAIRS)
    with SplinkLinkers().over(MemberList(SEASON, people.members)) as linker:
        found = link(linker, ApplicantList(ClientId("C1"), SEASON, people.applicants), Thresholds())
    tied = {one.applicant_no: one.member_no for one in found.links if one.member_no is not None}
    assert {number: member for number, member in tied.items() if people.truth[number - 1] != member} == {}
    assert len(tied) > 0.95 * PAIRS
    expected = quality_of(found)
    assert expected.expected_precision is not None
    assert 1 - 0.02 < expected.expected_precision < 1 - expected.lookalikes / len(tied) * 0.009

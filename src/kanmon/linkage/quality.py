"""How good a client's links may be expected to be, read from the match weights themselves: nobody knows the truth.

A weight of w bits is odds of 2^w to 1. The odds of all pairs of an applicant, with 1 for "nobody here", share out one
certainty; what falls to the pair that was linked is how likely that link is right. This holds as far as the weights do.

Weights take it that two people agree by chance. Twins, families and one cohort do not: they agree in all but the given
name. How many of them a list holds is seen from those whose given names differ; the others may bear one name by chance.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from kanmon.core.ids import ApplicantNo, MemberNo
from kanmon.linkage.link import LinkDecision, LinkPair
from kanmon.linkage.service import Linking

BIN_BITS = 2
ONE_NAME_BY_CHANCE = 0.01
"""How often two relatives' given names are taken for the same: as often as the commonest is borne."""
_MOST_BITS = 60.0


@dataclass(frozen=True)
class WeightBin:
    """Pairs whose weight lies from `from_bits` to `BIN_BITS` above it, and how many of them were linked."""

    from_bits: int
    pairs: int
    linked: int


@dataclass(frozen=True)
class LinkQuality:
    """What one comparison of one client's list came to."""

    decisions: Mapping[LinkDecision, int]
    bins: tuple[WeightBin, ...]
    blocked: Mapping[str, int]
    lookalikes: int
    """Applicants tied to nobody who agree with a member in all but the given name."""
    expected_precision: float | None
    """The share of links expected to be right; None where nobody was linked."""
    expected_recall: float | None
    """The share of findable members expected to be linked; people no blocking key brought together aren't in it."""


def quality_of(linking: Linking) -> LinkQuality:
    """Decisions, pairs by weight, pairs by blocking key, expected precision and recall."""
    chosen = {one.applicant_no: one.member_no for one in linking.links if one.decision is LinkDecision.LINKED}
    odds: dict[int, float] = defaultdict(lambda: 1.0)
    for pair in linking.compared.pairs:
        odds[pair.applicant_no] += _odds(pair.match_weight)
    lookalikes = _lookalikes(linking, chosen)
    is_relative = _share_of_relatives(linking, chosen, lookalikes)
    pairs: Counter[int] = Counter()
    linked: Counter[int] = Counter()
    right = 0.0
    for pair in linking.compared.pairs:
        at = math.floor(pair.match_weight / BIN_BITS) * BIN_BITS
        pairs[at] += 1
        if chosen.get(pair.applicant_no) == pair.member_no:
            linked[at] += 1
            right += _odds(pair.match_weight) / odds[pair.applicant_no] * (1 - is_relative)
    findable = sum(1 - 1 / total for total in odds.values())
    return LinkQuality(
        dict(Counter(one.decision for one in linking.links)),
        tuple(WeightBin(at, pairs[at], linked[at]) for at in sorted(pairs)),
        linking.compared.blocked,
        lookalikes,
        right / len(chosen) if chosen else None,
        right / findable if findable else None,
    )


def _lookalikes(linking: Linking, chosen: Mapping[ApplicantNo, MemberNo | None]) -> int:
    found = {pair.applicant_no for pair in linking.compared.pairs if _is_alike(pair) and not pair.may_be_linked}
    return len(found - chosen.keys())


def _share_of_relatives(linking: Linking, chosen: Mapping[ApplicantNo, MemberNo | None], lookalikes: int) -> float:
    """How likely one who was linked, and agrees in all else as well, is a relative of one name."""
    tied = sum(_is_alike(pair) and chosen.get(pair.applicant_no) == pair.member_no for pair in linking.compared.pairs)
    if not tied:
        return 0.0
    by_chance = lookalikes * ONE_NAME_BY_CHANCE
    return by_chance / (by_chance + tied)


def _is_alike(pair: LinkPair) -> bool:
    """Whether all but the given names says that two rows are likelier one person, or one family, than two."""
    return pair.weight_beside_given is not None and pair.weight_beside_given > 0


def _odds(weight: float) -> float:
    return float(2 ** min(weight, _MOST_BITS))

"""Which applicant is which member: decided from match weights, one to one for each client, and never guessed.

A match weight is in bits (Fellegi-Sunter): the log2 of how much likelier the two rows speak of one person than of two,
the prior included. At or above `Thresholds.link` a pair may be linked; between that and `Thresholds.review` a person
looks at it (目視確認); below it is nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kanmon.core.ids import ApplicantNo, MemberNo
from kanmon.linkage.personal import NameAgreement

RULES = 2
"""The revision of the rules by which the linker ties: what an older one tied is judged anew before it is used."""
SHOWN_CANDIDATES = 5
"""Members put before a reviewer for one applicant, at most."""


class LinkDecision(StrEnum):
    """What was decided about an applicant."""

    LINKED = "linked"
    REVIEW = "review"
    UNLINKED = "unlinked"


@dataclass(frozen=True, slots=True)
class LinkPair:
    """An applicant and a member that may be one person; `match_weight` is in bits."""

    applicant_no: ApplicantNo
    member_no: MemberNo
    match_weight: float
    given_names: NameAgreement = NameAgreement.SAME
    """Only the same may be linked: twins share all the rest."""
    weight_beside_given: float | None = None
    """What all but the given names weigh, the prior included; None where it isn't known apart."""
    is_supported: bool = True
    """Whether anything beside the names agrees."""

    @property
    def may_be_linked(self) -> bool:
        """Whether it is for the linker to tie these two, whatever the weight; a person may always."""
        return self.is_supported and self.given_names is NameAgreement.SAME


@dataclass(frozen=True)
class Thresholds:
    """In bits; `margin` is how far the best pair must stand above the next best of either side."""

    link: float = 9.0
    review: float = 1.0
    margin: float = 6.0


@dataclass(frozen=True, slots=True)
class Link:
    """The decision about one applicant; the pairs worth a look are there where it is to be reviewed, best first."""

    applicant_no: ApplicantNo
    decision: LinkDecision
    match_weight: float | None = None
    """Of the best pair, also where it was not linked; None where there was none."""
    member_no: MemberNo | None = None
    candidates: tuple[LinkPair, ...] = ()


def resolve(
    applicants: Sequence[ApplicantNo],
    pairs: Iterable[LinkPair],
    thresholds: Thresholds,
    taken: Collection[MemberNo] = (),
) -> list[Link]:
    """A decision for each of one client's applicants, in their order.

    A pair is linked where its given names are the same, something else agrees, and it is the best of its applicant and
    of its member, by the margin on both sides: then no member goes to two applicants and no applicant to two members.
    Members `taken` by a person's decision and members just linked are nobody else's candidates; but whoever is left
    over by that alone is reviewed, not linked.
    """
    free = [pair for pair in pairs if pair.member_no not in taken]
    of_applicant: dict[int, list[LinkPair]] = defaultdict(list)
    of_member: dict[int, list[LinkPair]] = defaultdict(list)
    for pair in sorted(free, key=lambda one: (-one.match_weight, one.applicant_no, one.member_no)):
        of_applicant[pair.applicant_no].append(pair)
        of_member[pair.member_no].append(pair)
    linked = {
        pair.applicant_no: pair
        for pair in free
        if pair.may_be_linked
        and pair.match_weight >= thresholds.link
        and _leads(pair, of_applicant[pair.applicant_no], thresholds.margin)
        and _leads(pair, of_member[pair.member_no], thresholds.margin)
    }
    gone = {pair.member_no for pair in linked.values()}
    return [_decided(number, linked, of_applicant.get(number, []), gone, thresholds) for number in applicants]


def _leads(pair: LinkPair, ranked: Sequence[LinkPair], margin: float) -> bool:
    """Whether a pair is the first of those ranked and stands above the second by the margin."""
    return ranked[0] == pair and (len(ranked) == 1 or pair.match_weight - ranked[1].match_weight >= margin)


def _decided(
    number: ApplicantNo,
    linked: Mapping[ApplicantNo, LinkPair],
    ranked: Sequence[LinkPair],
    gone: Collection[MemberNo],
    thresholds: Thresholds,
) -> Link:
    if number in linked:
        pair = linked[number]
        return Link(number, LinkDecision.LINKED, pair.match_weight, pair.member_no)
    left = [pair for pair in ranked if pair.member_no not in gone]
    worth = tuple(pair for pair in left if pair.match_weight >= thresholds.review)[:SHOWN_CANDIDATES]
    best = left[0].match_weight if left else None
    return Link(number, LinkDecision.REVIEW if worth else LinkDecision.UNLINKED, best, candidates=worth)

"""What the review of a release means for a question: who approved, at that moment, what the release then was (S18).

A release that was opened here is judged by what was said here and by nothing else: its approvals in `service.yaml`
count no longer. An approval holds for the words that were reviewed; once the release is described anew, nobody has
approved it (APPI Art. 23; measure 1 of the release of 26 August 2019; APPI-01).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kanmon.clients.contract import Approval, ProductRelease, ReviewRole


class Viewpoint(StrEnum):
    """From where a release is looked at (複眼的チェック), in the order in which its review comes by them."""

    BUSINESS = "business"
    STUDENT = "student"
    LEGAL = "legal"
    USE = "use"
    SECURITY = "security"


ANSWERED_BY: Mapping[Viewpoint, ReviewRole] = {
    Viewpoint.BUSINESS: ReviewRole.OPERATOR,
    Viewpoint.STUDENT: ReviewRole.STUDENT_ADVOCATE,
    Viewpoint.LEGAL: ReviewRole.LEGAL,
    Viewpoint.USE: ReviewRole.OPERATOR,
    Viewpoint.SECURITY: ReviewRole.OPERATOR,
}
"""Who answers for each: never the author, and never the privacy owner, who approves what they said."""


class ReviewAct(StrEnum):
    """What is done about a release."""

    DESCRIBE = "describe"
    """The author says what changes: this opens the review, or begins it anew."""
    ANSWER = "answer"
    """One viewpoint's questions are answered, with a verdict."""
    APPROVE = "approve"
    """The privacy owner decides, after everybody."""


@dataclass(frozen=True, slots=True)
class ReviewedAct:
    """One act of a review as the gate reads it; `at` is in UTC."""

    release_id: str
    act: ReviewAct
    viewpoint: Viewpoint | None
    """Of an answer."""
    role: ReviewRole
    person: str
    at: datetime
    content_sha256: str
    """What the release was described as when this was said; of a description, what it says itself."""
    is_research: bool
    passes: bool
    """The verdict of an answer or of the privacy owner; a description says nothing for itself."""


def release_at(declared: ProductRelease | None, acts: Sequence[ReviewedAct], at: datetime) -> ProductRelease | None:
    """The release that is run, with the approvals that held at `at`; as declared where it wasn't opened here by then.

    `acts` come in the order in which they were recorded, which decides at one instant. A role approves once every
    viewpoint that it answers for passes.
    """
    if declared is None:
        return None
    own = [act for act in acts if act.release_id == declared.release_id and act.at <= at]
    described = [act for act in own if act.act is ReviewAct.DESCRIBE]
    if not described:
        return declared
    last = described[-1]
    said = newest_said(own, last.content_sha256)
    approvals = [Approval(ReviewRole.AUTHOR, act.person, act.at) for act in described]
    for role in ReviewRole:
        wanted = [point for point, answers in ANSWERED_BY.items() if answers is role]
        found = [said.get(point) for point in wanted] or [said.get(None)]
        if role is not ReviewRole.AUTHOR and all(act is not None and act.passes for act in found):
            approvals += [Approval(role, act.person, act.at) for act in found if act is not None]
    return ProductRelease(declared.release_id, last.is_research, tuple(approvals))


def newest_said(acts: Sequence[ReviewedAct], content_sha256: str) -> Mapping[Viewpoint | None, ReviewedAct]:
    """The last word from each viewpoint, and under None the privacy owner's, on the release as described so.

    The privacy owner approves what the others said: what one of them says later asks for another approval.
    """
    begins = max((n for n, act in enumerate(acts) if act.act is ReviewAct.DESCRIBE), default=0)
    said: dict[Viewpoint | None, ReviewedAct] = {}
    for act in acts[begins:]:
        if act.act is ReviewAct.DESCRIBE or act.content_sha256 != content_sha256:
            continue
        said.pop(None, None)
        said[act.viewpoint] = act
    return said

"""What `kanmon audit reliance` prints with `--json`."""

from collections.abc import Sequence

from typing_extensions import TypedDict


class RelyingResult(TypedDict):
    """A provision that rests on a consent to the version."""

    client_id: str
    member_id: str
    applicant_id: str
    provision_id: str
    provided_at: str
    handed_over_at: str | None
    score_no: int | None
    computed_at: str
    evidence_id: int
    screen_id: str
    agreed_at: str
    uses: Sequence[str]
    """Whether it was scored on it, provided on it, or both."""


class RelianceResult(TypedDict):
    """What was provided on consents to a policy version."""

    policy: str | None
    version: str
    count: int
    members: Sequence[str]
    provisions: Sequence[RelyingResult]

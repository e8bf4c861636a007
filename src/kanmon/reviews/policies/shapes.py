"""What the commands of `kanmon policy` print with `--json`; elements are E01 to E25."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict


class KeeperResult(TypedDict):
    """What keeps a statement."""

    checks: Sequence[str]
    """Functions that check it, as `module:function`."""
    refusal: str
    """The code with which a breach is refused."""
    confirmed_by: str | None
    confirmed_when: str | None


class StatementResult(TypedDict):
    """What a clause states."""

    element: str
    name: str
    quote: str
    kept: KeeperResult | None


class ClauseResult(TypedDict):
    """A clause of a version."""

    clause_id: str
    binds_to: Sequence[str]
    states: Sequence[StatementResult]


class ObstacleResult(TypedDict):
    """What stands in the way of publishing."""

    rule: str
    use: str | None
    client_id: str | None
    elements: Sequence[str]
    clauses: Sequence[str]
    quote: str | None


class LackingElement(TypedDict):
    """An element, and what of it is lacking."""

    element: str
    lack: str


class UnitResult(TypedDict):
    """A clause, or several read together, against the law."""

    unit: str
    """The clause's ID, or several with + between."""
    core: Sequence[LackingElement]
    clarity: Sequence[LackingElement]


class VerdictResult(TypedDict):
    """Whether the words cover a use, under one law."""

    law: str
    use: str
    client_id: str | None
    verdict: str
    best: str | None
    """The unit that covers most."""
    units: Sequence[UnitResult]


class VersionResult(TypedDict):
    """A version of a policy in one language."""

    policy_id: str
    version_id: str
    language: str
    effective_from: str
    text_sha256: str
    publishable: bool
    obstacles: Sequence[ObstacleResult]
    clauses: Sequence[ClauseResult]
    verdicts: Sequence[VerdictResult]


class PolicyCheckResult(TypedDict):
    """What each clause states and lacks, and whether the text may be published."""

    law: str
    """The profile that decides."""
    publishable: bool
    remarks: Sequence[str]
    versions: Sequence[VersionResult]


class ElementChange(TypedDict):
    """An element in the older and the newer clause."""

    element: str
    name: str
    relation: str
    is_changed: bool
    old: str | None
    new: str | None


class ClauseChange(TypedDict):
    """A clause in both versions."""

    clause_id: str
    change: str
    """`added`, `removed` or `kept`."""
    relation: str
    binding: str
    elements: Sequence[ElementChange]


class RewordingResult(TypedDict):
    """Words that changed."""

    old: str
    new: str


class DiffResult(TypedDict):
    """Two versions in one language."""

    policy_id: str
    language: str
    old: str
    new: str
    relation: str
    """Narrower, the same, wider or not comparable."""
    validity: str
    clauses: Sequence[ClauseChange]
    rewordings: Sequence[RewordingResult]


class PolicyDiffResult(TypedDict):
    """The comparison in each language."""

    diffs: Sequence[DiffResult]


class PeopleByReason(TypedDict):
    """People whose answer changes."""

    count: int
    reasons: Mapping[str, int]
    """People by reason code."""
    members: Sequence[str]


class ChangedPerson(TypedDict):
    """One applicant whose answer changes."""

    member_id: str | None
    applicant_id: str
    reasons: Sequence[str]
    missing_elements: Sequence[str]


class TallyResult(TypedDict):
    """How many the gate clears and holds."""

    allowed: int
    held: int
    counts: Mapping[str, int]
    """Applicants by reason code."""


class ClientImpactResult(TypedDict):
    """What the change does to one client's applicants, for one use."""

    client_id: str
    season: str
    use: str
    before: TallyResult
    after: TallyResult
    newly_held: Sequence[ChangedPerson]
    newly_let_through: Sequence[ChangedPerson]
    unchanged: int


class PolicyImpactResult(TypedDict):
    """Who would be held if the change went live."""

    asked_at: str
    law: str
    law_on: str
    open: Sequence[str]
    """What of that law is not decided yet."""
    newly_held: PeopleByReason
    newly_let_through: PeopleByReason
    clients: Sequence[ClientImpactResult]
    refused: int
    """Rows of the change that could not be read."""
    remarks: Sequence[str]

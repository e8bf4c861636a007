"""What `kanmon audit use` prints with `--json`."""

from collections.abc import Sequence

from typing_extensions import TypedDict


class StageLook(TypedDict):
    """What was found of one stage."""

    stage: str
    readable: int
    """Decisions about people whose score could be read."""
    withheld: int
    """Decisions about people whose score was held back by lot."""
    p: float | None
    """Of the test that decisions do not depend on it."""
    power: float | None
    verdict: str


class ClientUse(TypedDict):
    """One client's decisions against its scores."""

    client_id: str
    season: str
    seed_sha256: str | None
    """Of the lot's seed, as it was registered beforehand."""
    plan_ledger_seq: int | None
    withheld_share: float | None
    suspended: bool
    undecided: int
    unread: int
    verdict: str
    stages: Sequence[StageLook]


class StageMoveResult(TypedDict):
    """An applicant who was moved to another stage after the decision."""

    client_id: str
    season: str
    applicant_id: str
    bound_stage: str
    """The stage that decisions are bound to."""
    moved_from: str | None
    moved_to: str | None
    moved_at: str
    was_open: bool
    """Whether the score could be read then."""
    ledger_seq: int | None


class UseResult(TypedDict):
    """The audit of the use of scores."""

    at: str
    found: Sequence[str]
    """Clients whose decisions depend on scores."""
    stage_moves: Sequence[StageMoveResult]
    clients: Sequence[ClientUse]

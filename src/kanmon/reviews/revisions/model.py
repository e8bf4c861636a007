"""The revision of a policy as a history of steps: who may take which, and from where (S19, 5.6).

DRAFT, MODELLED, CHECKED, IMPACT_SET, REVIEWED, SCHEDULED, DEPLOYING, VERIFIED, ACTIVE, SUPERSEDED, in that order
(requirements, section 5.6). What a step needs, and why it is refused, is in `revision_rules`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kanmon.access.account import Role
from kanmon.core.ids import PolicyId, PolicyVersionId


class RevisionState(StrEnum):
    """How far a revision has come."""

    DRAFT = "DRAFT"
    MODELLED = "MODELLED"
    CHECKED = "CHECKED"
    IMPACT_SET = "IMPACT_SET"
    REVIEWED = "REVIEWED"
    SCHEDULED = "SCHEDULED"
    DEPLOYING = "DEPLOYING"
    VERIFIED = "VERIFIED"
    ACTIVE = "ACTIVE"
    SUPERSEDED = "SUPERSEDED"
    ABANDONED = "ABANDONED"


class Act(StrEnum):
    """What somebody does to a revision."""

    DRAFT = "draft"
    MODEL = "model"
    CHECK = "check"
    SET_IMPACT = "set_impact"
    REMOVE_SCREEN = "remove_screen"
    CONFIRM = "confirm"
    ADVISE = "advise"
    REVIEW = "review"
    SCHEDULE = "schedule"
    DEPLOY = "deploy"
    VERIFY = "verify"
    ACTIVATE = "activate"
    SUPERSEDE = "supersede"
    ABANDON = "abandon"


QUESTIONS = ("purpose", "scope", "content")
"""What the privacy owner answers: the purpose of the revision, the scope and the content to be covered (POL-02)."""
UNDER_WAY = frozenset({RevisionState.SCHEDULED, RevisionState.DEPLOYING, RevisionState.VERIFIED})
"""Only one revision of a policy is so far at a time."""
_BEFORE_REVIEW = frozenset(
    {
        RevisionState.DRAFT,
        RevisionState.MODELLED,
        RevisionState.CHECKED,
        RevisionState.IMPACT_SET,
        RevisionState.REVIEWED,
    }
)


@dataclass(frozen=True)
class Move:
    """Who may do an act, from which states, and where it leads; None where it stays."""

    roles: frozenset[Role]
    begins: frozenset[RevisionState]
    ends: RevisionState | None


def _move(role: Role, begins: RevisionState | Collection[RevisionState], ends: RevisionState | None) -> Move:
    return Move(frozenset({role}), frozenset({begins} if isinstance(begins, RevisionState) else begins), ends)


MOVES: Mapping[Act, Move] = {
    Act.DRAFT: _move(Role.AUTHOR, _BEFORE_REVIEW, RevisionState.DRAFT),
    Act.MODEL: _move(Role.AUTHOR, RevisionState.DRAFT, RevisionState.MODELLED),
    Act.CHECK: _move(Role.LEGAL, RevisionState.MODELLED, RevisionState.CHECKED),
    Act.SET_IMPACT: _move(Role.AUTHOR, (RevisionState.CHECKED, RevisionState.IMPACT_SET), RevisionState.IMPACT_SET),
    Act.REMOVE_SCREEN: _move(Role.PRIVACY_OWNER, RevisionState.IMPACT_SET, None),
    Act.CONFIRM: _move(Role.OPERATOR, RevisionState.IMPACT_SET, None),
    Act.ADVISE: _move(Role.STUDENT_ADVOCATE, RevisionState.IMPACT_SET, None),
    Act.REVIEW: _move(Role.PRIVACY_OWNER, RevisionState.IMPACT_SET, RevisionState.REVIEWED),
    Act.SCHEDULE: _move(Role.PRIVACY_OWNER, RevisionState.REVIEWED, RevisionState.SCHEDULED),
    Act.DEPLOY: _move(Role.OPERATOR, RevisionState.SCHEDULED, RevisionState.DEPLOYING),
    Act.VERIFY: _move(Role.PRIVACY_OWNER, RevisionState.DEPLOYING, RevisionState.VERIFIED),
    Act.ACTIVATE: _move(Role.PRIVACY_OWNER, RevisionState.VERIFIED, RevisionState.ACTIVE),
    Act.SUPERSEDE: _move(Role.PRIVACY_OWNER, RevisionState.ACTIVE, RevisionState.SUPERSEDED),
    Act.ABANDON: Move(
        frozenset({Role.AUTHOR, Role.PRIVACY_OWNER}),
        frozenset(_BEFORE_REVIEW | {RevisionState.SCHEDULED, RevisionState.DEPLOYING}),
        RevisionState.ABANDONED,
    ),
}


@dataclass(frozen=True)
class Actor:
    """Who acts: a human being, in one role."""

    person: str
    role: Role


@dataclass(frozen=True)
class RevisionStep:
    """One act that was taken: a dated fact. `details` is JSON; `real_at` is the machine's moment, in a replay too."""

    act: Act
    state: RevisionState
    by: Actor
    at: datetime
    real_at: datetime
    details: Mapping[str, object] = field(default_factory=dict)
    ledger_seq: int | None = None


@dataclass(frozen=True)
class Revision:
    """One revision with all its steps, oldest first."""

    revision_no: int
    policy_id: PolicyId
    version_id: PolicyVersionId
    steps: tuple[RevisionStep, ...] = ()

    @property
    def state(self) -> RevisionState | None:
        """Where its last step led; None before it was drafted."""
        return self.steps[-1].state if self.steps else None

    def last(self, act: Act, since: Act | None = None) -> RevisionStep | None:
        """The newest step of an act; only what came after the newest step of `since` counts."""
        for step in reversed(self.steps):
            if step.act is act:
                return step
            if step.act is since:
                return None
        return None

    @property
    def impact(self) -> RevisionStep | None:
        """The step that set the impact, where the draft was not written again since."""
        return self.last(Act.SET_IMPACT, since=Act.DRAFT)

    @property
    def screens(self) -> tuple[str, ...]:
        """The screens that have to show the new words, without those that the privacy owner took out."""
        if self.impact is None:
            return ()
        removed = self.removed
        listed = self.impact.details["screens"]
        assert isinstance(listed, list)
        return tuple(screen for screen in listed if screen not in removed)

    @property
    def removed(self) -> Mapping[str, str]:
        """Screens that the privacy owner took out, each with the reason."""
        since = self.steps.index(self.impact) if self.impact else len(self.steps)
        steps = [step for step in self.steps[since:] if step.act is Act.REMOVE_SCREEN]
        return {str(step.details["screen"]): str(step.details["reason"]) for step in steps}


def ends(revision: Revision, act: Act) -> RevisionState:
    """The state that a step leads to."""
    state = MOVES[act].ends or revision.state
    assert state is not None
    return state

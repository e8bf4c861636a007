"""Which provisions rest on consents to one policy version: what an invalidation reaches back to (CON-03).

A provision rests on the consent in its record, and on that on which the score it handed over was computed. The
versions relied on are found by the words that were displayed, not by what a server believed it showed (INV-2).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.clients.contract import ServiceTerms
from kanmon.consent.policy import PolicyVersion
from kanmon.core.errors import UsageError
from kanmon.core.ids import (
    ApplicantId,
    ClientId,
    EvidenceId,
    MemberId,
    PolicyId,
    PolicyVersionId,
    ProvisionId,
    ScreenId,
)
from kanmon.core.language import N_


@dataclass(frozen=True)
class RelyingProvision:
    """One person in one provision that rests on a consent to the version; instants in UTC."""

    client_id: ClientId
    member_id: MemberId
    applicant_id: ApplicantId
    provision_id: ProvisionId
    provided_at: datetime
    handed_over_at: datetime | None
    """When the report's files were put where the client finds them; None where they were not yet."""
    score_no: int
    """The record of the score that went."""
    computed_at: datetime
    evidence_id: EvidenceId
    """The act of consent relied on: that of the record, where it is to the version, else that of the score."""
    screen_id: ScreenId
    agreed_at: datetime
    provided_on: bool
    """Whether the provision's own record names a consent to the version."""
    scored_on: bool
    """Whether the score was computed on a consent to the version."""


@dataclass(frozen=True)
class Reliance:
    """Everything provided on consents to one version of a policy."""

    policy_id: PolicyId
    version_id: PolicyVersionId
    provisions: tuple[RelyingProvision, ...]
    """By time, client and member."""


class RelianceFacts(Protocol):
    """What the control plane tells of provisions and the consents they rest on, at one moment of it."""

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""

    def policy_versions(self) -> Iterator[PolicyVersion]:
        """Every policy version ever loaded, as it was last read."""

    def relying(self, client: ClientId, policy: PolicyId, version: PolicyVersionId) -> Sequence[RelyingProvision]:
        """The provisions to a client that rest on consents to a version, in any of its languages."""


def provisions_relying_on(facts: RelianceFacts, policy: PolicyId | None, version: PolicyVersionId) -> Reliance:
    """All provisions, to whatever client, that rest on consents to `version`.

    `UsageError` where no such version was loaded, or several policies have one and `policy` names none of them.
    """
    known = list(facts.policy_versions())
    policies = sorted({one.policy_id for one in known if one.version_id == version and policy in (None, one.policy_id)})
    if not policies:
        raise UsageError(
            N_("there is no such policy version; there are: %(known)s"),
            known=", ".join(f"{one.policy_id} {one.version_id} ({one.language})" for one in known) or "–",
        )
    if len(policies) > 1:
        raise UsageError(N_("there are several policies: %(known)s; say which by --policy"), known=", ".join(policies))
    found = [provision for client in facts.terms().clients for provision in facts.relying(client, policies[0], version)]
    found.sort(key=lambda one: (one.provided_at, one.client_id, one.member_id))
    return Reliance(policies[0], version, tuple(found))

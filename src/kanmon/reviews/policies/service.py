"""The policies of a service with those they are asked for: examine versions before they are published, compare them."""

from collections.abc import Sequence
from dataclasses import dataclass

from kanmon.clients.contract import ServiceTerms
from kanmon.consent.diff import PolicyDiff, diff
from kanmon.consent.law import PROFILES, LawProfile
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.publication import Examination, examine
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId
from kanmon.core.language import N_
from kanmon.gate.promises import is_kept
from kanmon.gate.question import provision_asked
from kanmon.intake.loaded import Remark
from kanmon.intake.loading import ServiceFile


@dataclass(frozen=True)
class PolicyBook:
    """All policy versions of a service, and the contracts that they are to cover."""

    terms: ServiceTerms
    versions: tuple[PolicyVersion, ...]
    remarks: tuple[Remark, ...] = ()
    """What reading them noticed, such as quotations that aren't in the text."""

    @classmethod
    def of_file(cls, service: ServiceFile) -> "PolicyBook":
        """The policies of a `service.yaml`, which need not have been loaded."""
        return cls(service.terms, service.policies, service.remarks)

    def laws(self, law: str | None) -> tuple[LawProfile, ...]:
        """The profiles to judge under, the one that decides first; where none is asked for, all that ask otherwise.

        The service's own decides unless another is asked for; `UsageError` names an unknown one.
        """
        if law is not None and law not in PROFILES:
            raise UsageError(
                N_("unknown law profile “%(value)s”; known are %(known)s"), value=law, known=", ".join(PROFILES)
            )
        deciding = PROFILES[law or self.terms.law_profile_id]
        others = () if law else (profile for profile in PROFILES.values() if not profile.asks_as(deciding))
        return (deciding, *others)

    def examined(
        self, policy: str | None, version: str | None, clients: Sequence[ClientId], laws: Sequence[LawProfile]
    ) -> list[Examination]:
        """What stands in the way of publishing each version chosen, asked for each client (all where none is named)."""
        asked = [provision_asked(client) for client in self.terms.chosen(clients, None)]
        return [examine(found, asked, laws, is_kept) for found in self.chosen(policy, version)]

    def compared(self, policy: str | None, old: str, new: str) -> list[PolicyDiff]:
        """Two versions of one policy compared, in each language that both are written in."""
        if policy is None and len({version.policy_id for version in self.versions}) > 1:
            raise UsageError(
                N_("there are several policies: %(known)s; say which by --policy"),
                known=", ".join(sorted({version.policy_id for version in self.versions})),
            )
        before = {version.language: version for version in self.chosen(policy, old)}
        after = {version.language: version for version in self.chosen(policy, new)}
        common = sorted(before.keys() & after.keys())
        if not common:
            raise UsageError(
                N_("versions %(old)s and %(new)s share no language, so their words can't be compared"), old=old, new=new
            )
        return [diff(before[language], after[language]) for language in common]

    def chosen(self, policy: str | None, version: str | None) -> list[PolicyVersion]:
        """The versions of that name, all where no name is given; `UsageError` where there is none."""
        found = [
            one
            for one in self.versions
            if (policy is None or one.policy_id == policy) and (version is None or one.version_id == version)
        ]
        if not found:
            raise UsageError(
                N_("there is no such policy version; there are: %(known)s"),
                known=", ".join(f"{one.policy_id} {one.version_id} ({one.language})" for one in self.versions) or "–",
            )
        return found

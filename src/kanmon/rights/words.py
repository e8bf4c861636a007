"""The very words of a consent, and what has changed in them since (APPI-07: an old consent stays with its words)."""

from dataclasses import dataclass
from datetime import datetime

from kanmon.consent.diff import PolicyDiff, diff
from kanmon.consent.evidence import ConsentAct
from kanmon.consent.policy import PolicyVersion
from kanmon.errors import NotFound
from kanmon.ids import EvidenceId, MemberId
from kanmon.language import N_
from kanmon.rights.told import SubjectReader


@dataclass(frozen=True)
class ConsentWords:
    """One act of consent with the words that it was about."""

    act: ConsentAct
    version: PolicyVersion | None
    """None where nobody registered the words displayed."""
    since: PolicyDiff | None
    """How the version in force now differs; None where it is this one, or there is none to compare."""


def words_of(reader: SubjectReader, member: MemberId, evidence: EvidenceId, now: datetime) -> ConsentWords:
    """The words of one act of a member; `NotFound` where it isn't an act of that member."""
    found = [act for act in reader.acts(member) if act.evidence_id == evidence]
    if not found:
        raise NotFound(N_("there is nothing here for you under that address"))
    [act] = found
    versions = reader.policy_versions()
    version = next((one for one in versions if one.text_sha256 == act.text_sha256), None)
    if version is None:
        return ConsentWords(act, None, None)
    family = [one for one in versions if (one.policy_id, one.language) == (version.policy_id, version.language)]
    in_force = max(
        (one for one in family if one.effective_from <= now), key=lambda one: one.effective_from, default=version
    )
    is_same = in_force.text_sha256 == version.text_sha256
    return ConsentWords(act, version, None if is_same else diff(version, in_force))

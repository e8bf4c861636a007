"""The very words of a consent, and what has changed in them since (APPI-07: an old consent stays with its words)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from kanmon.consent.diff import PolicyDiff, diff
from kanmon.consent.evidence import ConsentAct
from kanmon.consent.policy import PolicyVersion, text_hashes
from kanmon.core.errors import NotFound
from kanmon.core.ids import EvidenceId, MemberId, PolicyId, PolicyVersionId
from kanmon.core.language import N_
from kanmon.rights.answer.told import SubjectReader


class RolledOut(NamedTuple):
    """Words of a revision that screens were told to show, and that are not in force."""

    policy_id: PolicyId
    version_id: PolicyVersionId
    language: str
    text: str
    is_given_up: bool
    """Whether they never come into force; else they wait for it."""


class WordsReader(SubjectReader, Protocol):
    """Where words are read; one moment."""

    def rolled_out(self) -> Collection[RolledOut]:
        """The words of revisions that are or were rolled out, and are not in force."""


@dataclass(frozen=True)
class ConsentWords:
    """One act of consent with the words that it was about."""

    act: ConsentAct
    version: PolicyVersion | None
    """None where nobody registered the words displayed."""
    since: PolicyDiff | None
    """How the version in force now differs; None where it is this one, or there is none to compare."""
    waiting: RolledOut | None = None
    """The words, where they are not in force."""


def words_of(reader: WordsReader, member: MemberId, evidence: EvidenceId, now: datetime) -> ConsentWords:
    """The words of one act of a member; `NotFound` where it isn't an act of that member."""
    found = [act for act in reader.acts(member) if act.evidence_id == evidence]
    if not found:
        raise NotFound(N_("this page does not exist, or your account may not see it"))
    [act] = found
    versions = reader.policy_versions()
    version = next((one for one in versions if one.text_sha256 == act.text_sha256), None)
    if version is None:
        waiting = (one for one in reader.rolled_out() if act.text_sha256 in text_hashes(one.text))
        return ConsentWords(act, None, None, min(waiting, key=lambda one: one.is_given_up, default=None))
    family = [one for one in versions if (one.policy_id, one.language) == (version.policy_id, version.language)]
    in_force = max(
        (one for one in family if one.effective_from <= now), key=lambda one: one.effective_from, default=version
    )
    is_same = in_force.text_sha256 == version.text_sha256
    return ConsentWords(act, version, None if is_same else diff(version, in_force))

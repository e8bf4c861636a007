"""What stands in the way of publishing a text: whatever its best clause lacks, leaves open or contradicts.

Publication asks more than a single provision does: every contracted recipient and the use for training are asked
about, and what is only unclear stands in the way as well (APPI-06, APPI Guidelines 3-6-1; section 5.3), and so does
what is stated and kept by nothing in the program and by nobody.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from kanmon.consent.coverage import (
    CoverageGap,
    CoverageVerdict,
    ProvisionUnderTest,
    TextCoverage,
    cover_provision,
    cover_training,
)
from kanmon.consent.law import LawProfile
from kanmon.consent.policy import Clause, Element, PolicyVersion, Statement, is_quoted
from kanmon.core.ids import ClientId

_PLACEHOLDER = re.compile(
    r"([○◯△□])\1+|[○◯△□●]+(?=[かカヵヶケ箇]月|[月日年回社時円件])|(?<=会社)[○◯△□●]+"
    r"|(?<![〇一二三四五六七八九十百千万])〇+(?![〇一二三四五六七八九十百千万])"
    r"|\.{3,}|⋯+|・{2,}|_{2,}|\[[^\[\]]*\]|\bTBD\b|\bX{2,}\b"
)
"""What a draft leaves to be filled in, after NFKC (… is ... then).

〇 within a number in kanji is a zero, ● by itself a score category; whatever stands in square brackets is to be filled.
"""


class PublicationRule(StrEnum):
    """The rules that refuse a publication."""

    NOT_COVERED = "POLICY_NOT_COVERED"
    UNCLEAR = "POLICY_UNCLEAR"
    CONTRADICTION = "POLICY_CONTRADICTION"
    PLACEHOLDER = "POLICY_PLACEHOLDER"
    WITHOUT_CHECK = "POLICY_WITHOUT_CHECK"


@dataclass(frozen=True)
class Placeholder:
    """Words of a clause in which something is left to be filled in; their element counts as not stated."""

    clause_id: str
    element: Element
    quote: str
    left_open: str
    """What stands where the words should be."""


@dataclass(frozen=True)
class PurposeContradiction:
    """A clause names a purpose that the same or another clause forbids."""

    purpose: str
    permitted_in: str
    forbidden_in: str


@dataclass(frozen=True)
class UnkeptPromise:
    """Something that a clause states, and that nothing in the program and nobody keeps."""

    clause_id: str
    element: Element
    quote: str


@dataclass(frozen=True)
class CoverageAnswer:
    """What a text covers of one use under one law."""

    profile: LawProfile
    recipient: ClientId | None
    """To whom scores would be provided; None where the use is to train a client's model."""
    coverage: TextCoverage


@dataclass(frozen=True)
class Obstacle:
    """One reason not to publish: the rule, and where it is a finding, who asked and what the best unit lacks."""

    rule: PublicationRule
    recipient: ClientId | None = None
    findings: tuple[CoverageGap, ...] = ()
    placeholder: Placeholder | None = None
    contradiction: PurposeContradiction | None = None
    unkept: UnkeptPromise | None = None


@dataclass(frozen=True)
class Examination:
    """Everything that was found in one version, under every law asked for."""

    version: PolicyVersion
    answers: tuple[CoverageAnswer, ...]
    placeholders: tuple[Placeholder, ...]
    contradictions: tuple[PurposeContradiction, ...]
    unkept: tuple[UnkeptPromise, ...] = ()

    def obstacles(self, profile_id: str) -> tuple[Obstacle, ...]:
        """What stands in the way of publishing under that law; nothing where the version may be published."""
        return (
            *(
                obstacle
                for answer in self.answers
                if answer.profile.profile_id == profile_id
                for obstacle in _lacks(answer)
            ),
            *(Obstacle(PublicationRule.CONTRADICTION, contradiction=found) for found in self.contradictions),
            *(Obstacle(PublicationRule.PLACEHOLDER, placeholder=found) for found in self.placeholders),
            *(Obstacle(PublicationRule.WITHOUT_CHECK, unkept=promise) for promise in self.unkept),
        )


def examine(
    version: PolicyVersion,
    asked: Sequence[ProvisionUnderTest],
    profiles: Sequence[LawProfile],
    is_kept: Callable[[Element, Statement], bool],
) -> Examination:
    """Ask `version` for every provision and for training, under each law.

    Words that aren't found in the text, or in which something is left open, count as not stated. `is_kept` says whether
    the program, or a person, keeps what a clause states of an element.
    """
    placeholders = tuple(_placeholders(version))
    open_elements = {(found.clause_id, found.element) for found in placeholders}
    finished = replace(version, clauses=tuple(_finished(clause, version, open_elements) for clause in version.clauses))
    answers = []
    for profile in profiles:
        answers += [CoverageAnswer(profile, one.recipient, cover_provision(finished, one, profile)) for one in asked]
        answers.append(CoverageAnswer(profile, None, cover_training(finished, profile)))
    unkept = tuple(
        UnkeptPromise(clause.clause_id, element, said.quote)
        for clause in version.clauses
        for element, said in sorted(clause.statements.items())
        if said.value is not False and not is_kept(element, said)
    )
    return Examination(version, tuple(answers), placeholders, tuple(_contradictions(version)), unkept)


def _lacks(answer: CoverageAnswer) -> Iterator[Obstacle]:
    coverage = answer.coverage
    core = coverage.best.core if coverage.best else ()
    clarity = coverage.best.clarity if coverage.best else ()
    if coverage.verdict is CoverageVerdict.NOT_COVERED:
        yield Obstacle(PublicationRule.NOT_COVERED, answer.recipient, core)
    if clarity:
        yield Obstacle(PublicationRule.UNCLEAR, answer.recipient, clarity)


def _placeholders(version: PolicyVersion) -> Iterator[Placeholder]:
    for clause in version.clauses:
        for element, said in sorted(clause.statements.items()):
            left_open = _PLACEHOLDER.search(unicodedata.normalize("NFKC", said.quote))
            if left_open:
                yield Placeholder(clause.clause_id, element, said.quote, left_open.group())


def _finished(clause: Clause, version: PolicyVersion, open_elements: set[tuple[str, Element]]) -> Clause:
    return replace(
        clause,
        statements={
            element: said
            for element, said in clause.statements.items()
            if (clause.clause_id, element) not in open_elements and is_quoted(said.quote, version.text)
        },
    )


def _contradictions(version: PolicyVersion) -> Iterator[PurposeContradiction]:
    forbidding = [(clause.clause_id, _forbidden(clause)) for clause in version.clauses]
    for clause in version.clauses:
        purpose = clause.statements.get(Element.PURPOSE)
        if purpose is None or not isinstance(purpose.value, str):
            continue
        for forbidden_in, uses in forbidding:
            if purpose.value in uses:
                yield PurposeContradiction(purpose.value, clause.clause_id, forbidden_in)


def _forbidden(clause: Clause) -> frozenset[str]:
    said = clause.statements.get(Element.PROHIBITED_USES)
    return said.value if said is not None and isinstance(said.value, frozenset) else frozenset()

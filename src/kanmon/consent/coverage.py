"""Does this text cover this use of a person's data? Judged clause by clause, never over the union of a document.

A text can contain every keyword in separate sentences and still cover nothing: the sentence that identified the
person in 2019 provided to nobody, and the sentence that provided to clients identified nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from kanmon.consent.law import LawProfile
from kanmon.consent.policy import Clause, Element, PolicyVersion, Recipients, Statement
from kanmon.consent.promises import is_readable
from kanmon.consent.sites import named_sites
from kanmon.core.ids import ClientId

SCORE_ITEMS = frozenset({"applicant_id", "score"})
BROADER_PURPOSES = {"follow_up_support": frozenset({"recruiting_support"})}
"""Purposes that contain the one asked for, but say less about it."""


class CoverageVerdict(StrEnum):
    """How far a text covers a use."""

    COVERED = "COVERED"
    COVERED_UNCLEAR = "COVERED_UNCLEAR"
    NOT_COVERED = "NOT_COVERED"


class ElementLack(StrEnum):
    """In what way an element falls short."""

    ABSENT = "absent"
    OTHER_RECIPIENT = "other recipient"
    OTHER_ITEMS = "other items"
    OTHER_PURPOSE = "other purpose"
    TOO_WIDE = "too wide"


@dataclass(frozen=True)
class ProvisionUnderTest:
    """The provision of an identified person's score to one client, as a consent would have to cover it."""

    recipient: ClientId
    purpose: str
    items: frozenset[str] = SCORE_ITEMS
    prohibited_uses: frozenset[str] = frozenset({"selection"})
    partner_sites: frozenset[str] = frozenset()
    """The partner sites whose history is used; empty where only the board's own is."""


@dataclass(frozen=True)
class CoverageGap:
    """One element that one unit of a text lacks."""

    element: Element
    lack: ElementLack


@dataclass(frozen=True)
class UnitFindings:
    """What one clause, or clauses bound to each other in so many words, lacks."""

    unit_id: str
    core: tuple[CoverageGap, ...]
    clarity: tuple[CoverageGap, ...]
    covers_before_login: bool = False
    """Whether it states that history from before login is used (E07), which training doesn't need."""
    partner_sites: tuple[str, ...] = ()
    """The partner sites whose history it names as used (E06)."""


@dataclass(frozen=True)
class TextCoverage:
    """The verdict on a text for one use, by its best unit; the findings of every unit are kept."""

    verdict: CoverageVerdict
    best: UnitFindings | None
    units: tuple[UnitFindings, ...] = ()

    @property
    def covers_before_login(self) -> bool:
        """Whether history from before login may be used where the text covers the use (E07)."""
        return self.best is not None and self.best.covers_before_login

    @property
    def partner_sites(self) -> tuple[str, ...]:
        """The partner sites whose history may be used where the text covers the use (E06)."""
        return () if self.best is None else self.best.partner_sites

    @cached_property
    def findings(self) -> tuple[CoverageGap, ...]:
        """All that the best unit lacks, in the order of the elements."""
        if self.best is None:
            return ()
        return tuple(sorted(self.best.core + self.best.clarity, key=lambda finding: finding.element))


NO_COVERAGE = TextCoverage(CoverageVerdict.NOT_COVERED, None)
"""The verdict on a text that nobody registered."""


def cover_provision(version: PolicyVersion, asked: ProvisionUnderTest, profile: LawProfile) -> TextCoverage:
    """Judge whether agreement to `version` covers scoring and providing as `asked` (section 5.3)."""
    return _best_of(_provision_findings(unit_id, said, asked, profile) for unit_id, said in _units(version))


def cover_training(version: PolicyVersion, profile: LawProfile) -> TextCoverage:
    """Judge whether agreement to `version` lets the person's history train a client's model (E25)."""
    return _best_of(
        UnitFindings(
            unit_id=unit_id,
            core=tuple(
                CoverageGap(element, ElementLack.ABSENT)
                for element in Element
                if element in profile.training and not _is_stated(statements.get(element))
            ),
            clarity=(),
            covers_before_login=_is_stated(statements.get(Element.HISTORY_BEFORE_LOGIN)),
            partner_sites=named_sites(statements.get(Element.PARTNER_SITES)),
        )
        for unit_id, statements in _units(version)
    )


def suffices(coverage: TextCoverage, profile: LawProfile) -> bool:
    """Whether agreement to a text so covered permits the use under the law of the day."""
    if coverage.verdict is CoverageVerdict.COVERED:
        return True
    return coverage.verdict is CoverageVerdict.COVERED_UNCLEAR and profile.unclear_suffices


def _best_of(units: Iterator[UnitFindings]) -> TextCoverage:
    judged = tuple(units)
    if not judged:
        return NO_COVERAGE
    best = min(judged, key=_shortfall)
    if best.core:
        verdict = CoverageVerdict.NOT_COVERED
    elif best.clarity:
        verdict = CoverageVerdict.COVERED_UNCLEAR
    else:
        verdict = CoverageVerdict.COVERED
    return TextCoverage(verdict, best, judged)


def _shortfall(unit: UnitFindings) -> tuple[int, int, bool, int, str]:
    """The less of it, the further a unit goes."""
    return len(unit.core), len(unit.clarity), not unit.covers_before_login, -len(unit.partner_sites), unit.unit_id


def _units(version: PolicyVersion) -> Iterator[tuple[str, dict[Element, Statement]]]:
    by_id = {clause.clause_id: clause for clause in version.clauses}
    for clause in version.clauses:
        yield clause.clause_id, dict(clause.statements)
        if clause.binds_to:
            bound = _bound_group(clause, by_id)
            merged = {element: said for part in reversed(bound) for element, said in part.statements.items()}
            yield "+".join(part.clause_id for part in bound), merged


def _bound_group(clause: Clause, by_id: dict[str, Clause]) -> list[Clause]:
    group, waiting = [clause], list(clause.binds_to)
    while waiting:
        bound = by_id.get(waiting.pop(0))
        if bound is not None and bound not in group:
            group.append(bound)
            waiting.extend(bound.binds_to)
    return group


def _provision_findings(
    unit_id: str, statements: dict[Element, Statement], asked: ProvisionUnderTest, profile: LawProfile
) -> UnitFindings:
    core, clarity = [], []
    for element in Element:
        lack = _lack(element, statements, asked)
        is_only_unclear = lack is ElementLack.TOO_WIDE and profile.open_recipients_suffice
        if lack and element in profile.core and not is_only_unclear:
            core.append(CoverageGap(element, lack))
        elif lack and element in profile.core | profile.clarity:
            clarity.append(CoverageGap(element, lack))
    covers_before_login = _is_stated(statements.get(Element.HISTORY_BEFORE_LOGIN))
    sites = named_sites(statements.get(Element.PARTNER_SITES))
    return UnitFindings(unit_id, tuple(core), tuple(clarity), covers_before_login, sites)


def _lack(element: Element, statements: dict[Element, Statement], asked: ProvisionUnderTest) -> ElementLack | None:
    """In what way `element` falls short of what is asked, or None where it satisfies."""
    said = statements.get(element)
    if element is Element.PARTNER_SITES:
        is_listed = said is not None and isinstance(said.value, frozenset) and asked.partner_sites <= said.value
        return None if is_listed else ElementLack.ABSENT
    if not _is_stated(said):
        return ElementLack.ABSENT
    assert said is not None
    match element:
        case Element.RECIPIENTS:
            return _recipient_lack(said.value, asked.recipient)
        case Element.ITEMS:
            covers = isinstance(said.value, frozenset) and asked.items <= said.value
            return None if covers else ElementLack.OTHER_ITEMS
        case Element.PURPOSE:
            return _purpose_lack(said.value, asked.purpose)
        case Element.PROHIBITED_USES:
            forbids = isinstance(said.value, frozenset) and asked.prohibited_uses <= said.value
            return None if forbids else ElementLack.ABSENT
        case Element.MEANS | Element.TIMING:
            return None if is_readable(element, said.value) else ElementLack.ABSENT
    return None


def _recipient_lack(value: object, recipient: ClientId) -> ElementLack | None:
    if not isinstance(value, Recipients):
        return ElementLack.ABSENT
    if value.open_class is not None:
        return ElementLack.TOO_WIDE
    return None if recipient in value.members else ElementLack.OTHER_RECIPIENT


def _purpose_lack(value: object, purpose: str) -> ElementLack | None:
    if value == purpose:
        return None
    return ElementLack.TOO_WIDE if value in BROADER_PURPOSES.get(purpose, frozenset()) else ElementLack.OTHER_PURPOSE


def _is_stated(said: Statement | None) -> bool:
    return said is not None and said.value is not False and said.value is not None

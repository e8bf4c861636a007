"""Two versions of a policy compared clause by clause: does the newer one let more be done with a person's data?

Narrower, same and wider speak of what may be done according to what the clauses state: more recipients, more items,
a longer retention or fewer prohibitions are wider. Where only a person can tell, the answer is "incomparable": an old
consent is never read into words that a machine can't compare (APPI-07).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import chain
from re import split

from kanmon.consent.coverage import BROADER_PURPOSES
from kanmon.consent.policy import (
    Clause,
    Element,
    PolicyVersion,
    Recipients,
    Retention,
    Statement,
    normalised,
)

E = Element
_Value = bool | str | frozenset[str] | Recipients | Retention | None

PERMISSIONS = frozenset(
    {
        E.OPERATOR, E.IDENTIFIED, E.REGISTERED_INFORMATION, E.OWN_HISTORY, E.PARTNER_SITES, E.HISTORY_BEFORE_LOGIN,
        E.MATCH_WITH_CLIENT_DATA, E.PREDICTION, E.ITEMS, E.THIRD_PARTY_PROVISION, E.RECIPIENTS, E.PURPOSE, E.FOREIGN,
        E.TRAINING,
    }
)  # fmt: skip
"""Elements that let something be done: stating one where it was absent is wider."""
LIMITS = frozenset(
    {
        E.TRIGGER, E.PROHIBITED_USES, E.MEANS, E.TIMING, E.RETENTION, E.WITHDRAWAL, E.REFUSAL_HAS_NO_DISADVANTAGE,
        E.RIGHTS,
    }
)  # fmt: skip
"""Elements that bind or protect: stating one where it was absent is narrower."""
_WITHOUT_EXTENT = frozenset({E.VERSION, E.DEFINITE})
_SAID_IN_WORDS_ONLY = frozenset({E.OPERATOR, E.MEANS, E.TIMING, E.WITHDRAWAL, E.RIGHTS, E.CONSEQUENCES})


class Relation(StrEnum):
    """How the newer stands to the older."""

    NARROWER = "narrower"
    SAME = "same"
    WIDER = "wider"
    INCOMPARABLE = "incomparable"

    @property
    def reversed(self) -> "Relation":
        """How the older stands to the newer."""
        return {Relation.NARROWER: Relation.WIDER, Relation.WIDER: Relation.NARROWER}.get(self, self)


@dataclass(frozen=True)
class ElementDiff:
    """One element that either version's clause states; None where that version's clause doesn't state it."""

    element: Element
    relation: Relation
    old: Statement | None
    new: Statement | None

    @property
    def is_changed(self) -> bool:
        """Whether what is stated, or the words that state it, differ."""
        return self.relation is not Relation.SAME or _words(self.old) != _words(self.new)


@dataclass(frozen=True)
class ClauseDiff:
    """One clause, matched by its id; None where that version doesn't have it."""

    clause_id: str
    relation: Relation
    old: Clause | None
    new: Clause | None
    elements: tuple[ElementDiff, ...]
    binding: Relation
    """Wider where the clause refers to more clauses than before: they are read together."""


@dataclass(frozen=True)
class Rewording:
    """Sentences of the older text and what stands in their place in the newer; either may be empty."""

    old: str
    new: str


@dataclass(frozen=True)
class PolicyDiff:
    """All that differs between two versions in one language."""

    old: PolicyVersion
    new: PolicyVersion
    relation: Relation
    clauses: tuple[ClauseDiff, ...]
    """In the order of the newer version, then those that are gone."""
    validity: Relation
    """Wider where an agreement to the newer text holds for longer."""
    rewordings: tuple[Rewording, ...]


def diff(old: PolicyVersion, new: PolicyVersion) -> PolicyDiff:
    """Compare two versions: each clause, the whole, and the words."""
    before = {clause.clause_id: clause for clause in old.clauses}
    after = {clause.clause_id: clause for clause in new.clauses}
    clauses = tuple(_clause_diff(name, before.get(name), after.get(name)) for name in after | before)
    validity = _by_length(old.consent_valid_days, new.consent_valid_days)
    return PolicyDiff(
        old=old,
        new=new,
        relation=combined(chain((clause.relation for clause in clauses), [validity])),
        clauses=clauses,
        validity=validity,
        rewordings=tuple(rewordings(old.text, new.text)),
    )


def combined(relations: Iterable[Relation]) -> Relation:
    """The relation of a whole, given those of its parts: narrower here and wider there can't be compared."""
    differing = set(relations) - {Relation.SAME}
    if not differing:
        return Relation.SAME
    return differing.pop() if len(differing) == 1 else Relation.INCOMPARABLE


def _clause_diff(clause_id: str, old: Clause | None, new: Clause | None) -> ClauseDiff:
    before, after = _stated(old), _stated(new)
    elements = tuple(
        ElementDiff(
            element,
            _element_relation(element, before.get(element), after.get(element)),
            before.get(element),
            after.get(element),
        )
        for element in sorted(before.keys() | after.keys())
    )
    binding = _by_inclusion(frozenset(old.binds_to if old else ()), frozenset(new.binds_to if new else ()))
    if old is None:
        relation = _alone(elements)
    elif new is None:
        relation = _alone(elements).reversed
    else:
        relation = combined(chain((one.relation for one in elements), [binding]))
    return ClauseDiff(clause_id, relation, old, new, elements, binding)


def _stated(clause: Clause | None) -> dict[Element, Statement]:
    """What a clause states; an element said not to hold is not stated."""
    return {element: said for element, said in clause.statements.items() if said.value is not False} if clause else {}


def _alone(elements: Iterable[ElementDiff]) -> Relation:
    """What a new clause does to a version: its limits bind what it permits itself, if it permits anything."""
    stated = {one.element for one in elements if one.relation is not Relation.SAME}
    if stated & (PERMISSIONS - {E.OPERATOR}):
        return Relation.WIDER
    if stated & LIMITS:
        return Relation.NARROWER
    return Relation.INCOMPARABLE if E.CONSEQUENCES in stated else Relation.SAME


def _element_relation(element: Element, old: Statement | None, new: Statement | None) -> Relation:
    if element in _WITHOUT_EXTENT:
        return Relation.SAME
    if element is E.PROHIBITED_USES:
        return _by_inclusion(_names(old), _names(new)).reversed
    if element in {E.ITEMS, E.PARTNER_SITES}:
        return _listed_relation(old, new)
    if element is E.RETENTION:
        return _retention_relation(_days(old), _days(new))
    if old is None or new is None:
        return _against_nothing(element, old)
    if element in _SAID_IN_WORDS_ONLY:
        is_same = _words(old) == _words(new) and old.value == new.value
        return Relation.SAME if is_same else Relation.INCOMPARABLE
    return _value_relation(old.value, new.value)


def _against_nothing(element: Element, old: Statement | None) -> Relation:
    if element in PERMISSIONS:
        added = Relation.WIDER
    elif element in LIMITS:
        added = Relation.NARROWER
    else:
        added = Relation.INCOMPARABLE
    return added if old is None else added.reversed


def _value_relation(old: _Value, new: _Value) -> Relation:
    if old == new:
        return Relation.SAME
    match old, new:
        case Recipients(), Recipients():
            return _recipients_relation(old, new)
        case str(), str():
            return _purpose_relation(old, new)
        case _:
            return Relation.INCOMPARABLE


def _listed_relation(old: Statement | None, new: Statement | None) -> Relation:
    """Lists compared; what isn't stated is empty, and what is stated without a list may be anything."""
    before, after = (said is not None and said.value is None for said in (old, new))
    if before or after:
        return Relation.SAME if before and after else Relation.WIDER if after else Relation.NARROWER
    return _by_inclusion(_names(old), _names(new))


def _recipients_relation(old: Recipients, new: Recipients) -> Relation:
    """An open class may be anyone, so it is wider than any list; two open classes can't be compared."""
    if old.open_class is not None and new.open_class is not None:
        same = normalised(old.open_class) == normalised(new.open_class)
        return Relation.SAME if same else Relation.INCOMPARABLE
    if new.open_class is not None:
        return Relation.WIDER
    if old.open_class is not None:
        return Relation.NARROWER
    return _by_inclusion(old.members, new.members)


def _retention_relation(old: Retention, new: Retention) -> Relation:
    return combined(
        [_by_length(old.platform_days, new.platform_days), _by_length(old.recipient_days, new.recipient_days)]
    )


def _purpose_relation(old: str, new: str) -> Relation:
    if new in BROADER_PURPOSES.get(old, frozenset()):
        return Relation.WIDER
    return Relation.NARROWER if old in BROADER_PURPOSES.get(new, frozenset()) else Relation.INCOMPARABLE


def _by_inclusion(old: frozenset[str], new: frozenset[str]) -> Relation:
    if old == new:
        return Relation.SAME
    if old < new:
        return Relation.WIDER
    return Relation.NARROWER if new < old else Relation.INCOMPARABLE


def _by_length(old: int | None, new: int | None) -> Relation:
    """Days compared; None is without end."""
    before, after = (float("inf") if days is None else days for days in (old, new))
    if before == after:
        return Relation.SAME
    return Relation.WIDER if after > before else Relation.NARROWER


def _days(said: Statement | None) -> Retention:
    return said.value if said is not None and isinstance(said.value, Retention) else Retention()


def _names(said: Statement | None) -> frozenset[str]:
    return said.value if said is not None and isinstance(said.value, frozenset) else frozenset()


def _words(said: Statement | None) -> str | None:
    return None if said is None else normalised(said.quote)


def rewordings(old: str, new: str) -> Iterator[Rewording]:
    """Lines and sentences that differ once normalised: a change of layout or width is none."""
    before, after = _sentences(old), _sentences(new)
    matcher = SequenceMatcher(None, [*map(normalised, before)], [*map(normalised, after)], autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind != "equal":
            yield Rewording("\n".join(before[i:j]), "\n".join(after[k:m]))


def _sentences(text: str) -> list[str]:
    return [words for part in split(r"\n+|(?<=。)|(?<=[.!?])\s+", text) if (words := part.strip())]

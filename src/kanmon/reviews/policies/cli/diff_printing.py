"""What `kanmon policy diff` says, for a person or as one JSON object.

The JSON object, with every relation one of narrower, same, wider, incomparable:

    {"diffs": [{"policy_id", "language", "old", "new", "relation", "validity",
        "clauses": [{"clause_id", "change": "kept" | "added" | "removed", "relation", "binding",
                     "elements": [{"element", "name", "relation", "is_changed", "old": QUOTE | null, "new"}]}],
        "rewordings": [{"old": TEXT, "new": TEXT}]}]}

One diff for each language that both versions are written in; elements that neither clause states are left out.
"""

import os
import sys
from collections.abc import Sequence

from kanmon.cli.output import say
from kanmon.consent.coverage import ElementLack
from kanmon.consent.diff import ClauseDiff, ElementDiff, PolicyDiff, Relation
from kanmon.consent.policy import Recipients, Retention, Statement
from kanmon.consent.wording import CONCLUSIONS, LACKS, NAMES, RELATIONS
from kanmon.core.language import preferred_language, translations
from kanmon.reviews.policies.cli.printing import named, quoted
from kanmon.reviews.policies.shapes import ClauseChange, DiffResult, PolicyDiffResult


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)


def print_diff(diff: PolicyDiff) -> None:
    """Two versions in one language: each clause with what changed, the words, and what follows."""
    versions = {"old": diff.old.version_id, "new": diff.new.version_id}
    say(
        _("Policy %(policy)s (%(language)s), from version %(old)s to version %(new)s: %(relation)s"),
        policy=diff.new.policy_id, language=diff.new.language, relation=_(RELATIONS[diff.relation]), **versions,
    )  # fmt: skip
    for clause in diff.clauses:
        sys.stdout.write("\n")
        _print_clause(clause)
    if diff.validity is not Relation.SAME:
        sys.stdout.write("\n")
        say(
            _("Days that an agreement holds: %(before)s before, %(now)s now: %(relation)s"),
            before=_days(diff.old.consent_valid_days), now=_days(diff.new.consent_valid_days),
            relation=_(RELATIONS[diff.validity]),
        )  # fmt: skip
    sys.stdout.write("\n")
    say(_("The words") if diff.rewordings else _("The words are the same."))
    for reworded in diff.rewordings:
        for mark, words in (("-", reworded.old), ("+", reworded.new)):
            sys.stdout.writelines(f"  {mark} {line}\n" for line in words.splitlines())
    sys.stdout.write("\n")
    say(_(CONCLUSIONS[diff.relation]), **versions)


def _print_clause(clause: ClauseDiff) -> None:
    if clause.old is None:
        heading = _("Clause %(clause)s, added: %(relation)s")
    elif clause.new is None:
        heading = _("Clause %(clause)s, removed: %(relation)s")
    else:
        heading = _("Clause %(clause)s: %(relation)s")
    say(heading, clause=clause.clause_id, relation=_(RELATIONS[clause.relation]))
    changed = [one for one in clause.elements if one.is_changed]
    for one in changed:
        _print_element(one)
    if clause.old and clause.new and clause.binding is not Relation.SAME:
        say(_("  clauses that it refers to: %(relation)s"), relation=_(RELATIONS[clause.binding]))
    unchanged = len(clause.elements) - len(changed)
    if unchanged:
        say(_("  elements unchanged: %(count)s"), count=unchanged)


def _print_element(one: ElementDiff) -> None:
    say("  " + named(one.element, _(RELATIONS[one.relation])))
    say(_("      before: %(said)s"), said=_told(one.old))
    say(_("      now: %(said)s"), said=_told(one.new))


def _told(said: Statement | None) -> str:
    if said is None:
        return _(LACKS[ElementLack.ABSENT])
    value = _value_told(said)
    return f"{quoted(said)} ({value})" if value else quoted(said)


def _value_told(said: Statement) -> str:
    match said.value:
        case frozenset() as names:
            return ", ".join(sorted(names)) or "–"
        case str() as name:
            return name
        case Recipients(members, closed_class, open_class):
            return ", ".join([word for word in (open_class, closed_class) if word] + sorted(members))
        case Retention(platform_days, recipient_days):
            return _("platform %(platform)s days, recipient %(recipient)s days") % {
                "platform": _days(platform_days),
                "recipient": _days(recipient_days),
            }
        case _:
            return ""


def _days(days: int | None) -> str:
    return _("without end") if days is None else str(days)


def diff_facts(diffs: Sequence[PolicyDiff]) -> PolicyDiffResult:
    """The JSON object of this module's docstring."""
    return {"diffs": [_facts(diff) for diff in diffs]}


def _facts(diff: PolicyDiff) -> DiffResult:
    return {
        "policy_id": diff.new.policy_id,
        "language": diff.new.language,
        "old": diff.old.version_id,
        "new": diff.new.version_id,
        "relation": diff.relation.value,
        "validity": diff.validity.value,
        "clauses": [_clause_facts(clause) for clause in diff.clauses],
        "rewordings": [{"old": reworded.old, "new": reworded.new} for reworded in diff.rewordings],
    }


def _clause_facts(clause: ClauseDiff) -> ClauseChange:
    return {
        "clause_id": clause.clause_id,
        "change": "added" if clause.old is None else "removed" if clause.new is None else "kept",
        "relation": clause.relation.value,
        "binding": clause.binding.value,
        "elements": [
            {
                "element": one.element.value,
                "name": _(NAMES[one.element]),
                "relation": one.relation.value,
                "is_changed": one.is_changed,
                "old": one.old.quote if one.old else None,
                "new": one.new.quote if one.new else None,
            }
            for one in clause.elements
        ],
    }

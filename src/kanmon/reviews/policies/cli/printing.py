"""What `kanmon policy check` says: a page for each version, as a lawyer would want to read it, or one JSON object.

The JSON object, with `lack` one of `ElementLack`, `verdict` of `CoverageVerdict`, `rule` of `PublicationRule`:

    {"law": PROFILE, "publishable": BOOL, "remarks": [TEXT], "versions": [{
        "policy_id", "version_id", "language", "effective_from", "text_sha256", "publishable": BOOL,
        "obstacles": [{"rule", "use": "provide" | "train" | null, "client_id": ID | null, "elements": [E..],
                       "clauses": [ID], "quote": TEXT | null}],
        "clauses": [{"clause_id", "binds_to": [ID], "states": [{"element", "name", "quote", "kept": {
            "checks": ["module:function"], "refusal": CODE, "confirmed_by": TEXT | null, "confirmed_when": TEXT | null
        } | null}]}],
        "verdicts": [{"law", "use", "client_id", "verdict", "best": UNIT | null,
                      "units": [{"unit": ID | "ID+ID", "core": [{"element", "lack"}], "clarity": [...]}]}]}]}

`law` is the profile that decides; verdicts are given under every profile asked for. A unit is a clause, or several
read together because one refers to the others.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC

from kanmon.cli.output import say
from kanmon.consent.coverage import CoverageGap, CoverageVerdict, ElementLack, UnitFindings
from kanmon.consent.law import LawProfile
from kanmon.consent.policy import Clause, Element, Statement
from kanmon.consent.publication import CoverageAnswer, Examination, Obstacle, PublicationRule
from kanmon.consent.wording import LACKS, NAMES, REASONS, RULES, VERDICTS
from kanmon.core.clock import day_of
from kanmon.core.ids import ClientId
from kanmon.core.language import preferred_language, translations
from kanmon.gate.promises import PromiseKeeper, keeper_of
from kanmon.reviews.policies.shapes import (
    KeeperResult,
    LackingElement,
    ObstacleResult,
    PolicyCheckResult,
    UnitResult,
    VerdictResult,
    VersionResult,
)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)


def is_publishable(examination: Examination, law: LawProfile) -> bool:
    """Whether nothing stands in the way of publishing under that law."""
    return not examination.obstacles(law.profile_id)


def print_examination(examination: Examination, law: LawProfile) -> None:
    """One version: what each clause states and lacks, the verdicts, and whether it may be published under `law`."""
    version = examination.version
    say(
        _("Policy %(policy)s, version %(version)s (%(language)s), effective from %(day)s"),
        policy=version.policy_id, version=version.version_id, language=version.language,
        day=day_of(version.effective_from),
    )  # fmt: skip
    say(_("SHA-256 of the text: %(sha256)s"), sha256=version.text_sha256)
    clauses = {clause.clause_id: clause for clause in version.clauses}
    for unit_id in _unit_ids(examination):
        sys.stdout.write("\n")
        if unit_id in clauses:
            say(_("Clause %(clause)s"), clause=unit_id)
            _print_states(clauses[unit_id])
            _print_left_open(examination, unit_id)
        else:
            say(_("Clauses %(clauses)s, read together because one refers to the others"), clauses=unit_id)
        _print_lacks(examination, unit_id)
    sys.stdout.write("\n")
    _print_verdicts(examination)
    _print_obstacles(examination, law)


def print_summary(examinations: Sequence[Examination], law: LawProfile) -> None:
    """The closing line over all versions."""
    publishable = sum(is_publishable(examination, law) for examination in examinations)
    say(
        _("%(publishable)s of %(all)s versions may be published under %(law)s."),
        publishable=publishable, all=len(examinations), law=law.profile_id,
    )  # fmt: skip
    say(_("Articles are numbered as from 1 April 2022."))


def named(element: Element, said: str) -> str:
    """An element by number and name, with what is said of it."""
    return _("%(element)s %(name)s: %(said)s") % {"element": element.value, "name": _(NAMES[element]), "said": said}


def quoted(said: Statement) -> str:
    """The words of a clause, as a quotation."""
    return _("“%(quote)s”") % {"quote": said.quote}


def _print_states(clause: Clause) -> None:
    say(_("  states"))
    for element, said in sorted(clause.statements.items()):
        if said.value is not False:
            say("    " + named(element, quoted(said)))
            say("        " + _kept_by(keeper_of(element, said)))


def _kept_by(keeper: PromiseKeeper | None) -> str:
    """Who or what keeps what a clause states, in words."""
    if keeper is None or not keeper.is_there:
        return _("kept by nothing in the program, and by nobody")
    if keeper.confirmed_by:
        told = {"who": _(keeper.confirmed_by), "when": _(keeper.confirmed_when)}
        return _("a person's promise: confirmed by %(who)s %(when)s") % told
    checks = ", ".join(check.removeprefix("kanmon.") for check in keeper.checks)
    return _("checked by %(checks)s; refused with %(code)s") % {"checks": checks, "code": keeper.refusal}


def _print_left_open(examination: Examination, clause_id: str) -> None:
    found = [one for one in examination.placeholders if one.clause_id == clause_id]
    if found:
        say(_("  leaves open, so that it counts as not stated"))
    for one in found:
        say("    " + named(one.element, one.left_open))


def _print_lacks(examination: Examination, unit_id: str) -> None:
    clauses = {clause.clause_id: clause for clause in examination.version.clauses}
    lacks: dict[tuple[Element, ElementLack], dict[tuple[str, str], list[CoverageAnswer]]] = {}
    for answer in examination.answers:
        unit = next(one for one in answer.coverage.units if one.unit_id == unit_id)
        for level, findings in ((_("CORE"), unit.core), (_("CLARITY"), unit.clarity)):
            for found in findings:
                askers = lacks.setdefault((found.element, found.lack), {})
                askers.setdefault((answer.profile.profile_id, level), []).append(answer)
    say(_("  lacks") if lacks else _("  lacks nothing"))
    for (element, lack), askers in sorted(lacks.items()):
        is_stated = unit_id in clauses and element in clauses[unit_id].statements
        falls_short = (
            _("stated, but not as far as is asked") if is_stated and lack is ElementLack.ABSENT else _(LACKS[lack])
        )
        say("    " + named(element, falls_short))
        laws: dict[tuple[str, str], list[str]] = {}
        for (law, level), answers in askers.items():
            laws.setdefault((level, _askers(answers, examination)), []).append(law)
        for (level, asked), found_under in laws.items():
            say(_("        %(level)s under %(laws)s: %(asked)s"), level=level, laws=", ".join(found_under), asked=asked)
        say(_("        why: %(reason)s"), reason=_(REASONS[element]))


def _print_verdicts(examination: Examination) -> None:
    say(_("Verdicts"))
    groups: dict[tuple[str, CoverageVerdict, str, tuple[CoverageGap, ...]], list[CoverageAnswer]] = {}
    for answer in examination.answers:
        coverage = answer.coverage
        best = coverage.best.unit_id if coverage.best else "–"
        key = (answer.profile.profile_id, coverage.verdict, best, coverage.findings)
        groups.setdefault(key, []).append(answer)
    for (law, verdict, best, findings), answers in groups.items():
        words = {
            "law": law,
            "asked": _askers(answers, examination),
            "verdict": _(VERDICTS[verdict]),
            "clause": best,
            "elements": ", ".join(found.element.value for found in findings),
        }
        if findings:
            say(_("  %(law)s, %(asked)s: %(verdict)s; clause %(clause)s comes nearest and lacks %(elements)s"), **words)
        else:
            say(_("  %(law)s, %(asked)s: %(verdict)s (clause %(clause)s)"), **words)


def _print_obstacles(examination: Examination, law: LawProfile) -> None:
    obstacles = examination.obstacles(law.profile_id)
    if not obstacles:
        say(_("This text may be published under %(law)s."), law=law.profile_id)
    else:
        say(_("This text must not be published under %(law)s:"), law=law.profile_id)
    for rule in PublicationRule:
        of_rule = [one for one in obstacles if one.rule is rule]
        if of_rule:
            sys.stdout.write(f"  {rule.value}  {_(RULES[rule])}\n")
            for line in _grounds(of_rule, examination):
                sys.stdout.write(f"      {line}\n")
    sys.stdout.write("\n")


def _grounds(obstacles: Sequence[Obstacle], examination: Examination) -> Iterator[str]:
    lacking: dict[tuple[CoverageGap, ...], list[ClientId | None]] = {}
    for one in obstacles:
        if one.contradiction:
            yield _("clause %(permitted)s permits “%(purpose)s”, clause %(forbidden)s forbids it") % {
                "permitted": one.contradiction.permitted_in,
                "purpose": one.contradiction.purpose,
                "forbidden": one.contradiction.forbidden_in,
            }
        elif one.placeholder:
            said = named(one.placeholder.element, quoted(Statement(one.placeholder.quote)))
            yield _("clause %(clause)s: %(said)s") % {"clause": one.placeholder.clause_id, "said": said}
        elif one.unkept:
            said = named(one.unkept.element, quoted(Statement(one.unkept.quote)))
            yield _("clause %(clause)s: %(said)s") % {"clause": one.unkept.clause_id, "said": said}
        else:
            lacking.setdefault(one.findings, []).append(one.recipient)
    for findings, recipients in lacking.items():
        elements = ", ".join(found.element.value for found in findings) or _("the text has no clause")
        asked = _recipients(recipients, examination)
        yield _("%(elements)s: %(asked)s") % {"elements": elements, "asked": asked}


def _unit_ids(examination: Examination) -> list[str]:
    return [unit.unit_id for unit in examination.answers[0].coverage.units]


def _askers(answers: Iterable[CoverageAnswer], examination: Examination) -> str:
    return _recipients([answer.recipient for answer in answers], examination)


def _recipients(recipients: Sequence[ClientId | None], examination: Examination) -> str:
    """For whom a use is asked, in words: clients by name or all together, and training."""
    clients = [client for client in recipients if client is not None]
    all_clients = {answer.recipient for answer in examination.answers} - {None}
    if not clients:
        return _("training")
    if len(clients) > 1 and set(clients) == all_clients:
        provision = _("providing to every client")
    else:
        provision = _("providing to %(clients)s") % {"clients": ", ".join(clients)}
    return _("%(provision)s, and training") % {"provision": provision} if None in recipients else provision


def examination_facts(
    examinations: Sequence[Examination], law: LawProfile, remarks: Sequence[str]
) -> PolicyCheckResult:
    """The JSON object of this module's docstring."""
    return {
        "law": law.profile_id,
        "publishable": all(is_publishable(examination, law) for examination in examinations),
        "remarks": list(remarks),
        "versions": [_version_facts(examination, law) for examination in examinations],
    }


def _version_facts(examination: Examination, law: LawProfile) -> VersionResult:
    version = examination.version
    return {
        "policy_id": version.policy_id,
        "version_id": version.version_id,
        "language": version.language,
        "effective_from": version.effective_from.astimezone(UTC).isoformat(),
        "text_sha256": version.text_sha256,
        "publishable": is_publishable(examination, law),
        "obstacles": [_obstacle_facts(one) for one in examination.obstacles(law.profile_id)],
        "clauses": [
            {
                "clause_id": clause.clause_id,
                "binds_to": list(clause.binds_to),
                "states": [
                    {
                        "element": element.value,
                        "name": _(NAMES[element]),
                        "quote": said.quote,
                        "kept": _keeper_facts(keeper_of(element, said)),
                    }
                    for element, said in sorted(clause.statements.items())
                    if said.value is not False
                ],
            }
            for clause in version.clauses
        ],
        "verdicts": [_answer_facts(answer) for answer in examination.answers],
    }


def _keeper_facts(keeper: PromiseKeeper | None) -> KeeperResult | None:
    if keeper is None or not keeper.is_there:
        return None
    return {
        "checks": list(keeper.checks),
        "refusal": keeper.refusal,
        "confirmed_by": _(keeper.confirmed_by) if keeper.confirmed_by else None,
        "confirmed_when": _(keeper.confirmed_when) if keeper.confirmed_when else None,
    }


def _obstacle_facts(obstacle: Obstacle) -> ObstacleResult:
    is_finding = obstacle.rule in {PublicationRule.NOT_COVERED, PublicationRule.UNCLEAR}
    facts: ObstacleResult = {
        "rule": obstacle.rule.value,
        "use": _use(obstacle.recipient) if is_finding else None,
        "client_id": obstacle.recipient,
        "elements": [found.element.value for found in obstacle.findings],
        "clauses": [],
        "quote": None,
    }
    if obstacle.placeholder:
        facts["elements"] = [obstacle.placeholder.element.value]
        facts["clauses"] = [obstacle.placeholder.clause_id]
        facts["quote"] = obstacle.placeholder.quote
    if obstacle.unkept:
        facts["elements"] = [obstacle.unkept.element.value]
        facts["clauses"] = [obstacle.unkept.clause_id]
        facts["quote"] = obstacle.unkept.quote
    if obstacle.contradiction:
        facts["elements"] = [Element.PURPOSE.value, Element.PROHIBITED_USES.value]
        facts["clauses"] = [obstacle.contradiction.permitted_in, obstacle.contradiction.forbidden_in]
    return facts


def _answer_facts(answer: CoverageAnswer) -> VerdictResult:
    coverage = answer.coverage
    return {
        "law": answer.profile.profile_id,
        "use": _use(answer.recipient),
        "client_id": answer.recipient,
        "verdict": coverage.verdict.value,
        "best": coverage.best.unit_id if coverage.best else None,
        "units": [_unit_facts(unit) for unit in coverage.units],
    }


def _unit_facts(unit: UnitFindings) -> UnitResult:
    return {"unit": unit.unit_id, "core": _finding_facts(unit.core), "clarity": _finding_facts(unit.clarity)}


def _finding_facts(findings: Sequence[CoverageGap]) -> list[LackingElement]:
    return [{"element": found.element.value, "lack": found.lack.value} for found in findings]


def _use(recipient: ClientId | None) -> str:
    return "train" if recipient is None else "provide"

"""The rules put together: each judges by itself, all that deny are told, and unknown is no.

The rules are gathered once, when this module is imported, from the modules of `gate/rules`: each declares a `RULE`, and
one that declares none stops the program, and so does a rule that is missing: without it the gate would let pass. They
stand in the order in which their reasons are told, rules of the same code by name; a decision does not depend on it.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules

from kanmon.clients.contract import Scheme
from kanmon.gate import rules
from kanmon.gate.decision import REASON_ORDER, Agreement, Clearance, Decision, DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import AgreementRule, PersonJudge, PersonRule, PersonStage, Rule, TermsRule

WITHOUT_RULE = frozenset({ReasonCode.CROSS_ENTRUSTER_JOIN, ReasonCode.FOREIGN_INFO_MISSING, ReasonCode.BANNED_FEATURE})
"""Codes that no rule answers: what they name is refused elsewhere (`core/errors.py`), or not asked about yet."""

HOW_MANY = 47
"""As many rules there are. A file that was lost goes unnoticed otherwise, where another rule has the same code."""


def complete(gathered: Iterable[Rule]) -> tuple[Rule, ...]:
    """Rules in the order in which their reasons are told; `ImportError` where one is missing."""
    known = tuple(sorted(gathered, key=lambda rule: REASON_ORDER[rule.code]))
    missing = set(ReasonCode) - WITHOUT_RULE - {rule.code for rule in known}
    if missing:
        raise ImportError(f"no rule of the gate answers {', '.join(sorted(missing))}")
    if len(known) < HOW_MANY:
        raise ImportError(f"the gate has {len(known)} of its {HOW_MANY} rules: install Kanmon anew")
    return known


def _gathered() -> Iterator[Rule]:
    for module in iter_modules(rules.__path__, f"{rules.__name__}."):
        yield import_module(module.name).RULE


def _asked_at(stage: PersonStage) -> tuple[PersonJudge, ...]:
    return tuple(rule.judge for rule in RULES if isinstance(rule, PersonRule) and stage in rule.stages)


RULES = complete(_gathered())
"""Every rule of the gate."""
TERMS_RULES = tuple(rule.judge for rule in RULES if isinstance(rule, TermsRule))
ROW_RULES = _asked_at(PersonStage.ROW)
PERSON_RULES = _asked_at(PersonStage.PERSON)
COOKIE_RULES = _asked_at(PersonStage.BROWSER)
ABSENCE_RULES = _asked_at(PersonStage.ABSENCE)
AGREEMENT_RULES = tuple(rule.judge for rule in RULES if isinstance(rule, AgreementRule))


def judge_terms(terms: Terms) -> tuple[DenialReason, ...]:
    """Every reason that denies the whole batch, in the order in which reasons are told."""
    return _in_order(reason for judge in TERMS_RULES if (reason := judge(terms)))


def judge_person(terms: Terms, terms_reasons: tuple[DenialReason, ...], person: PersonFacts) -> Decision:
    """Decide for one applicant, given what already denies the batch.

    The first agreement that passes every rule is the evidence. Where none does, the reasons are those of the
    agreement that comes closest, so that a person can be told what is lacking. A row of scheme A that brings nothing
    but a browser rests on the client's confirmation instead.
    """
    agreement: Agreement | None = None
    unlinked = _denials(ROW_RULES, terms, person)
    if unlinked:
        return _denied(person, _in_order((*terms_reasons, *unlinked)))
    if _is_browser_alone(terms, person):
        reasons = _denials(COOKIE_RULES, terms, person)
        is_evidenced = person.confirmation is not None
    else:
        agreement, lacking = _closest_agreement(terms, person)
        reasons = (*lacking, *_denials(PERSON_RULES, terms, person))
        is_evidenced = agreement is not None and person.member_no is not None
    reasons = _in_order((*terms_reasons, *reasons))
    if not reasons and not is_evidenced:
        reasons = (DenialReason(ReasonCode.NO_CONSENT),)
    if reasons:
        return _denied(person, reasons)
    clearance = _clearance(terms, person, agreement)
    return Decision(person.applicant_no, person.applicant_id, person.client_id, clearance, reasons)


def _denied(person: PersonFacts, reasons: tuple[DenialReason, ...]) -> Decision:
    return Decision(person.applicant_no, person.applicant_id, person.client_id, None, reasons)


def _is_browser_alone(terms: Terms, person: PersonFacts) -> bool:
    is_by_cookie = terms.client.contract.scheme is Scheme.COOKIE
    return is_by_cookie and person.member_no is None and person.cookie_id is not None


def _clearance(terms: Terms, person: PersonFacts, agreement: Agreement | None) -> Clearance:
    is_confirmed = terms.client.contract.scheme is Scheme.COOKIE
    return Clearance(
        use=terms.use,
        client_id=person.client_id,
        applicant_no=person.applicant_no,
        applicant_id=person.applicant_id,
        member_no=person.member_no,
        as_of=person.as_of,
        evidence_id=agreement.evidence_id if agreement else None,
        decided_at=terms.asked_at,
        covers_before_login=agreement is not None and agreement.coverage.covers_before_login,
        partner_sites=() if agreement is None else person.sites_covered(agreement),
        is_encrypted=agreement is not None and person.promised_by(agreement).is_encrypted,
        cookie_id=None if agreement else person.cookie_id,
        confirmation=person.confirmation if is_confirmed else None,
    )


def _closest_agreement(terms: Terms, person: PersonFacts) -> tuple[Agreement | None, tuple[DenialReason, ...]]:
    closest: tuple[Agreement | None, tuple[DenialReason, ...]] | None = None
    for agreement in person.agreements:
        reasons = tuple(reason for judge in AGREEMENT_RULES if (reason := judge(terms, person, agreement)))
        if not reasons:
            return agreement, ()
        if closest is None or _shortfall(reasons) < _shortfall(closest[1]):
            closest = agreement, reasons
    if closest is not None:
        return closest
    return None, _denials(ABSENCE_RULES, terms, person)


def _denials(judges: Iterable[PersonJudge], terms: Terms, person: PersonFacts) -> tuple[DenialReason, ...]:
    return tuple(reason for judge in judges if (reason := judge(terms, person)))


def _shortfall(reasons: tuple[DenialReason, ...]) -> tuple[int, int]:
    return len(reasons), sum(len(reason.elements) for reason in reasons)


def _in_order(reasons: Iterable[DenialReason]) -> tuple[DenialReason, ...]:
    by_code = {reason.code: reason for reason in reasons}
    return tuple(sorted(by_code.values(), key=lambda reason: REASON_ORDER[reason.code]))

"""The rules put together: each judges by itself, all that deny are told, and unknown is no."""

from collections.abc import Callable, Iterable

from kanmon.clients.contract import Scheme
from kanmon.gate.decision import REASON_ORDER, Agreement, Clearance, Decision, DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rules import (
    agreed_since_incident,
    agreed_since_stop,
    client_not_stopped,
    client_notice_published,
    computed_after_confirmation,
    computed_after_consent,
    confirmed_since_incident,
    confirmed_since_stop,
    consent_current,
    consent_free,
    consent_given,
    consent_not_expired,
    consent_not_in_doubt,
    consent_not_quarantined,
    consent_not_withdrawn,
    consent_plausible,
    contract_in_force,
    incident_contained,
    items_covered,
    necessity_stated,
    no_objection_stands,
    order_decidable,
    own_data_not_entrusted,
    person_informed,
    post_use_stated,
    pre_use_check_fresh,
    purpose_covered,
    purpose_permitted,
    recipient_covered,
    recipients_consent_confirmed,
    recipients_consent_given,
    recipients_consent_trains,
    record_complete,
    release_approved,
    row_linked,
    screen_verified,
    season_open,
    service_not_stopped,
    text_covers,
    use_agreement_signed,
)

TERMS_RULES: tuple[Callable[[Terms], DenialReason | None], ...] = (
    client_not_stopped.judge,
    service_not_stopped.judge,
    incident_contained.judge,
    release_approved.judge,
    contract_in_force.judge,
    use_agreement_signed.judge,
    pre_use_check_fresh.judge,
    post_use_stated.judge,
    client_notice_published.judge,
    necessity_stated.judge,
    purpose_permitted.judge,
    season_open.judge,
    own_data_not_entrusted.judge,
    record_complete.judge,
)
"""Rules about the switch, the client, the release and the season: judged once for a batch."""

PERSON_RULES: tuple[Callable[[Terms, PersonFacts], DenialReason | None], ...] = (
    person_informed.judge,
    consent_not_in_doubt.judge,
    no_objection_stands.judge,
    recipients_consent_confirmed.judge,
    confirmed_since_stop.judge,
    confirmed_since_incident.judge,
)
"""Rules about the person, whatever was agreed to."""

COOKIE_RULES: tuple[Callable[[Terms, PersonFacts], DenialReason | None], ...] = (
    consent_not_in_doubt.judge,
    recipients_consent_given.judge,
    computed_after_confirmation.judge,
    recipients_consent_trains.judge,
    recipients_consent_confirmed.judge,
    confirmed_since_stop.judge,
)
"""Rules about a row of scheme A that brings a browser and no person: nobody here can be asked or told."""

ABSENCE_RULES: tuple[Callable[[Terms, PersonFacts], DenialReason | None], ...] = (
    consent_given.judge,
    consent_not_withdrawn.judge,
    order_decidable.judge,
)
"""Rules about the person where no agreement stands."""

AGREEMENT_RULES: tuple[Callable[[Terms, PersonFacts, Agreement], DenialReason | None], ...] = (
    consent_plausible.judge,
    agreed_since_stop.judge,
    agreed_since_incident.judge,
    consent_free.judge,
    consent_not_expired.judge,
    screen_verified.judge,
    consent_not_quarantined.judge,
    consent_current.judge,
    computed_after_consent.judge,
    text_covers.judge,
    recipient_covered.judge,
    items_covered.judge,
    purpose_covered.judge,
)
"""Rules that one and the same agreement must pass, all of them."""


def judge_terms(terms: Terms) -> tuple[DenialReason, ...]:
    """Every reason that denies the whole batch, in the order in which reasons are told."""
    return _in_order(reason for rule in TERMS_RULES if (reason := rule(terms)))


def judge_person(terms: Terms, terms_reasons: tuple[DenialReason, ...], person: PersonFacts) -> Decision:
    """Decide for one applicant, given what already denies the batch.

    The first agreement that passes every rule is the evidence. Where none does, the reasons are those of the
    agreement that comes closest, so that a person can be told what is lacking. A row of scheme A that brings nothing
    but a browser rests on the client's confirmation instead.
    """
    agreement: Agreement | None = None
    unlinked = row_linked.judge(terms, person)
    if unlinked is not None:
        return _denied(person, _in_order((*terms_reasons, unlinked)))
    if _is_browser_alone(terms, person):
        reasons = tuple(reason for rule in COOKIE_RULES if (reason := rule(terms, person)))
        is_evidenced = person.confirmation is not None
    else:
        agreement, lacking = _closest_agreement(terms, person)
        reasons = (*lacking, *(reason for rule in PERSON_RULES if (reason := rule(terms, person))))
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
        cookie_id=None if agreement else person.cookie_id,
        confirmation=person.confirmation if is_confirmed else None,
    )


def _closest_agreement(terms: Terms, person: PersonFacts) -> tuple[Agreement | None, tuple[DenialReason, ...]]:
    closest: tuple[Agreement | None, tuple[DenialReason, ...]] | None = None
    for agreement in person.agreements:
        reasons = tuple(reason for rule in AGREEMENT_RULES if (reason := rule(terms, person, agreement)))
        if not reasons:
            return agreement, ()
        if closest is None or _shortfall(reasons) < _shortfall(closest[1]):
            closest = agreement, reasons
    if closest is not None:
        return closest
    return None, tuple(reason for rule in ABSENCE_RULES if (reason := rule(terms, person)))


def _shortfall(reasons: tuple[DenialReason, ...]) -> tuple[int, int]:
    return len(reasons), sum(len(reason.elements) for reason in reasons)


def _in_order(reasons: Iterable[DenialReason]) -> tuple[DenialReason, ...]:
    by_code = {reason.code: reason for reason in reasons}
    return tuple(sorted(by_code.values(), key=lambda reason: REASON_ORDER[reason.code]))

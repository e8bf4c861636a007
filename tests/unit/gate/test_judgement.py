"""How the rules come together: all that deny are told, in order; the closest agreement speaks; unknown is no."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kanmon.clients.confirmation import Confirmation
from kanmon.clients.contract import Scheme
from kanmon.consent.coverage import CoverageGap, CoverageVerdict, ElementLack, TextCoverage, UnitFindings
from kanmon.consent.law import JP_APPI_2017
from kanmon.consent.policy import Element
from kanmon.consent.promises import Promises
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, CookieId, EvidenceId, MemberNo
from kanmon.gate import judgement
from kanmon.gate.decision import Agreement, Clearance, DenialReason, PersonFacts, ReasonCode, Use
from kanmon.gate.judgement import judge_person, judge_terms
from kanmon.gate.question import Terms
from kanmon.gate.rules import incident_contained
from tests.decisions.cases import ASKED_AT, question

TERMS = question({})
COVERED = TextCoverage(CoverageVerdict.COVERED, UnitFindings("c1", (), ()))
DAY = timedelta(days=1)
AGREED = Agreement(EvidenceId(5), ASKED_AT - 9 * DAY, ASKED_AT - 9 * DAY, True, True, COVERED, None)
PERSON = PersonFacts(
    ApplicantNo(3), ApplicantId("A"), ClientId("C1"), MemberNo(7), ASKED_AT - DAY, (AGREED,), computed_at=ASKED_AT - DAY
)
E = Element


def lacking(*elements: Element) -> TextCoverage:
    missing = tuple(CoverageGap(element, ElementLack.ABSENT) for element in elements)
    return TextCoverage(CoverageVerdict.NOT_COVERED, UnitFindings("c1", missing, ()))


def reasons(person: PersonFacts, terms: Terms = TERMS) -> tuple[DenialReason, ...]:
    decision = judge_person(terms, judge_terms(terms), person)
    assert decision.is_allowed is (not decision.reasons)
    return decision.reasons


def test_a_clearance_says_who_may_be_used_for_what_and_on_which_evidence() -> None:
    for use in Use:
        decision = judge_person(replace(TERMS, use=use), (), PERSON)
        assert (decision.applicant_no, decision.applicant_id, decision.client_id) == (3, "A", "C1")
        assert decision.reasons == ()
        assert decision.clearance == Clearance(
            use, ClientId("C1"), ApplicantNo(3), ApplicantId("A"), MemberNo(7), PERSON.as_of, EvidenceId(5), ASKED_AT
        )


DECLARED = Confirmation(ASKED_AT - 2 * DAY, "declared", None, covers_training=True)


def under(scheme: Scheme) -> Terms:
    client = replace(TERMS.client, contract=replace(TERMS.client.contract, scheme=scheme))
    return replace(TERMS, client=client)


def test_a_browser_alone_is_cleared_on_the_confirmation_and_names_nobody() -> None:
    browser = replace(PERSON, member_no=None, cookie_id=CookieId("b1"), agreements=(), confirmation=DECLARED)
    clearance = judge_person(under(Scheme.COOKIE), (), browser).clearance
    assert clearance is not None
    assert (clearance.member_no, clearance.evidence_id) == (None, None)
    assert (clearance.cookie_id, clearance.confirmation, clearance.confirmed_at) == (
        "b1", DECLARED, DECLARED.confirmed_at,
    )  # fmt: skip
    assert clearance.covers_before_login is False
    unconfirmed = judge_person(under(Scheme.COOKIE), (), replace(browser, confirmation=None))
    assert DenialReason(ReasonCode.NO_CONSENT) in unconfirmed.reasons


def test_what_else_is_known_of_a_browser_alone_promises_nothing_for_it() -> None:
    browser = replace(PERSON, member_no=None, cookie_id=CookieId("b1"), confirmation=DECLARED)
    clearance = judge_person(under(Scheme.COOKIE), (), browser).clearance
    assert clearance is not None
    assert (clearance.evidence_id, clearance.is_encrypted) == (None, False)


def test_a_law_out_of_date_is_named() -> None:
    outdated = replace(TERMS, profile=JP_APPI_2017, law_on=ASKED_AT.date())
    assert judge_terms(outdated) == (DenialReason(ReasonCode.LOG_INCONSISTENT, ("law_not_in_force",)),)


def test_where_stops_are_not_known_no_incident_is_made_up() -> None:
    assert incident_contained.judge(replace(TERMS, stops=None)) is None


def test_a_members_row_rests_on_its_own_consent_whatever_else_it_brings() -> None:
    row = replace(PERSON, cookie_id=CookieId("b1"), confirmation=DECLARED)
    by_cookie = judge_person(under(Scheme.COOKIE), (), row).clearance
    by_name = judge_person(under(Scheme.PERSONAL_DATA), (), row).clearance
    assert by_cookie is not None
    assert by_name is not None
    assert (by_cookie.evidence_id, by_cookie.cookie_id, by_cookie.confirmation) == (5, None, DECLARED)
    assert (by_name.evidence_id, by_name.cookie_id, by_name.confirmation) == (5, None, None)


def test_a_clearance_says_whether_history_from_before_login_may_be_used() -> None:
    for covers in (True, False):
        unit = UnitFindings("c1", (), (), covers_before_login=covers)
        agreed = replace(AGREED, coverage=TextCoverage(CoverageVerdict.COVERED, unit))
        clearance = judge_person(TERMS, (), replace(PERSON, agreements=(agreed,))).clearance
        assert clearance is not None
        assert clearance.covers_before_login is covers


@pytest.mark.parametrize("is_promised", [True, False])
def test_a_clearance_says_whether_the_score_may_go_in_an_encrypted_file_only(is_promised: bool) -> None:
    relied_on = replace(AGREED, promises=Promises(is_encrypted=is_promised))
    clearance = judge_person(TERMS, (), replace(PERSON, agreements=(relied_on,))).clearance
    assert clearance is not None
    assert clearance.is_encrypted is is_promised


def test_a_promise_of_newer_words_for_the_same_client_binds_too() -> None:
    newer = replace(AGREED, evidence_id=EvidenceId(6), last_at=ASKED_AT - DAY, promises=Promises(is_encrypted=True))
    for is_for_this_recipient in (True, False):
        agreements = (AGREED, replace(newer, is_for_this_recipient=is_for_this_recipient))
        clearance = judge_person(TERMS, (), replace(PERSON, agreements=agreements)).clearance
        assert clearance is not None
        assert clearance.evidence_id == AGREED.evidence_id
        assert clearance.is_encrypted is is_for_this_recipient


def test_the_first_agreement_that_passes_is_the_evidence() -> None:
    spoiled = replace(AGREED, evidence_id=EvidenceId(1), coverage=lacking(E.ITEMS))
    also_good = replace(AGREED, evidence_id=EvidenceId(6))
    decision = judge_person(TERMS, (), replace(PERSON, agreements=(spoiled, AGREED, also_good)))
    assert decision.clearance is not None
    assert decision.clearance.evidence_id == 5


def test_one_agreement_must_pass_all_rules_not_several_together() -> None:
    forced = replace(AGREED, was_refusable=False)
    uncovering = replace(AGREED, coverage=lacking(E.ITEMS))
    assert not judge_person(TERMS, (), replace(PERSON, agreements=(forced, uncovering))).is_allowed


@pytest.mark.parametrize("turn", [1, -1])
def test_the_closest_agreement_speaks(turn: int) -> None:
    lacks_two = replace(AGREED, coverage=lacking(E.ITEMS, E.MEANS))
    lacks_one = replace(AGREED, coverage=lacking(E.PURPOSE))
    fails_twice = replace(AGREED, was_refusable=False, is_for_this_recipient=False)
    told = reasons(replace(PERSON, agreements=(fails_twice, lacks_two, lacks_one)[::turn]))
    assert told == (DenialReason(ReasonCode.NOT_COVERED, ("E13",)),)


def test_of_equally_close_agreements_the_first_speaks() -> None:
    lacks_items = replace(AGREED, coverage=lacking(E.ITEMS))
    lacks_purpose = replace(AGREED, coverage=lacking(E.PURPOSE))
    told = reasons(replace(PERSON, agreements=(lacks_items, lacks_purpose)))
    assert told == (DenialReason(ReasonCode.NOT_COVERED, ("E10",)),)


def test_reasons_of_the_batch_the_person_and_the_agreement_are_told_together_in_order() -> None:
    person = replace(PERSON, agreements=(replace(AGREED, is_for_this_recipient=False),), is_informed=False)
    assert [reason.code for reason in reasons(person, replace(TERMS, season=None, release=None))] == [
        ReasonCode.RECIPIENT_NOT_COVERED,
        ReasonCode.NOT_INFORMED,
        ReasonCode.RELEASE_NOT_APPROVED,
        ReasonCode.SEASON_CLOSED,
    ]


def test_a_reason_told_by_two_rules_is_told_once() -> None:
    client = TERMS.client
    contract = replace(client.contract, ends_at=ASKED_AT, use_agreement_signed_at=None)
    assert judge_terms(replace(TERMS, client=replace(client, contract=contract))) == (
        DenialReason(ReasonCode.NO_USE_AGREEMENT),
    )


def test_nobody_known_behind_the_row_is_no() -> None:
    assert reasons(replace(PERSON, member_no=None)) == (DenialReason(ReasonCode.NO_CONSENT),)


def test_no_agreement_is_no_even_if_no_rule_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judgement, "ABSENCE_RULES", ())
    assert reasons(replace(PERSON, agreements=())) == (DenialReason(ReasonCode.NO_CONSENT),)

"""Each rule by itself, at its bounds: what it denies, and what it leaves to others."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from kanmon.clients.confirmation import Confirmation
from kanmon.clients.contract import Approval, LegalBasis, ProductRelease, ReviewRole, Scheme, Season
from kanmon.clients.papers.model import CheckFinding, PaperFile, PaperKind
from kanmon.consent.coverage import NO_COVERAGE, CoverageGap, CoverageVerdict, ElementLack, TextCoverage, UnitFindings
from kanmon.consent.law import JP_APPI_2017, JP_APPI_2022
from kanmon.consent.policy import Element
from kanmon.consent.screens import ScreenDoubt
from kanmon.core.ids import ClientId, CookieId, SeasonId
from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode, Use
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
    consent_not_quarantined,
    consent_not_withdrawn,
    contract_in_force,
    incident_contained,
    items_covered,
    necessity_stated,
    no_objection_stands,
    order_decidable,
    own_data_not_entrusted,
    person_informed,
    pre_use_check_fresh,
    purpose_covered,
    purpose_permitted,
    recipient_covered,
    recipients_consent_confirmed,
    recipients_consent_given,
    recipients_consent_trains,
    record_complete,
    release_approved,
    screen_verified,
    season_open,
    service_not_stopped,
    text_covers,
    use_agreement_signed,
    use_not_forbidden,
)
from kanmon.gate.switch.model import WHOLE_SERVICE, Stops, SwitchScope
from tests.decisions.cases import ASKED_AT, question
from tests.unit.clients.test_papers import check
from tests.unit.gate.test_judgement import AGREED, PERSON, lacking

INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)
BEFORE, AFTER = ASKED_AT - INSTANT, ASKED_AT + INSTANT
TERMS = question({})
E = Element
AFTER_USE = PaperKind.CHECK_AFTER_USE
SCORING_AND_PROVIDING = {Use.SCORE, Use.PROVIDE}


def under(use: Use = Use.PROVIDE, law: Any = JP_APPI_2022, **contract: Any) -> Terms:
    client = replace(TERMS.client, contract=replace(TERMS.client.contract, **contract))
    return replace(TERMS, use=use, profile=law, client=client)


def denied_uses(rule: Any, law: Any = JP_APPI_2022, **contract: Any) -> set[Use]:
    return {use for use in Use if rule.judge(under(use, law, **contract)) is not None}


# The stop switch

LAST_YEAR, THIS_YEAR = SeasonId("2025"), SeasonId("2026")


def switched(
    use: Use, *stopped: SwitchScope, until: datetime | None = None, scheme: Scheme = Scheme.PERSONAL_DATA
) -> Terms:
    """Terms of a contract that trains on last year and scores this year."""
    terms = under(use, trains_on=LAST_YEAR, scores=THIS_YEAR, scheme=scheme)
    return replace(terms, stops=Stops(frozenset(stopped), until))


@pytest.mark.parametrize("use", Use)
def test_a_client_that_is_stopped_gets_nothing(use: Use) -> None:
    told = client_not_stopped.judge(switched(use, SwitchScope(client_id=ClientId("C1"))))
    assert told == DenialReason(ReasonCode.CLIENT_SUSPENDED)
    others = SwitchScope(client_id=ClientId("C2")), SwitchScope(season=THIS_YEAR), WHOLE_SERVICE
    assert client_not_stopped.judge(switched(use, *others)) is None
    assert client_not_stopped.judge(replace(switched(use), stops=None)) is None


@pytest.mark.parametrize("use", Use)
def test_a_stopped_season_or_service_is_held(use: Use) -> None:
    held = DenialReason(ReasonCode.INCIDENT_HOLD)
    assert service_not_stopped.judge(switched(use, WHOLE_SERVICE)) == held
    assert service_not_stopped.judge(switched(use, SwitchScope(season=THIS_YEAR))) == held
    assert service_not_stopped.judge(switched(use, SwitchScope(client_id=ClientId("C1")))) is None
    assert service_not_stopped.judge(switched(use)) is None
    last_year = service_not_stopped.judge(switched(use, SwitchScope(season=LAST_YEAR)))
    assert last_year == (held if use is Use.TRAIN else None)


def test_where_nobody_looked_at_the_switch_nothing_is_used() -> None:
    assert service_not_stopped.judge(replace(TERMS, stops=None)) == DenialReason(ReasonCode.INCIDENT_HOLD)
    assert agreed_since_stop.judge(replace(TERMS, stops=None), PERSON, AGREED) is None


@pytest.mark.parametrize(("until", "is_denied"), [(None, False), (BEFORE, False), (ASKED_AT, True), (AFTER, True)])
def test_what_was_agreed_to_before_an_incident_counts_no_longer(until: datetime | None, is_denied: bool) -> None:
    agreed = replace(AGREED, first_at=ASKED_AT, last_at=AFTER)
    told = agreed_since_stop.judge(switched(Use.SCORE, until=until), PERSON, agreed)
    assert told == (DenialReason(ReasonCode.INCIDENT_HOLD) if is_denied else None)


@pytest.mark.parametrize(("until", "is_denied"), [(None, False), (BEFORE, False), (ASKED_AT, True), (AFTER, True)])
def test_what_a_client_confirmed_before_an_incident_counts_no_longer(until: datetime | None, is_denied: bool) -> None:
    held = DenialReason(ReasonCode.INCIDENT_HOLD) if is_denied else None
    by_confirming = replace(PERSON, confirmation=Confirmation(ASKED_AT, "declared", None, covers_training=True))
    by_obtaining = replace(PERSON, confirmation=Confirmation(AFTER + DAY, "declared", ASKED_AT, covers_training=True))
    terms = switched(Use.SCORE, until=until, scheme=Scheme.COOKIE)
    assert confirmed_since_stop.judge(terms, by_confirming) == held
    assert confirmed_since_stop.judge(terms, by_obtaining) == held
    assert confirmed_since_stop.judge(terms, PERSON) is None
    assert confirmed_since_stop.judge(replace(terms, stops=None), by_confirming) is None
    assert confirmed_since_stop.judge(switched(Use.SCORE, until=until), by_confirming) is None


# Incidents


@pytest.mark.parametrize("use", Use)
def test_a_recorded_defect_holds_whom_it_may_concern(use: Use) -> None:
    terms = under(use)
    assert incident_contained.judge(replace(terms, stops=Stops(is_held=True))) == DenialReason(ReasonCode.INCIDENT_HOLD)
    assert incident_contained.judge(terms) is None
    assert incident_contained.judge(replace(terms, stops=Stops(withheld_until=AFTER))) is None


@pytest.mark.parametrize(("recorded", "is_denied"), [(None, False), (BEFORE, False), (ASKED_AT, True), (AFTER, True)])
def test_who_is_affected_has_to_agree_anew(recorded: datetime | None, is_denied: bool) -> None:
    held = DenialReason(ReasonCode.INCIDENT_HOLD) if is_denied else None
    affected = replace(PERSON, affected_at=recorded)
    agreed = replace(AGREED, first_at=ASKED_AT, last_at=AFTER)
    assert agreed_since_incident.judge(TERMS, affected, agreed) == held
    by_confirming = replace(affected, confirmation=Confirmation(ASKED_AT, "declared", None, covers_training=True))
    by_obtaining = replace(affected, confirmation=Confirmation(AFTER + DAY, "declared", ASKED_AT, covers_training=True))
    terms = under(scheme=Scheme.COOKIE)
    assert confirmed_since_incident.judge(terms, by_confirming) == held
    assert confirmed_since_incident.judge(terms, by_obtaining) == held
    assert confirmed_since_incident.judge(terms, affected) is None
    assert confirmed_since_incident.judge(TERMS, by_confirming) is None


# The client, the release, the season


@pytest.mark.parametrize(("at", "is_denied"), [(None, True), (BEFORE, False), (ASKED_AT, True), (AFTER, True)])
def test_the_use_agreement_is_signed_before(at: datetime | None, is_denied: bool) -> None:
    expected = SCORING_AND_PROVIDING if is_denied else set()
    assert denied_uses(use_agreement_signed, use_agreement_signed_at=at) == expected
    told = use_agreement_signed.judge(under(use_agreement_signed_at=at))
    assert told == (DenialReason(ReasonCode.NO_USE_AGREEMENT) if is_denied else None)


@pytest.mark.parametrize(("at", "is_denied"), [(None, True), (BEFORE, False), (ASKED_AT, True), (AFTER, True)])
def test_the_client_has_published_its_notice_before(at: datetime | None, is_denied: bool) -> None:
    expected = SCORING_AND_PROVIDING if is_denied else set()
    assert denied_uses(client_notice_published, client_notice_published_at=at) == expected
    assert denied_uses(client_notice_published, JP_APPI_2017, client_notice_published_at=at) == set()
    told = client_notice_published.judge(under(client_notice_published_at=at))
    assert told == (DenialReason(ReasonCode.CLIENT_NOTICE_MISSING) if is_denied else None)


@pytest.mark.parametrize(
    ("at", "is_denied"),
    [
        (None, True),
        (ASKED_AT - 30 * DAY - INSTANT, True),
        (ASKED_AT - 30 * DAY, False),
        (ASKED_AT, False),
        (AFTER, True),
    ],
)
def test_the_pre_use_check_is_at_most_thirty_days_old(at: datetime | None, is_denied: bool) -> None:
    expected = SCORING_AND_PROVIDING if is_denied else set()
    assert denied_uses(pre_use_check_fresh, pre_use_check_at=at) == expected
    told = pre_use_check_fresh.judge(under(pre_use_check_at=at))
    assert told == (DenialReason(ReasonCode.PRECHECK_STALE) if is_denied else None)


@pytest.mark.parametrize("age", [30 * DAY + INSTANT, 30 * DAY, INSTANT, timedelta(0)])
def test_a_check_on_record_is_as_good_as_one_that_the_contract_states(age: timedelta) -> None:
    expected = set() if timedelta(0) < age <= 30 * DAY else SCORING_AND_PROVIDING
    no, after = check(ASKED_AT - DAY, CheckFinding.MAY_NOT_USE), check(ASKED_AT - DAY, kind=AFTER_USE)
    papers = [check(ASKED_AT - age), no, after]
    terms = replace(under(pre_use_check_at=None), papers=papers)
    assert {use for use in Use if pre_use_check_fresh.judge(replace(terms, use=use))} == expected


def test_agreement_and_notice_count_by_their_papers() -> None:
    file = (PaperFile("p", "0", 1),)
    unstated = under(use_agreement_signed_at=None, client_notice_published_at=None)
    for rule, kind in (
        (use_agreement_signed, PaperKind.USE_AGREEMENT),
        (client_notice_published, PaperKind.CLIENT_NOTICE),
    ):
        paper = replace(check(BEFORE), kind=kind, files=file, check=None)
        late = replace(paper, recorded_at=ASKED_AT)
        assert rule.judge(replace(unstated, papers=[paper])) is None
        assert rule.judge(replace(unstated, papers=[late])) is not None
        assert rule.judge(replace(unstated, papers=[check(BEFORE)])) is not None


@pytest.mark.parametrize("kind", [PaperKind.CHECK_BEFORE_USE, AFTER_USE])
def test_what_staff_forbid_is_denied_whatever_the_contract_states(kind: PaperKind) -> None:
    terms = replace(under(pre_use_check_at=BEFORE), papers=[check(ASKED_AT - DAY, CheckFinding.MAY_NOT_USE, kind)])
    denied = {use for use in Use if use_not_forbidden.judge(replace(terms, use=use))}
    assert denied == SCORING_AND_PROVIDING
    assert use_not_forbidden.judge(terms) == DenialReason(ReasonCode.USE_FORBIDDEN)
    assert use_not_forbidden.judge(replace(terms, papers=[*terms.papers, check(BEFORE)])) is None


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "is_denied"),
    [(ASKED_AT, AFTER, False), (AFTER, AFTER, True), (BEFORE, ASKED_AT, True)],
)
def test_the_contract_is_in_force_from_its_start_to_before_its_end(
    starts_at: datetime, ends_at: datetime, is_denied: bool
) -> None:
    told = contract_in_force.judge(under(starts_at=starts_at, ends_at=ends_at))
    assert told == (DenialReason(ReasonCode.NO_USE_AGREEMENT) if is_denied else None)
    assert denied_uses(contract_in_force, starts_at=starts_at, ends_at=ends_at) == (set(Use) if is_denied else set())


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "is_denied"),
    [(ASKED_AT, AFTER, False), (AFTER, AFTER, True), (BEFORE, ASKED_AT, True)],
)
def test_the_season_is_open_from_its_opening_to_before_its_closing(
    opens_at: datetime, closes_at: datetime, is_denied: bool
) -> None:
    terms = replace(TERMS, season=Season(TERMS.client.contract.scores, opens_at, None, closes_at))
    told = season_open.judge(terms)
    assert told == (DenialReason(ReasonCode.SEASON_CLOSED) if is_denied else None)
    assert season_open.judge(replace(terms, use=Use.TRAIN)) is None


def test_a_season_that_nobody_registered_is_closed() -> None:
    assert season_open.judge(replace(TERMS, season=None)) == DenialReason(ReasonCode.SEASON_CLOSED)


@pytest.mark.parametrize("necessity", [None, ""])
def test_a_necessity_is_stated_where_the_law_of_the_day_asks_for_one(necessity: str | None) -> None:
    assert denied_uses(necessity_stated, necessity=necessity) == SCORING_AND_PROVIDING
    assert denied_uses(necessity_stated, JP_APPI_2017, necessity=necessity) == set()
    assert denied_uses(necessity_stated, necessity="calls") == set()
    assert necessity_stated.judge(under(necessity=necessity)) == DenialReason(ReasonCode.NO_NECESSITY)


@pytest.mark.parametrize(
    ("purpose", "prohibited", "is_denied"),
    [
        ("follow_up_support", {"selection"}, False),
        ("follow_up_support", {"selection", "resale"}, False),
        ("follow_up_support", set(), True),
        ("follow_up_support", {"resale"}, True),
        ("resale", {"selection", "resale"}, True),
        ("selection", {"selection"}, True),
        ("selection", {"resale"}, True),
    ],
)
def test_selection_and_what_the_contract_forbids_are_no_purposes(
    purpose: str, prohibited: set[str], is_denied: bool
) -> None:
    contract: dict[str, Any] = {"purpose": purpose, "prohibited_uses": frozenset(prohibited)}
    assert denied_uses(purpose_permitted, **contract) == (SCORING_AND_PROVIDING if is_denied else set())
    assert purpose_permitted.judge(under(**contract)) == (
        DenialReason(ReasonCode.PURPOSE_PROHIBITED) if is_denied else None
    )


def test_entrustment_is_no_basis_for_any_use() -> None:
    assert denied_uses(own_data_not_entrusted, legal_basis=LegalBasis.ENTRUSTMENT) == set(Use)
    assert denied_uses(own_data_not_entrusted, legal_basis=LegalBasis.CONSENT) == set()
    told = own_data_not_entrusted.judge(under(legal_basis=LegalBasis.ENTRUSTMENT))
    assert told == DenialReason(ReasonCode.ENTRUSTMENT_OWN_DATA)


DECLARED = Confirmation(BEFORE, "declared", None, covers_training=False)
BROWSER = replace(PERSON, member_no=None, cookie_id=CookieId("b1"), agreements=(), confirmation=None)


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("law", [JP_APPI_2017, JP_APPI_2022])
@pytest.mark.parametrize("use", Use)
def test_the_recipient_confirms_consents_to_person_related_information(scheme: Scheme, law: Any, use: Use) -> None:
    terms = under(use, law, scheme=scheme)
    is_asked = scheme is Scheme.COOKIE and law is JP_APPI_2022 and use is not Use.TRAIN
    denial = DenialReason(ReasonCode.PRI_CONSENT_UNCONFIRMED) if is_asked else None
    assert recipients_consent_confirmed.judge(terms, PERSON) == denial
    assert recipients_consent_confirmed.judge(terms, replace(PERSON, confirmation=DECLARED)) is None


@pytest.mark.parametrize("law", [JP_APPI_2017, JP_APPI_2022])
@pytest.mark.parametrize("use", Use)
def test_a_browser_alone_rests_on_the_clients_confirmation(law: Any, use: Use) -> None:
    terms = under(use, law, scheme=Scheme.COOKIE)
    assert recipients_consent_given.judge(terms, BROWSER) == DenialReason(ReasonCode.NO_CONSENT)
    assert recipients_consent_given.judge(terms, replace(BROWSER, confirmation=DECLARED)) is None


@pytest.mark.parametrize(
    ("confirmed_at", "computed_at", "is_denied"),
    [
        (BEFORE, ASKED_AT, False),
        (ASKED_AT, ASKED_AT, True),
        (AFTER, ASKED_AT, True),
        (BEFORE, None, False),
        (None, ASKED_AT, False),
    ],
)
def test_a_browsers_score_is_computed_after_the_confirmation(
    confirmed_at: datetime | None, computed_at: datetime | None, is_denied: bool
) -> None:
    declared = replace(DECLARED, confirmed_at=confirmed_at) if confirmed_at else None
    row = replace(BROWSER, confirmation=declared, computed_at=computed_at)
    told = computed_after_confirmation.judge(under(scheme=Scheme.COOKIE), row)
    assert told == (DenialReason(ReasonCode.COMPUTED_BEFORE_CONSENT) if is_denied else None)
    for use in (Use.SCORE, Use.TRAIN):
        assert computed_after_confirmation.judge(under(use, scheme=Scheme.COOKIE), row) is None


@pytest.mark.parametrize("covers_training", [True, False])
@pytest.mark.parametrize("law", [JP_APPI_2017, JP_APPI_2022])
@pytest.mark.parametrize("use", Use)
def test_a_browser_trains_where_its_confirmation_says_so(use: Use, law: Any, covers_training: bool) -> None:
    terms = under(use, law, scheme=Scheme.COOKIE)
    row = replace(BROWSER, confirmation=replace(DECLARED, covers_training=covers_training))
    is_denied = use is Use.TRAIN and E.TRAINING in law.training and not covers_training
    denial = DenialReason(ReasonCode.NOT_COVERED, (E.TRAINING.value,)) if is_denied else None
    assert recipients_consent_trains.judge(terms, row) == denial
    assert recipients_consent_trains.judge(terms, BROWSER) is None


@pytest.mark.parametrize("said", ["", " "])
@pytest.mark.parametrize("field", ["legal_name", "address", "representative"])
def test_a_record_names_the_recipient_its_address_and_who_represents_it(field: str, said: str) -> None:
    changes: dict[str, Any] = {field: said}
    terms = replace(TERMS, client=replace(TERMS.client, **changes))
    assert record_complete.judge(terms) == DenialReason(ReasonCode.RECORD_INCOMPLETE)
    assert record_complete.judge(replace(terms, use=Use.SCORE)) is None
    assert record_complete.judge(replace(terms, use=Use.TRAIN)) is None
    assert record_complete.judge(TERMS) is None


def released(**people: str) -> ProductRelease:
    """A release that each viewpoint approved, by a person of its own where none is named."""
    signed = {role: people.get(role.value, role.value) for role in ReviewRole}
    approvals = tuple(Approval(role, person, BEFORE) for role, person in signed.items() if person)
    return ProductRelease("1", False, approvals)


def test_a_release_needs_every_viewpoint() -> None:
    assert release_approved.judge(replace(TERMS, release=released())) is None
    assert release_approved.judge(replace(TERMS, release=None)) == DenialReason(ReasonCode.RELEASE_NOT_APPROVED)
    for role in ReviewRole:
        told = release_approved.judge(replace(TERMS, release=released(**{role.value: ""})))
        assert told == DenialReason(ReasonCode.RELEASE_NOT_APPROVED)


@pytest.mark.parametrize(("at", "is_denied"), [(BEFORE, False), (ASKED_AT, True), (AFTER, True)])
def test_a_viewpoint_is_given_before(at: datetime, is_denied: bool) -> None:
    first, *others = released().approvals
    late = ProductRelease("1", False, (*others, replace(first, approved_at=at)))
    told = release_approved.judge(replace(TERMS, release=late))
    assert told == (DenialReason(ReasonCode.RELEASE_NOT_APPROVED) if is_denied else None)


@pytest.mark.parametrize("pair", [("author", "operator"), ("author", "privacy_owner"), ("operator", "privacy_owner")])
def test_author_operator_and_privacy_owner_are_three_people(pair: tuple[str, str]) -> None:
    told = release_approved.judge(replace(TERMS, release=released(**dict.fromkeys(pair, "one"))))
    assert told == DenialReason(ReasonCode.RELEASE_NOT_APPROVED)


def test_one_person_may_give_the_other_viewpoints() -> None:
    for pair in [("legal", "student_advocate"), ("author", "legal")]:
        assert release_approved.judge(replace(TERMS, release=released(**dict.fromkeys(pair, "one")))) is None


# The person


def test_a_person_is_informed_before_scoring_and_providing() -> None:
    silent = replace(PERSON, is_informed=False)
    assert {use for use in Use if person_informed.judge(under(use), silent)} == SCORING_AND_PROVIDING
    assert person_informed.judge(TERMS, silent) == DenialReason(ReasonCode.NOT_INFORMED)
    assert person_informed.judge(TERMS, PERSON) is None


def test_an_objection_stops_every_use() -> None:
    objecting = replace(PERSON, objected_at=TERMS.asked_at)
    for use in Use:
        assert no_objection_stands.judge(under(use), objecting) == DenialReason(ReasonCode.CONSENT_WITHDRAWN)
        assert no_objection_stands.judge(under(use), PERSON) is None


@pytest.mark.parametrize(
    ("withdrawn_at", "refused_at", "expected"),
    [
        (None, None, ReasonCode.NO_CONSENT),
        (None, BEFORE, ReasonCode.NO_CONSENT),
        (BEFORE, None, ReasonCode.CONSENT_WITHDRAWN),
        (BEFORE, BEFORE - INSTANT, ReasonCode.CONSENT_WITHDRAWN),
        (BEFORE, BEFORE, ReasonCode.CONSENT_WITHDRAWN),
        (BEFORE - INSTANT, BEFORE, ReasonCode.NO_CONSENT),
    ],
)
def test_without_an_agreement_the_last_word_is_told(
    withdrawn_at: datetime | None, refused_at: datetime | None, expected: ReasonCode
) -> None:
    person = replace(PERSON, agreements=(), last_withdrawn_at=withdrawn_at, last_refused_at=refused_at)
    told = [rule.judge(TERMS, person) for rule in (consent_given, consent_not_withdrawn)]
    assert [reason.code for reason in told if reason] == [expected]
    agreeing = replace(person, agreements=(AGREED,))
    assert [rule.judge(TERMS, agreeing) for rule in (consent_given, consent_not_withdrawn)] == [None, None]


def test_an_order_that_cant_be_known_is_told_where_nothing_else_stands() -> None:
    unknown = replace(PERSON, agreements=(), agreed_when_ended=True)
    assert order_decidable.judge(TERMS, unknown) == DenialReason(ReasonCode.UNDECIDABLE_ORDER)
    assert order_decidable.judge(TERMS, replace(unknown, agreed_when_ended=False)) is None
    assert order_decidable.judge(TERMS, replace(unknown, agreements=(AGREED,))) is None


# One agreement


def judged(rule: Any, agreement: Agreement, terms: Terms = TERMS, person: PersonFacts = PERSON) -> ReasonCode | None:
    reason: DenialReason | None = rule.judge(terms, person, agreement)
    assert reason is None or reason.elements == () or rule is text_covers
    return reason.code if reason else None


@pytest.mark.parametrize(("refusable", "is_void"), [(True, False), (None, False), (False, True)])
def test_an_agreement_is_void_where_refusing_closed_the_function(refusable: bool | None, is_void: bool) -> None:
    agreement = replace(AGREED, was_refusable=refusable)
    assert judged(consent_free, agreement) == (ReasonCode.NO_CONSENT if is_void else None)
    assert judged(consent_free, agreement, under(law=JP_APPI_2017)) is None


@pytest.mark.parametrize(
    ("last_at", "days", "has_run_out"),
    [
        (ASKED_AT - 30 * DAY, 30, True),
        (ASKED_AT - 30 * DAY + INSTANT, 30, False),
        (ASKED_AT - 31 * DAY, 30, True),
        (ASKED_AT - 31 * DAY, None, False),
        (BEFORE, 0, True),
    ],
)
def test_an_agreement_lasts_its_days_from_the_last_time(last_at: datetime, days: int | None, has_run_out: bool) -> None:
    agreement = replace(AGREED, first_at=ASKED_AT - 99 * DAY, last_at=last_at, valid_days=days)
    assert judged(consent_not_expired, agreement) == (ReasonCode.CONSENT_EXPIRED if has_run_out else None)


@pytest.mark.parametrize(
    ("standing", "verified", "free"),
    [
        (None, None, None),
        (ScreenDoubt.UNVERIFIED, ReasonCode.SCREEN_UNVERIFIED, None),
        (ScreenDoubt.QUARANTINED, None, ReasonCode.CONSENT_QUARANTINED),
    ],
)
def test_a_doubted_screen_is_told_by_its_kind_of_doubt(
    standing: ScreenDoubt | None, verified: ReasonCode | None, free: ReasonCode | None
) -> None:
    agreement = replace(AGREED, standing=standing)
    assert judged(screen_verified, agreement) == verified
    assert judged(consent_not_quarantined, agreement) == free


@pytest.mark.parametrize("is_outdated", [False, True])
def test_an_outdated_text_is_told(is_outdated: bool) -> None:
    agreement = replace(AGREED, is_outdated=is_outdated)
    assert judged(consent_current, agreement) == (ReasonCode.CONSENT_OUTDATED if is_outdated else None)


@pytest.mark.parametrize(
    ("first_at", "is_denied"), [(PERSON.as_of - INSTANT, False), (PERSON.as_of, True), (PERSON.as_of + INSTANT, True)]
)
def test_a_score_is_provided_only_if_computed_after_the_agreement(first_at: datetime, is_denied: bool) -> None:
    agreement, person = replace(AGREED, first_at=first_at), replace(PERSON, computed_at=PERSON.as_of)
    told = {use: judged(computed_after_consent, agreement, under(use), person) for use in Use}
    expected = ReasonCode.COMPUTED_BEFORE_CONSENT if is_denied else None
    assert told == {Use.TRAIN: None, Use.SCORE: None, Use.PROVIDE: expected}
    assert judged(computed_after_consent, agreement, TERMS, replace(person, computed_at=None)) is None


@pytest.mark.parametrize(
    ("lack", "rule", "code"),
    [
        (ElementLack.OTHER_RECIPIENT, recipient_covered, ReasonCode.RECIPIENT_NOT_COVERED),
        (ElementLack.OTHER_ITEMS, items_covered, ReasonCode.ITEMS_NOT_COVERED),
        (ElementLack.OTHER_PURPOSE, purpose_covered, ReasonCode.PURPOSE_NOT_COVERED),
    ],
)
def test_other_recipients_items_and_purposes_are_told_by_their_own_rules(
    lack: ElementLack, rule: Any, code: ReasonCode
) -> None:
    more = (CoverageGap(E.MEANS, ElementLack.ABSENT),)
    agreement = replace(
        AGREED,
        coverage=TextCoverage(
            CoverageVerdict.NOT_COVERED, UnitFindings("c1", (CoverageGap(E.RECIPIENTS, lack),), more)
        ),
    )
    only = replace(
        AGREED,
        coverage=TextCoverage(CoverageVerdict.NOT_COVERED, UnitFindings("c1", (CoverageGap(E.RECIPIENTS, lack),), ())),
    )
    rules = recipient_covered, items_covered, purpose_covered
    assert [judged(one, agreement) for one in rules] == [code if one is rule else None for one in rules]
    assert [judged(one, AGREED) for one in rules] == [None, None, None]
    assert text_covers.judge(TERMS, PERSON, agreement) == DenialReason(ReasonCode.NOT_COVERED, ("E15",))
    assert text_covers.judge(TERMS, PERSON, only) is None


def test_an_act_for_another_client_is_none_for_this_one() -> None:
    agreement = replace(AGREED, is_for_this_recipient=False)
    assert judged(recipient_covered, agreement) == ReasonCode.RECIPIENT_NOT_COVERED


def test_a_text_that_lacks_elements_is_told_with_them() -> None:
    agreement = replace(AGREED, coverage=lacking(E.MEANS, E.ITEMS))
    assert text_covers.judge(TERMS, PERSON, agreement) == DenialReason(ReasonCode.NOT_COVERED, ("E10", "E15"))
    assert text_covers.judge(TERMS, PERSON, AGREED) is None


def test_an_unclear_text_suffices_in_a_replay_of_2019_only() -> None:
    unclear = TextCoverage(
        CoverageVerdict.COVERED_UNCLEAR, UnitFindings("c1", (), (CoverageGap(E.MEANS, ElementLack.ABSENT),))
    )
    agreement = replace(AGREED, coverage=unclear)
    assert text_covers.judge(TERMS, PERSON, agreement) == DenialReason(ReasonCode.NOT_COVERED, ("E15",))
    assert text_covers.judge(under(law=JP_APPI_2017), PERSON, agreement) is None


def test_a_text_that_nobody_registered_covers_nothing() -> None:
    agreement = replace(AGREED, coverage=NO_COVERAGE)
    assert text_covers.judge(TERMS, PERSON, agreement) == DenialReason(ReasonCode.NOT_COVERED)

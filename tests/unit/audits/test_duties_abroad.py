"""A duty of a law abroad is met by an object that is named, or it is missing: never a bare yes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from kanmon.audits.abroad.document import DocumentKind, document
from kanmon.audits.abroad.files import document_page, in_words
from kanmon.audits.abroad.model import (
    AbroadFacts,
    DatedEntry,
    DutyStanding,
    LegalDutyState,
    ModelInUse,
    RequestCount,
    ScoredPeople,
    Source,
    SourceKind,
)
from kanmon.audits.abroad.standing import standing
from kanmon.clients.contract import Platform
from kanmon.consent.abroad import DATED_DUTIES, LegalDuty
from kanmon.core.ids import ClientId, ModelId
from tests.decisions.cases import client

NOW = datetime(2028, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LATER = date(2028, 3, 1)
NOTHING = AbroadFacts(
    ClientId("one"), NOW, None, ScoredPeople(), None, None, None, None, None, None, None, None, {}, {}, None
)
MODEL = ModelInUse(ModelId("one-3"), "2027", NOW, {}, "release", "rule")


def entry(seq: int, days: int = 0, **said: object) -> DatedEntry:
    return DatedEntry(seq, NOW - days * DAY, said)


WHOLE = replace(
    NOTHING,
    model=MODEL,
    people=ScoredPeople(5, 5, 5, 5, 4),
    rights_told="privacy/2.0",
    way_out_told="privacy/2.0",
    overseer=entry(7, overseer="Watcher"),
    fairness=entry(8, scored=5),
    documents={kind: entry(9, model_id="one-3") for kind in ("annex_iv", "impact_assessment")},
    requests={"review": RequestCount(2, 1, [])},
    checkpoint=40,
)


def of(duty: LegalDuty, facts: AbroadFacts, day: date = LATER) -> DutyStanding:
    return standing([next(dated for dated in DATED_DUTIES if dated.duty is duty)], facts, day)[0]


@pytest.mark.parametrize("duty", list(LegalDuty))
def test_what_no_object_shows_is_missing_and_says_what_lacks(duty: LegalDuty) -> None:
    found = of(duty, NOTHING)
    assert (found.state, found.sources) == (LegalDutyState.MISSING, ())
    assert found.lack % found.values


@pytest.mark.parametrize("duty", list(LegalDuty))
def test_what_is_met_names_the_object_that_meets_it(duty: LegalDuty) -> None:
    found = of(duty, WHOLE)
    assert (found.state, found.lack) == (LegalDutyState.MET, "")
    assert found.sources


def test_no_duty_holds_before_its_day_however_much_is_missing() -> None:
    before = standing(DATED_DUTIES, NOTHING, date(2018, 5, 24))
    assert {found.state for found in before} == {LegalDutyState.NOT_YET}
    europe = [dated for dated in DATED_DUTIES if dated.law == "EU-AIA"]
    assert {found.state for found in standing(europe, NOTHING, date(2027, 12, 1))} == {LegalDutyState.NOT_YET}
    assert {found.state for found in standing(europe, NOTHING, date(2027, 12, 2))} == {LegalDutyState.MISSING}


@pytest.mark.parametrize(
    ("duty", "facts"),
    [
        (LegalDuty.NOTICE, replace(WHOLE, people=ScoredPeople(5, 5, 5, 4, 4))),
        (LegalDuty.EXPLANATION, replace(WHOLE, people=ScoredPeople(5, 5, 4, 5, 4))),
        (LegalDuty.OPT_OUT, replace(WHOLE, people=ScoredPeople(5, 4, 5, 5, 4))),
        (LegalDuty.OPT_OUT, replace(WHOLE, way_out_told=None)),
        (LegalDuty.HUMAN_REVIEW, replace(WHOLE, requests={"review": RequestCount(2, 1, [3])})),
        (LegalDuty.HUMAN_REVIEW, replace(WHOLE, overseer=None)),
        (LegalDuty.HUMAN_REVIEW, replace(WHOLE, rights_told=None)),
        (LegalDuty.ACCESS, replace(WHOLE, requests={"disclosure": RequestCount(1, 0, [4])})),
        (LegalDuty.CORRECTION, replace(WHOLE, requests={"history": RequestCount(1, 0, [5])})),
        (LegalDuty.HUMAN_OVERSIGHT, replace(WHOLE, overseer=entry(7, 31, overseer="Watcher"))),
        (LegalDuty.BIAS_AUDIT, replace(WHOLE, fairness=entry(8, 366))),
        (LegalDuty.TECHNICAL_DOCUMENTATION, replace(WHOLE, model=replace(MODEL, model_id=ModelId("one-4")))),
        (LegalDuty.IMPACT_ASSESSMENT, replace(WHOLE, documents={"annex_iv": entry(9, model_id="one-3")})),
    ],
)
def test_what_is_late_old_or_not_of_everybody_is_missing(duty: LegalDuty, facts: AbroadFacts) -> None:
    assert of(duty, facts).state is LegalDutyState.MISSING


def test_a_document_counts_for_the_model_that_it_is_about() -> None:
    assert of(LegalDuty.TECHNICAL_DOCUMENTATION, WHOLE).sources == [Source(SourceKind.ENTRY, "9")]


def test_a_document_tells_days_as_they_are_in_japan() -> None:
    """A contract that begins with a day in Japan begins the evening before in UTC."""
    begun = client({})
    begun = replace(begun, contract=replace(begun.contract, starts_at=datetime(2026, 2, 28, 15, tzinfo=UTC)))
    facts = replace(WHOLE, now=datetime(2028, 2, 29, 23, tzinfo=UTC))
    written = document(DocumentKind.IMPACT_ASSESSMENT, begun, Platform("the board", "Tokyo", "somebody"), facts)
    said = [in_words(sentence, str) for section in written.sections for sentence in section.sentences]
    assert any("from 2026-03-01 to" in sentence for sentence in said)
    assert "2028-03-01" in document_page(written)

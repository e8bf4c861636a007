"""Laws abroad: which duties hold on which day, each with its article, and what docs say of them."""

from datetime import date
from pathlib import Path

import pytest

from kanmon.consent.abroad import DATED_DUTIES, LEGAL_DUTIES, LawAbroad, duties_of
from kanmon.consent.abroad import LegalDuty as Duty

LAW_PAGE = Path(__file__).parents[3] / "docs" / "law.md"
NAMES = {
    LawAbroad.EU_AIA: "EU AI Act, as moved by Regulation (EU) 2026/1744",
    LawAbroad.EU_GDPR: "GDPR",
    LawAbroad.US_CO: "Colorado SB 26-189",
    LawAbroad.US_CA: "California, CCPA regulations on automated decisions",
    LawAbroad.US_NYC: "New York City Local Law 144",
}


def holding(law: LawAbroad, day: date) -> set[Duty]:
    return {dated.duty for dated in duties_of([law]) if dated.holds_on(day)}


@pytest.mark.parametrize(
    ("law", "day", "expected"),
    [
        (LawAbroad.EU_AIA, date(2027, 12, 1), set()),
        (
            LawAbroad.EU_AIA,
            date(2027, 12, 2),
            {Duty.NOTICE, Duty.EXPLANATION, Duty.HUMAN_OVERSIGHT, Duty.TECHNICAL_DOCUMENTATION, Duty.IMPACT_ASSESSMENT,
             Duty.RECORDS},
        ),
        (LawAbroad.US_CO, date(2026, 12, 31), set()),
        (
            LawAbroad.US_CO,
            date(2027, 1, 1),
            {Duty.NOTICE, Duty.EXPLANATION, Duty.CORRECTION, Duty.HUMAN_REVIEW, Duty.TECHNICAL_DOCUMENTATION,
             Duty.RECORDS},
        ),
        (LawAbroad.US_CA, date(2025, 12, 31), set()),
        (LawAbroad.US_CA, date(2026, 12, 31), {Duty.IMPACT_ASSESSMENT}),
        (
            LawAbroad.US_CA,
            date(2027, 1, 1),
            {Duty.IMPACT_ASSESSMENT, Duty.NOTICE, Duty.OPT_OUT, Duty.ACCESS, Duty.EXPLANATION, Duty.HUMAN_REVIEW},
        ),
        (LawAbroad.US_NYC, date(2023, 7, 4), set()),
        (LawAbroad.US_NYC, date(2023, 7, 5), {Duty.NOTICE, Duty.BIAS_AUDIT}),
    ],
)  # fmt: skip
def test_duties_hold_from_their_day_on(law: LawAbroad, day: date, expected: set[Duty]) -> None:
    assert holding(law, day) == expected


def test_review_by_a_person_is_asked_for_in_europe_colorado_and_california() -> None:
    asking = {dated.law for dated in DATED_DUTIES if dated.duty is Duty.HUMAN_REVIEW}
    assert asking == {LawAbroad.EU_GDPR, LawAbroad.US_CO, LawAbroad.US_CA}


def test_each_duty_is_named_and_cites_its_article_once() -> None:
    assert set(LEGAL_DUTIES) == set(Duty) == {dated.duty for dated in DATED_DUTIES}
    assert len({(dated.law, dated.duty) for dated in DATED_DUTIES}) == len(DATED_DUTIES)
    assert all(dated.citation for dated in DATED_DUTIES)
    assert {dated.law for dated in DATED_DUTIES} == set(LawAbroad)


def test_docs_name_each_duty_with_its_day_and_article() -> None:
    lines = [
        line for line in LAW_PAGE.read_text(encoding="utf-8").splitlines() if "| `" in line and line.count("|") == 6
    ]
    expected = [
        f"| {NAMES[dated.law]} | `{dated.law}` | {LEGAL_DUTIES[dated.duty]} | {dated.holds_from} | {dated.citation} |"
        for dated in DATED_DUTIES
    ]
    assert lines == expected

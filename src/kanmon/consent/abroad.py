"""Laws abroad as data: which duty each switches on, by what article, and from which day.

They add duties to a client's contract and permit nothing: what the gate asks is the business of `consent.law`.
Articles and days are of November 2026, from secondary sources (`docs/law.md`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kanmon.core.language import N_


class LawAbroad(StrEnum):
    """A law that a contract may name, since its client or its applicants are where it holds."""

    EU_AIA = "EU-AIA"
    EU_GDPR = "EU-GDPR"
    US_CO = "US-CO-SB26-189"
    US_CA = "US-CA-ADMT"
    US_NYC = "US-NYC-LL144"


class LegalDuty(StrEnum):
    """What a law abroad asks for."""

    NOTICE = "notice_before_use"
    OPT_OUT = "opt_out_before_use"
    EXPLANATION = "explanation"
    ACCESS = "access"
    CORRECTION = "correction"
    HUMAN_REVIEW = "human_review"
    HUMAN_OVERSIGHT = "human_oversight"
    BIAS_AUDIT = "bias_audit"
    TECHNICAL_DOCUMENTATION = "technical_documentation"
    IMPACT_ASSESSMENT = "impact_assessment"
    RECORDS = "records"


LEGAL_DUTIES: Mapping[LegalDuty, str] = {
    LegalDuty.NOTICE: N_("notice before use"),
    LegalDuty.OPT_OUT: N_("a way to opt out before use"),
    LegalDuty.EXPLANATION: N_("explanation of a score"),
    LegalDuty.ACCESS: N_("access to everything held"),
    LegalDuty.CORRECTION: N_("correction of data"),
    LegalDuty.HUMAN_REVIEW: N_("review by a person on request"),
    LegalDuty.HUMAN_OVERSIGHT: N_("a named person who oversees the use"),
    LegalDuty.BIAS_AUDIT: N_("bias audit, once a year"),
    LegalDuty.TECHNICAL_DOCUMENTATION: N_("technical documentation"),
    LegalDuty.IMPACT_ASSESSMENT: N_("impact assessment"),
    LegalDuty.RECORDS: N_("records of what was done"),
}
"""What each duty is called; ids of messages."""


@dataclass(frozen=True)
class DatedDuty:
    """A duty with the article that says so and the day from which it holds."""

    law: LawAbroad
    duty: LegalDuty
    citation: str
    holds_from: date

    def holds_on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.holds_from <= day


_ANNEX_III = date(2027, 12, 2)
"""Regulation (EU) 2026/1744 moved the duties for systems of Annex III, employment among them, to this day."""
_GDPR = date(2018, 5, 25)
_SB_26_189 = date(2027, 1, 1)
_ADMT = date(2027, 1, 1)
_RISK_ASSESSMENT = date(2026, 1, 1)
_LL144 = date(2023, 7, 5)


def _of(law: LawAbroad, holds_from: date, articles: Mapping[LegalDuty, str]) -> Iterable[DatedDuty]:
    return (DatedDuty(law, duty, citation, holds_from) for duty, citation in articles.items())


DATED_DUTIES: Sequence[DatedDuty] = (
    *_of(
        LawAbroad.EU_AIA,
        _ANNEX_III,
        {
            LegalDuty.NOTICE: "Regulation (EU) 2024/1689, Art. 26(7), 26(11)",
            LegalDuty.EXPLANATION: "Regulation (EU) 2024/1689, Art. 86",
            LegalDuty.HUMAN_OVERSIGHT: "Regulation (EU) 2024/1689, Art. 14, 26(2)",
            LegalDuty.TECHNICAL_DOCUMENTATION: "Regulation (EU) 2024/1689, Art. 11, 18, Annex IV",
            LegalDuty.IMPACT_ASSESSMENT: "Regulation (EU) 2024/1689, Art. 27",
            LegalDuty.RECORDS: "Regulation (EU) 2024/1689, Art. 12, 19, 26(6)",
        },
    ),
    *_of(
        LawAbroad.EU_GDPR,
        _GDPR,
        {
            LegalDuty.NOTICE: "Regulation (EU) 2016/679, Art. 13, 14",
            LegalDuty.OPT_OUT: "Regulation (EU) 2016/679, Art. 7(3), 21",
            LegalDuty.EXPLANATION: "Regulation (EU) 2016/679, Art. 15(1)(h); CJEU C-203/22",
            LegalDuty.ACCESS: "Regulation (EU) 2016/679, Art. 15; CJEU C-154/21",
            LegalDuty.CORRECTION: "Regulation (EU) 2016/679, Art. 16",
            LegalDuty.HUMAN_REVIEW: "Regulation (EU) 2016/679, Art. 22(3); CJEU C-634/21",
            LegalDuty.IMPACT_ASSESSMENT: "Regulation (EU) 2016/679, Art. 35",
            LegalDuty.RECORDS: "Regulation (EU) 2016/679, Art. 30",
        },
    ),
    *_of(
        LawAbroad.US_CO,
        _SB_26_189,
        {
            LegalDuty.NOTICE: "Colorado SB 26-189",
            LegalDuty.EXPLANATION: "Colorado SB 26-189 (after an adverse outcome)",
            LegalDuty.CORRECTION: "Colorado SB 26-189",
            LegalDuty.HUMAN_REVIEW: "Colorado SB 26-189",
            LegalDuty.TECHNICAL_DOCUMENTATION: "Colorado SB 26-189 (developer)",
            LegalDuty.RECORDS: "Colorado SB 26-189 (three years)",
        },
    ),
    *_of(
        LawAbroad.US_CA,
        _RISK_ASSESSMENT,
        {LegalDuty.IMPACT_ASSESSMENT: "CCPA regulations, risk assessment (11 CCR 7150)"},
    ),
    *_of(
        LawAbroad.US_CA,
        _ADMT,
        {
            LegalDuty.NOTICE: "CCPA regulations, notice before use (11 CCR 7220)",
            LegalDuty.OPT_OUT: "CCPA regulations, opt-out of ADMT (11 CCR 7221)",
            LegalDuty.ACCESS: "CCPA regulations, access to ADMT (11 CCR 7222)",
            LegalDuty.EXPLANATION: "CCPA regulations, the logic of ADMT (11 CCR 7222)",
            LegalDuty.HUMAN_REVIEW: "CCPA regulations, appeal to a person (11 CCR 7221)",
        },
    ),
    *_of(
        LawAbroad.US_NYC,
        _LL144,
        {
            LegalDuty.NOTICE: "NYC Administrative Code 20-871(b)",
            LegalDuty.BIAS_AUDIT: "NYC Administrative Code 20-871(a)",
        },
    ),
)
"""Every duty of every law abroad that is known here."""


def duties_of(laws: Iterable[LawAbroad]) -> Sequence[DatedDuty]:
    """The duties of some laws, those to come among them, in the order of the table."""
    named = set(laws)
    return [duty for duty in DATED_DUTIES if duty.law in named]

"""Law profiles as data: which elements a text must state, and what a state of the law asks of a consent.

Levels follow the element table of the requirements (section 5.2): a missing core element means that the provision
is not covered; a missing clarity element means that the consent existed but was not clear (APPI Guidelines 3-6-1).
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from kanmon.consent.policy import Element
from kanmon.core.clock import Clock, day_of

E = Element


class LawSubject(StrEnum):
    """What an amendment changes, as far as it touches this product."""

    IN_FORCE_AT_ONCE = "provisions in force with the promulgation"
    PENALTIES = "penalties"
    UNDER_16 = "consent of a legal representative under 16"
    REPRESENTED_UNTIL_16 = "what a representative agreed to once the person is 16"
    STOP_WITHOUT_VIOLATION = "request to stop use without a violation"
    CONTACTABLE = "person-related information that lets somebody be contacted"
    ENTRUSTEES = "duties of entrustees"
    RELAXED_ROUTES = "exceptions from consent: statistics, and no effect on the person"
    SURCHARGE = "surcharge measured by the benefit of a violation"
    LOW_RISK_LEAKS = "shorter duties for leaks of low risk"


@dataclass(frozen=True)
class StagedArticle:
    """One change of an amendment; `is_open` while rules of the Commission have yet to say what it asks."""

    subject: LawSubject
    citation: str
    is_open: bool


@dataclass(frozen=True)
class LawStep:
    """The part of an amendment that comes into force on one day."""

    in_force_from: date
    is_provisional: bool
    """Whether a cabinet order may name an earlier day."""
    articles: tuple[StagedArticle, ...]


@dataclass(frozen=True)
class LawProfile:
    """One state of the law; each decision keeps the `profile_id` that it was judged under."""

    profile_id: str
    in_force_from: date
    in_force_to: date | None
    core: frozenset[Element]
    clarity: frozenset[Element]
    training: frozenset[Element]
    """The elements without which a person's history may not train a client's model."""
    open_recipients_suffice: bool
    """Whether an open class of recipients or a broader purpose is only unclear, not uncovered."""
    unclear_suffices: bool
    """Whether a consent that covers unclearly still permits; so only in a replay of 2019."""
    consent_must_be_free: bool
    """Whether an agreement without which the function was closed to the person is void (EMP-02)."""
    employment_duties: bool
    """Whether a client's notice (EMP-04) and a stated necessity (EMP-03) are asked for, as the guidance since is."""
    recipients_consent_is_asked: bool
    """Whether person-related information needs the consent that its recipient has to get (Art. 31; APPI-11)."""
    steps: tuple[LawStep, ...] = ()
    """The parts in which it comes into force, where it does so in several."""

    def is_in_force(self, day: date) -> bool:
        """Whether it is the law, or a part of it, on a day in Japan."""
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)

    def asks(self, subject: LawSubject, day: date) -> bool:
        """Whether a change is in force on a day, whatever of it is open."""
        articles = [article for step in self.steps if step.in_force_from <= day for article in step.articles]
        return any(article.subject is subject for article in articles)

    def leaves_open(self, subject: LawSubject, day: date) -> bool:
        """Whether a change is in force on a day and nobody has said yet what it asks: then the answer is no."""
        articles = [article for step in self.steps if step.in_force_from <= day for article in step.articles]
        return any(article.subject is subject and article.is_open for article in articles)

    def asks_as(self, other: "LawProfile") -> bool:
        """Whether it asks the same of words and agreements as another."""
        return replace(self, profile_id="", in_force_from=date.min, in_force_to=None, steps=()) == replace(
            other, profile_id="", in_force_from=date.min, in_force_to=None, steps=()
        )


ACT_56_LAST_STEP = date(2028, 7, 16)
"""The last day on which the rest of Act 56 of 2026 can come into force, within two years of its promulgation."""


JP_APPI_2017 = LawProfile(
    profile_id="JP-APPI-2017",
    in_force_from=date(2017, 5, 30),
    in_force_to=date(2022, 3, 31),
    core=frozenset(
        {
            E.OPERATOR,
            E.IDENTIFIED,
            E.REGISTERED_INFORMATION,
            E.OWN_HISTORY,
            E.HISTORY_BEFORE_LOGIN,
            E.THIRD_PARTY_PROVISION,
            E.RECIPIENTS,
            E.PURPOSE,
        }
    ),
    clarity=frozenset(
        {
            E.TRIGGER,
            E.PARTNER_SITES,
            E.MATCH_WITH_CLIENT_DATA,
            E.PREDICTION,
            E.ITEMS,
            E.PROHIBITED_USES,
            E.DEFINITE,
        }
    ),
    training=frozenset({E.IDENTIFIED, E.OWN_HISTORY}),
    open_recipients_suffice=True,
    unclear_suffices=True,
    consent_must_be_free=False,
    employment_duties=False,
    recipients_consent_is_asked=False,
)

JP_APPI_2022 = LawProfile(
    profile_id="JP-APPI-2022",
    in_force_from=date(2022, 4, 1),
    in_force_to=ACT_56_LAST_STEP - timedelta(days=1),
    core=frozenset(
        {
            E.OPERATOR,
            E.IDENTIFIED,
            E.REGISTERED_INFORMATION,
            E.OWN_HISTORY,
            E.HISTORY_BEFORE_LOGIN,
            E.MATCH_WITH_CLIENT_DATA,
            E.PREDICTION,
            E.ITEMS,
            E.THIRD_PARTY_PROVISION,
            E.RECIPIENTS,
            E.PURPOSE,
            E.PROHIBITED_USES,
            E.WITHDRAWAL,
            E.REFUSAL_HAS_NO_DISADVANTAGE,
            E.VERSION,
        }
    ),
    clarity=frozenset(
        {
            E.TRIGGER,
            E.PARTNER_SITES,
            E.MEANS,
            E.TIMING,
            E.RETENTION,
            E.RIGHTS,
            E.CONSEQUENCES,
            E.DEFINITE,
        }
    ),
    training=frozenset({E.IDENTIFIED, E.OWN_HISTORY, E.TRAINING}),
    open_recipients_suffice=False,
    unclear_suffices=False,
    consent_must_be_free=True,
    employment_duties=True,
    recipients_consent_is_asked=True,
)

_ACT_56 = "個人情報の保護に関する法律等の一部を改正する法律（令和8年法律第56号）"
_OPEN = (
    LawSubject.REPRESENTED_UNTIL_16, LawSubject.STOP_WITHOUT_VIOLATION, LawSubject.CONTACTABLE, LawSubject.ENTRUSTEES,
    LawSubject.RELAXED_ROUTES, LawSubject.SURCHARGE, LawSubject.LOW_RISK_LEAKS,
)  # fmt: skip
JP_APPI_2026 = replace(
    JP_APPI_2022,
    profile_id="JP-APPI-2026",
    in_force_from=date(2026, 7, 17),
    in_force_to=None,
    steps=(
        LawStep(
            date(2026, 7, 17),
            is_provisional=False,
            articles=(StagedArticle(LawSubject.IN_FORCE_AT_ONCE, f"{_ACT_56}附則", is_open=False),),
        ),
        LawStep(
            date(2027, 1, 17),
            is_provisional=False,
            articles=(StagedArticle(LawSubject.PENALTIES, f"{_ACT_56}附則", is_open=False),),
        ),
        LawStep(
            ACT_56_LAST_STEP,
            is_provisional=True,
            articles=(
                StagedArticle(LawSubject.UNDER_16, f"{_ACT_56}附則", is_open=False),
                *(StagedArticle(subject, f"{_ACT_56}附則", is_open=True) for subject in _OPEN),
            ),
        ),
    ),
)
"""Act 56 of 2026, promulgated on 17 July 2026; what its last part asks is left to rules that are not out."""

PROFILES = {profile.profile_id: profile for profile in (JP_APPI_2017, JP_APPI_2022, JP_APPI_2026)}


def law_day(clock: Clock) -> date | None:
    """The day whose law a workspace works under; None in one made for replays, which take any."""
    return None if clock.in_replays else day_of(clock.now())

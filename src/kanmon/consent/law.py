"""Law profiles as data: which elements a text must state, and what a state of the law asks of a consent.

Levels follow the element table of the requirements (section 5.2): a missing core element means that the provision
is not covered; a missing clarity element means that the consent existed but was not clear (APPI Guidelines 3-6-1).
"""

from dataclasses import dataclass
from datetime import date

from kanmon.consent.policy import Element

E = Element


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
    in_force_to=None,
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

PROFILES = {profile.profile_id: profile for profile in (JP_APPI_2017, JP_APPI_2022)}

"""Person-related information goes to a recipient that will hold it as personal data only on that person's consent.

A score under the client's own applicant ID (scheme A) is expected to be linked to a name, whatever a contract says: the
recipient obtains the consent, and the provider confirms it beforehand, person by person.
"""

from kanmon.clients.contract import Scheme
from kanmon.consent.law import JP_APPI_2022
from kanmon.gate.decision import DenialReason, PersonFacts, ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.rule import PersonRule, PersonStage


def judge(terms: Terms, person: PersonFacts) -> DenialReason | None:
    """Deny scoring and providing under scheme A where no confirmation stands for this applicant ID."""
    is_asked = terms.profile.recipients_consent_is_asked and terms.use is not Use.TRAIN
    if not is_asked or terms.client.contract.scheme is not Scheme.COOKIE or person.confirmation is not None:
        return None
    return DenialReason(ReasonCode.PRI_CONSENT_UNCONFIRMED)


RULE = PersonRule(
    about=__doc__,
    code=ReasonCode.PRI_CONSENT_UNCONFIRMED,
    citation="APPI Art. 31, Enforcement Rules 26 to 29, Guidelines 3-7; APPI-11, AC-08",
    in_force_from=JP_APPI_2022.in_force_from,
    stages=(PersonStage.PERSON, PersonStage.BROWSER),
    judge=judge,
)

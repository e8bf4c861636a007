"""While a season or the whole service is stopped, nobody's data are used in it.

The closed list of reasons has no word for a stopped service: the nearest is the hold of an incident.
"""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode
from kanmon.gate.question import Terms, season_asked
from kanmon.gate.rule import TermsRule
from kanmon.gate.switch.model import WHOLE_SERVICE, SwitchScope


def judge(terms: Terms) -> DenialReason | None:
    """Deny where the service, the season of the people or the season that the contract scores stands on stop.

    A model is trained on last year's people for this year's season: either one holds it. Where nobody looked at the
    switch, the answer is no.
    """
    if terms.stops is None:
        return DenialReason(ReasonCode.INCIDENT_HOLD)
    seasons = {season_asked(terms), terms.client.contract.scores}
    is_stopped = terms.stops.stopped & {WHOLE_SERVICE, *(SwitchScope(season=season) for season in seasons)}
    return DenialReason(ReasonCode.INCIDENT_HOLD) if is_stopped else None


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.INCIDENT_HOLD,
    citation="APPI Art. 23, 27(1) and 35(3), the suspension of 31 July 2019; APPI-15, AC-16, S14; INV-5",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)

"""The question put to the gate for a whole batch: which use, for which client, when, under which law."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kanmon.clients.contract import Client, ProductRelease, Season, ServiceTerms
from kanmon.clients.papers.model import ClientPaper
from kanmon.consent.coverage import SCORE_ITEMS, ProvisionUnderTest
from kanmon.consent.law import PROFILES, LawProfile
from kanmon.core.clock import day_of
from kanmon.core.ids import SeasonId
from kanmon.gate.decision import Use
from kanmon.gate.switch.model import Stops


@dataclass(frozen=True)
class Terms:
    """All that is the same for every applicant of one question; `asked_at` is in UTC."""

    use: Use
    asked_at: datetime
    client: Client
    season: Season | None
    """The season of the applicants asked about; None where nobody registered it."""
    release: ProductRelease | None
    profile: LawProfile
    stops: Stops | None = None
    """What the stop switch says. The gate looks at it whenever it is asked; None: nobody has looked, so no use."""
    unexplained_since: datetime | None = None
    """When the client acknowledged the oldest report whose use it has not stated; None where there is none."""
    papers: Sequence[ClientPaper] = ()
    """The client's agreement, notice and checks of use as staff put them in, in that order."""
    law_on: date | None = None
    """The day in Japan on which the profile has to be in force; None in a replay, which takes any."""

    @property
    def law_day(self) -> date:
        """The day whose law is asked about."""
        return self.law_on or day_of(self.asked_at)


def season_of(client: Client, use: Use) -> SeasonId:
    """The season of the applicants whose data would be used."""
    return client.contract.trains_on if use is Use.TRAIN else client.contract.scores


def season_asked(terms: Terms) -> SeasonId:
    """The season of the applicants asked about, registered or not."""
    return season_of(terms.client, terms.use)


def terms_of(service: ServiceTerms, client: Client, use: Use, asked_at: datetime, *, law_on: date | None) -> Terms:
    """The question under the terms of `service`; the season is that of the applicants whose data would be used.

    `law_on` is the day on which the service's law has to be in force; None in a replay, which takes any.
    """
    return Terms(
        use=use,
        asked_at=asked_at,
        client=client,
        season=service.seasons.get(season_of(client, use)),
        release=service.release,
        profile=PROFILES[service.law_profile_id],
        law_on=law_on,
    )


def provision_asked(client: Client) -> ProvisionUnderTest:
    """What a consent would have to cover so that scores may be provided under the client's contract."""
    contract = client.contract
    items = SCORE_ITEMS | {"category"} if contract.categories else SCORE_ITEMS
    return ProvisionUnderTest(client.client_id, contract.purpose, items, contract.prohibited_uses)

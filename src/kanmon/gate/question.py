"""The question put to the gate for a whole batch: which use, for which client, when, under which law."""

from dataclasses import dataclass
from datetime import datetime

from kanmon.clients.contract import Client, ProductRelease, Season
from kanmon.consent.coverage import SCORE_ITEMS, ProvisionAsked
from kanmon.consent.law import LawProfile
from kanmon.gate.decision import Use


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


def provision_asked(client: Client) -> ProvisionAsked:
    """What a consent would have to cover so that scores may be provided under the client's contract."""
    contract = client.contract
    items = SCORE_ITEMS | {"category"} if contract.categories else SCORE_ITEMS
    return ProvisionAsked(client.client_id, contract.purpose, items, contract.prohibited_uses)

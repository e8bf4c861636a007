"""The question put to the gate for a whole batch: which use, for which client, when, under which law."""

from dataclasses import dataclass
from datetime import datetime

from kanmon.clients.contract import Client, ProductRelease, Season
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

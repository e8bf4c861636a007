"""The registry of screens on which people meet a policy text."""

from dataclasses import dataclass
from datetime import datetime

from kanmon.ids import PolicyId, ScreenId, SeasonId


@dataclass(frozen=True)
class Screen:
    """One screen of the board that shows a policy and may take consent, over `[shown_from, shown_to)`."""

    screen_id: ScreenId
    season: SeasonId
    function: str
    policy_id: PolicyId
    shown_from: datetime | None
    shown_to: datetime | None
    url: str | None = None

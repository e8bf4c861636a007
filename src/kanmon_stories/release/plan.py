"""The season of the release of 26 August 2019 in figures and dates: who was asked what, when, and who was not.

The figures are those that were published (requirements, sections 2, 6.2 and 6.5). How many agreed only after their data
had gone was never published: that figure is invented.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kanmon.core.clock import TOKYO

REVISED_AT = datetime(2019, 3, 1, tzinfo=TOKYO)
"""When the policy was revised, and the registration screen was forgotten."""
LOOKED_AT = datetime(2019, 8, 2, 15, tzinfo=TOKYO)
"""When somebody first looked at the screens."""
MENDED_AT = datetime(2019, 8, 3, tzinfo=TOKYO)
FUNCTIONS = ("pre_entry", "event_booking", "briefing_booking", "web_test")
REGISTRATION = "member_registration"


@dataclass(frozen=True)
class Figures:
    """How many people there are of each kind."""

    members_2019: int = 790_000
    members_2020: int = 820_000
    targets_2019: int = 12_330
    targets_2020: int = 62_548
    never_asked: int = 7_983
    """Targets of 2020 who used no function whose screen showed the revised text."""
    asked_late: int = 3_127
    """Targets of 2020 who agreed to the revised text only after their data had gone. Invented."""

    def scaled(self, scale: float) -> "Figures":
        """Each figure times `scale`, to the nearest whole person and at least one."""
        return Figures(*(max(1, round(scale * getattr(self, name))) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class ReleaseSeasonDates:
    """When a season of the board began, when its main part did, and when it ended."""

    season_id: str
    opens_at: datetime
    main_opens_at: datetime
    closes_at: datetime


SEASON_2019 = ReleaseSeasonDates(
    "2019",
    datetime(2017, 6, 1, tzinfo=TOKYO),
    datetime(2018, 3, 1, tzinfo=TOKYO),
    datetime(2019, 4, 1, tzinfo=TOKYO),
)
SEASON_2020 = ReleaseSeasonDates(
    "2020", datetime(2018, 6, 1, tzinfo=TOKYO), REVISED_AT, datetime(2020, 4, 1, tzinfo=TOKYO)
)


@dataclass(frozen=True)
class Contractor:
    """A company under contract, and the moment at which its one report went."""

    client_id: str
    scheme: str
    delivered_at: datetime | None
    """None where the contract never led to a report."""

    @property
    def season(self) -> ReleaseSeasonDates:
        """The season whose applicants are scored: that of 2019 by cookie, that of 2020 by name."""
        return SEASON_2019 if self.scheme == "A" else SEASON_2020

    @property
    def starts_at(self) -> datetime:
        """When the contract begins: each scheme had its own year."""
        return datetime(2018, 3, 1, tzinfo=TOKYO) if self.scheme == "A" else REVISED_AT - timedelta(days=20)


_BY_COOKIE, _BY_NAME, _NEVER = 11, 23, 4
_COOKIE_WAVES = (datetime(2018, 9, 10, 9, tzinfo=TOKYO), datetime(2019, 1, 10, 9, tzinfo=TOKYO))
_NAME_WAVES = tuple(datetime(2019, month, 10, 9, tzinfo=TOKYO) for month in (4, 5, 6, 7))


def contractors() -> list[Contractor]:
    """The 38 companies under contract, of which 34 were given scores."""
    kinds: list[tuple[str, datetime | None]] = [("A", _COOKIE_WAVES[place % 2]) for place in range(_BY_COOKIE)]
    kinds += [("B", _NAME_WAVES[place % 4]) for place in range(_BY_NAME)]
    kinds += [("B", None)] * _NEVER
    return [Contractor(f"C{number:02}", *kind) for number, kind in enumerate(kinds, start=1)]


def waves(clients: Sequence[Contractor]) -> list[tuple[datetime, list[Contractor]]]:
    """The moments at which reports went, in order, each with the clients they went to."""
    moments = sorted({client.delivered_at for client in clients if client.delivered_at is not None})
    return [(moment, [client for client in clients if client.delivered_at == moment]) for moment in moments]

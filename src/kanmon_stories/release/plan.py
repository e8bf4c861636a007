"""The season of the release of 26 August 2019 in figures and dates: who was asked what, when, and who was not.

The figures are those that were published (requirements, sections 2, 6.2 and 6.5). How many agreed only after their data
had gone was never published: that figure is invented. Of the 26,060 people whom the Commission counted in December 2019
only the 7,983 of August are known apart: how the others split among the older schemes is invented too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kanmon.core.clock import TOKYO

REVISED_AT = datetime(2019, 3, 1, tzinfo=TOKYO)
"""When the policy was revised, and the registration screen was forgotten."""
LOOKED_AT = datetime(2019, 8, 2, 15, tzinfo=TOKYO)
"""When somebody first looked at the screens."""
MENDED_AT = datetime(2019, 8, 3, tzinfo=TOKYO)
FUNCTIONS = ("pre_entry", "event_booking", "briefing_booking", "web_test")
REGISTRATION = "member_registration"


class Story(StrEnum):
    """What was found, and so what is played."""

    AUGUST = "rikunabi-2020"
    """The release of 26 August 2019: 7,983 people of the season of 2020, from the revision on."""
    DECEMBER = "rikunabi-december"
    """The recommendation of 4 December 2019: 26,060 people, those of the older schemes among them."""

    @property
    def invented(self) -> Sequence[str]:
        """The causes of which nobody published how many people they count."""
        late = "R3_CONSENT_AFTER_DELIVERY"
        return [late] if self is Story.AUGUST else [late, "R4_SCHEME_A_NO_CONSENT", "R5_PRESITE_OR_HASH_MATCH"]

    @property
    def seasons(self) -> Mapping[str, datetime]:
        """The seasons in which people without valid consent are looked for, each from its moment on.

        Rows of 2019 from before the first report by cookie were handed in to learn from alone.
        """
        if self is Story.AUGUST:
            return {SEASON_2020.season_id: REVISED_AT}
        return {SEASON_2019.season_id: _COOKIE_WAVES[0], SEASON_2020.season_id: SEASON_2020.opens_at}


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
    early_by_name: int = 1_840
    """In December alone: members of 2020 scored by name before the season opened and anybody was asked. Invented."""
    early_by_hash: int = 780
    """In December alone: the same, by hashed names. Invented."""

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
    def is_early(self) -> bool:
        """Whether members of 2020 were scored before the season's main part, when nobody was asked."""
        return self.scheme != "A" and self.delivered_at is not None and self.delivered_at < REVISED_AT

    @property
    def starts_at(self) -> datetime:
        """When the contract begins: each scheme had its own year."""
        if self.is_early:
            return SEASON_2020.opens_at
        return datetime(2018, 3, 1, tzinfo=TOKYO) if self.scheme == "A" else REVISED_AT - timedelta(days=20)


_BY_COOKIE, _BY_NAME, _NEVER = 11, 23, 4
_COOKIE_WAVES = (datetime(2018, 9, 10, 9, tzinfo=TOKYO), datetime(2019, 1, 10, 9, tzinfo=TOKYO))
_EARLY = (
    ("B", datetime(2018, 10, 10, 9, tzinfo=TOKYO)),
    ("B", datetime(2018, 12, 10, 9, tzinfo=TOKYO)),
    ("A2", datetime(2018, 12, 10, 9, tzinfo=TOKYO)),
)
_NAME_WAVES = tuple(datetime(2019, month, 10, 9, tzinfo=TOKYO) for month in (4, 5, 6, 7))


def contractors(story: Story) -> list[Contractor]:
    """The 38 companies under contract, of which 34 were given scores; in December three more, before the season."""
    kinds: list[tuple[str, datetime | None]] = [("A", _COOKIE_WAVES[place % 2]) for place in range(_BY_COOKIE)]
    kinds += [("B", _NAME_WAVES[place % 4]) for place in range(_BY_NAME)]
    early = _EARLY if story is Story.DECEMBER else ()
    kinds += [*early, *[("B", None)] * (_NEVER - len(early))]
    return [Contractor(f"C{number:02}", *kind) for number, kind in enumerate(kinds, start=1)]


def waves(clients: Sequence[Contractor]) -> list[tuple[datetime, list[Contractor]]]:
    """The moments at which reports went, in order, each with the clients they went to."""
    moments = sorted({client.delivered_at for client in clients if client.delivered_at is not None})
    return [(moment, [client for client in clients if client.delivered_at == moment]) for moment in moments]

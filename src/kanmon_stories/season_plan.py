"""When a generated season happens, which companies take part in it, and what is amiss with some of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kanmon.core.clock import TOKYO

YEAR = timedelta(days=365)
STAGES = ("書類選考", "一次面接", "最終面接", "内定")
"""The stages of every company's selection."""


@dataclass(frozen=True)
class SeasonDates:
    """The moments of one season of the board; `handed_over_at` is when clients hand in their lists."""

    season_id: str
    opens_at: datetime
    main_opens_at: datetime
    handed_over_at: datetime
    known_until: datetime
    """Nothing of the season is known from here on."""
    closes_at: datetime
    is_last: bool


def seasons_at(now: datetime) -> tuple[SeasonDates, SeasonDates]:
    """Last year's season and this year's, so placed that this year's lists came in two days before `now`."""
    today = now.astimezone(TOKYO).replace(hour=0, minute=0, second=0, microsecond=0)
    this = SeasonDates(
        season_id=str(today.year + 1),
        opens_at=today - timedelta(days=260),
        main_opens_at=today - timedelta(days=170),
        handed_over_at=today - timedelta(days=2),
        known_until=today,
        closes_at=today + timedelta(days=150),
        is_last=False,
    )
    last = SeasonDates(
        season_id=str(today.year),
        opens_at=this.opens_at - YEAR,
        main_opens_at=this.main_opens_at - YEAR,
        handed_over_at=this.handed_over_at - YEAR,
        known_until=this.closes_at - YEAR,
        closes_at=this.closes_at - YEAR,
        is_last=True,
    )
    return last, this


@dataclass(frozen=True)
class ClientPlan:
    """One client of the generated board."""

    client_id: str
    legal_name: str
    address: str
    representative: str
    applicants: int
    """Applicants handed in this year."""
    history: int
    """Applicants handed in last year."""
    departure: float
    """The share of last year's applicants who left the selection or declined an offer, roughly."""
    has_stars: bool = False
    score_column: str = "予測スコア"
    no_score: str = "スコアなし"
    has_signed: bool = True
    checked_days_ago: int = 6
    is_named: bool = True
    """Whether the policy text names it as a recipient."""


CLIENTS = (
    ClientPlan(
        "AOBA",
        "株式会社青葉電機",
        "宮城県仙台市青葉区中央1-1-1",
        "代表取締役 青葉 一郎",
        1500,
        1400,
        0.16,
        has_stars=True,
    ),
    ClientPlan(
        "KITAHAMA",
        "北浜精工株式会社",
        "大阪府大阪市中央区北浜2-2-2",
        "代表取締役 北浜 和子",
        900,
        950,
        0.23,
        score_column="score",
        no_score="N/A",
    ),
    # Too little history: nothing can be learnt from 24 applicants.
    ClientPlan("MINATO", "みなと食品株式会社", "神奈川県横浜市西区みなと3-3-3", "代表取締役 湊 誠", 400, 24, 0.20),
    # The use agreement is not signed.
    ClientPlan(
        "SAKURA",
        "さくら情報システム株式会社",
        "東京都千代田区桜4-4-4",
        "代表取締役 佐倉 恵",
        600,
        650,
        0.18,
        has_signed=False,
    ),
    # The policy text doesn't name it.
    ClientPlan(
        "HOSHINO", "星野物産株式会社", "愛知県名古屋市中区栄5-5-5", "代表取締役 星野 健", 500, 480, 0.12, is_named=False
    ),
    # The check before use has gone stale.
    ClientPlan(
        "TSUBAKI",
        "椿メディカル株式会社",
        "福岡県福岡市博多区椿6-6-6",
        "代表取締役 椿 直美",
        300,
        320,
        0.10,
        has_stars=True,
        no_score="",
        checked_days_ago=45,
    ),
)
"""Two clients with whom all is well, and four with one fault each."""
PARTNER_SITES = ("インターン広場", "しごと図鑑")
"""Those that text 2.0 names."""
UNNAMED_SITE = "キャリア通信"
"""A partner site that no text names."""
FUNCTIONS = {
    "registration": "member_registration",
    "pre_entry": "pre_entry",
    "briefing_booking": "briefing_booking",
    "event_booking": "event_booking",
    "web_test": "web_test",
}
"""The screens that show the policy, each with its function; a season has its own of each."""


def screen_id(screen: str, season_id: str) -> str:
    """The ID of a season's screen."""
    return f"{screen}-{season_id}"

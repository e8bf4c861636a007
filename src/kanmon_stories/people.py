"""Members of the generated board: names, schools, and how they are inclined, which no file ever tells."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from kanmon_stories.season_plan import SeasonDates

DAY = 86_400
"""Seconds of a day; moments in the stories are whole seconds since 1970."""

_FAMILY_NAMES = (
    "佐藤 サトウ,鈴木 スズキ,高橋 タカハシ,田中 タナカ,伊藤 イトウ,渡辺 ワタナベ,"
    "山本 ヤマモト,中村 ナカムラ,小林 コバヤシ,加藤 カトウ,吉田 ヨシダ,山田 ヤマダ,"
    "佐々木 ササキ,山口 ヤマグチ,松本 マツモト,井上 イノウエ,木村 キムラ,林 ハヤシ,"
    "斎藤 サイトウ,清水 シミズ,山崎 ヤマザキ,森 モリ,池田 イケダ,橋本 ハシモト,"
    "阿部 アベ,石川 イシカワ,山下 ヤマシタ,中島 ナカジマ,石井 イシイ,小川 オガワ,"
    "前田 マエダ,岡田 オカダ,長谷川 ハセガワ,藤田 フジタ,後藤 ゴトウ,近藤 コンドウ,"
    "村上 ムラカミ,遠藤 エンドウ,青木 アオキ,坂本 サカモト,渡邉 ワタナベ,齋藤 サイトウ,"
    "髙橋 タカハシ,西村 ニシムラ"
)
_GIVEN_NAMES = (
    "陽菜 ヒナ,翔太 ショウタ,美咲 ミサキ,大輝 ダイキ,さくら サクラ,拓海 タクミ,"
    "葵 アオイ,健太 ケンタ,七海 ナナミ,翼 ツバサ,彩花 アヤカ,蓮 レン,"
    "愛 アイ,大和 ヤマト,千尋 チヒロ,悠斗 ユウト,結衣 ユイ,駿 シュン,"
    "優奈 ユウナ,亮 リョウ,真央 マオ,直樹 ナオキ,萌 モエ,海斗 カイト,"
    "遥 ハルカ,和也 カズヤ,楓 カエデ,智也 トモヤ,由佳 ユカ,誠 マコト,"
    "裕太 ユウタ,恵 メグミ"
)
_UNIVERSITIES = (
    "青葉大学",
    "北都大学",
    "東都工業大学",
    "武蔵川大学",
    "湘南海洋大学",
    "中京文化大学",
    "洛北大学",
    "浪速大学",
    "瀬戸内大学",
    "筑紫大学",
    "琉球国際大学",
)
PERSONAL = ("family_name", "given_name", "family_kana", "given_kana", "birth_date", "email", "university")


@dataclass(frozen=True)
class Members:
    """The members of one season. Arrays are parallel, one place for each member."""

    dates: SeasonDates
    member_id: np.ndarray
    registered_at: np.ndarray
    """Seconds since 1970."""
    liveliness: np.ndarray
    """How much the member does on the board at all, standard normal."""
    restlessness: np.ndarray
    """How much the member looks for something else, standard normal."""
    personal: dict[str, np.ndarray]
    """The columns of `PERSONAL`."""

    def __len__(self) -> int:
        return len(self.member_id)

    def table(self) -> pa.Table:
        """The members as the dataset's `members` file has them."""
        return pa.table(
            {
                "member_id": self.member_id,
                "season": [self.dates.season_id] * len(self),
                "registered_at": instants(self.registered_at),
                **self.personal,
            }
        )


def invent_members(dates: SeasonDates, count: int, rng: np.random.Generator) -> Members:
    """`count` members, most of whom registered when the season opened or when its main part did."""
    opens, main = seconds(dates.opens_at), seconds(dates.main_opens_at)
    is_early = rng.random(count) < 0.55
    waves = np.where(is_early, opens, main) + rng.exponential(18 * DAY, count)
    last_registration = seconds(dates.handed_over_at) - 45 * DAY
    registered_at = np.minimum(waves, last_registration - rng.random(count) * 20 * DAY).astype(np.int64)
    member_id = np.array([f"M{dates.season_id}-{number:06d}" for number in range(1, count + 1)])
    return Members(
        dates=dates,
        member_id=member_id,
        registered_at=registered_at,
        liveliness=rng.standard_normal(count),
        restlessness=rng.standard_normal(count),
        personal=_personal(dates, member_id, rng),
    )


def seconds(moment: datetime) -> int:
    """A moment in whole seconds since 1970."""
    return int(moment.timestamp())


def instants(moments: np.ndarray) -> pa.Array:
    """Seconds since 1970 as the instants of a dataset file."""
    return pa.array(moments.astype("datetime64[s]"), pa.timestamp("s")).cast(pa.timestamp("ms", "UTC"))


def _personal(dates: SeasonDates, member_id: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    count = len(member_id)
    family = _drawn(_FAMILY_NAMES, count, rng)
    given = _drawn(_GIVEN_NAMES, count, rng)
    graduate_at_22 = np.datetime64(f"{int(dates.season_id) - 23}-04-02")
    return {
        "family_name": family[:, 0],
        "given_name": given[:, 0],
        "family_kana": family[:, 1],
        "given_kana": given[:, 1],
        "birth_date": graduate_at_22 - rng.integers(-364, 2 * 365, count).astype("timedelta64[D]"),
        "email": np.array([f"{name.lower()}@mail.example.jp" for name in member_id]),
        "university": rng.choice(np.array(_UNIVERSITIES), count),
    }


def _drawn(names: str, count: int, rng: np.random.Generator) -> np.ndarray:
    """Names with their kana, the first of the list the most common; shape (count, 2)."""
    pairs = np.array([name.split(" ") for name in names.split(",")])
    frequency = 1 / (np.arange(len(pairs)) + 6.0)
    return pairs[rng.choice(len(pairs), count, p=frequency / frequency.sum())]

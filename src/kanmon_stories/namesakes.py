"""A generated population to link, of known truth: common names, twins, namesakes, slips of the pen.

Nobody in it exists. Members are what people told the board; applicants are what some of them, and some others, told a
client: half a year later, with another e-mail or another family name, in another clerk's spelling.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kanmon.linkage.personal import PERSONAL
from kanmon_stories.slips import retell

_FAMILY_NAMES = (
    "佐藤 サトウ 151,鈴木 スズキ 143,高橋 タカハシ 113,田中 タナカ 107,伊藤 イトウ 86,渡辺 ワタナベ 85,"
    "山本 ヤマモト 84,中村 ナカムラ 84,小林 コバヤシ 82,加藤 カトウ 71,吉田 ヨシダ 66,山田 ヤマダ 65,"
    "佐々木 ササキ 54,山口 ヤマグチ 51,松本 マツモト 50,井上 イノウエ 49,木村 キムラ 46,林 ハヤシ 43,"
    "斎藤 サイトウ 43,清水 シミズ 42,山崎 ヤマザキ 38,森 モリ 37,池田 イケダ 36,橋本 ハシモト 35,阿部 アベ 35,"
    "石川 イシカワ 34,山下 ヤマシタ 33,中島 ナカジマ 33,石井 イシイ 31,小川 オガワ 31,前田 マエダ 30,岡田 オカダ 30,"
    "長谷川 ハセガワ 30,藤田 フジタ 29,後藤 ゴトウ 29,近藤 コンドウ 29,村上 ムラカミ 28,遠藤 エンドウ 26,"
    "青木 アオキ 26,坂本 サカモト 26,斉藤 サイトウ 25,福田 フクダ 25,太田 オオタ 25,西村 ニシムラ 25,藤井 フジイ 24,"
    "金子 カネコ 24,岡本 オカモト 24,藤原 フジワラ 24,三浦 ミウラ 24,中野 ナカノ 23,中川 ナカガワ 23,原田 ハラダ 23,"
    "松田 マツダ 23,竹内 タケウチ 23,小野 オノ 22,田村 タムラ 22,中山 ナカヤマ 21,和田 ワダ 20,石田 イシダ 20,"
    "森田 モリタ 20,上田 ウエダ 19,原 ハラ 19,内田 ウチダ 18,柴田 シバタ 18,酒井 サカイ 18,宮崎 ミヤザキ 18,"
    "横山 ヨコヤマ 17,高木 タカギ 17,安藤 アンドウ 17,宮本 ミヤモト 16,大野 オオノ 16,小島 コジマ 16,"
    "谷口 タニグチ 15,今井 イマイ 15,工藤 クドウ 15,高田 タカダ 15,増田 マスダ 15,丸山 マルヤマ 15,杉山 スギヤマ 15,"
    "村田 ムラタ 14,大塚 オオツカ 14,新井 アライ 14,小山 コヤマ 14,平野 ヒラノ 13,藤本 フジモト 13,河野 コウノ 13,"
    "上野 ウエノ 13,野口 ノグチ 13,武田 タケダ 13,松井 マツイ 13,千葉 チバ 12,菅原 スガワラ 12,岩崎 イワサキ 12,"
    "木下 キノシタ 12,久保 クボ 12,佐野 サノ 12,野村 ノムラ 12,松尾 マツオ 11,市川 イチカワ 11,渡邉 ワタナベ 11,"
    "齋藤 サイトウ 10,髙橋 タカハシ 9,渡邊 ワタナベ 8"
)
"""The commonest family names with their share in ten-thousandths of the people, about as directories count them."""
_FAMILY_HEADS = (
    "上 カミ,下 シモ,大 オオ,小 コ,北 キタ,南 ミナミ,東 ヒガシ,西 ニシ,中 ナカ,新 ニイ,古 フル,高 タカ,長 ナガ,"
    "広 ヒロ,深 フカ,浅 アサ,白 シロ,黒 クロ,赤 アカ,青 アオ,金 カネ,石 イシ,岩 イワ,土 ツチ,川 カワ,河 カワ,山 ヤマ,"
    "谷 タニ,森 モリ,林 ハヤシ,木 キ,松 マツ,杉 スギ,竹 タケ,梅 ウメ,桜 サクラ,藤 フジ,菊 キク,稲 イネ,米 ヨネ,"
    "麦 ムギ,水 ミズ,泉 イズミ,池 イケ,沼 ヌマ,浜 ハマ,磯 イソ,島 シマ,宮 ミヤ,神 カミ,寺 テラ,堀 ホリ,関 セキ,"
    "坂 サカ,畑 ハタ,井 イ,戸 ト,門 カド,平 ヒラ,吉 ヨシ,福 フク,富 トミ,安 ヤス,永 ナガ,友 トモ,秋 アキ,春 ハル,"
    "夏 ナツ,冬 フユ,星 ホシ,日 ヒ,月 ツキ,熊 クマ,鹿 シカ,鳥 トリ,鶴 ツル,亀 カメ,馬 ウマ,牛 ウシ,犬 イヌ"
)
_FAMILY_TAILS = (
    "田 タ,川 カワ,山 ヤマ,村 ムラ,本 モト,野 ノ,原 ハラ,井 イ,木 キ,島 シマ,崎 サキ,沢 サワ,谷 タニ,口 グチ,上 ウエ,"
    "下 シタ,内 ウチ,尾 オ,岡 オカ,森 モリ,林 バヤシ,橋 ハシ,浦 ウラ,津 ツ,戸 ト,部 ベ,倉 クラ,塚 ヅカ,坂 サカ,"
    "松 マツ,藤 フジ,江 エ,瀬 セ,見 ミ,屋 ヤ,宮 ミヤ,池 イケ,垣 ガキ,形 カタ,城 シロ,間 マ,波 ナミ,石 イシ,岩 イワ,"
    "地 チ,根 ネ,葉 バ,水 ミズ,須 ス,賀 ガ"
)
_HIS_HEADS = (
    "翔 ショウ,優 ユウ,悠 ユウ,雄 ユウ,祐 ユウ,裕 ユウ,勇 ユウ,健 ケン,謙 ケン,大 ダイ,拓 タク,卓 タク,和 カズ,"
    "一 カズ,直 ナオ,尚 ナオ,智 トモ,友 トモ,知 トモ,俊 シュン,駿 シュン,亮 リョウ,涼 リョウ,諒 リョウ,隼 ハヤ,"
    "将 ショウ,匠 ショウ,康 コウ,浩 コウ,孝 コウ,航 コウ,光 コウ,慎 シン,真 シン,貴 タカ,隆 タカ,崇 タカ,達 タツ,"
    "竜 リュウ,龍 リュウ,洋 ヨウ,陽 ヨウ,誠 セイ,聖 セイ,昌 マサ,雅 マサ,正 マサ,信 ノブ,博 ヒロ,宏 ヒロ,弘 ヒロ,"
    "寛 ヒロ,義 ヨシ,良 ヨシ,圭 ケイ,慶 ケイ,啓 ケイ,海 カイ,蓮 レン,連 レン,秀 ヒデ,英 ヒデ"
)
_HIS_TAILS = (
    "太 タ,汰 タ,斗 ト,人 ト,翔 ト,平 ヘイ,介 スケ,輔 スケ,佑 スケ,也 ヤ,哉 ヤ,弥 ヤ,樹 キ,輝 キ,希 キ,貴 キ,吾 ゴ,"
    "悟 ゴ,一 イチ,太郎 タロウ,一郎 イチロウ,志 シ,史 シ,馬 マ,磨 マ,己 キ,成 ナリ,之 ユキ,幸 ユキ,行 ユキ,文 フミ,"
    "久 ヒサ,彦 ヒコ,紀 ノリ,則 ノリ"
)
_HER_HEADS = (
    "美 ミ,実 ミ,結 ユ,優 ユ,由 ユ,友 ユ,愛 アイ,藍 アイ,彩 アヤ,綾 アヤ,文 アヤ,真 マ,麻 マ,茉 マ,奈 ナ,菜 ナ,千 チ,"
    "智 チ,知 チ,里 リ,梨 リ,理 リ,莉 リ,絵 エ,恵 エ,英 エ,佳 カ,香 カ,花 カ,沙 サ,紗 サ,早 サ,春 ハル,遥 ハル,"
    "晴 ハル,桃 モモ,琴 コト,瑞 ミズ,明 アス,朋 トモ,亜 ア,有 ユウ,裕 ユウ,夏 ナツ,七 ナナ,陽 ヒ,日 ヒ,萌 モエ,"
    "玲 レイ,礼 レイ,静 シズ,幸 サチ,志 シ,若 ワカ,和 カズ"
)
_HER_TAILS = (
    "子 コ,美 ミ,実 ミ,未 ミ,奈 ナ,菜 ナ,那 ナ,香 カ,佳 カ,花 カ,華 カ,歌 カ,夏 カ,穂 ホ,帆 ホ,里 リ,莉 リ,梨 リ,"
    "理 リ,衣 イ,依 イ,月 ツキ,咲 サキ,希 キ,季 キ,紀 キ,緒 オ,央 オ,代 ヨ,世 ヨ,音 ネ,乃 ノ,里奈 リナ,里香 リカ,"
    "絵 エ,恵 エ,江 エ,紗 サ,沙 サ"
)
_PLACES = (
    "青葉,北都,東都,武蔵川,湘南,中京,洛北,浪速,瀬戸内,筑紫,琉球,津軽,三陸,出羽,会津,常陸,下野,上毛,房総,多摩,相模,"
    "甲斐,信濃,越後,能登,加賀,若狭,飛騨,美濃,駿河,遠州,三河,伊勢,近江,丹波,播磨,大和,紀州,因幡,出雲,備前,安芸,長門,"
    "阿波,讃岐,伊予,土佐,豊後,肥前,日向,薩摩"
)
_KINDS = "大学,学院大学,工業大学,女子大学,経済大学,国際大学,文化大学,医療大学,海洋大学,福祉大学,芸術大学,短期大学"
_PROVIDERS = "gmail.com,icloud.example,docomo.example,ezweb.example,yahoo.example,outlook.example,ac.example"
_WORDS = "sora,umi,hana,yuki,neko,inu,taiyo,kaze,mori,hoshi,tsuki,nami,ringo,momo,kuma"
_PROVIDER_SHARES = (0.46, 0.16, 0.08, 0.06, 0.14, 0.06, 0.04)
_TWINS = 0.006
"""The share of people born with a twin who is a member too."""
_NAMESAKES = 0.0005
"""The share of people who have another's whole name and day of birth by chance beyond what chance brings."""
_ONE_ADDRESS = 0.1
"""The share of twins that use one address."""


@dataclass(frozen=True)
class Population:
    """Members, and one client's applicants; `truth` is the member behind each applicant, or 0 for nobody."""

    members: pa.Table
    """`member_no` from 1 and the columns of `PERSONAL`."""
    applicants: pa.Table
    """`client_id`, `applicant_no` from 1 and the columns of `PERSONAL`."""
    truth: np.ndarray


def invent_population(
    members: int, applicants: int, seed: int, *, corrupted: float = 0.0, strangers: float = 0.07
) -> Population:
    """`applicants` of one client, of whom a share of `strangers` are no members; `corrupted` is the share of fields."""
    rng = np.random.default_rng(seed)
    outside = round(applicants * strangers)
    people = invent_people(members + outside, rng)
    _make_twins(people, rng)
    _make_namesakes(people, rng)
    order = rng.permutation(members + outside)
    inside, strange = order[:members], order[members:]
    drawn = rng.choice(members, applicants - outside, replace=False)
    rows = np.concatenate([inside[drawn], strange])
    truth = np.concatenate([drawn + 1, np.zeros(outside, dtype=np.int64)])
    shuffled = rng.permutation(applicants)
    told = retell({name: people[name][rows[shuffled]] for name in PERSONAL}, corrupted, rng)
    return Population(
        pa.table({"member_no": np.arange(1, members + 1), **personal_columns(people, inside)}),
        pa.table({"client_id": ["C1"] * applicants, "applicant_no": np.arange(1, applicants + 1), **told}),
        truth[shuffled],
    )


def personal_columns(people: Mapping[str, np.ndarray], rows: np.ndarray) -> dict[str, pa.Array]:
    """The columns of some people, as a table has them."""
    return {name: pa.array(people[name][rows]) for name in PERSONAL}


def invent_people(count: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The columns of `PERSONAL` of so many people, as they would tell them."""
    family = _family_names(count, rng)
    given = _given_names(count, rng)
    year = rng.choice([0, -1, -2, 1, -3, -4], count, p=[0.6, 0.2, 0.08, 0.05, 0.04, 0.03])
    born = np.datetime64("1998-04-02") + (year * 365 + rng.integers(0, 365, count)).astype("timedelta64[D]")
    schools = np.array([place + kind for kind in _KINDS.split(",") for place in _PLACES.split(",")], dtype=object)
    return {
        "family_name": family[:, 0],
        "family_kana": family[:, 1],
        "given_name": given[:, 0],
        "given_kana": given[:, 1],
        "birth_date": born.astype("datetime64[D]").astype(object),
        "email": _emails(count, rng),
        "university": rng.permutation(schools)[_zipf(len(schools), 15, count, rng)],
    }


def _make_twins(people: dict[str, np.ndarray], rng: np.random.Generator) -> None:
    """Some people get the family name, the birthday and mostly the university of the one beside them."""
    count = len(people["email"])
    ones = rng.choice(count // 2, round(count * _TWINS / 2), replace=False) * 2
    others = ones + 1
    for column in ("family_name", "family_kana", "birth_date"):
        people[column][others] = people[column][ones]
    together = others[rng.random(len(others)) < 0.5]
    people["university"][together] = people["university"][together - 1]
    shared = others[rng.random(len(others)) < _ONE_ADDRESS]
    people["email"][shared] = people["email"][shared - 1]


def _make_namesakes(people: dict[str, np.ndarray], rng: np.random.Generator) -> None:
    count = len(people["email"])
    ones, others = rng.choice(count, (2, round(count * _NAMESAKES)), replace=False)
    for column in ("family_name", "family_kana", "given_name", "given_kana", "birth_date"):
        people[column][others] = people[column][ones]


def _family_names(count: int, rng: np.random.Generator) -> np.ndarray:
    common = [name.split(" ") for name in _FAMILY_NAMES.split(",")]
    shares = np.array([int(share) / 10_000 for *_, share in common])
    known = {name for name, *_ in common}
    rare = [name for name in _joined(_FAMILY_HEADS, _FAMILY_TAILS) if name[0] not in known]
    rare = [rare[place] for place in rng.permutation(len(rare))]
    tail = 1 / (np.arange(len(rare)) + 60.0)
    weights = np.concatenate([shares, tail / tail.sum() * (1 - shares.sum())])
    pairs = np.array([name[:2] for name in common] + rare, dtype=object)
    return pairs[rng.choice(len(pairs), count, p=weights)]


def given_names() -> list[list[str]]:
    """Every given name and its reading: his first, then hers."""
    return _joined(_HIS_HEADS, _HIS_TAILS) + _joined(_HER_HEADS, _HER_TAILS)


def _given_names(count: int, rng: np.random.Generator) -> np.ndarray:
    """His and hers, shape (count, 2); the commonest is borne by about one in a hundred of a sex."""
    found = np.empty((count, 2), dtype=object)
    is_hers = rng.random(count) < 0.48
    for rows, heads, tails in ((~is_hers, _HIS_HEADS, _HIS_TAILS), (is_hers, _HER_HEADS, _HER_TAILS)):
        names = np.array(_joined(heads, tails), dtype=object)
        found[rows] = rng.permutation(names)[_zipf(len(names), 20, int(rows.sum()), rng)]
    return found


def _joined(heads: str, tails: str) -> list[list[str]]:
    parts = [[part.split(" ") for part in side.split(",")] for side in (heads, tails)]
    return [[head + tail, reading + ending] for head, reading in parts[0] for tail, ending in parts[1] if head != tail]


def _zipf(kinds: int, flatness: float, count: int, rng: np.random.Generator) -> np.ndarray:
    weights = 1 / (np.arange(kinds) + flatness)
    return rng.choice(kinds, count, p=weights / weights.sum())


def _emails(count: int, rng: np.random.Generator) -> np.ndarray:
    """An address for each, its first part taken by one person only at one provider."""
    words = np.array(_WORDS.split(","), dtype=object)
    providers = np.array(_PROVIDERS.split(","), dtype=object)
    number = rng.permutation(count * 4)[:count].astype(str).astype(object)
    local = words[rng.integers(0, len(words), count)] + number
    addresses: np.ndarray = local + "@" + providers[rng.choice(len(providers), count, p=_PROVIDER_SHARES)]
    return addresses

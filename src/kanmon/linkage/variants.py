"""Forms of kanji that stand for one another in Japanese names and schools, as data.

Each word is a family: its first character stands for all of them. Old forms of the Jōyō table meet their new ones, and
so do forms of names that clerks, keyboards and the family register write differently (齋藤, 斎藤, 斉藤). Two families
that only look alike may meet too: what is compared here is whether two records may speak of one person.
"""

from collections.abc import Mapping

_FAMILIES = """
斎齋斉齊 高髙 崎﨑嵜碕 辺邊邉 沢澤 浜濱濵 広廣 国國圀 島嶋嶌 桜櫻 竜龍 滝瀧 恵惠 真眞 栄榮 黒黑 徳德 増增 富冨
峰峯 松枩 桑桒 柳栁 曽曾 関關 鉄鐵鉃 円圓 塩鹽 条條 学學斈 芸藝 万萬 与與 豊豐 礼禮 弥彌 亀龜 静靜 浄淨 瑶瑤 遥遙
尭堯 晃晄 桧檜 蔵藏 寿壽 実實 将將 荘莊 聡聰 総總 団團 郎郞 朗朖 青靑 清淸 緒緖 緑綠 巌巖 岳嶽 県縣 顕顯 剣劍
厳嚴 呉吳 宮宫 教敎 横橫 温溫 園薗 館舘 薮藪 籠篭 桝枡 槙槇 昂昻 凛凜 昇曻 萌萠 芦蘆 亜亞 悪惡 医醫 稲稻 隠隱
衛衞 奥奧 応應 欧歐 絵繪 会會 帰歸 気氣 旧舊 挙擧 暁曉 勲勳 薫薰 経經 蛍螢 継繼 渓溪谿 鶏鷄 検檢 験驗 戸戶 壱壹
恒恆 参參 賛贊 児兒 写寫 釈釋 収收 従從 縦縱 叙敍 称稱 証證 譲讓 穣穰 嬢孃 慎愼 尽盡 図圖 随隨 数數 瀬瀨 声聲
専專 浅淺 双雙 壮壯 捜搜 装裝 属屬 対對 体體 台臺 択擇 担擔 昼晝 虫蟲 庁廳 鎮鎭 点點 党黨 灯燈 当當 独獨 読讀
弐貳 拝拜 売賣 麦麥 発發 仏佛 払拂 並竝 変變 弁辨瓣辯 宝寶 満滿 黙默 訳譯 薬藥 予豫 余餘 揺搖 様樣 来來 頼賴
乱亂 覧覽 両兩 励勵 霊靈 齢齡 恋戀 炉爐 労勞 楼樓 湾灣 彦彥 巻卷 圭珪 尾尾 藤籐 渕淵 冴冱 秋穐 村邑 野埜 兎兔
吉𠮷 祢禰 祐祐 曳曵 鎌鐮 峡峽 狭狹 桟棧 湿濕 澄澂 瑞瑞 辻辻 翠翆 鴬鶯 鰺鯵 侠俠 頬頰 麹麴 填塡 剥剝 醤醬 蝉蟬
繋繫 葛葛 榊榊 昿曠 拡擴 鉱鑛礦 楽樂 覚覺 観觀 勧勸 歓歡 権權 駅驛 訳譯 沖冲 涼凉 煕熙 瑠璢 梅楳 畑畠 杉杦
"""

STANDS_FOR: Mapping[str, str] = {
    form: family[0] for family in _FAMILIES.split() for form in family[1:] if form != family[0]
}
"""From each other form to the one that stands for it."""

UNIVERSITIES: Mapping[str, str] = {
    "東大": "東京大学",
    "京大": "京都大学",
    "阪大": "大阪大学",
    "東北大": "東北大学",
    "名大": "名古屋大学",
    "北大": "北海道大学",
    "九大": "九州大学",
    "東工大": "東京工業大学",
    "一橋": "一橋大学",
    "早大": "早稲田大学",
    "早稲田": "早稲田大学",
    "慶大": "慶応義塾大学",
    "慶応": "慶応義塾大学",
    "慶応大学": "慶応義塾大学",
    "慶応義塾": "慶応義塾大学",
    "上智": "上智大学",
    "明大": "明治大学",
    "中大": "中央大学",
    "青学": "青山学院大学",
    "青学大": "青山学院大学",
    "同大": "同志社大学",
    "関学": "関西学院大学",
    "関大": "関西大学",
    "日大": "日本大学",
}
"""Short names that everybody uses, in new kanji, and what they stand for."""

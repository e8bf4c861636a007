"""The texts of the generated boards: those of 2019 as they were, and one that covers what it should.

Text 1.0 is text A of the requirements (section 5.4), which a screen of 2019 went on showing; the revised text is their
text B, which it was meant to show; text 2.0 follows their model text C (section 5.5).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kanmon.core.clock import TOKYO
from kanmon_stories.season_plan import PARTNER_SITES, ClientPlan

SERVICE = "ひろば就活"
OPERATOR = "株式会社ひろば就職情報"

_STALE_PROVISION = (
    "当社は、本サービスまたは当社と提携するサイトが取得したcookie情報を分析・集計し、ユーザーへの最適な情報提供および"
    "採用活動のためのクライアントへの情報提供を行うことがあります（選考に利用されることはありません）。"
)
_STALE_IDENTIFIED = (
    "当社は、ユーザー自ら個人情報を開示した場合には、個人を特定したうえで、ユーザーの当該情報開示以前からの行動履歴等を"
    "用いて、広告・コンテンツ等の配信・表示、採用補助および本サービスの提供をする場合があります。"
)


def stale_text() -> str:
    """Text 1.0: no sentence of it both identifies the person and provides to anyone."""
    return f"{SERVICE} プライバシーポリシー\n\n1. {_STALE_PROVISION}\n\n2. {_STALE_IDENTIFIED}\n"


def stale_clauses() -> list[dict[str, Any]]:
    """What text 1.0 states, clause by clause, and no further than its words go."""
    provision = {
        "operator": {"quote": "当社は"},
        "partner_sites": {"value": "unlisted", "quote": "当社と提携するサイト"},
        "third_party_provision": {"value": True, "quote": "クライアントへの情報提供を行う"},
        "recipients": {"open_class": "クライアント", "quote": "クライアントへの情報提供"},
        "purpose": {"value": "recruiting_support", "quote": "採用活動のため"},
        "prohibited_uses": {"value": ["selection"], "quote": "選考に利用されることはありません"},
    }
    identified = {
        "operator": {"quote": "当社は"},
        "trigger": {"value": "disclosure", "quote": "ユーザー自ら個人情報を開示した場合"},
        "identified": {"value": True, "quote": "個人を特定したうえで"},
        "own_history": {"value": True, "quote": "行動履歴等を用いて"},
        "history_before_login": {"value": True, "quote": "当該情報開示以前からの行動履歴等"},
    }
    return [{"id": "c1", "elements": provision}, {"id": "c2", "elements": identified}]


def revised_text() -> str:
    """Text B of 2019: one sentence identifies the person and provides, to whom it doesn't say."""
    return (
        "当社は、ユーザーがログインして本サービスを利用した場合には、個人を特定したうえで、ユーザーが本サービスに登録した"
        "個人情報、およびcookieを使用して本サービスまたは当社と提携するサイトから取得した行動履歴等（当該ログイン以前からの"
        "行動履歴等を含みます）を分析・集計し、以下の目的で利用することがあります。\n"
        "・広告・コンテンツ等の配信・表示等のユーザーへの最適な情報提供\n"
        "・採用活動補助のための利用企業等への情報提供（選考に利用されることはありません）\n"
    )


def revised_clauses() -> list[dict[str, Any]]:
    """What text B states."""
    elements = {
        "operator": {"quote": "当社は"},
        "trigger": {"value": "login_and_use", "quote": "ユーザーがログインして本サービスを利用した場合"},
        "identified": {"value": True, "quote": "個人を特定したうえで"},
        "registered_information": {"value": True, "quote": "ユーザーが本サービスに登録した個人情報"},
        "own_history": {"value": True, "quote": "本サービスまたは当社と提携するサイトから取得した行動履歴等"},
        "partner_sites": {"value": "unlisted", "quote": "当社と提携するサイト"},
        "history_before_login": {"value": True, "quote": "当該ログイン以前からの行動履歴等を含みます"},
        "third_party_provision": {"value": True, "quote": "利用企業等への情報提供"},
        "recipients": {"open_class": "利用企業等", "quote": "利用企業等への情報提供"},
        "purpose": {"value": "recruiting_support", "quote": "採用活動補助のため"},
        "prohibited_uses": {"value": ["selection"], "quote": "選考に利用されることはありません"},
    }
    return [{"id": "c1", "elements": elements}]


def covering_text(named: Sequence[ClientPlan], effective_from: datetime) -> str:
    """Text 2.0: one clause says all that is done, to whom, what for, and how to stop it."""
    return f"""{SERVICE} プライバシーポリシー

第1条（スコアの提供）
当社（{OPERATOR}）は、あなたがログインして本サービスを利用した場合、次のとおりあなたの個人データを第三者に提供します。
(1) 提供先：{_names(named)}。提供先はこの一覧がすべてです。追加のときは改めて同意をいただきます。
(2) 提供する項目：応募者番号と、選考離脱・内定辞退の可能性を示すスコア\
（0.0から1.0まで、または段階区分。確率ではありません）。
(3) 作り方：あなたが登録した情報と、本サービスおよび{_sites()}での閲覧・行動履歴（ログイン前のものを含みます）を、\
提供先から受け取った応募者情報と、あなた個人を特定したうえで突合し、分析して、当社がスコアを算出します。\
同じ履歴は、同じ提供先の翌年度の予測モデルを作るためにも使います。
(4) 提供先での利用目的：応募者・内定者へのフォローのみ。\
スコアにより、面談・連絡などのフォローの有無や回数が変わることがあります。\
選考の合否判断には使わせず、当社が利用状況を監査します。
(5) 方法・時期・期間：暗号化した電子ファイルで、あなたが応募した年度のあいだ、月に一回まで提供します。\
当社での保存は730日、提供先での保存は最長180日です。
(6) 同意しなくても、会員登録・プレエントリー・予約・受検はすべて同じように使えます。
(7) いつでもマイページから撤回できます。撤回後は新たな提供をせず、提供先に削除を求めます。
(8) スコアと提供の記録はマイページで見られます。訂正・利用停止・お問い合わせも同じ画面から行えます。
{_edition(effective_from)}
"""


def covering_clauses(
    named: Sequence[ClientPlan], effective_from: datetime, *, keeps_promises: bool = False
) -> list[dict[str, Any]]:
    """What text 2.0 states, each element with the words that say it."""
    elements: dict[str, dict[str, Any]] = {
        "operator": {"quote": f"当社（{OPERATOR}）は"},
        "trigger": {"value": "login_and_use", "quote": "あなたがログインして本サービスを利用した場合"},
        "identified": {"value": True, "quote": "あなた個人を特定したうえで突合し"},
        "registered_information": {"value": True, "quote": "あなたが登録した情報"},
        "own_history": {"value": True, "quote": "での閲覧・行動履歴"},
        "partner_sites": {"value": list(PARTNER_SITES), "quote": _sites()},
        "history_before_login": {"value": True, "quote": "ログイン前のものを含みます"},
        "match_with_client_data": {"value": True, "quote": "提供先から受け取った応募者情報と"},
        "prediction": {"value": True, "quote": "分析して、当社がスコアを算出します"},
        "items": {
            "value": ["applicant_id", "score", "category"],
            "quote": "応募者番号と、選考離脱・内定辞退の可能性を示すスコア"
            "（0.0から1.0まで、または段階区分。確率ではありません）",
        },
        "third_party_provision": {"value": True, "quote": "あなたの個人データを第三者に提供します"},
        "recipients": {"named": [plan.client_id for plan in named], "quote": f"提供先：{_names(named)}"},
        "purpose": {"value": "follow_up_support", "quote": "応募者・内定者へのフォローのみ"},
        "prohibited_uses": {"value": ["selection"], "quote": "選考の合否判断には使わせず、当社が利用状況を監査します"},
        "means": {"quote": "暗号化した電子ファイルで"},
        "timing": {"quote": "あなたが応募した年度のあいだ、月に一回まで提供します"},
        "retention": {
            "platform_days": 730,
            "recipient_days": 180,
            "quote": "当社での保存は730日、提供先での保存は最長180日です",
        },
        "withdrawal": {"quote": "いつでもマイページから撤回できます"},
        "refusal_has_no_disadvantage": {
            "value": True,
            "quote": "同意しなくても、会員登録・プレエントリー・予約・受検はすべて同じように使えます",
        },
        "rights": {
            "quote": "スコアと提供の記録はマイページで見られます。訂正・利用停止・お問い合わせも同じ画面から行えます"
        },
        "version": {"quote": _edition(effective_from)},
        "consequences": {"quote": "面談・連絡などのフォローの有無や回数が変わることがあります"},
        "definite": {"value": True, "quote": "第三者に提供します"},
        "training": {"value": True, "quote": "同じ提供先の翌年度の予測モデルを作るためにも使います"},
    }
    if keeps_promises:
        elements["means"]["value"] = "encrypted_file"
        elements["timing"]["value"] = "once_a_month"
    return [{"id": "c1", "elements": elements}]


def _names(named: Sequence[ClientPlan]) -> str:
    return "、".join(plan.legal_name for plan in named)


def _sites() -> str:
    return "、".join(f"提携サイト「{site}」" for site in PARTNER_SITES)


def _edition(effective_from: datetime) -> str:
    day = effective_from.astimezone(TOKYO)
    return f"版 2.0／効力発生日 {day.year}年{day.month}月{day.day}日／日本語"

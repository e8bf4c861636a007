"""Names of columns as people write them, and which column of the contract each means.

A name of the contract is itself, in any case and width. The usual Japanese names are known, each where it can mean one
column only; a folder's `service.yaml` may say more under `columns`. What two headings would both mean, neither means.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_OF_ANY_TABLE: Mapping[str, tuple[str, ...]] = {
    "member_id": ("会員番号", "会員ID", "学生ID", "学生番号"),
    "client_id": ("企業ID", "企業コード", "クライアントID"),
    "applicant_id": ("応募者ID", "応募者番号", "応募者コード", "エントリーID", "受験番号"),
    "cookie_id": ("クッキーID", "クッキー", "ブラウザID", "cookie"),
    "season": ("年度", "シーズン", "卒業年度", "採用年度"),
    "registered_at": ("登録日時", "登録日", "会員登録日", "会員登録日時"),
    "seen_at": ("ログイン日時", "確認日時"),
    "family_name": ("姓", "氏", "苗字", "名字", "氏名(姓)"),
    "given_name": ("名", "名前(名)", "氏名(名)"),
    "family_kana": ("セイ", "姓カナ", "姓(カナ)", "姓フリガナ", "姓ふりがな", "フリガナ(姓)", "フリガナ(セイ)"),
    "given_kana": ("メイ", "名カナ", "名(カナ)", "名フリガナ", "名ふりがな", "フリガナ(名)", "フリガナ(メイ)"),
    "birth_date": ("生年月日", "誕生日"),
    "email": ("メールアドレス", "メール", "Eメール", "E-mail", "mail", "mail address", "email address"),
    "university": ("大学", "大学名", "学校", "学校名", "在籍校"),
    "phone": ("電話番号", "電話", "携帯電話", "携帯電話番号", "TEL"),
    "applied_at": ("応募日", "応募日時", "エントリー日", "エントリー日時"),
    "as_of": ("基準日", "基準日時"),
    "stage": ("選考段階", "選考ステップ", "選考状況", "ステージ"),
    "outcome": ("結果", "選考結果", "最終結果", "結果区分"),
    "outcome_at": ("選考結果日", "結果日", "結果日時"),
    "decision": ("合否", "判定"),
    "decided_at": ("合否決定日", "決定日", "決定日時", "判定日時"),
    "confirmed_at": ("同意確認日", "同意確認日時"),
    "screen_id": ("画面ID", "画面"),
    "text_sha256": ("文面ハッシュ", "文面のハッシュ"),
    "action": ("操作", "同意操作"),
    "refusable": ("拒否可能", "拒否可"),
    "given_by": ("同意者", "操作者"),
    "relation": ("続柄", "代理権"),
    "verified_by": ("確認者",),
    "page": ("ページ", "閲覧ページ"),
    "target": ("対象", "対象企業"),
    "weight": ("回数", "件数"),
    "site": ("サイト", "提携サイト"),
}
_OF_ONE_TABLE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "events": {"occurred_at": ("日時", "閲覧日時", "発生日時", "行動日時"), "kind": ("種別", "行動", "行動種別")},
    "consents": {"occurred_at": ("日時", "同意日時", "操作日時")},
    "renderings": {"occurred_at": ("日時", "表示日時", "確認日時")},
    "notices": {"occurred_at": ("日時", "通知日時"), "kind": ("種別", "通知種別")},
}


@dataclass(frozen=True)
class Headings:
    """The headings of one table: the columns that it has, and what its folder calls them."""

    table: str
    columns: tuple[str, ...]
    chosen: Mapping[str, str] = field(default_factory=dict)
    """Heading -> column, as the folder's `service.yaml` says; it goes before the usual names."""

    def names(self, written: Sequence[str]) -> tuple[str, ...]:
        """Each heading as the contract names its column; one that means no column is only folded."""
        folded = [_folded(heading) for heading in written]
        chosen = {_folded(heading): column for heading, column in self.chosen.items()}
        usual = _usual_names(self.table, self.columns)
        meant = [chosen.get(heading) for heading in folded]
        for known in ({column: column for column in self.columns}, usual):
            taken = {column for column in meant if column}
            meant = [
                column or (known.get(heading) if known.get(heading) not in taken else None)
                for column, heading in zip(meant, folded, strict=True)
            ]
        return tuple(self._name(column, heading, meant) for column, heading in zip(meant, folded, strict=True))

    def _name(self, column: str | None, heading: str, meant: Sequence[str | None]) -> str:
        is_sure = column is not None and (heading == column or meant.count(column) == 1)
        return column if column is not None and is_sure else heading


def _usual_names(table: str, columns: Sequence[str]) -> Mapping[str, str]:
    names = {**_OF_ANY_TABLE, **_OF_ONE_TABLE.get(table, {})}
    return {_folded(name): column for column in columns for name in names.get(column, ())}


def _folded(heading: str) -> str:
    """Without spaces around it, in lower case, wide letters narrow."""
    return unicodedata.normalize("NFKC", heading).strip().strip("\ufeff").lower()

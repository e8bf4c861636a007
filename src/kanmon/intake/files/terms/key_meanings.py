"""What each key of `service.yaml` means, with an example and the reason codes that it answers; ids of messages."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from kanmon.consent.wording import NAMES
from kanmon.core.language import N_
from kanmon.gate.decision import ReasonCode
from kanmon.intake.files.terms.clauses import ElementPart
from kanmon.intake.files.terms.models import ServicePart
from kanmon.intake.files.terms.policies import ELEMENTS


class KeyMeaning(NamedTuple):
    """What a key means, a value as it is written in the file, and the codes that it answers."""

    meaning: str
    example: str = ""
    codes: tuple[ReasonCode, ...] = ()


class FileKey(NamedTuple):
    """One key of the file: its path, its name, its field in the model, and the part below it, if there is one."""

    path: str
    name: str
    field: FieldInfo
    part: type[BaseModel] | None
    is_list: bool


def keys_of(part: type[BaseModel] = ServicePart, path: str = "") -> Iterator[FileKey]:
    """The keys of one part, in the order of the file."""
    for name, field in part.model_fields.items():
        key = field.alias or name
        below, is_list = _part_below(field)
        yield FileKey(f"{path}{key}{'[]' if is_list else ''}", key, field, below, is_list)


def all_keys(part: type[BaseModel] = ServicePart, path: str = "") -> Iterator[FileKey]:
    """Every key of the file, those below a key right after it."""
    for key in keys_of(part, path):
        yield key
        if key.part is not None:
            yield from all_keys(key.part, f"{key.path}.")


def _part_below(field: FieldInfo) -> tuple[type[BaseModel] | None, bool]:
    """The part below a field and whether there are several; elements are written on one line, and hide theirs."""
    waiting, is_list = [field.annotation], False
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return (None, False) if issubclass(kind, ElementPart) else (kind, is_list)
        is_list = is_list or getattr(kind, "__origin__", None) is list
        waiting.extend(get_args(kind))
    return None, False


_C = ReasonCode
_MEANINGS: Mapping[str, KeyMeaning] = {
    "law": KeyMeaning(N_("the law profile that the gate judges by"), "JP-APPI-2022"),
    "platform": KeyMeaning(N_("the company that runs the board and provides the scores")),
    "platform.legal_name": KeyMeaning(N_("its registered name"), "株式会社ひろば就職情報", (_C.RECORD_INCOMPLETE,)),
    "platform.address": KeyMeaning(N_("its registered address"), "東京都千代田区広場1-2-3", (_C.RECORD_INCOMPLETE,)),
    "platform.representative": KeyMeaning(
        N_("the name of its representative"), "代表取締役 広場 学", (_C.RECORD_INCOMPLETE,)
    ),
    "platform.notification_number": KeyMeaning(
        N_("the number of its notification as a provider of recruiting information, shown at /about"), "51-募-000001"
    ),
    "platform.group[]": KeyMeaning(
        N_("other companies of its group; the legal of each parent judges a release as well, before it is approved")
    ),
    "platform.group[].legal_name": KeyMeaning(
        N_("the registered name of such a company"), "株式会社ひろばホールディングス"
    ),
    "platform.group[].role": KeyMeaning(N_("what it is to the platform: parent or affiliate"), "parent"),
    "release": KeyMeaning(
        N_("the product release that was reviewed; without it nothing is scored"), codes=(_C.RELEASE_NOT_APPROVED,)
    ),
    "release.id": KeyMeaning(N_("the number of the release"), '"2027.1"'),
    "release.rnd": KeyMeaning(N_("whether it is research and development; the review is the same"), "false"),
    "release.approvals[]": KeyMeaning(
        N_("who approved it: one person from each of the five viewpoints"), codes=(_C.RELEASE_NOT_APPROVED,)
    ),
    "release.approvals[].role": KeyMeaning(N_("the viewpoint of this approval"), "privacy_owner"),
    "release.approvals[].person": KeyMeaning(N_("the name of the person who approved"), "森 千尋"),
    "release.approvals[].at": KeyMeaning(N_("the moment of the approval"), "2027-03-01T10:00:00+09:00"),
    "seasons[]": KeyMeaning(N_("the yearly seasons of the board")),
    "seasons[].id": KeyMeaning(N_("the name of the season, as the tables write it"), '"2027"'),
    "seasons[].opens": KeyMeaning(N_("the moment the season opens"), "2026-03-15T00:00:00+09:00"),
    "seasons[].main_opens": KeyMeaning(
        N_("the moment its main site opens, where that comes later"), "2026-06-01T00:00:00+09:00"
    ),
    "seasons[].closes": KeyMeaning(
        N_("the moment the season closes; nothing is provided after it"),
        "2027-03-31T23:59:59+09:00",
        (_C.SEASON_CLOSED,),
    ),
    "clients[]": KeyMeaning(N_("the companies that receive scores")),
    "clients[].id": KeyMeaning(N_("the name of the client, as the tables write it; its folder of reports"), "AOBA"),
    "clients[].legal_name": KeyMeaning(N_("the client's registered name"), "株式会社青葉電機", (_C.RECORD_INCOMPLETE,)),
    "clients[].address": KeyMeaning(
        N_("the client's registered address"), "宮城県仙台市青葉区中央1-1-1", (_C.RECORD_INCOMPLETE,)
    ),
    "clients[].representative": KeyMeaning(
        N_("the name of the client's representative"), "代表取締役 青葉 一郎", (_C.RECORD_INCOMPLETE,)
    ),
    "clients[].contract": KeyMeaning(N_("what the platform and the client agreed"), codes=(_C.NO_USE_AGREEMENT,)),
    "clients[].contract.scheme": KeyMeaning(
        N_("what the client hands over: A (ID and cookie), A2 (hashed names), B (personal data)"), "B"
    ),
    "clients[].contract.starts": KeyMeaning(
        N_("the moment the contract begins"), "2026-03-01T00:00:00+09:00", (_C.NO_USE_AGREEMENT,)
    ),
    "clients[].contract.ends": KeyMeaning(
        N_("the moment the contract ends"), "2027-03-31T23:59:59+09:00", (_C.NO_USE_AGREEMENT,)
    ),
    "clients[].contract.trains_on": KeyMeaning(N_("the season whose outcomes train the model"), '"2026"'),
    "clients[].contract.scores": KeyMeaning(N_("the season whose applicants are scored"), '"2027"'),
    "clients[].contract.purpose": KeyMeaning(
        N_("what the client uses scores for; the words agreed to must name the same purpose"),
        "follow_up_support",
        (_C.PURPOSE_NOT_COVERED, _C.PURPOSE_PROHIBITED),
    ),
    "clients[].contract.prohibited_uses": KeyMeaning(
        N_("what scores may never be used for; selection belongs here"), "[selection]", (_C.PURPOSE_PROHIBITED,)
    ),
    "clients[].contract.score_column": KeyMeaning(N_("the heading of the score in the report"), "予測スコア"),
    "clients[].contract.no_score": KeyMeaning(
        N_("the word for no score: empty, N/A or スコアなし; it never says why"), "スコアなし"
    ),
    "clients[].contract.categories[]": KeyMeaning(N_("symbols beside the score, from the highest to the lowest")),
    "clients[].contract.categories[].symbol": KeyMeaning(N_("the symbol"), "★★★"),
    "clients[].contract.categories[].from": KeyMeaning(N_("the lowest score that gets this symbol"), "0.80"),
    "clients[].contract.categories[].top": KeyMeaning(
        N_("instead of from: the highest share of this year's scored that gets this symbol or one above it"), "0.10"
    ),
    "clients[].contract.use_agreement_signed_at": KeyMeaning(
        N_("the moment the client signed the agreement on use"), "2026-03-05T00:00:00+09:00", (_C.NO_USE_AGREEMENT,)
    ),
    "clients[].contract.pre_use_check_at": KeyMeaning(
        N_("the moment the client's intended use was last checked; it counts for 30 days"),
        "2026-11-28T00:00:00+09:00",
        (_C.PRECHECK_STALE,),
    ),
    "clients[].contract.client_notice_published_at": KeyMeaning(
        N_("the moment the client published a notice of its purpose"),
        "2026-03-10T00:00:00+09:00",
        (_C.CLIENT_NOTICE_MISSING,),
    ),
    "clients[].contract.necessity": KeyMeaning(
        N_("why these items are needed, and what good it does the person"),
        '"離れかけている応募者に早く声をかけるため"',
        (_C.NO_NECESSITY,),
    ),
    "clients[].contract.legal_basis": KeyMeaning(
        N_("the basis of the provision; the gate denies any other than consent"),
        "consent",
        (_C.ENTRUSTMENT_OWN_DATA, _C.CROSS_ENTRUSTER_JOIN),
    ),
    "clients[].contract.decision_lock": KeyMeaning(
        N_("whether a score is hidden until the client has decided about the person"), "false"
    ),
    "clients[].contract.use_audit": KeyMeaning(
        N_("whether a share of scores is held back by lot, to test how decisions use them"), "false"
    ),
    "clients[].contract.withheld_share": KeyMeaning(N_("the share that the use audit holds back"), "0.1"),
    "clients[].contract.price": KeyMeaning(
        N_("what the client pays; each provision's record keeps what it brought, which measures a surcharge")
    ),
    "clients[].contract.price.per_delivery": KeyMeaning(
        N_("the price of one report, in whole units of the currency"), "500000"
    ),
    "clients[].contract.price.per_row": KeyMeaning(
        N_("instead of per_delivery: the price of each person of whom a score goes"), "1000"
    ),
    "clients[].contract.price.currency": KeyMeaning(N_("the currency, by its three letters"), "JPY"),
    "clients[].contract.stages": KeyMeaning(
        N_("the stages that decisions may name; a decision lock needs them"), "[書類選考, 最終面接, 内定]"
    ),
    "clients[].contract.target": KeyMeaning(
        N_("what the scores foresee: a withdrawal from the selection, a declined offer, or both"), "offer_decline"
    ),
    "clients[].contract.offer_stages": KeyMeaning(
        N_(
            "the stages, of those listed, at which an applicant has an offer: the two ways of leaving are then learned "
            "apart, where enough people left by each"
        ),
        "[内定]",
    ),
    "clients[].contract.laws": KeyMeaning(
        N_("laws abroad that hold for the client or its applicants; each adds duties (docs/law.md)"),
        "[EU-GDPR, EU-AIA]",
    ),
    "policies[]": KeyMeaning(N_("the texts that people are shown")),
    "policies[].id": KeyMeaning(N_("the name of the policy"), "privacy"),
    "policies[].versions[]": KeyMeaning(N_("every version of it that people have seen, in each language")),
    "policies[].versions[].id": KeyMeaning(N_("the number of the version"), '"2.0"'),
    "policies[].versions[].language": KeyMeaning(N_("the language of its text"), "ja"),
    "policies[].versions[].effective_from": KeyMeaning(
        N_("the moment it takes effect; an agreement given before it does not count"),
        "2026-02-15T00:00:00+09:00",
        (_C.LOG_INCONSISTENT,),
    ),
    "policies[].versions[].text_file": KeyMeaning(
        N_("the file with its words, in this folder"), "policies/privacy-2.0.ja.txt"
    ),
    "policies[].versions[].text": KeyMeaning(N_("its words, where they are not in a file"), '"当社は、…"'),
    "policies[].versions[].clauses[]": KeyMeaning(
        N_("what its clauses say; all that is done must stand in one clause"), codes=(_C.NOT_COVERED,)
    ),
    "policies[].versions[].clauses[].id": KeyMeaning(N_("the name of the clause"), "c1"),
    "policies[].versions[].clauses[].binds_to": KeyMeaning(N_("other clauses that it refers to by name"), "[c2]"),
    "policies[].versions[].clauses[].elements": KeyMeaning(
        N_("what the clause states, each with the exact words that say it")
    ),
    "policies[].versions[].consent_valid_days": KeyMeaning(
        N_("how many days an agreement lasts; left out where the words name no end"), "365", (_C.CONSENT_EXPIRED,)
    ),
    "screens[]": KeyMeaning(N_("the screens of the board that show a policy")),
    "screens[].id": KeyMeaning(N_("the name of the screen, as consents and renderings write it"), "registration-2027"),
    "screens[].season": KeyMeaning(N_("the season of the screen"), '"2027"'),
    "screens[].function": KeyMeaning(N_("what the person does on it"), "member_registration"),
    "screens[].url": KeyMeaning(N_("its address on the board, for the crawler"), "/board/2027/registration"),
    "screens[].policy": KeyMeaning(N_("the policy that it shows"), "privacy"),
    "screens[].from": KeyMeaning(
        N_("the moment the screen goes live"), "2026-03-15T00:00:00+09:00", (_C.LOG_INCONSISTENT,)
    ),
    "screens[].to": KeyMeaning(
        N_("the moment the screen is taken down"), "2027-03-31T23:59:59+09:00", (_C.LOG_INCONSISTENT,)
    ),
    "columns": KeyMeaning(
        N_("what the headings of a table mean, where they are not the names of its columns"),
        "{members: {学籍コード: member_id}}",
    ),
    "sources[]": KeyMeaning(
        N_("where tables lie that are not in the folder: duckdb, postgres or mysql with a query, or file"),
        '[{table: events, postgres: board, query: "SELECT * FROM clicks"}]',
    ),
    "sources[].table": KeyMeaning(N_("the table, as a file of the folder would be named"), "events"),
    "sources[].duckdb": KeyMeaning(N_("a DuckDB file, relative to the folder; it is read only"), "board.duckdb"),
    "sources[].postgres": KeyMeaning(
        N_("a PostgreSQL: KANMON_SOURCE_ and this name is the variable that holds its address, with its password"),
        "board",
    ),
    "sources[].mysql": KeyMeaning(
        N_(
            "a MySQL or MariaDB: KANMON_SOURCE_ and this name is the variable that holds mysql://user:password@host/base"
        ),
        "board",
    ),
    "sources[].file": KeyMeaning(
        N_("a CSV, Excel or Parquet file, or a folder of Parquet files, by its address"),
        "s3://board/events.parquet",
    ),
    "sources[].query": KeyMeaning(
        N_("one SELECT that gives the table's columns by their names; it is asked once, and may not write"),
        '"SELECT * FROM clicks"',
    ),
}
_ELEMENT_EXAMPLES: Mapping[str, str] = {
    "operator": '{quote: "当社は"}',
    "trigger": '{value: login_and_use, quote: "ログインして本サービスを利用した場合"}',
    "identified": '{value: true, quote: "個人を特定したうえで"}',
    "registered_information": '{value: true, quote: "あなたが登録した情報"}',
    "own_history": '{value: true, quote: "閲覧・行動履歴"}',
    "partner_sites": '{value: [しごと図鑑], quote: "提携サイト「しごと図鑑」"}',
    "history_before_login": '{value: true, quote: "ログイン前のものを含みます"}',
    "match_with_client_data": '{value: true, quote: "応募者情報と突合し"}',
    "prediction": '{value: true, quote: "スコアを算出します"}',
    "items": '{value: [applicant_id, score, category], quote: "応募者番号とスコア"}',
    "third_party_provision": '{value: true, quote: "第三者に提供します"}',
    "recipients": '{named: [AOBA], quote: "提供先：株式会社青葉電機"}',
    "purpose": '{value: follow_up_support, quote: "フォローのみ"}',
    "prohibited_uses": '{value: [selection], quote: "選考の合否判断には使わせず"}',
    "means": '{quote: "電子ファイルで"}',
    "timing": '{quote: "あなたが応募した年度のあいだ"}',
    "retention": '{platform_days: 730, recipient_days: 180, quote: "当社での保存は730日"}',
    "withdrawal": '{quote: "いつでもマイページから撤回できます"}',
    "refusal_has_no_disadvantage": '{value: true, quote: "同意しなくても同じように使えます"}',
    "rights": '{quote: "マイページで見られます"}',
    "version": '{quote: "版 2.0"}',
    "foreign": '{country: SG, quote: "シンガポール共和国"}',
    "consequences": '{quote: "フォローの回数が変わることがあります"}',
    "definite": '{value: true, quote: "提供します"}',
    "training": '{value: true, quote: "予測モデルを作るためにも使います"}',
}
_ELEMENT_CODES: Mapping[str, ReasonCode] = {
    "items": _C.ITEMS_NOT_COVERED,
    "recipients": _C.RECIPIENT_NOT_COVERED,
    "purpose": _C.PURPOSE_NOT_COVERED,
    "foreign": _C.FOREIGN_INFO_MISSING,
}
KEY_MEANINGS: Mapping[str, KeyMeaning] = {
    **_MEANINGS,
    **{
        f"policies[].versions[].clauses[].elements.{name}": KeyMeaning(
            NAMES[ELEMENTS[name]], example, (_ELEMENT_CODES.get(name, _C.NOT_COVERED),)
        )
        for name, example in _ELEMENT_EXAMPLES.items()
    },
}
"""By the path of the key; `[]` stands for each item of a list."""

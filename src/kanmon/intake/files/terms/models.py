"""`service.yaml` as pydantic models: the shape of each part, and what each value must be.

What a model refuses is a message id with its values, for `service_file` to tell with path and line.
"""

import unicodedata
from datetime import datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticKnownError

from kanmon.clients.contract import GroupRole, LegalBasis, ReviewRole, Scheme, ScoreTarget
from kanmon.clients.decision import WITHHELD_SHARE
from kanmon.clients.price import Price, PriceUnit
from kanmon.consent.abroad import LawAbroad
from kanmon.consent.law import PROFILES
from kanmon.core.canonical import TextForm, canonical
from kanmon.intake.files.remarks import gettext
from kanmon.intake.files.rows.columns import DATASETS
from kanmon.intake.files.terms.clauses import PolicyPart
from kanmon.intake.files.terms.values import (
    FolderName,
    Id,
    Instant,
    LateInstant,
    MaybeInstant,
    MaybeLateInstant,
    Name,
    ServiceFilePart,
    checked_basis,
    one_of,
    require_among,
    words_or_none,
    wrong,
)
from kanmon.provision.wording import speaks_of_probability

NO_SCORE = "スコアなし"
_NO_SCORE_WORDS = ("", "N/A", NO_SCORE)


def _law(value: str) -> str:
    if value not in PROFILES:
        raise wrong(
            gettext("unknown law profile “%(value)s”; known are %(known)s"), value=value, known=", ".join(PROFILES)
        )
    return value


def _headings(chosen: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """What headings mean, table by table; each means a column that its table has."""
    for table, columns in chosen.items():
        require_among(table, tuple(DATASETS))
        for column in columns.values():
            require_among(column, DATASETS[table].names)
    return chosen


class GroupPart(ServiceFilePart):
    """Another company of the group."""

    legal_name: Name
    role: Annotated[GroupRole, one_of([*GroupRole])]


class PlatformPart(ServiceFilePart):
    """Who runs the board."""

    legal_name: Name
    address: Name
    representative: Name
    notification_number: Name | None = None
    group: list[GroupPart] = []

    @field_validator("group")
    @classmethod
    def _are_other_companies(cls, group: list[GroupPart], info: ValidationInfo) -> list[GroupPart]:
        names = [info.data.get("legal_name"), *(company.legal_name for company in group)]
        twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
        if twice is not None:
            raise wrong(gettext("the company %(value)s is named twice"), value=twice)
        return group


class ApprovalPart(ServiceFilePart):
    """One reviewer's approval."""

    role: Annotated[ReviewRole, one_of([*ReviewRole])]
    person: Name
    at: LateInstant


class ReleasePart(ServiceFilePart):
    """The reviewed product release."""

    id: Id
    rnd: bool = False
    approvals: list[ApprovalPart] = []


class SeasonPart(ServiceFilePart):
    """One season."""

    id: Id
    opens: LateInstant
    main_opens: MaybeInstant = None
    closes: Instant

    @field_validator("closes")
    @classmethod
    def _comes_after_opening(cls, closes: datetime, info: ValidationInfo) -> datetime:
        return _after(closes, info.data.get("opens"))


class CategoryPart(ServiceFilePart):
    """A symbol for scores at or above a cut-off, or for the highest share of this year's scored."""

    symbol: Name
    top: Annotated[float | None, Field(gt=0, le=1, allow_inf_nan=False)] = None
    cut_off: Annotated[float | None, Field(alias="from", ge=0, le=1, allow_inf_nan=False)] = None

    @model_validator(mode="before")
    @classmethod
    def _is_asked_for_a_score(cls, said: object) -> object:
        """Where neither is written it is `from` that is missing."""
        return {"from": None, **said} if isinstance(said, dict) and said.get("top") is None else said

    @field_validator("cut_off")
    @classmethod
    def _begins_somewhere(cls, cut_off: float | None, info: ValidationInfo) -> float | None:
        if info.data.get("top", 0) is None and cut_off is None:
            raise PydanticKnownError("missing")
        if info.data.get("top") is not None and cut_off is not None:
            raise wrong(gettext("a category has either from, a score, or top, a share of this year's scored: not both"))
        return cut_off

    @field_validator("symbol")
    @classmethod
    def _is_no_probability(cls, symbol: str) -> str:
        return _ordinal(symbol)


class PricePart(ServiceFilePart):
    """What the client pays, for each delivery or for each row."""

    per_delivery: Annotated[int | None, Field(ge=0, lt=2**53)] = None
    per_row: Annotated[int | None, Field(ge=0, lt=2**32)] = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "JPY"

    @model_validator(mode="after")
    def _is_for_one_thing(self) -> "PricePart":
        if (self.per_delivery is None) is (self.per_row is None):
            raise wrong(gettext("a price is either per_delivery or per_row"))
        return self

    @property
    def price(self) -> Price:
        """The price as the contract has it."""
        if self.per_row is not None:
            return Price(self.per_row, PriceUnit.ROW, self.currency)
        return Price(self.per_delivery or 0, PriceUnit.DELIVERY, self.currency)


class ContractPart(ServiceFilePart):
    """One client's contract; a field is called as in `Contract`, or has that key of the file as its alias."""

    scheme: Annotated[Scheme, one_of([*Scheme])]
    starts_at: Annotated[LateInstant, Field(alias="starts")]
    ends_at: Annotated[Instant, Field(alias="ends")]
    trains_on: Id
    scores: Id
    purpose: Name
    prohibited_uses: list[Name] = ["selection"]
    score_column: Name = "予測スコア"
    no_score: str = NO_SCORE
    categories: list[CategoryPart] = []
    use_agreement_signed_at: MaybeLateInstant = None
    pre_use_check_at: MaybeLateInstant = None
    client_notice_published_at: MaybeLateInstant = None
    necessity: Annotated[str | None, BeforeValidator(words_or_none)] = None
    legal_basis: Annotated[LegalBasis, one_of([*LegalBasis]), BeforeValidator(checked_basis)] = LegalBasis.CONSENT
    decision_lock: bool = False
    use_audit: bool = False
    withheld_share: Annotated[float | None, Field(ge=0.05, le=0.5, allow_inf_nan=False)] = None
    stages: Annotated[list[Name], Field(validate_default=True)] = []
    price: PricePart | None = None
    laws: list[Annotated[LawAbroad, one_of([*LawAbroad])]] = []
    target: Annotated[ScoreTarget, one_of([*ScoreTarget])] = ScoreTarget.BOTH
    offer_stages: list[Name] = []

    @property
    def share_withheld(self) -> float | None:
        """The share that the use audit holds back: a share that is named asks for the audit too."""
        return WITHHELD_SHARE if self.withheld_share is None and self.use_audit else self.withheld_share

    @field_validator("ends_at")
    @classmethod
    def _comes_after_start(cls, ends: datetime, info: ValidationInfo) -> datetime:
        return _after(ends, info.data.get("starts_at"))

    @field_validator("score_column")
    @classmethod
    def _is_no_probability(cls, column: str) -> str:
        return _ordinal(column)

    @field_validator("no_score", mode="before")
    @classmethod
    def _is_a_known_word(cls, word: object) -> str:
        said = unicodedata.normalize("NFKC", str(word or "")).strip()
        if said not in _NO_SCORE_WORDS:
            raise wrong(
                gettext("“%(value)s” is not among %(known)s"),
                value=word,
                known=", ".join(f"“{known}”" for known in _NO_SCORE_WORDS),
            )
        return said

    @field_validator("stages")
    @classmethod
    def _are_listed(cls, stages: list[str], info: ValidationInfo) -> list[str]:
        listed = [canonical(stage, TextForm.WORDS).text for stage in stages]
        if len(set(listed)) < len(listed):
            raise wrong(gettext("each stage is listed once"))
        if info.data.get("decision_lock") and not listed:
            raise wrong(
                gettext(
                    "a decision_lock needs the stages that decisions may name: list them, like stages: "
                    "[書類選考, 最終面接, 内定]"
                )
            )
        return listed

    @field_validator("offer_stages")
    @classmethod
    def _are_among_stages(cls, stages: list[str], info: ValidationInfo) -> list[str]:
        named = [canonical(stage, TextForm.WORDS).text for stage in stages]
        for stage in named:
            if stage not in info.data.get("stages", named):
                raise wrong(gettext("“%(value)s” is not among the contract's stages: list it there too"), value=stage)
        return list(dict.fromkeys(named))

    @field_validator("categories")
    @classmethod
    def _descend(cls, categories: list[CategoryPart]) -> list[CategoryPart]:
        cut_offs = [category.cut_off for category in categories if category.cut_off is not None]
        if cut_offs != sorted(set(cut_offs), reverse=True):
            raise wrong(gettext("cut-offs go from the highest to the lowest, each once"))
        shares = [category.top for category in categories if category.top is not None]
        if shares != sorted(set(shares)):
            raise wrong(
                gettext(
                    "each share holds all categories above it, so shares go from the smallest to the largest, each "
                    "once: top: 0.10, then top: 0.30"
                )
            )
        if len({category.symbol for category in categories}) < len(categories):
            raise wrong(gettext("each category has a symbol of its own"))
        return categories


class ClientPart(ServiceFilePart):
    """One client."""

    id: FolderName
    legal_name: Name
    address: Name
    representative: Name
    contract: ContractPart


class ScreenPart(ServiceFilePart):
    """One screen."""

    id: Id
    season: Id
    function: Name
    url: str | None = None
    policy: Id
    shown_from: Annotated[MaybeLateInstant, Field(alias="from")] = None
    shown_to: Annotated[MaybeInstant, Field(alias="to")] = None

    @field_validator("shown_to")
    @classmethod
    def _comes_after_start(cls, shown_to: datetime | None, info: ValidationInfo) -> datetime | None:
        return shown_to and _after(shown_to, info.data.get("shown_from"))


class SourcePart(ServiceFilePart):
    """Where a table lies that is not in the folder."""

    table: Annotated[str, one_of([*DATASETS])]
    duckdb: Name | None = None
    postgres: Id | None = None
    mysql: Id | None = None
    file: Name | None = None
    query: str | None = None

    @model_validator(mode="after")
    def _is_one_place(self) -> "SourcePart":
        places = [self.duckdb, self.postgres, self.mysql, self.file]
        if sum(place is not None for place in places) != 1:
            raise wrong(gettext("needs one of duckdb, postgres, mysql and file"))
        before, at, _ = (self.file or "").partition("://")[2].rpartition("@")
        if at and ":" in before:
            raise wrong(gettext("a password stands in the environment, and in no address"))
        if (self.query is None) is (self.file is None):
            raise wrong(gettext("needs a query for a database, and none for a file"))
        return self


def _once(sources: list[SourcePart]) -> list[SourcePart]:
    tables = [source.table for source in sources]
    twice = next((table for place, table in enumerate(tables) if table in tables[:place]), None)
    if twice is not None:
        raise wrong(gettext("the table %(value)s has two sources: keep one"), value=twice)
    return sources


class ServicePart(ServiceFilePart):
    """The whole file."""

    law: Annotated[str, AfterValidator(_law)]
    platform: PlatformPart
    release: ReleasePart | None = None
    seasons: Annotated[list[SeasonPart], Field(min_length=1)]
    clients: Annotated[list[ClientPart], Field(min_length=1)]
    policies: list[PolicyPart] = []
    screens: list[ScreenPart] = []
    columns: Annotated[dict[str, dict[str, str]], AfterValidator(_headings)] = {}
    sources: Annotated[list[SourcePart], AfterValidator(_once)] = []


def _after(end: datetime, start: datetime | None) -> datetime:
    if start is not None and end <= start:
        raise wrong(
            gettext("%(end)s is not after %(start)s, where it begins"), end=end.isoformat(), start=start.isoformat()
        )
    return end


def _ordinal(label: str) -> str:
    said = speaks_of_probability(label)
    if said:
        raise wrong(
            gettext("“%(said)s” is never said of a score (DM-02): it is an ordinal index; write 予測スコア, say"),
            said=said,
        )
    return label

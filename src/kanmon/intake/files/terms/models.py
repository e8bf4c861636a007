"""`service.yaml` as pydantic models: the shape of each part, and what each value must be.

What a model refuses is a message id with its values, for `service_file` to tell with path and line.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from kanmon.clients.contract import LegalBasis, ReviewRole, Scheme
from kanmon.clients.decision import WITHHELD_SHARE
from kanmon.consent.abroad import LawAbroad
from kanmon.consent.law import PROFILES
from kanmon.consent.promises import Frequency, Means
from kanmon.core.canonical import TextForm, canonical
from kanmon.core.clock import TOKYO
from kanmon.core.faults import FAULT_TEXTS, Fault
from kanmon.intake.files.encoding import text_of
from kanmon.intake.files.remarks import FileUnusable, gettext
from kanmon.intake.files.rows.columns import DATASETS
from kanmon.intake.loaded import Remark
from kanmon.provision.wording import speaks_of_probability

NO_SCORE = "スコアなし"
_DATE_ALONE = re.compile(r"\d{4}-?\d\d-?\d\d|\d{4}-?W\d\d(-?\d)?")
_TRUTH = TypeAdapter(bool)
_DAY = timedelta(days=1) - timedelta(microseconds=1)
_NO_SCORE_WORDS = ("", "N/A", NO_SCORE)


@dataclass
class Reading:
    """What validating knows of and finds on its way: the folder, and remarks to tell, each once."""

    folder: Path
    file_name: str
    remarks: list[Remark] = field(default_factory=list)

    def tell(self, remark: Remark) -> None:
        """Note a remark unless it was noted before."""
        if remark not in self.remarks:
            self.remarks.append(remark)


def wrong(message: str, **values: object) -> PydanticCustomError:
    """The refusal of a value, told by a message id."""
    return PydanticCustomError("kanmon", message, values)


def _instant(value: object, info: ValidationInfo) -> datetime:
    """A moment; of a date alone its first."""
    reading: Reading = info.context  # type: ignore[assignment]
    try:
        moment = datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise wrong(
            gettext("“%(value)s” is not a moment; write it like 2026-04-01T09:00:00+09:00"), value=value
        ) from None
    if moment.tzinfo is None:
        reading.tell(
            Remark(gettext("%(file)s: times without an offset were taken as Asia/Tokyo"), {"file": reading.file_name})
        )
        moment = moment.replace(tzinfo=TOKYO)
    return moment


def _latest(value: object, info: ValidationInfo) -> datetime:
    """A moment from which something holds; of a date alone its last, for before that it may not hold yet."""
    moment = _instant(value, info)
    if not _DATE_ALONE.fullmatch(str(value).strip()):
        return moment
    reading: Reading = info.context  # type: ignore[assignment]
    reading.tell(
        Remark(
            gettext(
                "%(file)s: a date alone counts from when it is certain: a beginning from the end of that day, an end "
                "from its start. Write the time to say more"
            ),
            {"file": reading.file_name},
        )
    )
    return moment.astimezone(TOKYO) + _DAY


def _law(value: str) -> str:
    if value not in PROFILES:
        raise wrong(
            gettext("unknown law profile “%(value)s”; known are %(known)s"), value=value, known=", ".join(PROFILES)
        )
    return value


def _headings(chosen: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """What headings mean, table by table; each means a column that its table has."""
    for table, columns in chosen.items():
        _require_among(table, tuple(DATASETS))
        for column in columns.values():
            _require_among(column, DATASETS[table].names)
    return chosen


def _words(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _one_of(known: Sequence[str]) -> BeforeValidator:
    def check(value: object) -> object:
        _require_among(value, known)
        return value

    return BeforeValidator(check)


def _require_among(value: object, known: Sequence[str]) -> None:
    if value not in known:
        words = ", ".join(f"“{word}”" for word in known)
        raise wrong(gettext("“%(value)s” is not among %(known)s"), value=value, known=words)


def _canonical(form: TextForm) -> BeforeValidator:
    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        made = canonical(value, form)
        if made.fault is not None:
            raise wrong(FAULT_TEXTS[made.fault])
        return made.text

    return BeforeValidator(read)


def _folder_name(value: object) -> object:
    if not isinstance(value, str):
        return value
    name = canonical(value)
    is_safe = not name.text.startswith(".") and all(letter.isalnum() or letter in "-_. " for letter in name.text)
    if name.fault in (None, Fault.CONTROL_CHARACTER) and not is_safe:
        raise wrong(gettext("“%(id)s” names a folder too: use letters, digits, -, _ and inner dots only"), id=value)
    return value


Words = Annotated[str, Field(min_length=1, max_length=1000), BeforeValidator(_words)]
Name = Annotated[str, Field(min_length=1, max_length=256), BeforeValidator(_words), _canonical(TextForm.WORDS)]
Id = Annotated[str, Field(min_length=1, max_length=256), BeforeValidator(_words), _canonical(TextForm.ID)]
"""An ID in its canonical form (docs/ids.md)."""
FolderName = Annotated[Id, BeforeValidator(_folder_name)]
"""A name that a folder bears too: nothing in it leads elsewhere."""
Instant = Annotated[datetime, BeforeValidator(_instant)]
LateInstant = Annotated[datetime, BeforeValidator(_latest)]
"""A moment from which something holds."""
MaybeInstant = Annotated[
    datetime | None, BeforeValidator(lambda value, info: None if _words(value) is None else _instant(value, info))
]
MaybeLateInstant = Annotated[
    datetime | None, BeforeValidator(lambda value, info: None if _words(value) is None else _latest(value, info))
]
Days = Annotated[int, Field(ge=0, le=100 * 366)]


class ServiceFilePart(BaseModel):
    """A part of the file: no key that the contract doesn't know."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class PlatformPart(ServiceFilePart):
    """Who runs the board."""

    legal_name: Name
    address: Name
    representative: Name
    notification_number: Name | None = None


class ApprovalPart(ServiceFilePart):
    """One reviewer's approval."""

    role: Annotated[ReviewRole, _one_of([*ReviewRole])]
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


class ContractPart(ServiceFilePart):
    """One client's contract; a field is called as in `Contract`, or has that key of the file as its alias."""

    scheme: Annotated[Scheme, _one_of([*Scheme])]
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
    necessity: Annotated[str | None, BeforeValidator(_words)] = None
    legal_basis: Annotated[LegalBasis, _one_of([*LegalBasis])] = LegalBasis.CONSENT
    decision_lock: bool = False
    use_audit: bool = False
    withheld_share: Annotated[float | None, Field(ge=0.05, le=0.5, allow_inf_nan=False)] = None
    stages: Annotated[list[Name], Field(validate_default=True)] = []
    laws: list[Annotated[LawAbroad, _one_of([*LawAbroad])]] = []

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


class ElementPart(ServiceFilePart):
    """One element, with the words of the text that say it."""

    quote: str


class QuotedPart(ElementPart):
    """An element that is stated in so many words."""

    value: bool = True


def _true_or_one_of(known: Sequence[str]) -> BeforeValidator:
    def check(value: object) -> object:
        if value in known:
            return str(value)
        try:
            return _TRUTH.validate_python(value)
        except ValidationError:
            words = ", ".join(f"“{word}”" for word in ("true", *known))
            raise wrong(gettext("“%(value)s” is not among %(known)s"), value=value, known=words) from None

    return BeforeValidator(check)


class MeansPart(ElementPart):
    """How scores go: in words alone, or as a machine keeps it."""

    value: Annotated[bool | str, _true_or_one_of([*Means])] = True


class TimingPart(ElementPart):
    """When and how often scores go: in words alone, or as a machine keeps it."""

    value: Annotated[bool | str, _true_or_one_of([*Frequency])] = True


class StatedPart(ElementPart):
    """An element that is stated, or said not to hold."""

    value: bool


class NamedPart(ElementPart):
    """An element with a name as its value."""

    value: Name


class ListedPart(ElementPart):
    """An element with names as its value."""

    value: list[Name]


def _unless_unlisted(value: object) -> object:
    return None if value == "unlisted" else value


class PartnerSitesPart(ElementPart):
    """The partner sites; None where the text uses some and doesn't list them."""

    value: Annotated[
        list[Name] | None,
        BeforeValidator(_unless_unlisted),
        WithJsonSchema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"const": "unlisted"}]}),
    ]


class ForeignCountryPart(ElementPart):
    """The foreign country that data go to."""

    country: Name


class RetentionPart(ElementPart):
    """How long data are kept."""

    platform_days: Days | None = None
    recipient_days: Days | None = None


def _exactly_one_class(recipients: "RecipientsPart") -> "RecipientsPart":
    said = (recipients.named, recipients.closed_class, recipients.open_class)
    if sum(value is not None for value in said) != 1:
        raise wrong(gettext("recipients are one of named, closed_class and open_class"))
    if recipients.members and recipients.closed_class is None:
        raise wrong(gettext("members belong to a closed_class of recipients"))
    return recipients


class RecipientsPart(ElementPart):
    """To whom data go."""

    named: list[Id] | None = None
    closed_class: Name | None = None
    open_class: Name | None = None
    members: list[Id] = []


class ElementsPart(ServiceFilePart):
    """What a clause states, E01 to E25 in the order of the contract."""

    operator: QuotedPart | None = None
    trigger: NamedPart | None = None
    identified: StatedPart | None = None
    registered_information: StatedPart | None = None
    own_history: StatedPart | None = None
    partner_sites: PartnerSitesPart | None = None
    history_before_login: StatedPart | None = None
    match_with_client_data: StatedPart | None = None
    prediction: StatedPart | None = None
    items: ListedPart | None = None
    third_party_provision: StatedPart | None = None
    recipients: Annotated[RecipientsPart, AfterValidator(_exactly_one_class)] | None = None
    purpose: NamedPart | None = None
    prohibited_uses: ListedPart | None = None
    means: MeansPart | None = None
    timing: TimingPart | None = None
    retention: RetentionPart | None = None
    withdrawal: QuotedPart | None = None
    refusal_has_no_disadvantage: StatedPart | None = None
    rights: QuotedPart | None = None
    version: QuotedPart | None = None
    foreign: ForeignCountryPart | None = None
    consequences: QuotedPart | None = None
    definite: StatedPart | None = None
    training: StatedPart | None = None


class ClausePart(ServiceFilePart):
    """One clause."""

    id: Id
    binds_to: list[Id] = []
    elements: ElementsPart


class VersionPart(ServiceFilePart):
    """One version of a policy; after validation `text` is there, from wherever it was written."""

    id: Id
    language: Name
    effective_from: LateInstant
    text_file: str | None = None
    text: Annotated[str | None, Field(validate_default=True)] = None
    clauses: list[ClausePart]
    consent_valid_days: Annotated[int, Field(ge=1, le=100 * 366)] | None = None

    @field_validator("text_file")
    @classmethod
    def _is_read(cls, text_file: str | None, info: ValidationInfo) -> str | None:
        return None if text_file is None else _text_in_folder(text_file, info.context)

    @field_validator("text")
    @classmethod
    def _is_written_once(cls, text: str | None, info: ValidationInfo) -> str | None:
        if "text_file" not in info.data:
            return text
        from_file = info.data["text_file"]
        if (text is None) == (from_file is None):
            raise wrong(gettext("a version has either text or text_file"))
        words: str = text if text is not None else from_file
        if not words.strip():
            raise wrong(gettext("the text is empty"))
        return words


class PolicyPart(ServiceFilePart):
    """One policy with its versions."""

    id: Id
    versions: Annotated[list[VersionPart], Field(min_length=1)]


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


def _text_in_folder(name: str, reading: Any) -> str:
    path = (reading.folder / name).resolve()
    if not path.is_relative_to(reading.folder.resolve()):
        raise wrong(gettext("%(file)s lies outside the folder"), file=name)
    try:
        text, remarks = text_of(path, name)
    except FileUnusable as error:
        raise wrong(error.message, **{**error.values, "file": name}) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise wrong(gettext("%(file)s can't be read: %(reason)s"), file=name, reason=reason) from None
    for remark in remarks:
        reading.tell(remark)
    return text

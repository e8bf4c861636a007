"""Policies of `service.yaml` as pydantic models: their versions, clauses, and the elements that a clause states."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from kanmon.consent.promises import Frequency, Means
from kanmon.intake.files.encoding import text_of
from kanmon.intake.files.remarks import FileUnusable, gettext
from kanmon.intake.files.terms.values import ConsentedPart, Days, Id, LateInstant, Name, ServiceFilePart, wrong

_TRUTH = TypeAdapter(bool)


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


class ElementsPart(ConsentedPart):
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


class ClausePart(ConsentedPart):
    """One clause."""

    id: Id
    binds_to: list[Id] = []
    elements: ElementsPart


class VersionPart(ConsentedPart):
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


class PolicyPart(ConsentedPart):
    """One policy with its versions."""

    id: Id
    versions: Annotated[list[VersionPart], Field(min_length=1)]


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

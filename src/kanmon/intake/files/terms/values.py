"""The values that keys of `service.yaml` take, each read or refused with a message id and its values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from kanmon.clients.contract import no_basis
from kanmon.core.canonical import TextForm, canonical
from kanmon.core.clock import TOKYO
from kanmon.core.faults import FAULT_TEXTS, Fault
from kanmon.intake.files.remarks import gettext
from kanmon.intake.loaded import Remark

_DATE_ALONE = re.compile(r"\d{4}-?\d\d-?\d\d|\d{4}-?W\d\d(-?\d)?")
_DAY = timedelta(days=1) - timedelta(microseconds=1)
_EXCEPTION_KEYS = ("legal_basis", "exception", "basis")
"""Keys by which a text or a clause might name an exception; none of them is of the contract."""


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


def words_or_none(value: object) -> object:
    """A value as it is; None for words that are only space."""
    return None if isinstance(value, str) and not value.strip() else value


def one_of(known: Sequence[str]) -> BeforeValidator:
    """A check that a value is among those known."""

    def check(value: object) -> object:
        require_among(value, known)
        return value

    return BeforeValidator(check)


def require_among(value: object, known: Sequence[str]) -> None:
    """Refuse a value that is not among those known."""
    if value not in known:
        words = ", ".join(f"“{word}”" for word in known)
        raise wrong(gettext("“%(value)s” is not among %(known)s"), value=value, known=words)


def checked_basis(value: object) -> object:
    """Refuse the name of an exception from consent, with the reason why it is no basis for scores."""
    reason = no_basis(value)
    if reason is not None:
        raise wrong(reason, value=value)
    return value


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


Words = Annotated[str, Field(min_length=1, max_length=1000), BeforeValidator(words_or_none)]
Name = Annotated[str, Field(min_length=1, max_length=256), BeforeValidator(words_or_none), _canonical(TextForm.WORDS)]
Id = Annotated[str, Field(min_length=1, max_length=256), BeforeValidator(words_or_none), _canonical(TextForm.ID)]
"""An ID in its canonical form (docs/ids.md)."""
FolderName = Annotated[Id, BeforeValidator(_folder_name)]
"""A name that a folder bears too: nothing in it leads elsewhere."""
Instant = Annotated[datetime, BeforeValidator(_instant)]
LateInstant = Annotated[datetime, BeforeValidator(_latest)]
"""A moment from which something holds."""
MaybeInstant = Annotated[
    datetime | None,
    BeforeValidator(lambda value, info: None if words_or_none(value) is None else _instant(value, info)),
]
MaybeLateInstant = Annotated[
    datetime | None, BeforeValidator(lambda value, info: None if words_or_none(value) is None else _latest(value, info))
]
Days = Annotated[int, Field(ge=0, le=100 * 366)]


class ServiceFilePart(BaseModel):
    """A part of the file: no key that the contract doesn't know."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class ConsentedPart(ServiceFilePart):
    """A part that speaks of what people agree to: it can name no exception from their consent."""

    @model_validator(mode="before")
    @classmethod
    def _names_no_exception(cls, said: object) -> object:
        for key in _EXCEPTION_KEYS:
            checked_basis(said.get(key) if isinstance(said, dict) else None)
        return said

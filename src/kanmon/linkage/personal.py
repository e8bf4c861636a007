"""What records say of a person that two of them are compared by."""

from enum import StrEnum
from typing import NamedTuple

PERSONAL = ("family_name", "given_name", "family_kana", "given_kana", "birth_date", "email", "university")
"""The columns of personal data that members and applicants both have."""


class NameAgreement(StrEnum):
    """What two given names say of two records."""

    SAME = "same"
    NEAR = "near"
    """Foreign names one letter apart: a slip of the pen, or Kevin and Kelvin."""
    DIFFERENT = "different"
    UNKNOWN = "unknown"


class PersonName(NamedTuple):
    """A name in its normal form: words (`normalise.words`) and readings (`normalise.reading`), None where unknown."""

    family: str | None
    given: str | None
    family_reading: str | None
    given_reading: str | None

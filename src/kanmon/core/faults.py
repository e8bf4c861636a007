"""Why a row, a value or an ID can't be taken: one code and one sentence each."""

from collections.abc import Mapping
from enum import StrEnum

from kanmon.core.language import N_


class Fault(StrEnum):
    """Why a row is refused; each has a text in the catalogue of messages."""

    MISSING = "missing"
    NOT_A_TIME = "not_a_time"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_BOOLEAN = "not_a_boolean"
    NOT_A_DATE = "not_a_date"
    NOT_A_HASH = "not_a_hash"
    NOT_ALLOWED = "not_allowed"
    TOO_LONG = "too_long"
    CONTROL_CHARACTER = "control_character"
    LOST_CHARACTER = "lost_character"
    PRIVATE_CHARACTER = "private_character"
    SPREADSHEET_ERROR = "spreadsheet_error"
    DIGITS_LOST = "digits_lost"
    DATE_IN_PLACE = "date_in_place"
    IN_THE_FUTURE = "in_the_future"
    TOO_EARLY = "too_early"
    BEFORE_APPLIED_AT = "before_applied_at"
    NO_ID = "no_id"
    DUPLICATE_KEY = "duplicate_key"
    UNKNOWN_MEMBER = "unknown_member"
    ERASED_MEMBER = "erased_member"
    UNKNOWN_CLIENT = "unknown_client"
    UNKNOWN_SEASON = "unknown_season"
    UNKNOWN_SCREEN = "unknown_screen"
    UNKNOWN_APPLICANT = "unknown_applicant"
    UNKNOWN_STAGE = "unknown_stage"
    BROKEN_ROW = "broken_row"


FAULT_TEXTS: Mapping[Fault, str] = {
    Fault.MISSING: N_("is empty, and must not be"),
    Fault.NOT_A_TIME: N_("is not a time; write it like 2026-04-01T09:00:00+09:00"),
    Fault.NOT_A_NUMBER: N_("is not a whole number of 0 or more"),
    Fault.NOT_A_BOOLEAN: N_("is neither true nor false"),
    Fault.NOT_A_DATE: N_("is not a date; write it like 2004-04-01"),
    Fault.NOT_A_HASH: N_("is not a SHA-256 in 64 hexadecimal digits"),
    Fault.NOT_ALLOWED: N_("is not one of the values that this column takes"),
    Fault.TOO_LONG: N_("is longer than 256 characters"),
    Fault.CONTROL_CHARACTER: N_(
        "holds a control character, such as a line end or NUL; remove it: letters, digits and signs are taken"
    ),
    Fault.LOST_CHARACTER: N_(
        "holds a sign such as � or 〓 in place of a letter that was lost; export the data again, in UTF-8"
    ),
    Fault.PRIVATE_CHARACTER: N_(
        "holds a private-use character (外字) that only one computer knows; write it with a letter of Unicode"
    ),
    Fault.SPREADSHEET_ERROR: N_(
        "is an error or a formula of a spreadsheet, not a value; mend the cell or widen the column, and export again"
    ),
    Fault.DIGITS_LOST: N_(
        "is a number of which digits may be lost (exponent or fraction); format the column as text, and export again"
    ),
    Fault.DATE_IN_PLACE: N_(
        "is a date in place of an ID; format the column as text, enter the ID again, and export again"
    ),
    Fault.IN_THE_FUTURE: N_("lies in the future"),
    Fault.TOO_EARLY: N_("lies before 1990, or a date of birth before 1900"),
    Fault.BEFORE_APPLIED_AT: N_("lies before applied_at"),
    Fault.NO_ID: N_("has neither a cookie_id nor a member_id"),
    Fault.DUPLICATE_KEY: N_("names something that another row of the file names with other content"),
    Fault.UNKNOWN_MEMBER: N_("is no member that was loaded"),
    Fault.ERASED_MEMBER: N_("names a person whose data were erased"),
    Fault.UNKNOWN_CLIENT: N_("is no client of service.yaml"),
    Fault.UNKNOWN_SEASON: N_("is no season of service.yaml"),
    Fault.UNKNOWN_SCREEN: N_("is no screen of service.yaml"),
    Fault.UNKNOWN_APPLICANT: N_("is no applicant that was loaded"),
    Fault.UNKNOWN_STAGE: N_("is none of the stages that the client's contract lists in service.yaml"),
    Fault.BROKEN_ROW: N_("has another number of cells than the header"),
}
"""What each fault is called, to stand after the value at fault; ids of messages."""

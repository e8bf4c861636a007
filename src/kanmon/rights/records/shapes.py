"""What `kanmon subject consents` prints with `--json`: our own form, or that of a standard, which says its keys."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict


class RetentionDays(TypedDict):
    """How long data is kept; null where the words don't say."""

    platform: int | None
    recipient: int | None


class RecordEvent(TypedDict):
    """A change of a consent's state."""

    at: str
    state: str


class ConsentRecordResult(TypedDict):
    """The record of one consent, with the fields of ISO/IEC TS 27560; null or empty is what the words don't say."""

    record_id: str
    pii_principal_id: str
    privacy_notice: str | None
    """Policy and version, with a slash between."""
    language: str | None
    text_sha256: str
    state: str
    is_valid: bool
    missing: Sequence[str]
    """Mandatory fields that the record lacks."""
    purpose: str | None
    pii_information: Sequence[str]
    pii_controller: str
    storage_location: str
    retention_days: RetentionDays
    jurisdiction: str
    recipient_third_parties: Sequence[str]
    recipient_class: str | None
    withdrawal_method: str | None
    validity_days: int | None
    events: Sequence[RecordEvent]


class ConsentRecords(TypedDict):
    """The records of a member's consents."""

    records: Sequence[ConsentRecordResult]


class DpvRecords(TypedDict):
    """The same as JSON-LD, in the words of the Data Privacy Vocabulary."""

    records: Sequence[Mapping[str, object]]


class KantaraReceipts(TypedDict):
    """Consent Receipts of the Kantara Initiative, of the records that are valid."""

    receipts: Sequence[Mapping[str, object]]


ConsentsResult = ConsentRecords | DpvRecords | KantaraReceipts

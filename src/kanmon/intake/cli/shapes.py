"""What `kanmon load`, `check`, `collect`, `schema` and the commands of `kanmon key` print with `--json`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired

from typing_extensions import TypedDict

from kanmon.reviews.policies.shapes import PolicyCheckResult


class FaultResult(TypedDict):
    """Rows refused for one fault of one column."""

    column: str
    fault: str
    count: int
    first: Sequence[tuple[int, str | None]]
    """The first of them: line and value; null in place of a value that was erased with its person."""


class LoadedFileResult(TypedDict):
    """What became of a file; numbers count rows."""

    file_name: str
    dataset: str
    """What the file is, such as `members`."""
    new: int
    replaced: int
    unchanged: int
    refused: int
    rejected: str | None
    """Where the refused rows lie."""
    sample: Sequence[tuple[int, str, str | None, str]]
    """The first refused rows: line, column, value (null where it was erased) and reason."""
    faults: Sequence[FaultResult]
    held: int
    """Refused rows that may be a no, and hold their people."""
    alerts: int
    """The same, of people who could not be read either."""
    lost: int
    """Values left out of rows that were taken."""


class LoadResult(TypedDict):
    """What became of a dataset folder."""

    files: Sequence[LoadedFileResult]
    remarks: Sequence[str]
    """What the loader noticed."""
    unusable: Sequence[str]
    """Files of which nothing was loaded."""


class CheckResult(LoadResult):
    """What would become of it, and whether its policies may be published."""

    policy: PolicyCheckResult | None


class TopicResult(TypedDict):
    """What became of the events of a Kafka topic."""

    received: int
    known: int
    """Those that were received before."""
    refused: int


class CollectResult(TypedDict):
    """What became of the events that were sent; with --follow that of the topic alone."""

    new: NotRequired[int]
    unchanged: NotRequired[int]
    refused: NotRequired[int]
    topic: NotRequired[TopicResult]
    """With --from."""


SchemaResult = Mapping[str, object]
"""A JSON Schema."""


class MadeKey(TypedDict):
    """A key that was made."""

    label: str
    may: Sequence[str]
    """What it opens."""
    client: str | None
    """The client that it is answered about; null for all."""
    key: str
    """Printed once."""


class KeyResult(TypedDict):
    """A key, but not the key itself."""

    label: str
    may: Sequence[str]
    """What it opens."""
    client_id: str | None
    created_at: str
    revoked_at: str | None


class KeyListResult(TypedDict):
    """Every key."""

    keys: Sequence[KeyResult]


class RevokedKey(TypedDict):
    """A key that opens nothing any more."""

    label: str
    revoked: bool

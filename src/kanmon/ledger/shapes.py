"""What `kanmon verify` and the commands of `kanmon ledger` print with `--json`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired

from typing_extensions import TypedDict


class LostLoad(TypedDict):
    """A file whose load was lost, to be loaded again."""

    file_name: str
    sha256: str


class AcceptedRestore(TypedDict):
    """What the privacy owner accepted: the entries that an older copy lacks, and what of them was taken up."""

    lost: Sequence[Sequence[int]]
    """Stretches of entries: first and last."""
    entries: Mapping[str, int]
    """Lost entries by type."""
    loads: Sequence[LostLoad]
    withdrawals: int
    erasures: int
    stops: int
    awaited: int
    ledger_seq: int


class KeySuccession(TypedDict):
    """How one key of the log followed another."""

    size: int
    """From how many entries on."""
    old: str
    new: str
    because: str
    reason: str


class KeysResult(TypedDict):
    """The key that signs the ledger, and those before it."""

    vkey: str
    """As it is published: name, id and base64, with + between."""
    successions: Sequence[KeySuccession]


class CheckpointResult(TypedDict):
    """A signed state of the log."""

    origin: str
    size: int
    """Entries."""
    root: str


class GivenCosignature(TypedDict):
    """A witness that cosigned."""

    witness: str
    at: str


class StatedPolicy(TypedDict):
    """The witnesses that the log itself names, and how many it asks for."""

    quorum: int
    witnesses: Sequence[str]


class WitnessesResult(TypedDict):
    """Who cosigned."""

    trusted: int
    """Witnesses given with --witness."""
    cosigned: int
    """Of these, those that cosigned."""
    needed: int
    """How many have to."""
    by: Sequence[GivenCosignature]
    """Those that cosigned."""
    policy: StatedPolicy | None
    policy_cosigned: int
    """Of the witnesses that the log names, those that cosigned."""


class ReceiptFacts(TypedDict):
    """A receipt that is valid."""

    entry: Mapping[str, object]
    """`seq`, `type`, `at` and what seals it."""
    payload: Mapping[str, object] | None
    """What the entry says; null where the holder may not see it, or it is erased."""
    checkpoint: CheckpointResult
    vkey: str
    is_key_trusted: bool
    """Whether --key named it."""
    successions: NotRequired[Sequence[KeySuccession]]
    witnesses: NotRequired[WitnessesResult]


class AnswerFacts(TypedDict):
    """What an answer to "was I scored?" proves."""

    nothing_else: bool
    """Whether no entry about the person can be missing."""
    entries: NotRequired[Sequence[Mapping[str, object]]]
    """All entries about the person, each with its `payload`; absent where the answer is the platform's word alone."""
    provided_to: NotRequired[Sequence[str]]
    """Clients that got something."""
    extends: NotRequired[Sequence[int]]
    """Sizes of the checkpoints given with --seen that it extends."""


class ProvedAnswer(ReceiptFacts, AnswerFacts):
    """An answer that is valid."""


class PackResult(ReceiptFacts):
    """A pack of evidence that is valid."""

    seqs: Sequence[int]
    """Numbers of its entries."""
    without_content: int
    """Entries whose content was erased."""
    checkpoints: Sequence[int]
    """Their sizes."""


class TrainedOn(TypedDict):
    """A model, and the acts that it trained on."""

    training: Mapping[str, object] | None
    trained: bool
    on: Sequence[object]
    """Entries of acts that its training rested on."""
    acts_entered_later: Sequence[object]
    checkpoint: int


class TrainingProofResult(TypedDict):
    """A proof of training that is valid."""

    acts: Sequence[Mapping[str, object] | None]
    models: Sequence[TrainedOn]
    is_key_trusted: bool
    vkey: str | None
    witnesses: NotRequired[WitnessesResult]


class ComparedFiles(TypedDict):
    """Two files held against each other."""

    files: Sequence[str]
    verdict: str
    sizes: Sequence[int]
    notes: Sequence[str]
    """The signed checkpoints: for a fork, the evidence."""
    witnesses: Sequence[str]
    """Those that cosigned both."""


class ComparisonFacts(TypedDict):
    """What comparing files of logs told."""

    verdict: str
    comparisons: Sequence[ComparedFiles]


class ComparisonResult(ComparisonFacts):
    """Whether files are of one log that only grew, and under which key they were compared."""

    vkey: str
    is_key_trusted: bool
    """Whether --key named it."""
    successions: NotRequired[Sequence[KeySuccession]]


VerifyResult = ReceiptFacts | ProvedAnswer | PackResult | TrainingProofResult | ComparisonResult
"""By what the file is: a receipt, an answer, a pack, a proof of training; of several files, the comparison."""


class ConsistencyResult(TypedDict):
    """Where the proof was written to."""

    file: str


class ConflictResult(TypedDict):
    """What a witness holds against the log."""

    witness: str
    kind: str
    size: int
    note: str | None
    """The signed checkpoint that it holds."""


class AskedPolicy(TypedDict):
    """How many witnesses have to cosign, of how many."""

    quorum: int
    of: int


class WitnessAnswerResult(TypedDict):
    """What a witness answered."""

    witness: str
    outcome: str
    size: int | None


class AskedWitnesses(TypedDict):
    """The witnesses were asked to cosign the newest checkpoint."""

    policy: AskedPolicy
    answers: Sequence[WitnessAnswerResult]
    conflicts: Sequence[ConflictResult]

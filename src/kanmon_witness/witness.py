"""What a witness answers (C2SP tlog-witness): the checks in the order of the document, then the cosignature."""

import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from kanmon_witness.notes import Checkpoint, LogKey, Malformed, Note, WitnessKey, from_base64, number
from kanmon_witness.state import Cosigned, State
from kanmon_witness.trees import EMPTY_ROOT, is_extension

MOST_PROOF_LINES = 63
TEXT, SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: HTTPStatus
    body: str
    content_type: str = TEXT


@dataclass(frozen=True)
class Submission:
    """What `add-checkpoint` is sent: the size that the log believes was cosigned last, a proof, the new checkpoint."""

    old: int
    proof: Sequence[bytes]
    note: Note
    checkpoint: Checkpoint

    @classmethod
    def parse(cls, body: bytes) -> "Submission":
        """The submission that a request's body is; `Malformed` for any other."""
        head, gap, rest = body.partition(b"\n\n")
        try:
            first, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise Malformed("the lines before the checkpoint are not ASCII") from None
        old = _OLD.fullmatch(first)
        if not gap or not old or len(lines) > MOST_PROOF_LINES:
            raise Malformed("the body is not an old size, at most 63 lines of proof, an empty line and a checkpoint")
        proof = [from_base64(line) for line in lines]
        if any(len(proof_hash) != 32 for proof_hash in proof):
            raise Malformed("a line of the proof is no hash of 32 bytes")
        note = Note.parse(rest)
        return cls(number(old[1]), proof, note, Checkpoint.parse(note.text))


class Witness:
    """One witness: its key, the logs that it knows by origin, and what it has cosigned of them."""

    def __init__(
        self,
        key: WitnessKey,
        logs: Mapping[str, Sequence[LogKey]],
        state: State,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._key = key
        self._logs = logs
        self._state = state
        self._now = now

    def add_checkpoint(self, body: bytes) -> Answer:
        """Cosign the checkpoint of a request, or say why not; `StateInvalid` where nothing can be kept."""
        try:
            submission = Submission.parse(body)
        except Malformed as malformed:
            return _refused(HTTPStatus.BAD_REQUEST, str(malformed))
        keys = self._logs.get(submission.checkpoint.origin)
        if keys is None:
            return _refused(HTTPStatus.NOT_FOUND, "this log is not known here")
        if not submission.note.is_signed_by(keys):
            return _refused(HTTPStatus.FORBIDDEN, "no known key of the log has signed this checkpoint")
        if submission.old > submission.checkpoint.size:
            return _refused(HTTPStatus.BAD_REQUEST, "the old size is larger than the checkpoint's")
        return self._judged(submission, keys)

    def checkpoint(self, origin_sha256: str) -> Answer:
        """The newest checkpoint cosigned of the log whose origin has this SHA-256, in hexadecimal."""
        for cosigned in self._state.newest():
            if hashlib.sha256(cosigned.origin.encode()).hexdigest() == origin_sha256:
                return Answer(HTTPStatus.OK, cosigned.note)
        return _refused(HTTPStatus.NOT_FOUND, "no checkpoint of such a log was cosigned here")

    def _judged(self, submission: Submission, keys: Sequence[LogKey]) -> Answer:
        """Check against what was cosigned, cosign and keep in one transaction: of two forks one is cosigned at most.

        Of one size one text is cosigned at most, whatever lines a log has added below the root.
        """
        new, note = submission.checkpoint, submission.note
        with self._state.alone() as kept:
            before = kept.newest(new.origin)
            size, root = (0, EMPTY_ROOT) if before is None else (before.size, before.root)
            if submission.old != size:
                return Answer(HTTPStatus.CONFLICT, f"{size}\n", SIZE)
            timestamp = int(self._now())
            is_another = before is not None and size == new.size and Note.parse(before.note.encode()).text != note.text
            if is_another or not is_extension(size, root, new.size, new.root, submission.proof):
                kept.keep_conflict(new.origin, note.with_signatures_of(keys), size, timestamp)
                answer = _refused(HTTPStatus.UNPROCESSABLE_ENTITY, "the checkpoint is not shown to extend the last one")
            else:
                line = self._key.cosign(note.text, timestamp)
                kept.keep(Cosigned(new.origin, new.size, new.root, note.with_signatures_of(keys, line)))
                answer = Answer(HTTPStatus.OK, line)
        return answer  # what it says is on disk


def _refused(status: HTTPStatus, because: str) -> Answer:
    return Answer(status, f"{because}\n")

"""One checkpoint to one witness (C2SP tlog-witness), and what its answer means.

A witness's refusal is looked into: its own newest checkpoint, where the log's key has signed it, tells whether the log
was rolled back or forked, or whether the witness errs. Nothing that it answers is believed without a signature.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from kanmon.core.transaction import Begin
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.cosignature import SECONDS_AHEAD, Cosignature, cosignatures_on
from kanmon.ledger.note import NoteInvalid, VerifierKey, encoded, with_lines
from kanmon.ledger.service import LedgerReader, chain_of, last_signed
from kanmon.ledger.tree import consistency_proof, root
from kanmon.ledger.witnesses.model import (
    Witness,
    WitnessAnswer,
    WitnessConflict,
    WitnessOutcome,
    WitnessPort,
    WitnessReply,
    WitnessSilent,
)

_MOST_TRIES = 4
"""A witness that names another size each time errs, or others send to it meanwhile: the next round sees."""
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,17})\n")
_REFUSALS: Mapping[int, WitnessOutcome] = {
    HTTPStatus.NOT_FOUND: WitnessOutcome.UNKNOWN_LOG,
    HTTPStatus.FORBIDDEN: WitnessOutcome.UNKNOWN_KEY,
}


@dataclass(frozen=True)
class _Submission:
    note: str
    size: int
    body: bytes


class WitnessService:
    """Sends the newest checkpoint to witnesses. Each try reads the ledger anew: it may grow meanwhile."""

    def __init__(
        self, begin: Begin[LedgerReader], key: VerifierKey, port: WitnessPort, now: Callable[[], datetime]
    ) -> None:
        self._begin = begin
        self._key = key
        self._port = port
        self._now = now

    def ask(self, witness: Witness, known: int) -> WitnessAnswer | None:
        """Have a witness cosign the newest checkpoint; None where nothing was signed yet.

        `known` is the size that it cosigned last, as far as is known here.
        """
        old, size = known, 0
        try:
            for _ in range(_MOST_TRIES):
                submission = self._submission(old)
                if submission is None:
                    return None
                size, asked_at = submission.size, self._now()
                reply = self._port.add_checkpoint(witness, submission.body)
                if reply.status != HTTPStatus.CONFLICT:
                    return self._answer(witness, submission, reply, asked_at)
                named = _SIZE.fullmatch(reply.body)
                if named is None:
                    break
                old = int(named[1])
                if old > self._size():
                    return self._examined(witness, size, WitnessOutcome.ROLLED_BACK, old)
        except WitnessSilent:
            return WitnessAnswer(witness, WitnessOutcome.SILENT, size)
        return WitnessAnswer(witness, WitnessOutcome.UNINTELLIGIBLE, size)

    def _submission(self, old: int) -> _Submission | None:
        """The newest checkpoint, as it extends the one over `old` entries, or over as many as there are."""
        with self._begin() as reader:
            note, size = last_signed(reader, self._key)
            if note is None:
                return None
            before = min(old, size)
            proof = consistency_proof(reader, before, size)
        lines = "".join(f"{encoded(proof_hash)}\n" for proof_hash in proof)
        return _Submission(note, size, f"old {before}\n{lines}\n{note}".encode())

    def _size(self) -> int:
        """How many entries are signed by now."""
        with self._begin() as reader:
            return last_signed(reader, self._key)[1]

    def _answer(
        self, witness: Witness, submission: _Submission, reply: WitnessReply, asked_at: datetime
    ) -> WitnessAnswer:
        if reply.status == HTTPStatus.OK:
            return self._cosigned(witness, submission, reply.body, asked_at)
        if reply.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            return self._examined(witness, submission.size, WitnessOutcome.FORKED, submission.size)
        outcome = _REFUSALS.get(reply.status, WitnessOutcome.UNINTELLIGIBLE)
        return WitnessAnswer(witness, outcome, submission.size)

    def _cosigned(self, witness: Witness, submission: _Submission, lines: bytes, asked_at: datetime) -> WitnessAnswer:
        size = submission.size
        try:
            cosignatures = cosignatures_on(with_lines(submission.note, [lines.decode()]), [witness.key])
        except (NoteInvalid, UnicodeDecodeError):
            return WitnessAnswer(witness, WitnessOutcome.FORGED, size)
        if not cosignatures:
            return WitnessAnswer(witness, WitnessOutcome.FORGED, size)
        if not self._is_fresh(cosignatures[0], asked_at):
            return WitnessAnswer(witness, WitnessOutcome.WRONG_TIME, size)
        return WitnessAnswer(witness, WitnessOutcome.COSIGNED, size, cosignatures[0])

    def _is_fresh(self, cosignature: Cosignature, asked_at: datetime) -> bool:
        earliest = (asked_at - timedelta(seconds=SECONDS_AHEAD)).timestamp()
        return cosignature.timestamp >= earliest and not cosignature.is_ahead(self._now())

    def _examined(self, witness: Witness, size: int, kind: WitnessOutcome, claimed: int) -> WitnessAnswer:
        """What a refusal comes to, by the newest checkpoint that the witness shows."""
        try:
            reply = self._port.newest(witness, self._key.name)
            note = reply.body.decode() if reply.status == HTTPStatus.OK else ""
        except (WitnessSilent, UnicodeDecodeError):
            note = ""
        with self._begin() as reader:
            try:
                shown = chain_of(reader, self._key).open(note)
            except NoteInvalid:
                return self._conflict(witness, size, kind, claimed, None)
            there = reader.size()
            if shown.size > there:
                return self._conflict(witness, size, WitnessOutcome.ROLLED_BACK, shown.size, note)
            if _is_ours(reader, shown, note):
                return WitnessAnswer(witness, WitnessOutcome.UNFOUNDED, size)
        return self._conflict(witness, size, WitnessOutcome.FORKED, shown.size, note)

    def _conflict(
        self, witness: Witness, size: int, kind: WitnessOutcome, claimed: int, note: str | None
    ) -> WitnessAnswer:
        conflict = WitnessConflict(str(witness.key), kind, claimed, note, self._now())
        return WitnessAnswer(witness, kind, size, conflict=conflict)


def _is_ours(reader: LedgerReader, shown: Checkpoint, note: str) -> bool:
    kept = reader.checkpoint(shown.size)
    return root(reader, shown.size) == shown.root and (kept is None or _text(kept) == _text(note))


def _text(note: str) -> str:
    return note.rpartition("\n\n")[0]


def due(
    witnesses: Sequence[Witness],
    newest: int,
    cosigned: Mapping[str, int],
    asked_at: Mapping[str, datetime],
    stale: datetime,
) -> list[Witness]:
    """Which witnesses are to be asked: those that lack the newest checkpoint, and those not asked since `stale`.

    The latter since a log that was rolled back and rests is found by asking alone. Keys name witnesses in `cosigned`
    and `asked_at`.
    """
    return [
        witness
        for witness in witnesses
        if newest > 0 and (cosigned[str(witness.key)] < newest or _is_before(asked_at.get(str(witness.key)), stale))
    ]


def _is_before(moment: datetime | None, stale: datetime) -> bool:
    return moment is None or moment < stale

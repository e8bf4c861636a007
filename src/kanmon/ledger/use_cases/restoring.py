"""Going on with an older copy of the database: what was lost of the ledger is replayed where it ended a consent."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from kanmon.application.application import Application
from kanmon.core.errors import LakeDamaged, UsageError
from kanmon.core.ids import ClientId, MemberId, SeasonId
from kanmon.core.language import N_
from kanmon.gate.switch.model import WHOLE_SERVICE, SwitchScope
from kanmon.gate.switch.use_cases import stop
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.faults import CheckpointsUnreadable, DatabaseBehind
from kanmon.ledger.second_copy import CopyLine
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.ledger.use_cases.awaited import references_of, take_awaited
from kanmon.rights.requests.objection import Word
from kanmon.rights.requests.service import RequestType
from kanmon.rights.requests.use_cases import Rights

_ENDING = frozenset({EntryType.WITHDRAWAL, EntryType.CONSENT})
_OBJECTIONS = {RequestType.OBJECTION.value: False, RequestType.TRAINING_OBJECTION.value: True}
"""Requests that object, and whether to training alone."""


@dataclass(frozen=True)
class RestoreResult:
    """What an acceptance did; `ledger_seq` is its own entry."""

    lost: Sequence[tuple[int, int]]
    """The entries that were lost, each stretch by its first and last; none where the log itself is another one."""
    entries: Mapping[str, int]
    """How many of each type."""
    loads: Sequence[tuple[str, str]]
    """Files that were taken in since the copy, by name and SHA-256: load them again."""
    withdrawals: int
    erasures: int
    stops: int
    awaited: int
    """Withdrawals and erasures of members that this copy doesn't know: taken as soon as a load brings them."""
    ledger_seq: int


@dataclass
class _ReplayedCopy:
    withdrawals: int = 0
    erasures: int = 0
    stops: int = 0


def accept_restored(application: Application, by: str, because: str) -> RestoreResult:
    """Take up what is known of the lost entries, and let the database go on; signed into the ledger.

    Raises `UsageError` where nothing was lost, or nobody or no reason is named, and what else forbids to sign.
    """
    if not by.strip() or not because.strip():
        raise UsageError(N_("say who accepts it, and why"))
    fault = application.transactions.compare()
    if fault is None:
        raise UsageError(N_("nothing is missing: the database is as new as the newest checkpoint"))
    if not isinstance(fault, DatabaseBehind | CheckpointsUnreadable):
        raise fault
    with application.transactions.read() as work:
        lost = work.ledger.lost()
    with suppress(LakeDamaged):  # a lake that is torn is mended for itself; one that is newer than this copy counts
        application.lake.accept()
    second = application.transactions.second
    lines = [line for first, last in lost for line in second.lines(first, last + 1)]
    _await_all(application, lines)
    replayed = _ReplayedCopy()
    before = _awaited(application)
    erased = take_awaited(application)
    left = _awaited(application)
    replayed.erasures = erased
    replayed.withdrawals = before - left - erased
    _replay_others(application, lines, by, because, replayed)
    counted = Counter(line.entry.type for line in lines)
    payload = {
        "lost": [list(stretch) for stretch in lost],
        "by": by.strip(),
        "because": because.strip(),
        "because_of": fault.code,
        "withdrawals": replayed.withdrawals,
        "erasures": replayed.erasures,
        "stops": replayed.stops,
        "awaited": left,
    }
    seq = _accept(application, payload)
    if not lost:
        second.supersede()
        second.publish(application.transactions.reading(lambda work: work.ledger))
    loads = [(str(line.kept.get("file_name")), str(line.kept.get("file_sha256"))) for line in lines if _is_load(line)]
    return RestoreResult(lost, counted, loads, **vars(replayed), awaited=left, ledger_seq=seq)


def _accept(application: Application, payload: Mapping[str, object]) -> int:
    real_at = application.clock.real()
    acted_at: datetime = application.clock.now()
    said = {**payload, "real_at": instant(real_at) if application.clock.is_replay else None}
    with application.transactions.begin(is_guarded=False) as work:
        (seq,) = work.ledger.append([NewEntry(EntryType.RESTORE, acted_at, said)])
        PostgresLedgerStore(work.session).accept_lost(seq)
        work.ledger.sign(real_at)
    return seq


def _await_all(application: Application, lines: Sequence[CopyLine]) -> None:
    """Note every lost withdrawal and erasure, to be taken at once or when its member is known."""
    with application.transactions.begin() as work:
        store = PostgresLedgerStore(work.session)
        for line in lines:
            seq, kept = line.entry.seq, line.kept
            if line.entry.type in _ENDING and isinstance(kept.get("who"), str):
                store.await_withdrawal(seq, kept["who"], kept.get("client_id"))
            elif line.entry.type == EntryType.ERASURE_REQUEST and isinstance(kept.get("person_sha256"), str):
                store.await_withdrawal(seq, f"erase:{kept['person_sha256']}", None)


def _awaited(application: Application) -> int:
    with application.transactions.begin() as work:
        return len(PostgresLedgerStore(work.session).awaited())


def _replay_others(
    application: Application, lines: Sequence[CopyLine], by: str, because: str, replayed: _ReplayedCopy
) -> None:
    """Stops are made again, and objections; what they name and this copy doesn't know stops everything."""
    objections = [line for line in lines if line.kept.get("type") in _OBJECTIONS and line.kept.get("who")]
    known = references_of(application, {line.kept["who"] for line in objections})
    for line in objections:
        if (member := known.get(line.kept["who"])) is not None:
            _object(application, member, line.kept.get("client_id"), is_of_training=_OBJECTIONS[line.kept["type"]])
            replayed.withdrawals += 1
    for line in lines:
        if line.entry.type == EntryType.STOP:
            _stop(application, line.kept, by, because)
            replayed.stops += 1


def _object(application: Application, member: MemberId, client: str | None, *, is_of_training: bool) -> None:
    rights = Rights(application)
    try:
        rights.say(member, Word.OBJECT, None if client is None else ClientId(client), is_of_training=is_of_training)
    except UsageError:  # a client that this copy doesn't know
        rights.say(member, Word.OBJECT, None, is_of_training=is_of_training)


def _stop(application: Application, kept: Mapping[str, object], by: str, because: str) -> None:
    client, season = kept.get("client_id"), kept.get("season")
    scope = SwitchScope(
        None if client is None else ClientId(str(client)), None if season is None else SeasonId(str(season))
    )
    doubted = kept.get("consents_doubted") is not False
    try:
        stop(application, scope, by, because, consents_doubted=doubted)
    except UsageError:
        stop(application, WHOLE_SERVICE, by, because, consents_doubted=doubted)


def _is_load(line: CopyLine) -> bool:
    return line.entry.type == EntryType.LOAD and "file_sha256" in line.kept

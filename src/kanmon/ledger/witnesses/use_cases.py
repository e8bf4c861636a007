"""What doors ask of witnesses: send them the newest checkpoint, and how they stand."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from kanmon.application.application import Application
from kanmon.core.errors import UsageError
from kanmon.core.language import N_
from kanmon.ledger.comparison import write_link
from kanmon.ledger.keyholder import AbsentKey
from kanmon.ledger.note import NoteInvalid, SigningKey
from kanmon.ledger.service import last_signed
from kanmon.ledger.tree import consistency_proof
from kanmon.ledger.witness_policy import WitnessPolicy
from kanmon.ledger.witnesses.files.http import HttpWitnesses
from kanmon.ledger.witnesses.files.settings import SETTING, witnesses_from
from kanmon.ledger.witnesses.model import (
    Witness,
    WitnessAnswer,
    WitnessConflict,
    WitnessPort,
    WitnessRecord,
    WitnessSettings,
)
from kanmon.ledger.witnesses.service import WitnessService, due
from kanmon.ledger.witnesses.store import PostgresWitnessStore, WitnessRecords

ASKED_AGAIN_AFTER = timedelta(hours=1)
"""A log that rests is shown to witnesses so often all the same: that it was rolled back is found by asking alone."""
_AT_ONCE = 8


class Witnesses:
    """The witnesses that settings name; `UsageError` where these make no sense."""

    def __init__(self, application: Application, environ: Mapping[str, str], port: WitnessPort | None = None) -> None:
        self._application = application
        self.settings: WitnessSettings | None = witnesses_from(environ)
        self._port = port or HttpWitnesses()

    def are_due(self) -> bool:
        """Whether one lacks the newest checkpoint, or wasn't asked for long, or the policy changed."""
        return self._is_policy_due() or bool(self._due())

    def ask(self, *, all_of_them: bool = False) -> Sequence[WitnessAnswer]:
        """Send the newest checkpoint to whom it is due, or to all, each at the same time, and keep what they answer."""
        if self._is_policy_due():
            self._state_policy()
        witnesses = self._due()
        if all_of_them and self.settings is not None:
            witnesses = list(self.settings.witnesses)
        if not witnesses:
            return []
        with self._application.transactions.read() as work:
            cosigned = WitnessRecords(work.session).cosigned([str(witness.key) for witness in witnesses])
        begin = self._application.transactions.reading(lambda work: work.ledger)
        key, clock = self._application.ledger_key.verifier, self._application.clock
        service = WitnessService(begin, key, self._port, clock.real)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            rounds = [pool.submit(service.ask, witness, cosigned[str(witness.key)]) for witness in witnesses]
            answers = [answer for future in rounds if (answer := future.result()) is not None]
        with self._application.transactions.begin() as unit:
            store = PostgresWitnessStore(unit.session)
            for answer in answers:
                store.keep(answer, clock.real())
        return answers

    def _due(self) -> list[Witness]:
        if self.settings is None or isinstance(self._application.ledger_key, AbsentKey):
            return []
        with self._application.transactions.read() as work:
            _, newest = last_signed(work.ledger, self._application.ledger_key.verifier)
            records = WitnessRecords(work.session)
            asked_at = {record.witness: record.asked_at for record in records.records()}
            stale = self._application.clock.real() - ASKED_AGAIN_AFTER
            cosigned = records.cosigned([str(witness.key) for witness in self.settings.witnesses])
            return due(self.settings.witnesses, newest, cosigned, asked_at, stale)

    def _policy(self) -> WitnessPolicy | None:
        if self.settings is None:
            return None
        keys = [witness.key for witness in self.settings.witnesses]
        return WitnessPolicy(self._application.ledger_key.verifier, keys, self.settings.quorum)

    def _is_policy_due(self) -> bool:
        """Whether what was stated last is not what settings say now."""
        if isinstance(self._application.ledger_key, AbsentKey):
            return False
        with self._application.transactions.read() as work:
            stated = work.ledger.witness_policy()
        if stated is None:
            return self.settings is not None
        try:
            return WitnessPolicy.parse(stated, self._application.ledger_key.verifier) != self._policy()
        except NoteInvalid:
            return True

    def _state_policy(self) -> None:
        key, policy = self._application.ledger_key, self._policy()
        assert isinstance(key, SigningKey)
        with self._application.transactions.begin() as work:
            note = None if policy is None else policy.signed(key)
            PostgresWitnessStore(work.session).state_policy(note, self._application.clock.real())


def witness_records(application: Application) -> tuple[Sequence[WitnessRecord], Sequence[WitnessConflict]]:
    """How each witness of the stated policy answered last, and what any witness ever held against the log."""
    with application.transactions.read() as work:
        stated, kept = work.ledger.witness_policy() or "", WitnessRecords(work.session)
        named = set(stated.split())
        return [record for record in kept.records() if record.witness in named], kept.conflicts()


def consistency_file(application: Application, old: int, new: int | None) -> bytes:
    """The proof that the checkpoint over `new` entries, or the newest, extends that over `old`; see `write_link`.

    Raises `UsageError` where there is no such checkpoint.
    """
    with application.transactions.read() as work:
        last, size = last_signed(work.ledger, application.ledger_key.verifier)
        notes = work.ledger.checkpoint(old), last if new is None else work.ledger.checkpoint(new)
        end = size if new is None else new
        if notes[0] is None or notes[1] is None or not old <= end:
            raise UsageError(
                N_("there are not two checkpoints over %(old)s and %(new)s entries, the smaller first"),
                old=old,
                new=end,
            )
        return write_link(notes[0], notes[1], consistency_proof(work.ledger, old, end))


def check_named(witnesses: Witnesses) -> None:
    """`UsageError` where settings name no witness."""
    if witnesses.settings is None:
        raise UsageError(N_("%(setting)s names no witness"), setting=SETTING)

"""The ledger's private key in a file of its own, which names the log as well."""

import secrets
from contextlib import suppress
from pathlib import Path

from kanmon.core.durable import keep, make_once
from kanmon.core.errors import LedgerKeyMissing, UsageError
from kanmon.core.language import N_
from kanmon.db.kept_keys import KeyKind, KeyMemory, OwnMemory
from kanmon.ledger.keyholder import AbsentKey, LedgerKey
from kanmon.ledger.note import NoteInvalid, SigningKey, VerifierKey

SETTING = "KANMON_LEDGER_KEY"


class LedgerKeyFile:
    """A file that only its owner may read, with one line for each key that the log has had, the newest first.

    A line is as signed notes spell private keys.
    """

    def __init__(self, path: Path, memory: KeyMemory | None = None) -> None:
        self._path = path
        self._memory = memory or OwnMemory()

    def key(self) -> SigningKey:
        """The key; made at the first need, together with a name that no other log has.

        Raises `UsageError` where the file holds something else, `LedgerKeyMissing` where the log has had a key and this
        is not it.
        """
        known = self._memory.known(KeyKind.LEDGER)
        self._finish(known)
        keys = self._keys()
        if keys is None:
            if known is not None or self._memory.was_used(KeyKind.LEDGER):
                raise self._missing()
            make_once(self._path, f"{SigningKey.generate(f'kanmon/{secrets.token_hex(8)}')}\n".encode())
            return self.key()
        if known is None and not self._memory.note(KeyKind.LEDGER, str(keys[0].verifier)):
            known = self._memory.known(KeyKind.LEDGER) or "?"
        if known is not None and known not in {str(key.verifier) for key in keys}:
            raise self._another(known, keys[0])
        return keys[0]

    def at_hand(self) -> LedgerKey:
        """The key or, where it is missing or can't be read, what is known of it."""
        try:
            return self.key()
        except LedgerKeyMissing as missing:
            return AbsentKey(missing, self._known())
        except UsageError as error:
            return AbsentKey(LedgerKeyMissing(error.message, **error.values), self._known())

    def prepare(self, new: SigningKey) -> None:
        """Lay a successor beside the key, to be used once the control plane knows it: see `promote`."""
        former: list[SigningKey] = []
        with suppress(UsageError):
            former = self._keys() or []
        if (known := self._memory.known(KeyKind.LEDGER)) not in {str(key.verifier) for key in former}:
            former = []  # another log's, or nothing that can be read: it stays beside as it is
        self._next.unlink(missing_ok=True)
        make_once(self._next, "".join(f"{key}\n" for key in (new, *former)).encode())
        assert known is not None

    def promote(self) -> None:
        """Put the successor in the key's place; what can't be read, or is another log's, stays as `….before`."""
        kept = self._path.with_name(f"{self._path.name}.before")
        try:
            is_kept = set(map(str, self._keys() or [])) <= set(map(str, _parsed(self._next)))
        except UsageError:
            is_kept = False
        if not is_kept:
            keep(self._path, kept)
        keep(self._next, self._path)

    def former(self) -> list[SigningKey]:
        """The keys before this one, newest first: what was sealed under them stays readable."""
        return (self._keys() or [])[1:]

    def known_former(self) -> list[SigningKey]:
        """As `former`; none where the file can't be read."""
        with suppress(UsageError):
            return self.former()
        return []

    @property
    def _next(self) -> Path:
        return self._path.with_name(f"{self._path.name}.next")

    def _finish(self, known: str | None) -> None:
        """Finish a succession that was cut short once it was recorded."""
        if known is None or not self._next.exists():
            return
        with suppress(NoteInvalid, UnicodeDecodeError):
            if str(_parsed(self._next)[0].verifier) == known:
                self.promote()

    def _known(self) -> VerifierKey | None:
        known = self._memory.known(KeyKind.LEDGER)
        return None if known is None else VerifierKey.parse(known)

    def _keys(self) -> list[SigningKey] | None:
        """All keys of the file; None where there is no file."""
        try:
            return _parsed(self._path)
        except FileNotFoundError:
            return None
        except (NoteInvalid, UnicodeDecodeError):
            raise UsageError(
                N_("%(file)s does not hold the ledger's key; put the right file there, from a backup perhaps"),
                file=self._path,
            ) from None
        except OSError as error:
            raise UsageError(N_("%(file)s can't be read: %(reason)s"), file=self._path, reason=error.strerror) from None

    def _missing(self) -> LedgerKeyMissing:
        return LedgerKeyMissing(
            N_(
                "the ledger's key is missing: %(file)s is not there. It signs the ledger, and no other key takes its "
                "place unseen. Bring that file back from a backup of the workspace, or set %(setting)s to where it "
                "lies. Until then nothing is provided; withdrawals, erasures and stops are taken and signed later. "
                "If no copy is left: kanmon ledger rotate-key --lost"
            ),
            file=self._path,
            setting=SETTING,
        )

    def _another(self, known: str, found: SigningKey) -> LedgerKeyMissing:
        return LedgerKeyMissing(
            N_(
                "%(file)s holds another key (%(found)s) than the one that signed this ledger (%(known)s). Bring back "
                "the file that belongs to this database, or set %(setting)s to where it lies. Until then nothing is "
                "provided; withdrawals, erasures and stops are taken and signed later"
            ),
            file=self._path,
            found=found.verifier,
            known=known,
            setting=SETTING,
        )


def _parsed(path: Path) -> list[SigningKey]:
    lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    return [SigningKey.parse(line) for line in lines]

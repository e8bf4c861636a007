"""One ledger key after the other: by rotation, or since the one before is lost."""

from kanmon.access.account import Account, Role
from kanmon.application.application import Application, ledger_key_file
from kanmon.core.errors import RuleRefused, UsageError
from kanmon.core.language import N_
from kanmon.db.row_key import RowKey
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.note import SigningKey
from kanmon.ledger.people import index, index_anew
from kanmon.ledger.service import checked
from kanmon.ledger.store.adoption import bind_all
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.ledger.succession import Succession, SuccessionReason
from kanmon.ledger.tree import root


def succeed_key(application: Application, by: Account, because: SuccessionReason, reason: str) -> Succession:
    """Have a new key sign from here on; it counts when this returns, and lies where the one before it lay.

    A rotation is signed with both keys. A lost key's succession is the privacy owner's word, and public as such; rows
    that were sealed with the lost key are then sealed anew as they are. Raises `UsageError` where nobody may do so, or
    no reason is named, or the lost key is there after all; what else forbids to sign; `LedgerKeyMissing`.
    """
    if by.role is not Role.PRIVACY_OWNER:
        raise UsageError(
            N_("%(name)s is no privacy owner, who alone may have the ledger's key succeeded"), name=by.name
        )
    if not reason.strip():
        raise UsageError(N_("say why the key is succeeded; it is public"))
    _check_state(application, because)
    old = application.ledger_key
    new = SigningKey.generate(old.verifier.name)
    file = ledger_key_file(application.workspace, application.key_memory)
    file.prepare(new)
    step = _recorded(application, new, by, because, reason)
    file.promote()
    return step


def _check_state(application: Application, because: SuccessionReason) -> None:
    is_here = isinstance(application.ledger_key, SigningKey)
    if because is SuccessionReason.LOST and is_here:
        raise UsageError(N_("the ledger's key is there: rotate it without --lost"))
    if because is SuccessionReason.ROTATED and not is_here:
        application.check_providing()
    fault: RuleRefused | None = application.transactions.compare()
    if fault is not None:
        raise fault


def _recorded(
    application: Application, new: SigningKey, by: Account, because: SuccessionReason, reason: str
) -> Succession:
    old, real_at = application.ledger_key, application.clock.real()
    said: dict[str, object] = {
        "old": str(old.verifier),
        "new": str(new.verifier),
        "because": because.value,
        "reason": reason.strip(),
        "by": by.name,
        "real_at": instant(real_at) if application.clock.is_replay else None,
    }
    with application.transactions.begin(waits=True, is_guarded=False) as work:
        store = PostgresLedgerStore(work.session)
        store.hold()
        last = store.newest_checkpoint()
        before = None if last is None else checked(store, last, old.verifier)
        work.ledger.append([NewEntry(EntryType.KEY_SUCCESSION, application.clock.now(), said)])
        size = store.size()
        if because is SuccessionReason.LOST:
            work.session.rows = RowKey.derived(new.private)
            people = index_anew(store, size)
        else:
            people = index(store, before, size)
        checkpoint = Checkpoint(new.name, size, root(store, size), people)
        step = Succession.begun(checkpoint, old if isinstance(old, SigningKey) else old.verifier, new, reason)
        store.add_checkpoint(size, step.note, real_at)
        store.note_key(str(new.verifier))
        if because is SuccessionReason.LOST:
            bind_all(work.session, work.ledger)
    return step

"""What a person kept from before, held against an answer: an older answer, a receipt, a pack or a checkpoint."""

from collections.abc import Mapping, Sequence
from typing import Any

from kanmon.core.errors import ReceiptInvalid
from kanmon.core.language import N_
from kanmon.ledger.answer import VerifiedAnswer, is_answer, verify_answer
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.note import NoteInvalid
from kanmon.ledger.pack import checkpoint_of
from kanmon.ledger.people import member_in
from kanmon.ledger.receipt import is_receipt, verify_receipt
from kanmon.ledger.succession import KeyChain


def check_held(answer: VerifiedAnswer, held: Sequence[bytes]) -> None:
    """Raise `ReceiptInvalid` where the answer's log is not a later state of the one that these files are of.

    Also where it leaves out an entry that one of them has of the same person.
    """
    for content in held:
        checkpoint = _opened(answer.receipt.chain, content)
        _check_checkpoint(answer, checkpoint)
        _check_entries(answer, _entries(content, answer))


def checkpoints_in(held: Sequence[bytes], chain: KeyChain) -> list[Checkpoint]:
    """The checkpoints of such files; `ReceiptInvalid` for one that no key of the log has signed."""
    return [_opened(chain, content) for content in held]


def _opened(chain: KeyChain, content: bytes) -> Checkpoint:
    try:
        return chain.open(checkpoint_of(content))
    except NoteInvalid:
        raise ReceiptInvalid(N_("the receipt's checkpoint is not signed with the log's key")) from None


def _check_checkpoint(answer: VerifiedAnswer, held: Checkpoint) -> None:
    new = answer.receipt.checkpoint
    if held.size > new.size:
        raise ReceiptInvalid(
            N_("the log was rolled back: %(seen)s entries were signed before, and the answer's log has %(size)s"),
            seen=held.size,
            size=new.size,
        )
    known = {one.size: one for one in (*answer.earlier, new)}.get(held.size)
    if known is None:
        raise ReceiptInvalid(
            N_(
                "the answer does not bring how its log extends the checkpoint over %(size)s entries that you hold: ask "
                "for the answer once more and name that file"
            ),
            size=held.size,
        )
    if known != held:
        raise ReceiptInvalid(
            N_("there are two logs: two different checkpoints over %(size)s entries are signed"), size=held.size
        )


def _entries(content: bytes, answer: VerifiedAnswer) -> Sequence[Mapping[str, Any]]:
    """The entries about the person of an answer that a file proves."""
    if is_answer(content):
        held = verify_answer(content, None)
        receipt, entries = held.receipt, [one.entry for one in held.entries or ()]
    elif is_receipt(content):
        receipt = verify_receipt(content, None)
        entries = []
    else:
        return ()
    if member_in(receipt.payload or {}) != member_in(answer.receipt.payload or {}):
        return ()
    return [receipt.entry, *entries]


def _check_entries(answer: VerifiedAnswer, held: Sequence[Mapping[str, Any]]) -> None:
    known = [one.entry for one in answer.entries or ()]
    for entry in held:
        if answer.entries is not None and entry not in known:
            raise ReceiptInvalid(
                N_("the answer leaves out entry %(seq)s, which a file that you hold has of this person"),
                seq=entry["seq"],
            )

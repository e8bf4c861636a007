"""Files of one log held against each other, offline: is there one log, or were its holders shown two?

Each file is verified first, so that two that can't both be true are evidence against whoever has the log's key: the two
signed notes alone. Checkpoints over one size must be the same, their index of people included. Of different sizes
whatever hashes both files lead to are compared: where these tell the smaller root, the files agree; where they
contradict, the log was forked; else a third file that holds both checkpoints may decide, such as a pack or a proof of
consistency.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations

from kanmon.core.errors import ReceiptInvalid
from kanmon.core.language import N_
from kanmon.ledger.answer import is_answer, verify_answer
from kanmon.ledger.canonical import canonical
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.cosignature import Cosignature, WitnessKey, cosignatures_on
from kanmon.ledger.note import NoteInvalid, VerifierKey, decoded, encoded
from kanmon.ledger.pack import is_pack, receipt_in, verify_pack
from kanmon.ledger.receipt import VerifiedReceipt, is_receipt, verify_receipt
from kanmon.ledger.succession import KeyChain
from kanmon.ledger.tree import HASH_BYTES, leaf_hash, node_hash, verify_consistency

FORMAT = "kanmon-consistency/1"
Range = tuple[int, int]
"""Entries from the first number to before the second."""


class Verdict(StrEnum):
    """What two files say of one another."""

    AGREED = "agreed"
    FORKED = "forked"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class LogView:
    """One signed checkpoint, as a file shows it, with the hashes of subtrees that the file proves under it."""

    note: str
    checkpoint: Checkpoint
    cosignatures: Sequence[Cosignature] = ()
    hashes: Mapping[Range, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class LogComparison:
    """What the files with these places say of one another, by which two signed notes."""

    first: int
    second: int
    verdict: Verdict
    views: tuple[LogView, LogView]
    keys: KeyChain
    """The log's keys, as the files bring them or as they were given."""

    @property
    def witnesses(self) -> list[WitnessKey]:
        """Witnesses that cosigned both: by their word it is one log."""
        theirs = {cosignature.witness for cosignature in self.views[1].cosignatures}
        return [cosignature.witness for cosignature in self.views[0].cosignatures if cosignature.witness in theirs]


def write_link(old: str, new: str, hashes: Sequence[bytes]) -> bytes:
    """The file that shows the checkpoint `new` to extend `old`, both signed notes."""
    return canonical({"format": FORMAT, "old": old, "new": new, "hashes": list(map(encoded, hashes))})


def compare(
    contents: Sequence[bytes], trusted: VerifierKey | None, witnesses: Sequence[WitnessKey] = ()
) -> list[LogComparison]:
    """Each two of the files, by their places; `ReceiptInvalid` where one proves nothing, or they are of several logs.

    Without a trusted key the first file that brings one says which log's all must be.
    """
    keys = _keys(contents, trusted)
    files = [_views(content, keys, trusted, witnesses) for content in contents]
    if len({view.checkpoint.origin for views in files for view in views}) > 1:
        raise ReceiptInvalid(N_("the files are of several logs: there is nothing to compare"))
    return [_compared(files, keys, first, second) for first, second in combinations(range(len(files)), 2)]


def _keys(contents: Sequence[bytes], trusted: VerifierKey | None) -> KeyChain:
    """The log's keys, from the file that brings the most of them, all leading to one another."""
    chains = [receipt.chain for content in contents if (receipt := _receipt(content, trusted)) is not None]
    if not chains and trusted is None:
        raise ReceiptInvalid(N_("none of the files brings the log's key: give it with --key"))
    if not chains:
        assert trusted is not None
        return KeyChain(trusted)
    longest = max(chains, key=lambda chain: len(chain.successions))
    if any(chain.current not in longest.keys for chain in chains):
        raise ReceiptInvalid(N_("the files are signed with keys that don't lead to one another"))
    return longest


def _receipt(content: bytes, trusted: VerifierKey | None) -> VerifiedReceipt | None:
    if is_pack(content):
        return verify_receipt(receipt_in(content), trusted)
    if is_answer(content):
        return verify_answer(content, trusted).receipt
    return verify_receipt(content, trusted) if is_receipt(content) else None


def _views(
    content: bytes, keys: KeyChain, trusted: VerifierKey | None, witnesses: Sequence[WitnessKey]
) -> list[LogView]:
    """The checkpoints that a file brings, smallest first; those of one file are known to extend each other."""
    try:
        if is_pack(content):
            pack = verify_pack(content, trusted, witnesses=witnesses)
            noted = list(zip(pack.notes, pack.checkpoints, strict=True))[:-1]
            return [*(LogView(note, checkpoint) for note, checkpoint in noted), _view(pack.receipt)]
        if is_answer(content):
            answer = verify_answer(content, trusted, witnesses)
            return [*(LogView(note, keys.open(note)) for note in answer.earlier_notes), _view(answer.receipt)]
        if is_receipt(content):
            return [_view(verify_receipt(content, trusted, witnesses))]
        if (link := _link(content)) is not None:
            return _linked(link, keys)
        note = content.decode()
        return [LogView(note, keys.open(note), cosignatures_on(note, witnesses))]
    except (NoteInvalid, UnicodeDecodeError):
        raise ReceiptInvalid(
            N_("one of the files is no receipt, pack or checkpoint that the log's key signed")
        ) from None


def _view(receipt: VerifiedReceipt) -> LogView:
    leaf = leaf_hash(canonical(receipt.entry))
    hashes = subtrees(leaf, receipt.proof.index, receipt.checkpoint.size, receipt.proof.hashes)
    return LogView(receipt.proof.checkpoint, receipt.checkpoint, receipt.cosignatures, hashes)


def _link(content: bytes) -> Mapping[str, object] | None:
    try:
        link = json.loads(content)
        is_link = isinstance(link, dict) and link.get("format") == FORMAT and canonical(link) == content
    except (ValueError, RecursionError):
        return None
    return link if is_link else None


def _linked(link: Mapping[str, object], keys: KeyChain) -> list[LogView]:
    old, new, written = link.get("old"), link.get("new"), link.get("hashes")
    if not isinstance(old, str) or not isinstance(new, str) or not isinstance(written, list):
        raise NoteInvalid("not a proof of consistency")
    if link.keys() != {"format", "old", "new", "hashes"} or not all(isinstance(text, str) for text in written):
        raise NoteInvalid("not a proof of consistency")
    before, after = keys.open(old), keys.open(new)
    hashes = list(map(decoded, written))
    is_whole = all(len(link_hash) == HASH_BYTES for link_hash in hashes)
    if not is_whole or not verify_consistency(before.size, after.size, before.root, after.root, hashes):
        raise ReceiptInvalid(
            N_("the checkpoint over %(new)s entries is not shown to extend the one over %(old)s"),
            new=after.size,
            old=before.size,
        )
    return [LogView(old, before), LogView(new, after)]


def _compared(files: Sequence[Sequence[LogView]], keys: KeyChain, first: int, second: int) -> LogComparison:
    pairs = [(view, other) for view in files[first] for other in files[second]]
    verdicts = {pair: verdict_of(*views) for pair, views in enumerate(pairs)}
    for wanted in (Verdict.FORKED, Verdict.AGREED):
        for pair, verdict in verdicts.items():
            if verdict is wanted and (wanted is Verdict.FORKED or _covers(pairs[pair], files[first], files[second])):
                return LogComparison(first, second, wanted, pairs[pair], keys)
    ends = (files[first][-1], files[second][-1])
    is_linked = any(_has(file, ends[0]) and _has(file, ends[1]) for file in files)
    return LogComparison(first, second, Verdict.AGREED if is_linked else Verdict.UNDECIDED, ends, keys)


def _covers(pair: tuple[LogView, LogView], first: Sequence[LogView], second: Sequence[LogView]) -> bool:
    """Whether two views that agree settle their files: the smaller of them is the largest of its file."""
    sizes = (pair[0].checkpoint.size, pair[1].checkpoint.size)
    is_end_of_first = pair[0].checkpoint == first[-1].checkpoint and sizes[0] <= sizes[1]
    return is_end_of_first or (pair[1].checkpoint == second[-1].checkpoint and sizes[1] <= sizes[0])


def _has(views: Sequence[LogView], wanted: LogView) -> bool:
    return any(view.checkpoint == wanted.checkpoint for view in views)


def verdict_of(view: LogView, other: LogView) -> Verdict:
    """What two views of one log say of one another."""
    small, large = sorted((view, other), key=lambda either: either.checkpoint.size)
    size, root = small.checkpoint.size, small.checkpoint.root
    if size == large.checkpoint.size:
        return Verdict.AGREED if small.checkpoint == large.checkpoint else Verdict.FORKED
    for holder, known in ((small, large), (large, small)):
        for (low, high), held in holder.hashes.items():
            derived = _derived(known.hashes, low, high) if high <= size else None
            if derived not in (None, held):
                return Verdict.FORKED
    derived = _derived(large.hashes, 0, size) if size else root
    if derived is None:
        return Verdict.UNDECIDED
    return Verdict.AGREED if derived == root else Verdict.FORKED


def subtrees(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> dict[Range, bytes]:
    """The hashes that a proof of inclusion, which holds, gives or leads to, each by the entries that it is over."""
    ranges = list(_siblings(index, size))[::-1]
    hashes, low, high, above = {(index, index + 1): leaf}, index, index + 1, leaf
    for (first, end), sibling in zip(ranges, proof, strict=True):
        hashes[first, end] = sibling
        above = node_hash(sibling, above) if end == low else node_hash(above, sibling)
        low, high = min(low, first), max(high, end)
        hashes[low, high] = above
    return hashes


def _siblings(index: int, size: int) -> Iterator[Range]:
    """What stands beside the way from the root to an entry, from the top."""
    low, high = 0, size
    while high - low > 1:
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if index < middle:
            yield middle, high
            high = middle
        else:
            yield low, middle
            low = middle


def _derived(hashes: Mapping[Range, bytes], low: int, high: int) -> bytes | None:
    """The hash over a range, where it is known or both its halves are; as RFC 6962 splits it."""
    if (low, high) in hashes:
        return hashes[low, high]
    if high - low < 2:
        return None
    middle = low + (1 << (high - low - 1).bit_length() - 1)
    left = _derived(hashes, low, middle)
    right = None if left is None else _derived(hashes, middle, high)
    return None if left is None or right is None else node_hash(left, right)

"""Evidence packs: entries with their proofs in one file, which an authority checks without us (APPI-27, AC-25).

A pack is a zip whose files, times and order are fixed, so that the same contents are the same bytes. `manifest.json`
lists the hash of every file and the number of every entry; an entry made for the pack commits to the manifest, and
`receipt.json` proves that entry. So nothing can be changed, dropped or reordered without another signed checkpoint.
"""

import hashlib
import io
import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from kanmon.core.errors import PackInvalid, ReceiptInvalid
from kanmon.core.language import N_
from kanmon.ledger.canonical import canonical
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.cosignature import WitnessKey
from kanmon.ledger.entry import Entry, EntryType, Secret
from kanmon.ledger.note import NoteInvalid, VerifierKey, decoded, encoded
from kanmon.ledger.receipt import VerifiedReceipt, checkpoint_in, is_entry, verify_receipt
from kanmon.ledger.service import LedgerReader, chain_of
from kanmon.ledger.succession import KeyChain
from kanmon.ledger.tree import (
    ReadOnceTiles,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

FORMAT = "kanmon-evidence/1"
ENTRIES, CHECKPOINTS, MANIFEST = "entries.jsonl", "checkpoints.json", "manifest.json"
RECEIPT, LINK, KEY = "receipt.json", "link.json", "key.txt"
_PROOF = (MANIFEST, RECEIPT, LINK, KEY)
"""Files that the manifest does not list: they prove it."""


@dataclass(frozen=True)
class Pack:
    """What a pack proves: how many entries, how many of them without their content, up to which checkpoint."""

    receipt: VerifiedReceipt
    seqs: Sequence[int]
    without_content: int
    checkpoints: Sequence[Checkpoint]
    """Each extends the one before; the last is the receipt's."""
    notes: Sequence[str]
    """The same as they were signed."""


def evidence_files(
    reader: LedgerReader, entries: Iterable[tuple[Entry, Secret | None]], packs: Sequence[int], key: VerifierKey
) -> tuple[dict[str, bytes], list[int]]:
    """The files with the entries, by `seq`, and with the checkpoints that first covered each, up to the newest one.

    Also the entries' numbers. `packs` are the numbers of the entries made for packs before: whoever holds one of those
    can hold its checkpoint against this one's. What the newest checkpoint does not cover yet is left out.
    """
    keys = chain_of(reader, key)
    notes = {keys.open(note).size: note for note in reader.checkpoints()}
    newest, tiles = max(notes, default=0), ReadOnceTiles(reader)
    lines, seqs = [], []
    for entry, secret in entries:
        if entry.seq < newest:
            seqs.append(entry.seq)
            lines.append(canonical(_line(entry, secret, inclusion_proof(tiles, entry.seq, newest))))
    sizes = _first_to_cover(sorted(notes), sorted({*seqs, *packs}))
    hashes = [[], *(consistency_proof(tiles, old, new) for old, new in pairwise(sizes))]
    chain = [
        {"note": notes[size], "extends": [encoded(one) for one in proof]}
        for size, proof in zip(sizes, hashes, strict=True)
    ]
    return {ENTRIES: b"".join(line + b"\n" for line in lines), CHECKPOINTS: canonical(chain)}, seqs


def manifest_of(files: Mapping[str, bytes], seqs: Sequence[int]) -> bytes:
    """What the ledger commits to: the SHA-256 of every file, and the number of every entry."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return canonical({"format": FORMAT, "files": hashes, "seqs": list(seqs)})


def write_pack(
    files: Mapping[str, bytes], manifest: bytes, receipt: bytes, reader: LedgerReader, key: VerifierKey
) -> bytes:
    """The pack's bytes; `receipt` is that of the entry which commits to the manifest, `reader` knows its checkpoint."""
    chain = json.loads(files[CHECKPOINTS])
    keys = chain_of(reader, key)
    old, new = keys.open(chain[-1]["note"]).size, keys.open(checkpoint_in(receipt)).size
    link = canonical([encoded(one) for one in consistency_proof(reader, old, new)])
    return _zipped({**files, MANIFEST: manifest, RECEIPT: receipt, LINK: link, KEY: f"{key}\n".encode()})


def is_pack(content: bytes) -> bool:
    """Whether these are the bytes of a zip, which no receipt is."""
    return content.startswith(b"PK")


def checkpoint_of(content: bytes) -> str:
    """The signed note of a pack, or of what `checkpoint_in` reads. Nothing of it is verified."""
    return checkpoint_in(receipt_in(content) if is_pack(content) else content)


def receipt_in(content: bytes) -> bytes:
    """The receipt of a pack; `PackInvalid` where this is none. Nothing of it is verified."""
    return _unzipped(content)[RECEIPT]


def verify_pack(
    content: bytes, trusted: VerifierKey | None, seen: Sequence[bytes] = (), witnesses: Sequence[WitnessKey] = ()
) -> Pack:
    """What a pack proves under the trusted key or, where None is given, under the key that it brings itself.

    `seen` are packs, receipts or checkpoints that somebody got before: a log that was rolled back since is found by
    them. Raises `PackInvalid`, or `ReceiptInvalid` for the receipt in it, with the first thing that is wrong.
    """
    files = _unzipped(content)
    receipt = verify_receipt(files[RECEIPT], trusted, witnesses)
    try:
        manifest = _manifest(files, receipt)
        checkpoints = [*_chain(files[CHECKPOINTS], receipt.chain)]
        notes = [said["note"] for said in json.loads(files[CHECKPOINTS])]
        _check_extension(checkpoints[-1], receipt.checkpoint, json.loads(files[LINK]))
        lines = [json.loads(line) for line in files[ENTRIES].splitlines()]
        if [line["entry"]["seq"] for line in lines] != manifest["seqs"]:
            raise PackInvalid(N_("the pack does not hold just the entries that its manifest lists"))
        for line in lines:
            _check_line(line, checkpoints[-1])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise _not_a_pack() from None
    chain = [*checkpoints, receipt.checkpoint]
    for one in seen:
        _check_seen(one, chain, receipt.chain)
    without_content = sum("payload" not in line for line in lines)
    return Pack(receipt, manifest["seqs"], without_content, chain, [*notes, receipt.proof.checkpoint])


def _line(entry: Entry, secret: Secret | None, proof: Sequence[bytes]) -> dict[str, object]:
    said: dict[str, object] = {"entry": json.loads(entry.leaf()), "proof": [encoded(one) for one in proof]}
    if secret is not None:
        said |= {"payload": json.loads(secret.payload), "key": secret.key.hex()}
    return said


def _first_to_cover(sizes: Sequence[int], seqs: Sequence[int]) -> list[int]:
    """Of all checkpoints' sizes, those that were the first to cover an entry, and the newest."""
    wanted, remaining = set(sizes[-1:]), iter(seqs)
    seq = next(remaining, None)
    for size in sizes:
        while seq is not None and seq < size:
            wanted.add(size)
            seq = next(remaining, None)
    return sorted(wanted)


def _manifest(files: Mapping[str, bytes], receipt: VerifiedReceipt) -> dict[str, Any]:
    """The manifest that the receipt's entry commits to, every file being as it says."""
    sha256 = hashlib.sha256(files[MANIFEST]).hexdigest()
    said = receipt.payload or {}
    if receipt.entry["type"] != EntryType.EVIDENCE_PACK or said.get("manifest_sha256") != sha256:
        raise PackInvalid(N_("the pack's manifest is not the one that the ledger commits to"))
    manifest: dict[str, Any] = json.loads(files[MANIFEST])
    if files[KEY] != f"{receipt.key}\n".encode():
        raise PackInvalid(N_("%(file)s of the pack is not as it was made"), file=KEY)
    if manifest["files"].keys() != files.keys() - set(_PROOF):
        raise PackInvalid(N_("the pack does not hold just the files that its manifest lists"))
    for name, expected in manifest["files"].items():
        if hashlib.sha256(files[name]).hexdigest() != expected:
            raise PackInvalid(N_("%(file)s of the pack is not as it was made"), file=name)
    return manifest


def _chain(content: bytes, keys: KeyChain) -> Iterator[Checkpoint]:
    before: Checkpoint | None = None
    for said in json.loads(content):
        checkpoint = keys.open(said["note"])
        if before is not None:
            _check_extension(before, checkpoint, said["extends"])
        yield checkpoint
        before = checkpoint


def _check_extension(old: Checkpoint, new: Checkpoint, proof: Sequence[str]) -> None:
    hashes = [decoded(one) for one in proof]
    if old.origin != new.origin or not verify_consistency(old.size, new.size, old.root, new.root, hashes):
        raise PackInvalid(
            N_("the checkpoint over %(new)s entries does not extend the one over %(old)s: the log was changed"),
            new=new.size,
            old=old.size,
        )


def _check_line(line: Mapping[str, Any], checkpoint: Checkpoint) -> None:
    entry, hashes = line["entry"], [decoded(one) for one in line["proof"]]
    if not is_entry(entry):
        raise _not_a_pack()
    leaf = leaf_hash(canonical(entry))
    if not verify_inclusion(leaf, entry["seq"], checkpoint.size, hashes, checkpoint.root):
        raise PackInvalid(N_("entry %(seq)s of the pack is not in the log"), seq=entry["seq"])
    if "payload" in line:
        secret = Secret(canonical(line["payload"]), bytes.fromhex(line["key"]))
        if secret.commitment().hex() != entry["commit"]:
            raise PackInvalid(N_("what entry %(seq)s of the pack says is not what it commits to"), seq=entry["seq"])


def _check_seen(content: bytes, chain: Sequence[Checkpoint], keys: KeyChain) -> None:
    """`PackInvalid` where what was seen before is ahead of the pack, is not in its log, or can't be held against it."""
    try:
        seen = keys.open(checkpoint_of(content))
    except NoteInvalid:
        raise ReceiptInvalid(N_("the receipt's checkpoint is not signed with the log's key")) from None
    if seen.size > chain[-1].size:
        raise PackInvalid(
            N_("the log was rolled back: %(seen)s entries were signed before, and the pack's log has %(size)s"),
            seen=seen.size,
            size=chain[-1].size,
        )
    if seen not in chain:
        raise PackInvalid(N_("the checkpoint over %(size)s entries that you hold is not in the pack"), size=seen.size)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with ZipFile(written, "w") as archive:
        for name in sorted(files):
            archive.writestr(ZipInfo(name), files[name])
    return written.getvalue()


def _unzipped(content: bytes) -> dict[str, bytes]:
    """The files of a pack that is byte for byte as `_zipped` writes it."""
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            if not _is_stored(archive.infolist(), len(content)):
                raise _not_a_pack()
            files = {name: archive.read(name) for name in archive.namelist()}
        is_exact = _zipped(files) == content
    except (BadZipFile, zlib.error, struct.error, ValueError, EOFError, OSError, RuntimeError, LookupError):
        raise _not_a_pack() from None
    if not is_exact or not files.keys() >= {ENTRIES, CHECKPOINTS, *_PROOF}:
        raise _not_a_pack()
    return files


def _is_stored(files: Sequence[ZipInfo], size: int) -> bool:
    """Whether no file says it is compressed or larger than the pack itself: a pack's files are stored as they are."""
    return all(file.compress_type == ZIP_STORED for file in files) and sum(file.file_size for file in files) < size


def _not_a_pack() -> PackInvalid:
    return PackInvalid(N_("this is not an evidence pack, or not one byte for byte as it was made"))

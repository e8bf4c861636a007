"""Evidence packs: no byte can be changed, no entry dropped or moved, no log rolled back unseen (AC-25)."""

import io
import json
from copy import copy
from functools import cache
from hashlib import sha256
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZipFile, ZipInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanmon.core.errors import PackInvalid, ReceiptInvalid
from kanmon.ledger.canonical import canonical
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.note import SigningKey
from kanmon.ledger.pack import (
    CHECKPOINTS,
    ENTRIES,
    LINK,
    MANIFEST,
    RECEIPT,
    evidence_files,
    manifest_of,
    verify_pack,
    write_pack,
)
from kanmon.ledger.service import Ledger, receipt_of
from tests.unit.ledger.memory import AT, MemoryStore, deeds

KEY = SigningKey.generate("kanmon/test")
VKEY = KEY.verifier
SEQS = (3, 40, 41, 299, 300)


def grown(store: MemoryStore) -> tuple[MemoryStore, Ledger]:
    ledger = Ledger(store, KEY)
    for count in (20, 40, 260):
        ledger.append(deeds(count))
        ledger.sign(AT)
    return store, ledger


def packed(store: MemoryStore, ledger: Ledger, packs: tuple[int, ...] = ()) -> bytes:
    files, seqs = evidence_files(store, [store.entry(seq) for seq in SEQS], packs, VKEY)
    files["index.html"] = "証拠".encode()
    manifest = manifest_of(files, seqs)
    said = {"manifest_sha256": sha256(manifest).hexdigest(), "entries": len(seqs)}
    (seq,) = ledger.append([NewEntry(EntryType.EVIDENCE_PACK, AT, said)])
    ledger.sign(AT)
    return write_pack(files, manifest, receipt_of(store, seq, VKEY, shows_payload=True), store, VKEY)


@cache
def good() -> bytes:
    return packed(*grown(MemoryStore()))


def unzipped(pack: bytes) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    """As a forger would write it who knows the format."""
    written = io.BytesIO()
    with ZipFile(written, "w") as archive:
        for name in sorted(files):
            archive.writestr(ZipInfo(name), files[name])
    return written.getvalue()


def relisted(files: dict[str, bytes], seqs: list[int]) -> bytes:
    """With a manifest that fits what was changed; everything but the ledger's word for it."""
    listed = {name: files[name] for name in json.loads(files[MANIFEST])["files"]}
    return zipped({**files, MANIFEST: manifest_of(listed, seqs)})


def test_a_good_pack_holds_its_entries_under_the_checkpoints_that_first_covered_them() -> None:
    pack = verify_pack(good(), VKEY)
    assert pack.seqs == list(SEQS)
    assert [checkpoint.size for checkpoint in pack.checkpoints] == [20, 60, 320, 321]
    assert pack.receipt.is_key_trusted
    assert not verify_pack(good(), None).receipt.is_key_trusted
    assert pack.without_content == 0


def test_another_key_did_not_sign_it() -> None:
    with pytest.raises(ReceiptInvalid):
        verify_pack(good(), SigningKey.generate("kanmon/test").verifier)


@given(st.data())
def test_a_flipped_byte_is_found(data: st.DataObject) -> None:
    changed = bytearray(good())
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises((PackInvalid, ReceiptInvalid)):
        verify_pack(bytes(changed), VKEY)


@given(st.data())
def test_a_flipped_byte_in_a_file_of_a_zip_that_fits_is_found(data: st.DataObject) -> None:
    files = unzipped(good())
    name = data.draw(st.sampled_from(sorted(files)))
    changed = bytearray(files[name])
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises((PackInvalid, ReceiptInvalid)):
        verify_pack(zipped({**files, name: bytes(changed)}), VKEY)


@pytest.mark.parametrize("method", [ZIP_DEFLATED, ZIP_BZIP2, ZIP_LZMA])
def test_a_pack_that_says_it_is_compressed_is_not_unpacked(method: int, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    with ZipFile(written, "w", method) as archive:
        archive.writestr(ENTRIES, bytes(50_000_000))
    assert len(written.getvalue()) < 100_000
    refuse_to_read(monkeypatch)
    with pytest.raises(PackInvalid):
        verify_pack(written.getvalue(), VKEY)


def test_a_pack_whose_files_overlap_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory of a zip may name the same bytes many times."""
    written = io.BytesIO()
    with ZipFile(written, "w") as archive:
        archive.writestr(ENTRIES, bytes(1_000_000))
        for number in range(200):
            twin = copy(archive.filelist[0])
            twin.filename = f"{number}.jsonl"
            archive.filelist.append(twin)
    refuse_to_read(monkeypatch)
    with pytest.raises(PackInvalid):
        verify_pack(written.getvalue(), VKEY)


def refuse_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(archive: ZipFile, name: str) -> bytes:
        raise AssertionError(f"{name} was unpacked")

    monkeypatch.setattr(ZipFile, "read", read)


def test_a_dropped_entry_is_found() -> None:
    files = unzipped(good())
    lines = files[ENTRIES].splitlines(keepends=True)
    files[ENTRIES] = b"".join(lines[:2] + lines[3:])
    with pytest.raises(PackInvalid, match="not as it was made"):
        verify_pack(zipped(files), VKEY)
    with pytest.raises(PackInvalid, match="the ledger commits to"):
        verify_pack(relisted(files, [3, 40, 299, 300]), VKEY)


def test_entries_that_changed_places_are_found() -> None:
    files = unzipped(good())
    first, second, *others = files[ENTRIES].splitlines(keepends=True)
    files[ENTRIES] = b"".join([second, first, *others])
    with pytest.raises(PackInvalid, match="not as it was made"):
        verify_pack(zipped(files), VKEY)
    with pytest.raises(PackInvalid, match="the ledger commits to"):
        verify_pack(relisted(files, [40, 3, 41, 299, 300]), VKEY)


def test_a_receipt_under_an_earlier_checkpoint_is_found() -> None:
    files = unzipped(good())
    receipt = json.loads(files[RECEIPT])
    proof, _, newest = receipt["proof"].partition("\n\n")
    earlier = json.loads(files[CHECKPOINTS])[-1]["note"]
    assert earlier != newest
    files[RECEIPT] = canonical({**receipt, "proof": f"{proof}\n\n{earlier}"})
    with pytest.raises(ReceiptInvalid):
        verify_pack(zipped(files), VKEY)


def test_a_log_that_was_rolled_back_is_found_by_what_was_handed_out_before() -> None:
    """The later log is signed with the real key and fits in itself: only what somebody kept shows it."""
    store, ledger = grown(MemoryStore())
    ledger.append(deeds(50))
    ledger.sign(AT)
    kept = packed(store, ledger)
    rolled = packed(*grown(MemoryStore()))
    assert verify_pack(rolled, VKEY).seqs == list(SEQS)
    with pytest.raises(PackInvalid, match="rolled back"):
        verify_pack(rolled, VKEY, [kept])


def test_a_log_that_was_written_anew_does_not_extend_what_was_handed_out_before() -> None:
    before = packed(*grown(MemoryStore()))
    store, ledger = grown(MemoryStore())
    packed(store, ledger)
    with pytest.raises(PackInvalid, match="that you hold"):
        verify_pack(packed(store, ledger, (320,)), VKEY, [before])


def test_a_later_pack_extends_an_earlier_one() -> None:
    store, ledger = grown(MemoryStore())
    before = packed(store, ledger)
    ledger.append(deeds(5))
    ledger.sign(AT)
    later = packed(store, ledger, (320,))
    note = json.loads(unzipped(before)[CHECKPOINTS])[-1]["note"].encode()
    verify_pack(later, VKEY, [before, note])


def test_a_broken_link_between_checkpoints_is_found() -> None:
    files = unzipped(good())
    files[LINK] = b"[]"
    with pytest.raises(PackInvalid, match="does not extend"):
        verify_pack(zipped(files), VKEY)


def test_after_an_erasure_entries_are_there_without_their_content() -> None:
    store, ledger = grown(MemoryStore())
    ledger.erase([40, 41], AT, "asked")
    ledger.sign(AT)
    pack = packed(store, ledger)
    assert verify_pack(pack, VKEY).without_content == 2
    erased = [json.loads(line) for line in unzipped(pack)[ENTRIES].splitlines()][1:3]
    assert [line["entry"]["seq"] for line in erased] == [40, 41]
    assert all("payload" not in line and "key" not in line for line in erased)

"""Receipts: what they prove, and that no byte of one can be changed; two verifiers must agree on every one."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from kanmon.core.errors import LogInconsistent, ReceiptInvalid
from kanmon.ledger.canonical import canonical
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.entry import EntryType, NewEntry, Secret
from kanmon.ledger.note import SigningKey
from kanmon.ledger.proof import InclusionProof
from kanmon.ledger.receipt import FORMAT, MOST_BYTES, verify_receipt
from kanmon.ledger.service import Ledger, checked, receipt_of
from kanmon.ledger.tree import leaf_hash
from tests.unit.ledger import second_verifier
from tests.unit.ledger.memory import AT, MemoryStore, deeds

KEY = SigningKey.generate("kanmon/test")
OTHER = SigningKey.generate("kanmon/test")


def ledger_of(count: int) -> tuple[MemoryStore, Ledger]:
    store = MemoryStore()
    ledger = Ledger(store, KEY)
    assert ledger.append(deeds(count)) == list(range(count))
    ledger.sign(AT)
    return store, ledger


STORE, _ = ledger_of(600)
RECEIPT = receipt_of(STORE, 300, KEY.verifier, shows_payload=True)


def second_agrees(receipt: bytes, key: SigningKey = KEY) -> bool:
    try:
        second_verifier.verify(receipt, str(key.verifier))
    except Exception:
        return False
    return True


def first_agrees(receipt: bytes, key: SigningKey = KEY) -> bool:
    try:
        verify_receipt(receipt, key.verifier)
    except ReceiptInvalid:
        return False
    return True


@pytest.mark.parametrize("seq", [0, 1, 255, 256, 511, 512, 599])
@pytest.mark.parametrize("shows_payload", [True, False])
def test_both_verifiers_take_a_good_receipt(seq: int, shows_payload: bool) -> None:
    receipt = receipt_of(STORE, seq, KEY.verifier, shows_payload)
    assert len(receipt) <= MOST_BYTES
    second_verifier.verify(receipt, str(KEY.verifier))
    verified = verify_receipt(receipt, KEY.verifier)
    assert verified.entry["seq"] == seq
    assert verified.payload == (deeds(600)[seq].payload if shows_payload else None)
    assert verified.checkpoint.size == 600
    assert verified.is_key_trusted
    assert not verify_receipt(receipt, None).is_key_trusted


def test_both_verifiers_refuse_another_key() -> None:
    assert not first_agrees(RECEIPT, OTHER)
    assert not second_agrees(RECEIPT, OTHER)


def test_a_flipped_byte_anywhere_is_found_by_both_verifiers() -> None:
    chance = random.Random(3)
    for place in range(len(RECEIPT)):
        flipped = bytearray(RECEIPT)
        flipped[place] ^= 1 << chance.randrange(8)
        assert not first_agrees(bytes(flipped)), place
        assert not second_agrees(bytes(flipped)), place
        with pytest.raises(ReceiptInvalid):
            verify_receipt(bytes(flipped), None)


def test_a_byte_dropped_or_put_in_is_found_by_both_verifiers() -> None:
    for place in range(len(RECEIPT) + 1):
        for altered in (RECEIPT[:place] + b" " + RECEIPT[place:], RECEIPT[:place] + RECEIPT[place + 1 :]):
            if altered != RECEIPT:
                assert not first_agrees(altered), place
                assert not second_agrees(altered), place


def test_a_part_of_another_receipt_does_not_fit() -> None:
    another = json.loads(receipt_of(STORE, 301, KEY.verifier, shows_payload=True))
    for name in ("entry", "proof", "payload", "key"):
        mixed = canonical(json.loads(RECEIPT) | {name: another[name]})
        assert not first_agrees(mixed), name
        assert not second_agrees(mixed), name


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"{}", b'"x"', b"\xff", b"[" * 5_000, b"1" * 40_000])
def test_what_is_no_receipt_is_refused(content: bytes) -> None:
    with pytest.raises(ReceiptInvalid):
        verify_receipt(content, None)


def forged(payload: dict[str, object], **entry: object) -> bytes:
    """A receipt of a log of the forger's own, valid in itself, with one entry."""
    said = {"at": "2026-11-30T00:00:00Z", "seq": 0, "type": "answer", **entry}
    secret = Secret(canonical(payload), b"k" * 32)
    said["commit"] = secret.commitment().hex()
    checkpoint = Checkpoint(OTHER.verifier.name, 1, leaf_hash(canonical(said))).signed(OTHER)
    parts = {"entry": said, "format": FORMAT, "key": secret.key.hex(), "payload": payload}
    return canonical({**parts, "proof": str(InclusionProof(0, (), checkpoint)), "vkey": str(OTHER.verifier)})


def test_a_forged_log_of_ones_own_is_valid_in_itself() -> None:
    assert verify_receipt(forged({"note": "x"}), None).is_key_trusted is False


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "answer\x1b[2J\x1b[Hthe receipt is valid: entry 4711"},
        {"type": "answer\nthe receipt is valid"},
        {"type": "\u202erewsna"},
        {"at": "2026-11-30T00:00:00Z\x1b[8m"},
        {"at": "yesterday"},
    ],
)
def test_an_entry_whose_words_no_log_of_ours_writes_is_no_receipt(entry: dict[str, object]) -> None:
    with pytest.raises(ReceiptInvalid, match="not a receipt"):
        verify_receipt(forged({}, **entry), None)


def test_nothing_that_a_receipt_says_reaches_the_terminal_as_a_command(tmp_path: Path) -> None:
    file = tmp_path / "receipt.json"
    file.write_bytes(forged({"note": "you were never scored\x9b8m\x1b[2J\u202e"}))
    for arguments in ([], ["--json"]):
        done = run_alone("verify", file, *arguments)
        assert done.returncode == 0
        assert "\\u009b8m" in done.stdout
        assert not {"\x1b", "\x9b", "\u202e"} & set(done.stdout + done.stderr)
    refused = run_alone("verify", file, "--key", "a\x1b[2Jb")
    assert "\x1b" not in refused.stderr


def test_after_erasure_the_entry_is_proved_and_its_content_gone() -> None:
    store, ledger = ledger_of(10)
    assert ledger.erase([4], AT, "the person asked") == 10
    ledger.sign(AT)
    verified = verify_receipt(receipt_of(store, 4, KEY.verifier, shows_payload=True), KEY.verifier)
    assert verified.payload is None
    assert verified.entry["type"] == "provision_record"
    erasure = verify_receipt(receipt_of(store, 10, KEY.verifier, shows_payload=True), KEY.verifier)
    assert erasure.payload == {"because": "the person asked", "erased": [4]}


def test_a_leaf_holds_nothing_of_its_payload_and_equal_payloads_differ() -> None:
    store, ledger = ledger_of(0)
    ledger.append(deeds(1) + deeds(1))
    first, second = store.kept[0], store.kept[1]
    assert b"M0" not in first.leaf()
    assert first.commit != second.commit


def test_a_receipt_waits_for_a_checkpoint_that_reaches_its_entry() -> None:
    store, ledger = ledger_of(3)
    ledger.append(deeds(1))
    with pytest.raises(KeyError):
        receipt_of(store, 3, KEY.verifier, shows_payload=True)


def test_a_receipt_too_large_to_hand_over_is_not_written() -> None:
    store, ledger = ledger_of(0)
    ledger.append([NewEntry(EntryType.LOAD, AT, {"files": ["x" * 100] * 400})])
    ledger.sign(AT)
    with pytest.raises(ReceiptInvalid, match="larger than"):
        receipt_of(store, 0, KEY.verifier, shows_payload=True)


def test_signing_twice_gives_the_same_note_and_nothing_is_appended_for_nothing() -> None:
    store, ledger = ledger_of(5)
    assert ledger.sign(AT) == ledger.sign(AT)
    assert ledger.append([]) == []
    assert len(store.notes) == 1


def test_nothing_is_signed_over_a_ledger_that_is_not_what_was_signed() -> None:
    store, ledger = ledger_of(5)
    for damage, fault in ((hashes_swapped, "not those that were signed"), (rolled_back, "rolled back")):
        store, ledger = ledger_of(5)
        damage(store)
        with pytest.raises(LogInconsistent, match=fault):
            ledger.sign(AT)
    store, _ = ledger_of(5)
    with pytest.raises(LogInconsistent, match="not signed with"):
        Ledger(store, OTHER).sign(AT)


def test_a_log_that_was_rewritten_whole_does_not_extend_a_checkpoint_somebody_kept() -> None:
    kept = STORE.notes[0]
    rewritten, _ = ledger_of(700)
    with pytest.raises(LogInconsistent):
        checked(rewritten, kept, KEY.verifier)
    assert checked(STORE, kept, KEY.verifier).size == 600


def hashes_swapped(store: MemoryStore) -> None:
    tile = store.tiles[0, 0]
    store.tiles[0, 0] = tile[32:64] + tile[:32] + tile[64:]


def rolled_back(store: MemoryStore) -> None:
    del store.kept[4]
    store.tiles[0, 0] = store.tiles[0, 0][:-32]


def run_alone(*arguments: object, language: str = "en") -> subprocess.CompletedProcess[str]:
    """`kanmon` in a process that has neither a workspace nor a way to a database."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": "src", "KANMON_LANG": language}
    environment["KANMON_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    command = [sys.executable, "-m", "kanmon", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "receipt.json"
    path.write_bytes(RECEIPT)
    return path


def test_verify_works_offline_in_a_process_of_its_own(file: Path) -> None:
    done = run_alone("verify", file, "--key", KEY.verifier, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert said["payload"]["member_id"] == "M300"
    assert said["is_key_trusted"] is True
    assert said["checkpoint"]["size"] == 600


def test_verify_loads_neither_database_nor_models() -> None:
    program = "import sys, kanmon.cli.main, kanmon.ledger.cli.verify; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"sqlalchemy", "psycopg", "duckdb", "pandas", "sklearn", "pyarrow", "kanmon.application.application"}
    assert not heavy & set(loaded)


def test_verify_tells_a_person_and_asks_to_compare_the_key(file: Path) -> None:
    done = run_alone("verify", file)
    assert done.returncode == 0
    assert "the receipt is valid: entry 300 (provision_record, 2026-04-01T09:30:00.123456Z)" in done.stdout
    assert str(KEY.verifier) in done.stdout
    assert "受領証は有効です" in run_alone("verify", file, language="ja").stdout


def test_verify_refuses_with_the_rule_and_status_4(file: Path) -> None:
    file.write_bytes(RECEIPT.replace(b'"M300"', b'"M301"'))
    done = run_alone("verify", file, "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (4, "RECEIPT_INVALID")
    assert "[RECEIPT_INVALID]" in done.stderr


@pytest.mark.parametrize("arguments", [["missing.json"], ["{file}", "--key", "nonsense"], []])
def test_verify_used_wrongly_ends_with_status_2(file: Path, arguments: list[str]) -> None:
    assert run_alone("verify", *(argument.format(file=file) for argument in arguments)).returncode == 2

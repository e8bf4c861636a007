"""Cosignatures in receipts: what they prove, that none can be forged, and that "by none" is always told."""

import json
import os
import random
import struct
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kanmon.core.errors import ReceiptInvalid
from kanmon.ledger.canonical import canonical
from kanmon.ledger.cli.witnessed import printable
from kanmon.ledger.cosignature import SECONDS_AHEAD, WitnessKey, cosignatures_on, counted
from kanmon.ledger.note import NoteInvalid, SigningKey, decoded, encoded, sign, with_lines
from kanmon.ledger.receipt import verify_receipt
from kanmon.ledger.service import receipt_of
from kanmon.ledger.witness_policy import MOST_WITNESSES, WitnessPolicy
from kanmon_witness import notes
from tests.unit.ledger import second_verifier
from tests.unit.ledger.memory import MemoryStore
from tests.unit.ledger.witnessed import STRANGER, WITNESSES, cosign, grown, key_of, line_over, state_policy

KEY = SigningKey.generate("kanmon/test")
TRUSTED = [key_of(witness) for witness in WITNESSES]

# The example of C2SP tlog-cosignature, word for word.
SOFA = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""  # noqa: E501


def now() -> datetime:
    """When it is asked: a test may begin long after its module was read."""
    return datetime.now(UTC)


@pytest.fixture
def store() -> MemoryStore:
    """A log of 90 entries whose first 40 two witnesses cosigned, and one all of it."""
    made = MemoryStore()
    state_policy(made, KEY, 2)
    grown(made, KEY, 40)
    cosign(made, *WITNESSES[:2])
    grown(made, KEY, 50)
    cosign(made, WITNESSES[0])
    return made


def agreed(receipt: bytes, trusted: list[notes.WitnessKey]) -> int:
    """By how many both verifiers say that it is cosigned."""
    verified = verify_receipt(receipt, KEY.verifier, [key_of(one) for one in trusted])
    count = len(counted(verified.cosignatures, [key_of(one) for one in trusted], now() + timedelta(minutes=1)))
    assert second_verifier.verify(receipt, str(KEY.verifier), [one.vkey for one in trusted]) == count
    return count


def refused_by_both(receipt: bytes) -> bool:
    for verify in (
        lambda: verify_receipt(receipt, KEY.verifier, TRUSTED),
        lambda: second_verifier.verify(receipt, str(KEY.verifier), list(map(str, TRUSTED))),
    ):
        try:
            verify()
        except Exception:
            continue
        return False
    return True


def test_the_message_is_that_of_the_document() -> None:
    line = line_over(SOFA, WITNESSES[0], 1679315147)
    (given,) = cosignatures_on(SOFA + line, TRUSTED)
    assert (given.witness, given.timestamp) == (TRUSTED[0], 1679315147)
    text = SOFA.rpartition("\n\n")[0] + "\n"
    message = "cosignature/v1\ntime 1679315147\n" + text
    blob = decoded(line.split(" ")[2].strip())
    WITNESSES[0].private.public_key().verify(blob[12:], message.encode())
    with pytest.raises(NoteInvalid):
        cosignatures_on(SOFA.replace("20852163", "20852164") + line, TRUSTED)


def test_a_key_is_read_as_it_is_published() -> None:
    assert [str(key) for key in TRUSTED] == [witness.vkey for witness in WITNESSES]
    name, key_id, material = WITNESSES[0].vkey.split("+", 2)
    for wrong in ("", "x", f"{name}+00000000+{material}", f"{name}x+{key_id}+{material}", str(KEY.verifier)):
        with pytest.raises(NoteInvalid):
            WitnessKey.parse(wrong)


def test_a_receipt_is_under_the_newest_checkpoint_that_is_witnessed_as_the_policy_asks(store: MemoryStore) -> None:
    old, new = (receipt_of(store, seq, KEY.verifier, shows_payload=True) for seq in (39, 40))
    assert verify_receipt(old, KEY.verifier).checkpoint.size == 40
    assert verify_receipt(new, KEY.verifier).checkpoint.size == 90
    assert (agreed(old, WITNESSES), agreed(new, WITNESSES)) == (2, 1)
    assert agreed(old, WITNESSES[1:]) == 1
    assert agreed(old, [STRANGER]) == 0
    policy = verify_receipt(old, None).policy
    assert policy is not None
    assert (policy.quorum, policy.witnesses) == (2, TRUSTED)
    newest = receipt_of(store, 39, KEY.verifier, shows_payload=True, at_newest=True)
    assert verify_receipt(newest, KEY.verifier).checkpoint.size == 90
    assert agreed(newest, WITNESSES) == 1
    cosign(store, *WITNESSES)
    assert verify_receipt(receipt_of(store, 39, KEY.verifier, shows_payload=True), KEY.verifier).checkpoint.size == 90


def test_no_byte_of_a_witnessed_receipt_can_be_changed(store: MemoryStore) -> None:
    receipt = receipt_of(store, 3, KEY.verifier, shows_payload=True)
    chance = random.Random(5)
    for place in range(len(receipt)):
        flipped = bytearray(receipt)
        flipped[place] ^= 1 << chance.randrange(8)
        assert refused_by_both(bytes(flipped)), place


def altered(receipt: bytes, lines: list[str]) -> bytes:
    """The receipt with other lines below the log's signature."""
    said = json.loads(receipt)
    head, _, signatures = said["proof"].rpartition("\n\n")
    said["proof"] = f"{head}\n\n{signatures.splitlines(keepends=True)[0]}{''.join(lines)}"
    return canonical(said)


def test_forged_replayed_and_foreign_cosignatures_are_refused(store: MemoryStore) -> None:
    receipt = receipt_of(store, 3, KEY.verifier, shows_payload=True)
    note, other = store.checkpoint(40), store.checkpoint(90)
    assert note is not None
    assert other is not None
    good = line_over(note, WITNESSES[2])
    blob = decoded(good.split(" ")[2].strip())
    assert agreed(altered(receipt, [good]), WITNESSES) == 1
    impostor = notes.WitnessKey.generate(WITNESSES[2].name)
    under_its_id = f"— {impostor.name} {encoded(blob[:4] + decoded(line_over(note, impostor).split()[2])[4:])}\n"
    later = f"— {WITNESSES[2].name} {encoded(blob[:4] + struct.pack('>Q', int(time.time()) + 9) + blob[12:])}\n"
    wrong = {
        "of another checkpoint": [line_over(other, WITNESSES[2])],
        "by another key under the witness's ID": [under_its_id],
        "by a key that the policy doesn't name": [line_over(note, STRANGER)],
        "by another key of that name": [line_over(note, impostor)],
        "at another time than signed": [later],
        "at no time": [line_over(note, WITNESSES[2], 0)],
        "at a time beyond the last": [line_over(note, WITNESSES[2], 2**63)],
        "cut short": [f"— {WITNESSES[2].name} {encoded(blob[:-1])}\n"],
        "too long": [f"— {WITNESSES[2].name} {encoded(blob + b'x')}\n"],
        "twice": [good, good],
        "as a plain signature": [f"— {WITNESSES[2].name} {encoded(blob[:4] + blob[12:])}\n"],
    }
    for kind, lines in wrong.items():
        assert refused_by_both(altered(receipt, lines)), kind


def test_a_cosignature_from_the_future_counts_for_nothing(store: MemoryStore) -> None:
    note = store.checkpoint(40)
    assert note is not None
    store.lines[40] = {WITNESSES[0].vkey: line_over(note, WITNESSES[0], int(now().timestamp()) + SECONDS_AHEAD + 60)}
    store.lines[40][WITNESSES[1].vkey] = line_over(note, WITNESSES[1], 2**62)
    store.lines[40][WITNESSES[2].vkey] = line_over(note, WITNESSES[2], int(now().timestamp()) + SECONDS_AHEAD - 60)
    verified = verify_receipt(receipt_of(store, 3, KEY.verifier, shows_payload=True), KEY.verifier)
    assert len(verified.cosignatures) == 3
    assert [one.witness for one in counted(verified.cosignatures, TRUSTED, now())] == [TRUSTED[2]]


def test_a_cosignature_that_was_changed_where_it_is_kept_is_left_out(store: MemoryStore) -> None:
    store.lines[40][WITNESSES[1].vkey] = line_over(store.notes[-1], WITNESSES[1])
    assert agreed(receipt_of(store, 3, KEY.verifier, shows_payload=True), WITNESSES) == 1
    store.lines[40][WITNESSES[1].vkey] = "garbage\n\nand more"
    assert agreed(receipt_of(store, 3, KEY.verifier, shows_payload=True), WITNESSES) == 1


def test_one_key_under_two_names_is_one_witness() -> None:
    twin = notes.WitnessKey("witness.example/twin", WITNESSES[0].private)
    lines = [line_over(SOFA, WITNESSES[0]), line_over(SOFA, twin)]
    given = cosignatures_on(with_lines(SOFA, lines), [TRUSTED[0], key_of(twin)])
    assert len(given) == 2
    assert len(counted(given, [TRUSTED[0], key_of(twin)], now() + timedelta(minutes=1))) == 1
    with pytest.raises(NoteInvalid):
        WitnessPolicy(KEY.verifier, [TRUSTED[0], key_of(twin)], 1)


def test_a_policy_is_the_logs_own_and_spelt_in_one_way() -> None:
    policy = WitnessPolicy(KEY.verifier, TRUSTED, 2)
    assert WitnessPolicy.parse(policy.signed(KEY), KEY.verifier) == policy
    assert policy.text.splitlines()[-2:] == ["group witnesses 2 w1 w2 w3", "quorum witnesses"]
    text = policy.text
    wrong = [
        text.replace("witnesses 2", "witnesses 4"),
        text.replace("witnesses 2", "witnesses 02"),
        text.replace("witness w2", "witness w9"),
        text.replace(f"log {KEY.verifier}", f"log {SigningKey.generate('kanmon/test').verifier}"),
        text + "quorum none\n",
        text.replace(" w3\n", "\n"),
        "\n".join(text.splitlines()[1:]) + "\n",
        f"{KEY.verifier.name}\n1\n{encoded(b'r' * 32)}\n",
    ]
    for one in wrong:
        with pytest.raises(NoteInvalid):
            WitnessPolicy.parse(sign(one, KEY), KEY.verifier)
    with pytest.raises(NoteInvalid):
        WitnessPolicy.parse(policy.signed(SigningKey.generate("kanmon/test")), KEY.verifier)
    for witnesses, quorum in (([], 0), (TRUSTED, 0), (TRUSTED, 4)):
        with pytest.raises(NoteInvalid):
            WitnessPolicy(KEY.verifier, witnesses, quorum)
    many = [key_of(notes.WitnessKey.generate(f"w/{number}")) for number in range(MOST_WITNESSES)]
    assert WitnessPolicy.parse(WitnessPolicy(KEY.verifier, many, 32).signed(KEY), KEY.verifier).quorum == 32


def test_a_receipt_without_witnesses_is_as_it_was(store: MemoryStore) -> None:
    store.policy = None
    receipt = receipt_of(store, 3, KEY.verifier, shows_payload=True)
    assert "witnesses" not in json.loads(receipt)
    assert verify_receipt(receipt, KEY.verifier).checkpoint.size == 90
    assert agreed(receipt, WITNESSES) == 0


def test_a_policy_of_another_key_is_not_handed_out(store: MemoryStore) -> None:
    state_policy(store, SigningKey.generate("kanmon/test"), 2)
    assert "witnesses" not in json.loads(receipt_of(store, 3, KEY.verifier, shows_payload=True))


def test_a_receipt_with_as_many_witnesses_as_a_policy_may_name_is_small_enough() -> None:
    made = MemoryStore()
    grown(made, KEY, 300)
    many = [notes.WitnessKey.generate(f"witness.example/a-rather-long-name/{number}") for number in range(32)]
    made.policy = WitnessPolicy(KEY.verifier, list(map(key_of, many)), 17).signed(KEY)
    cosign(made, *many)
    receipt = receipt_of(made, 7, KEY.verifier, shows_payload=True)
    assert agreed(receipt, many) == 32


def verified_by_command(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kanmon", "verify", str(file), "--key", str(KEY.verifier), *options]
    environ = {**os.environ, "KANMON_LANG": "en"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environ)


def test_the_command_says_by_whom_a_receipt_is_cosigned_and_never_passes_over_it(
    store: MemoryStore, tmp_path: Path
) -> None:
    file = tmp_path / "receipt.json"
    file.write_bytes(receipt_of(store, 3, KEY.verifier, shows_payload=True))
    first, second, third = (f"--witness={witness.vkey}" for witness in WITNESSES)
    ended = verified_by_command(file, first, second, third)
    assert ended.returncode == 0, ended.stderr
    assert "cosigned by 2 of the 3 witnesses that you trust: witness.example/w1" in ended.stdout
    assert verified_by_command(file, first, second, "--quorum", "2").returncode == 0
    ended = verified_by_command(file, first, third, "--quorum", "2")
    assert (ended.returncode, ended.stdout) == (4, "")
    assert "NOT_WITNESSED" in ended.stderr or "cosigned by 1" in ended.stderr
    assert verified_by_command(file, third).returncode == 4
    ended = verified_by_command(file)
    assert ended.returncode == 0
    assert "2 of the 3 witnesses that the log itself names" in ended.stdout
    said = json.loads(verified_by_command(file, first, "--json").stdout)["witnesses"]
    assert (said["trusted"], said["cosigned"], said["needed"], said["policy_cosigned"]) == (1, 1, 1, 2)
    assert said["by"][0]["witness"] == WITNESSES[0].vkey
    assert said["policy"] == {"quorum": 2, "witnesses": [witness.vkey for witness in WITNESSES]}
    store.policy = None
    file.write_bytes(receipt_of(store, 3, KEY.verifier, shows_payload=True))
    assert "cosigned by none, so that only the operator's word stands" in verified_by_command(file).stdout
    assert verified_by_command(file, first).returncode == 4
    for wrong in (["--witness", "x"], ["--witness", str(KEY.verifier)], ["--quorum", "1"], [first, "--quorum", "2"]):
        assert verified_by_command(file, *wrong).returncode == 2, wrong


def test_the_second_verifier_says_so_too(store: MemoryStore, tmp_path: Path) -> None:
    file = tmp_path / "receipt.json"
    file.write_bytes(receipt_of(store, 3, KEY.verifier, shows_payload=True))

    def said(*witnesses: notes.WitnessKey) -> str:
        command = [sys.executable, second_verifier.__file__, str(file), str(KEY.verifier)]
        vkeys = [witness.vkey for witness in witnesses]
        return subprocess.run([*command, *vkeys], capture_output=True, text=True, check=True).stdout.strip()

    assert said(*WITNESSES) == "cosigned by 2 of 3 trusted witnesses"
    assert said(WITNESSES[2]) == said() == "only the operator's word stands"


def test_a_receipt_that_is_no_more_than_a_policy_is_refused(store: MemoryStore) -> None:
    said = json.loads(receipt_of(store, 3, KEY.verifier, shows_payload=True))
    values: list[object] = [None, [], {}, "", 3, "text\n"]
    for value in values:
        with pytest.raises(ReceiptInvalid):
            verify_receipt(canonical(said | {"witnesses": value}), KEY.verifier)


def test_nobodys_name_is_a_command_to_a_terminal() -> None:
    assert printable("w\x9b31m\n\x7f\u202e") == "w\ufffd31m\n\ufffd\ufffd"

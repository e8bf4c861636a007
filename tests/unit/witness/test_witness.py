"""What `kanmon-witness` answers, by the words of C2SP tlog-witness, and what it never signs."""

import base64
import hashlib
import random
import re
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.note import SigningKey, cosigned, encoded
from kanmon.ledger.tree import EMPTY_ROOT
from kanmon_witness.notes import Checkpoint as WitnessedCheckpoint
from kanmon_witness.notes import LogKey, Malformed, Note, WitnessKey
from kanmon_witness.server import MOST_BODY_BYTES, MOST_CONNECTIONS
from kanmon_witness.state import MOST_CONFLICTS, State, StateInvalid
from kanmon_witness.trees import is_extension
from kanmon_witness.witness import Submission, Witness
from tests.unit.witness.running import (
    RunningWitness,
    TestLog,
    asked,
    body,
    commanded,
    made,
    serving,
    witness,
)

KEY = SigningKey.generate("kanmon/log")
STRANGER = SigningKey.generate("kanmon/another")
NAME = "witness.example/w1"

# The examples of C2SP signed-note, tlog-cosignature and tlog-witness, as they stand there.
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = """\
This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
SOFA = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""  # noqa: E501
SOFA_COSIGNATURE = (
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe"
    "+mbIUBkBIfZ+qnA==\n"
)
SOFA_REQUEST = f"""\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

{SOFA}— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""  # noqa: E501


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningWitness]:
    with witness(tmp_path / "w1", NAME, KEY.verifier) as started:
        yield started


@pytest.fixture
def log() -> TestLog:
    grown = TestLog(KEY)
    for count in (3, 4, 9, 300):
        grown.grow(count)
    return grown


def timestamp_of(line: str, vkey: str, note: str) -> int:
    """The time of a cosignature, checked by the words of tlog-cosignature alone."""
    dash, name, encoded_blob = line.removesuffix("\n").split(" ")
    blob, public = base64.b64decode(encoded_blob), base64.b64decode(vkey.split("+", 2)[2])
    assert dash == "—"
    assert public[0] == 4
    assert blob[:4] == hashlib.sha256(name.encode() + b"\n\x04" + public[1:]).digest()[:4]
    assert blob[:4].hex() == vkey.split("+")[1]
    (timestamp,) = struct.unpack(">Q", blob[4:12])
    text = note.rpartition("\n\n")[0] + "\n"
    message = f"cosignature/v1\ntime {timestamp}\n{text}".encode()
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(blob[12:], message)
    return int(timestamp)


def test_the_documents_examples_are_read() -> None:
    key = LogKey.parse(FOO)
    assert Note.parse(FOO_NOTE.encode()).is_signed_by([key])
    assert not Note.parse(FOO_NOTE.replace("message.", "message!").encode()).is_signed_by([key])
    request = Submission.parse(SOFA_REQUEST.encode())
    assert (request.old, len(request.proof), len(request.note.signatures)) == (20852014, 4, 2)
    assert (request.checkpoint.origin, request.checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    note = Note.parse((SOFA + SOFA_COSIGNATURE).encode())
    assert struct.unpack(">Q", note.signatures[1][1][4:12]) == (1679315147,)
    assert len(note.signatures[1][1]) == 4 + 8 + 64


def test_a_log_is_cosigned_as_it_grows_and_its_newest_checkpoint_is_told(running: RunningWitness, log: TestLog) -> None:
    before, old = int(time.time()), 0
    assert running.newest(KEY.name).status == 404
    for size in (3, 7, 7, 16, 316):
        reply = running.add(log.request(old, size))
        assert reply.status == 200, reply
        assert before <= timestamp_of(reply.body, running.vkey, log.note(size)) <= time.time()
        newest = running.newest(KEY.name)
        assert (newest.status, newest.body) == (200, log.note(size) + reply.body)
        old = size
    assert WitnessKey.read(running.folder / "witness.key").vkey == running.vkey


def test_another_old_size_is_answered_with_the_true_one(running: RunningWitness, log: TestLog) -> None:
    assert running.add(log.request(0, 7)).status == 200
    for old in (0, 3, 9):
        reply = running.add(log.request(old, 16))
        assert (reply.status, reply.body, reply.content_type) == (409, "7\n", "text/x.tlog.size")
    assert running.add(log.request(3, 3)).status == 409, "an older checkpoint is never cosigned again"
    assert running.add(log.request(7, 3)).status == 400, "the old size is larger"
    assert running.add(log.request(7, 16)).status == 200


def test_what_is_not_shown_to_extend_is_refused_and_kept(running: RunningWitness, log: TestLog) -> None:
    assert running.add(log.request(0, 7)).status == 200
    fork = TestLog(KEY)
    fork.grow(316, "another past")
    proof = log.proof(7, 16)
    wrong = [
        fork.request(7, 7),
        fork.request(7, 316),
        body(7, proof[:-1], log.note(16)),
        body(7, [*proof, b"x" * 32], log.note(16)),
        body(7, [], log.note(16)),
        body(7, [b"x" * 32], log.note(7)),
    ]
    for request in wrong:
        assert running.add(request).status == 422, request
    assert running.newest(KEY.name).body.startswith(log.note(7))
    listed = commanded("list", "--config", str(running.folder / "witness.toml"))
    assert log.note(7) in listed.stdout
    assert fork.note(7) in listed.stdout, "both notes are the evidence"
    assert running.add(log.request(7)).status == 200


def test_an_empty_tree_has_one_root_and_needs_no_proof(running: RunningWitness, log: TestLog) -> None:
    assert running.add(body(0, [b"x" * 32], log.note(7))).status == 422
    assert running.add(body(0, [], Checkpoint(KEY.name, 0, b"x" * 32).signed(KEY))).status == 422
    assert running.add(body(0, [], Checkpoint(KEY.name, 0, EMPTY_ROOT).signed(KEY))).status == 200
    assert running.add(log.request(0, 7)).status == 200


def test_unknown_logs_and_keys_are_refused(running: RunningWitness, log: TestLog) -> None:
    stranger = TestLog(STRANGER)
    stranger.grow(3)
    assert running.add(stranger.request(0)).status == 404
    text = log.note(7).rpartition("\n\n")[0] + "\n"
    namesake = SigningKey.generate(KEY.name)
    assert running.add(body(0, [], cosigned(text, [namesake]))).status == 403
    changed = log.note(7).replace(f"\n{7}\n", "\n8\n")
    assert running.add(body(0, [], changed)).status == 403
    failing = log.note(7) + log.note(8).rpartition("\n\n")[2]
    assert running.add(body(0, [], failing)).status == 403, "one of the known key's signatures fails"
    further = cosigned(text, [STRANGER, namesake, KEY])
    reply = running.add(body(0, [], further))
    assert reply.status == 200
    assert running.newest(KEY.name).body == log.note(7) + reply.body, "signatures of others are left out"


def test_lines_that_extend_a_checkpoint_are_cosigned_with_it(running: RunningWitness, log: TestLog) -> None:
    text = log.note(7).rpartition("\n\n")[0] + "\nindex-root abc\nfurther words\n"
    note = cosigned(text, [KEY])
    reply = running.add(body(0, [], note))
    assert reply.status == 200
    timestamp_of(reply.body, running.vkey, note)
    other = cosigned(text.replace("index-root abc", "index-root xyz"), [KEY])
    assert running.add(body(7, [], other)).status == 422, "of one size one text is cosigned"
    assert running.add(body(7, [], note)).status == 200
    assert running.add(body(7, log.proof(7, 16), log.note(16))).status == 200


MALFORMED = [
    "", "old 0", "old 0\n", "old 00\n\n", "old -1\n\n", "old 1e3\n\n", "OLD 0\n\n", "old 0 \n\n", "old  0\n\n",
    f"old {2**63}\n\n", "old ٣\n\n", "old 0\n!!!!\n\n", f"old 0\n{encoded(b'short')}\n\n",
    "old 0\n" + f"{encoded(b'h' * 32)}\n" * 64 + "\n",
]  # fmt: skip


def test_a_malformed_head_is_refused(running: RunningWitness, log: TestLog) -> None:
    for head in MALFORMED:
        assert running.add(head + log.note(7)).status == 400, head


def test_malformed_notes_are_refused(running: RunningWitness, log: TestLog) -> None:
    note = log.note(7)
    text, _, signatures = note.partition("\n\n")
    wrong = [
        note[:-1],
        note.replace("\n", "\r\n"),
        text + "\n",
        text + "\n\n",
        f"{text}\n\n{signatures}garbage\n",
        f"{text}\n\n{signatures.replace('—', '-')}",
        f"{text}\n\n" + signatures * 65,
        cosigned(text.replace("\n7\n", "\n07\n") + "\n", [KEY]),
        cosigned(text.replace("\n7\n", f"\n{2**63}\n") + "\n", [KEY]),
        cosigned(f"{KEY.name}\n7\n", [KEY]),
        cosigned(f"{KEY.name}\n7\n{encoded(b'short')}\n", [KEY]),
        cosigned(f"{text}\n\nafter an empty line\n", [KEY]),
    ]
    for one in wrong:
        assert running.add(f"old 0\n\n{one}").status == 400, one
    assert running.add(b"old 0\n\n\xff" + note.encode()).status == 400
    assert running.add(b"\x00" * 5_000).status == 400
    assert running.add(log.request(0, 7)).status == 200, "none of them changed anything"


def test_no_byte_of_a_proof_or_checkpoint_can_be_changed(log: TestLog, tmp_path: Path) -> None:
    key = WitnessKey.generate(NAME)
    state = State.make(tmp_path / "state", key.vkey)
    judge = Witness(key, {KEY.name: [LogKey.parse(str(KEY.verifier))]}, state)
    assert judge.add_checkpoint(log.request(0, 7).encode()).status == 200
    request = log.request(7, 16).encode()
    chance = random.Random(7)
    for place in range(len(request)):
        changed = bytearray(request)
        changed[place] ^= 1 << chance.randrange(8)
        assert judge.add_checkpoint(bytes(changed)).status != 200, place
    assert judge.add_checkpoint(request).status == 200


def test_consistency_agrees_with_the_log_on_every_pair_of_sizes() -> None:
    log = TestLog(KEY)
    log.grow(40)
    roots = [WitnessedCheckpoint.parse(log.note(size).partition("\n\n")[0] + "\n").root for size in range(41)]
    for new in range(41):
        for old in range(new + 1):
            proof = log.proof(old, new)
            assert is_extension(old, roots[old], new, roots[new], proof)
            assert not is_extension(old, roots[old], new, roots[new], [*proof, b"x" * 32])
            if proof:
                assert not is_extension(old, roots[old], new, roots[new], proof[1:])
                assert not is_extension(old, roots[old], new, roots[new], proof[:-1])
            if 0 < old < new:
                assert not is_extension(old, b"x" * 32, new, roots[new], proof)
                assert not is_extension(old, roots[old], new, b"x" * 32, proof)


def test_of_two_forks_at_once_exactly_one_is_signed(running: RunningWitness, log: TestLog) -> None:
    assert running.add(log.request(0)).status == 200
    signed: list[str] = []
    for round_no in range(8):
        size = log.store.size()
        ways = [log.copy() for _ in range(4)]
        for number, way in enumerate(ways):
            way.grow(1, f"round {round_no}, way {number}")
        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(running.add, [way.request(size) for way in ways]))
        assert sorted(reply.status for reply in replies) == [200, 409, 409, 409]
        log = ways[[reply.status for reply in replies].index(200)]
        signed.append(running.newest(KEY.name).body)
        assert signed[-1].startswith(log.note(size + 1))


KILLED = """
import os, signal, sys
from pathlib import Path
from kanmon_witness.notes import LogKey, WitnessKey
from kanmon_witness.state import State, Transaction
from kanmon_witness.witness import Witness
folder, vkey, moment = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
key = WitnessKey.read(folder / "witness.key")
if moment == "before it is kept":
    keep = Transaction.keep
    Transaction.keep = lambda *given: (keep(*given), die())
log = LogKey.parse(vkey)
Witness(key, {log.name: [log]}, State(folder / "witness.sqlite", key.vkey)).add_checkpoint(sys.stdin.buffer.read())
die()
"""


@pytest.mark.parametrize("moment", ["before it is kept", "before it is answered"])
def test_a_witness_that_is_killed_has_signed_nothing_or_kept_it(tmp_path: Path, log: TestLog, moment: str) -> None:
    folder = tmp_path / "w1"
    vkey = made(folder, NAME, [KEY.verifier])
    given = [sys.executable, "-c", KILLED, str(folder), str(KEY.verifier), moment]
    ended = subprocess.run(given, input=log.request(0, 7).encode(), check=False)
    assert ended.returncode == -9
    fork = TestLog(KEY)
    fork.grow(7, "another past")
    with serving(folder, vkey) as running:
        if moment == "before it is kept":
            assert running.newest(KEY.name).status == 404
            assert running.add(log.request(0, 7)).status == 200
        else:
            assert running.add(fork.request(0, 7)).status == 409
            assert running.add(fork.request(7, 7)).status == 422
            reply = running.add(log.request(0, 7))
            assert (reply.status, reply.body) == (409, "7\n")
            assert running.add(log.request(7, 7)).status == 200
        running.process.kill()
        running.process.wait()
    with serving(folder, vkey) as again:
        assert again.add(fork.request(0, 7)).status == 409
        assert again.add(log.request(7, 16)).status == 200


def test_a_state_never_goes_back_and_a_lost_one_is_not_made_anew(tmp_path: Path, log: TestLog) -> None:
    vkey = made(tmp_path / "w1", NAME, [KEY.verifier])
    state = State(tmp_path / "w1" / "witness.sqlite", vkey)
    key = WitnessKey.read(tmp_path / "w1" / "witness.key")
    judge = Witness(key, {KEY.name: [LogKey.parse(str(KEY.verifier))]}, state)
    assert judge.add_checkpoint(log.request(0, 16).encode()).status == 200
    with sqlite3.connect(tmp_path / "w1" / "witness.sqlite") as connection:
        for forgotten in ("UPDATE cosigned SET size = 3", "DELETE FROM cosigned"):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(forgotten)
    with pytest.raises(StateInvalid, match="another witness"):
        State(tmp_path / "w1" / "witness.sqlite", WitnessKey.generate(NAME).vkey)
    (tmp_path / "w1" / "witness.sqlite").unlink()
    ended = commanded("serve", "--config", str(tmp_path / "w1" / "witness.toml"))
    assert ended.returncode == 2
    assert "is not there" in ended.stderr


def test_a_state_that_cannot_be_written_gives_no_signature(running: RunningWitness, log: TestLog) -> None:
    with sqlite3.connect(running.folder / "witness.sqlite", isolation_level=None) as held:
        held.execute("BEGIN EXCLUSIVE")
        reply = running.add(log.request(0, 7))
        assert reply.status == 500
        assert NAME not in reply.body
    assert running.add(log.request(0, 7)).status == 200


def test_conflicts_kept_of_one_log_are_bounded(tmp_path: Path, log: TestLog) -> None:
    key = WitnessKey.generate(NAME)
    state = State.make(tmp_path / "state", key.vkey)
    with state.alone() as kept:
        for number in range(MOST_CONFLICTS + 20):
            kept.keep_conflict("a log", f"note {number}", 0, number)
    assert len(state.conflicts()) == MOST_CONFLICTS


def raw(port: int, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_bodies_are_bounded_and_other_paths_are_not_there(running: RunningWitness, log: TestLog) -> None:
    head = b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n"
    assert b" 413 " in raw(running.port, head + b"Content-Length: %d\r\n\r\n" % (MOST_BODY_BYTES + 1))
    assert b" 411 " in raw(running.port, head + b"\r\n")
    assert b" 411 " in raw(running.port, head + b"Content-Length: -5\r\n\r\n")
    assert b" 411 " in raw(running.port, head + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\nold 0")
    assert b" 411 " in raw(running.port, head + b"Transfer-Encoding: chunked\r\n\r\n5\r\nold 0\r\n0\r\n\r\n")
    assert raw(running.port, head + b"Content-Length: 500\r\n\r\nold 0") == b"", "half a body is no request"
    assert asked(running.port, "POST", "/other", b"x").status == 404
    for path in ("/", "/add-checkpoint", "/" + "A" * 64 + "/checkpoint", "/../witness.key"):
        assert asked(running.port, "GET", path, None).status == 404
    assert asked(running.port, "PUT", "/add-checkpoint", b"x").status == 501
    request = log.request(0, 7).encode()
    twice = (head + b"Content-Length: %d\r\n\r\n" % len(request) + request) * 2
    answers = re.findall(rb"HTTP/1.1 (\d+)", raw(running.port, twice))
    assert answers == [b"200", b"409"], "a connection may be used again"


def test_callers_that_say_nothing_keep_nobody_out_for_long(running: RunningWitness, log: TestLog) -> None:
    silent = [socket.create_connection(("127.0.0.1", running.port), timeout=30) for _ in range(MOST_CONNECTIONS)]
    begun = time.monotonic()
    for connection in silent:
        assert connection.recv(1) == b"", "each is hung up on"
        connection.close()
    assert time.monotonic() - begun < 30
    assert running.add(log.request(0, 7)).status == 200


def test_it_stops_when_it_is_told_to(running: RunningWitness) -> None:
    running.process.terminate()
    assert running.process.wait(30) == 0


def test_a_configuration_that_is_wrong_is_told(tmp_path: Path) -> None:
    vkey = made(tmp_path / "w", NAME, [])
    config = tmp_path / "w" / "witness.toml"
    good = config.read_text()
    assert commanded("key", "--config", str(config)).stdout.strip() == vkey
    key = str(KEY.verifier)
    wrong = {
        "colour = 1\n": "no setting",
        "[[log]]\n": "a log has keys",
        '[[log]]\nkeys = ["x"]\n': "no Ed25519 key of a log",
        f'[[log]]\nkeys = ["{vkey}"]\n': "no Ed25519 key of a log",
        f'[[log]]\nkeys = ["{key}"]\n' * 2: "twice",
        "[log]\nkeys = []\n": "[[log]]",
    }
    for written, told in wrong.items():
        config.write_text((written + good) if written.startswith("colour") else good + written)
        ended = commanded("serve", "--config", str(config), "--listen", "127.0.0.1:0")
        assert (ended.returncode, ended.stdout) == (2, "")
        assert told in ended.stderr
    config.write_text(good)
    for address in ("127.0.0.1", "127.0.0.1:x", ":80", "127.0.0.1:99999"):
        assert commanded("serve", "--config", str(config), "--listen", address).returncode == 2
    again = commanded("init", str(tmp_path / "w"), "--name", NAME)
    assert again.returncode == 2, "a key and a state are never made over those that stand there"
    assert commanded("key", "--config", str(config)).stdout.strip() == vkey
    assert commanded("init", str(tmp_path / "v"), "--name", "two words").returncode == 2
    with pytest.raises(Malformed):
        LogKey.parse(key[:-4] + "AAA=")


def test_threads_share_one_witness_without_signing_two_things(tmp_path: Path) -> None:
    """As over HTTP, but so close together that check and signature would part if they were two transactions."""
    key = WitnessKey.generate(NAME)
    log = TestLog(KEY)
    log.grow(5)
    judge = Witness(key, {KEY.name: [LogKey.parse(str(KEY.verifier))]}, State.make(tmp_path / "s", key.vkey))
    assert judge.add_checkpoint(log.request(0).encode()).status == 200
    ways = [log.copy() for _ in range(8)]
    for number, way in enumerate(ways):
        way.grow(1 + number, f"way {number}")
    ready = threading.Barrier(len(ways))

    def send(way: TestLog) -> int:
        request = way.request(5).encode()
        ready.wait()
        return int(judge.add_checkpoint(request).status)

    with ThreadPoolExecutor(len(ways)) as pool:
        assert sorted(pool.map(send, ways)) == [200] + [409] * 7

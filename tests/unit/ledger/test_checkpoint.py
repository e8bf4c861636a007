"""Signed notes and checkpoints against the vector of 2, section 4.6, and C2SP's rules."""

import pytest

from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.note import MOST_SIGNATURES, NoteInvalid, SigningKey, VerifierKey, decoded, encoded, open_note, sign
from kanmon.ledger.proof import InclusionProof

FOO = VerifierKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
SIGNATURE = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
NOTE = f"This is an example message.\n\n— example.com/foo {SIGNATURE}\n"
KEY = SigningKey.generate("kanmon/test")
CHECKPOINT = Checkpoint("kanmon/test", 42, bytes(range(32)))


def test_the_vector_of_the_standard() -> None:
    assert open_note(NOTE, [FOO]) == "This is an example message.\n"
    assert FOO.key_id.hex() == "530d903a"
    with pytest.raises(NoteInvalid):
        open_note(NOTE.replace("example message", "example massage"), [FOO])


def test_keys_are_read_as_they_are_written() -> None:
    assert SigningKey.parse(str(KEY)).verifier == KEY.verifier
    assert VerifierKey.parse(str(KEY.verifier)) == KEY.verifier
    assert str(KEY) not in repr(KEY)
    for broken in ("", "a", "a+b+c", str(KEY.verifier)[:-4], str(KEY.verifier).replace("test", "rest")):
        with pytest.raises(NoteInvalid):
            VerifierKey.parse(broken)
        with pytest.raises(NoteInvalid):
            SigningKey.parse(broken)
    for name in ("", "with space", "with+plus", "wide\u3000space"):
        with pytest.raises(NoteInvalid):
            SigningKey.generate(name)


def test_a_checkpoint_is_read_as_it_was_signed() -> None:
    note = CHECKPOINT.signed(KEY)
    assert note.startswith("kanmon/test\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n— kanmon/test ")
    assert Checkpoint.open(note, [KEY.verifier]) == CHECKPOINT


def test_up_to_64_signatures_are_taken_and_unknown_ones_passed_over() -> None:
    note = CHECKPOINT.signed(KEY)
    text, own = note.split("\n\n")
    others = [f"— witness/{number} {encoded(bytes([number]) * 68)}\n" for number in range(MOST_SIGNATURES)]
    for count in (15, MOST_SIGNATURES - 1):
        assert Checkpoint.open(f"{text}\n\n{''.join(others[:count])}{own}", [KEY.verifier]) == CHECKPOINT
    with pytest.raises(NoteInvalid):
        Checkpoint.open(f"{text}\n\n{''.join(others)}{own}", [KEY.verifier])


def test_a_note_with_no_known_key_or_a_failing_one_is_refused() -> None:
    note = CHECKPOINT.signed(KEY)
    other = SigningKey.generate("kanmon/test")
    for known in ([], [other.verifier], [FOO]):
        with pytest.raises(NoteInvalid):
            open_note(note, known)
    text, own = note.split("\n\n")
    forged = f"— kanmon/test {encoded(other.verifier.key_id + bytes(64))}\n"
    assert open_note(f"{text}\n\n{forged}{own}", [KEY.verifier])
    with pytest.raises(NoteInvalid):
        open_note(f"{text}\n\n{forged}{own}", [KEY.verifier, other.verifier])


@pytest.mark.parametrize(
    "text",
    ["a\n1\n", "a\n01\nAAAA\n", "a\n-1\nAAAA\n", "a\n１\nAAAA\n", "a\n1\nAAAA\n", "\n1\nAAAA\n", "a\n1\nAAAA\n\nb\n"],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        Checkpoint.open(sign(text.replace("AAAA", "A" * 43 + "=") if "01" in text else text, KEY), [KEY.verifier])


def test_extension_lines_are_passed_over() -> None:
    root = encoded(bytes(32))
    assert Checkpoint.open(sign(f"a\n1\n{root}\nmore\n", KEY), [KEY.verifier]) == Checkpoint("a", 1, bytes(32))


@pytest.mark.parametrize("text", ["no end", "tab\t\n", "return\r\n", "nul\x00\n"])
def test_text_with_control_characters_or_without_an_end_is_not_signed(text: str) -> None:
    with pytest.raises(NoteInvalid):
        sign(text, KEY)


@pytest.mark.parametrize("text", ["AA", "AB==", "A A=", "AA==\n", "é"])
def test_base_64_has_one_spelling(text: str) -> None:
    with pytest.raises(NoteInvalid):
        decoded(text)


def test_a_proof_is_read_as_it_is_written() -> None:
    for hashes in ([], [bytes(32)], [bytes(32), bytes([1]) * 32]):
        proof = InclusionProof(5, hashes, CHECKPOINT.signed(KEY))
        assert InclusionProof.parse(str(proof)) == proof
        assert str(proof).startswith("c2sp.org/tlog-proof@v1\nindex 5\n")
        for broken in ("v1\nindex 5", "v1\nextra AAAA\nindex 5", "v1\nindex 05"):
            with pytest.raises(NoteInvalid):
                InclusionProof.parse(str(proof).replace("v1\nindex 5", broken.replace("v1\nindex 5", "v2\nindex 5")))

"""The verifiable random function against RFC 9381's vectors, and that nobody can prove another point."""

import random

import pytest

from kanmon.ledger.vrf import PROOF_BYTES, VrfKey, verify
from tests.unit.ledger import second_verifier

VECTORS = [  # RFC 9381, appendix B.1, examples 10 and 11
    (
        "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
        "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
        b"sample",
        (
            "035b5c726e8c0e2c488a107c600578ee75cb702343c153cb1eb8dec77f4b5071b4"
            "a53f0a46f018bc2c56e58d383f2305e0975972c26feea0eb122fe7893c15af376b33edf7de17c6ea056d4d82de6bc02f"
        ),
    ),
    (
        "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
        "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
        b"test",
        (
            "034dac60aba508ba0c01aa9be80377ebd7562c4a52d74722e0abae7dc3080ddb56"
            "c19e067b15a8a8174905b13617804534214f935b94c2287f797e393eb0816969d864f37625b443f30f1a5a33f2b3c854"
        ),
    ),
]
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.mark.parametrize(("secret", "public", "alpha", "proof"), VECTORS)
def test_the_vectors_of_the_standard(secret: str, public: str, alpha: bytes, proof: str) -> None:
    key = VrfKey(int(secret, 16))
    assert key.public.hex() == public
    assert key.prove(alpha).hex() == proof
    assert verify(key.public, alpha, bytes.fromhex(proof)) == key.x_of(alpha) == bytes.fromhex(proof)[1:33]
    assert second_verifier.x_of_input(key.public, alpha, bytes.fromhex(proof)) == key.x_of(alpha)


@pytest.mark.parametrize("number", [1, 2, 3, ORDER - 2, ORDER - 1])
def test_the_smallest_and_largest_secrets(number: int) -> None:
    key = VrfKey(number)
    assert verify(key.public, b"M1", key.prove(b"M1")) == key.x_of(b"M1")


def test_a_proof_proves_nothing_else_and_no_bit_of_it_can_be_changed() -> None:
    key, other = VrfKey.derived(bytes(32)), VrfKey.derived(b"\x01" * 32)
    proof, chance = key.prove(b"M1"), random.Random(5)
    assert verify(key.public, b"M2", proof) is None
    assert verify(other.public, b"M1", proof) is None
    assert verify(key.public, b"M1", other.prove(b"M1")) is None
    assert verify(key.public, b"M1", proof[:-1]) is None
    for place in range(PROOF_BYTES):
        flipped = bytearray(proof)
        flipped[place] ^= 1 << chance.randrange(8)
        assert verify(key.public, b"M1", bytes(flipped)) is None, place
        with pytest.raises(ValueError, match=r"."):
            second_verifier.x_of_input(key.public, b"M1", bytes(flipped))

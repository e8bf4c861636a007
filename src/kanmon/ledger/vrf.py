"""A verifiable random function: ECVRF-P256-SHA256-TAI of RFC 9381.

Whoever has the secret turns an input into a point that nobody else can compute, and proves that it is the one point of
that input under the public key: there is no second one, not even for the secret's owner. Points are multiplied by
OpenSSL; `verify`, which sees no secret, does its own arithmetic (curve P-256 of FIPS 186-5).
"""

import hmac
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PUBLIC_BYTES = 33
PROOF_BYTES = 81
_CURVE = ec.SECP256R1()
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_Q = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_GENERATOR = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_SUITE = b"\x01"
_TRIES = 256
_CHALLENGE_BYTES = 16
_Point = tuple[int, int]
_Jacobian = tuple[int, int, int]
_NOWHERE: _Jacobian = (1, 1, 0)


@dataclass(frozen=True)
class VrfKey:
    """The secret: a number from 1 to below the order of the curve."""

    number: int

    @classmethod
    def derived(cls, secret: bytes) -> "VrfKey":
        """The key that goes with 32 random bytes."""
        return cls(int.from_bytes(secret) % (_Q - 1) + 1)

    @cached_property
    def public(self) -> bytes:
        """The public key, 33 bytes: a compressed point."""
        return _compressed(self._private.public_key())

    def x_of(self, alpha: bytes) -> bytes:
        """The x-coordinate of the input's point, 32 bytes: what `verify` reads from a proof."""
        return self.exchanged(self.hashed(alpha))

    def hashed(self, alpha: bytes) -> ec.EllipticCurvePublicKey:
        """The point that an input is hashed to."""
        return _hashed(self.public, alpha)

    def exchanged(self, point: ec.EllipticCurvePublicKey) -> bytes:
        """The x-coordinate of the secret times a point, 32 bytes."""
        return self._private.exchange(ec.ECDH(), point)

    def prove(self, alpha: bytes) -> bytes:
        """The proof of the input's point, 81 bytes, the same each time (RFC 9381, 5.1)."""
        hashed = _hashed(self.public, alpha)
        gamma = _multiplied(self.number, hashed)
        nonce = _nonce(self.number, _compressed(hashed))
        at_base = _compressed(ec.derive_private_key(nonce, _CURVE).public_key())
        points = [self.public, _compressed(hashed), _spelt(gamma), at_base, _spelt(_multiplied(nonce, hashed))]
        challenge = _challenge(points)
        response = (nonce + int.from_bytes(challenge) * self.number) % _Q
        return _spelt(gamma) + challenge + response.to_bytes(32)

    @cached_property
    def _private(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(self.number, _CURVE)


def verify(public: bytes, alpha: bytes, proof: bytes) -> bytes | None:
    """The x-coordinate of the input's one point, 32 bytes; None where the proof doesn't prove it (RFC 9381, 5.3)."""
    if len(proof) != PROOF_BYTES or len(public) != PUBLIC_BYTES:
        return None
    spelt, challenge = proof[:PUBLIC_BYTES], proof[PUBLIC_BYTES : PUBLIC_BYTES + _CHALLENGE_BYTES]
    response, factor = int.from_bytes(proof[PUBLIC_BYTES + _CHALLENGE_BYTES :]), -int.from_bytes(challenge) % _Q
    if response >= _Q:
        return None
    try:
        key, gamma = _read(public), _read(spelt)
    except ValueError:
        return None
    hashed = _hashed(public, alpha)
    point = _numbers(hashed)
    at_base = _sum_of(response, _GENERATOR, factor, _numbers(key))
    at_hashed = _sum_of(response, point, factor, _numbers(gamma))
    if at_base is None or at_hashed is None:
        return None
    points = [public, _spelt(point), spelt, _spelt(at_base), _spelt(at_hashed)]
    return spelt[1:] if _challenge(points) == challenge else None


def _hashed(public: bytes, alpha: bytes) -> ec.EllipticCurvePublicKey:
    """The point that an input is hashed to, by trying (RFC 9381, 5.4.1.1)."""
    for attempt in range(_TRIES):
        found = sha256(_SUITE + b"\x01" + public + alpha + bytes([attempt, 0])).digest()
        try:
            return _read(b"\x02" + found)
        except ValueError:  # half of all numbers are no point's
            continue
    raise ValueError("an input that is hashed to no point")  # once in 2**256 inputs


def _nonce(number: int, message: bytes) -> int:
    """The nonce of RFC 6979, 3.2, for SHA-256."""
    hashed = int.from_bytes(sha256(message).digest()) % _Q
    seed = number.to_bytes(32) + hashed.to_bytes(32)
    key, value = bytes(32), b"\x01" * 32
    for mark in (b"\x00", b"\x01"):
        key = hmac.digest(key, value + mark + seed, "sha256")
        value = hmac.digest(key, value, "sha256")
    while True:
        value = hmac.digest(key, value, "sha256")
        if 1 <= (nonce := int.from_bytes(value)) < _Q:
            return nonce
        key = hmac.digest(key, value + b"\x00", "sha256")
        value = hmac.digest(key, value, "sha256")


def _challenge(points: list[bytes]) -> bytes:
    return sha256(_SUITE + b"\x02" + b"".join(points) + b"\x00").digest()[:_CHALLENGE_BYTES]


def _multiplied(number: int, point: ec.EllipticCurvePublicKey) -> _Point:
    """A secret number times a point. OpenSSL tells the x of `n`·P and of (`n` + 1)·P, and both fix the y of `n`·P."""
    x, y = _numbers(point)
    found, beside = (
        int.from_bytes(ec.derive_private_key(one, _CURVE).exchange(ec.ECDH(), point))
        for one in (number, number + 1 if number + 1 < _Q else number - 1)
    )
    sign = 1 if number + 1 < _Q else -1
    squared = (found**3 - 3 * found + _B) % _P
    difference = (beside + found + x) * (found - x) ** 2
    return found, sign * (squared + y * y - difference) * pow(2 * y, -1, _P) % _P


def _read(spelt: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, spelt)


def _numbers(point: ec.EllipticCurvePublicKey) -> _Point:
    numbers = point.public_numbers()
    return numbers.x, numbers.y


def _compressed(point: ec.EllipticCurvePublicKey) -> bytes:
    return point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def _spelt(point: _Point) -> bytes:
    return bytes([2 + point[1] % 2]) + point[0].to_bytes(32)


def _sum_of(first: int, one: _Point, second: int, other: _Point) -> _Point | None:
    """`first`·`one` + `second`·`other`; None where that is the point at infinity."""
    parts = {(1, 0): (*one, 1), (0, 1): (*other, 1), (1, 1): _added((*one, 1), (*other, 1))}
    found = _NOWHERE
    for place in reversed(range(256)):
        found = _doubled(found)
        bits = first >> place & 1, second >> place & 1
        if bits in parts:
            found = _added(found, parts[bits])
    x, y, z = found
    if z == 0:
        return None
    inverse = pow(z, -1, _P)
    return x * inverse**2 % _P, y * inverse**3 % _P


def _doubled(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    squared = y * y % _P
    middle = 4 * x * squared % _P
    slope = 3 * (x - z * z) * (x + z * z) % _P
    at = (slope * slope - 2 * middle) % _P
    return at, (slope * (middle - at) - 8 * squared * squared) % _P, 2 * y * z % _P


def _added(one: _Jacobian, other: _Jacobian) -> _Jacobian:
    if one[2] == 0 or other[2] == 0:
        return other if one[2] == 0 else one
    square, other_square = one[2] ** 2 % _P, other[2] ** 2 % _P
    x, other_x = one[0] * other_square % _P, other[0] * square % _P
    y, other_y = one[1] * other_square * other[2] % _P, other[1] * square * one[2] % _P
    if x == other_x:
        return _doubled(one) if y == other_y else _NOWHERE
    step, rise = (other_x - x) % _P, (other_y - y) % _P
    cubed, middle = step**3 % _P, x * step * step % _P
    at = (rise * rise - cubed - 2 * middle) % _P
    return at, (rise * (middle - at) - y * cubed) % _P, one[2] * other[2] * step % _P

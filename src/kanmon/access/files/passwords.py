"""Passwords: hashed with Argon2id at the cost that its library recommends, and judged by how soon they are guessed.

Whether a password is among the common ones, a word, a date, a row of keys or made of these, the library zxcvbn tells
from its lists.
"""

from collections.abc import Collection

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from zxcvbn import zxcvbn

_LONGEST_JUDGED = 72
"""Characters; what follows can only make a password harder to guess."""
_LEAST_SCORE = 3
"""Of zxcvbn: more than a hundred million guesses."""


class Argon2Passwords:
    """See `access.service.PasswordHasher`."""

    def __init__(self) -> None:
        self._hasher = PasswordHash((Argon2Hasher(),))

    def hash(self, password: str) -> str:
        """A hash that holds its own salt and cost."""
        return self._hasher.hash(password)

    def verify(self, password: str, password_hash: str) -> bool:
        """Whether the password is the one that was hashed."""
        return self._hasher.verify(password, password_hash)

    def is_easily_guessed(self, password: str, known_words: Collection[str]) -> bool:
        """Whether fewer than a hundred million guesses find it, by somebody who knows these words."""
        judged = zxcvbn(password[:_LONGEST_JUDGED], user_inputs=[word for word in known_words if word])
        return bool(judged["score"] < _LEAST_SCORE)

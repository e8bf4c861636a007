"""Passwords hashed with Argon2id, at the cost that its library recommends."""

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher


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

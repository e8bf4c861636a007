"""What a password's hash costs whoever tries to guess it."""

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from kanmon.access.files import passwords


def test_a_hash_costs_what_the_library_recommends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "Argon2Hasher", Argon2Hasher)  # tests make lighter ones (tests/conftest.py)
    hashed = passwords.Argon2Passwords().hash("a password")
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.Argon2Passwords().verify("a password", hashed)

"""The key that seals rows: whoever has the database alone can neither make a row nor change one unseen.

It is derived from the ledger's signing key, which lies outside of the database, so there is no second key to keep.
"""

import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kanmon.core.errors import LedgerKeyMissing
from kanmon.core.language import N_

_LABEL = b"kanmon/rows/1"


@dataclass(frozen=True)
class RowKey:
    """32 bytes from which each kind of row has a seal of its own.

    It goes with the first key that the ledger had: rows stay sealed when the ledger's key changes.
    """

    secret: bytes | None = field(repr=False)
    """None where the key is not at hand: then nothing is sealed, and nothing is proved."""

    @classmethod
    def derived(cls, key: Ed25519PrivateKey) -> "RowKey":
        """The key that goes with a ledger's signing key (HKDF, RFC 5869)."""
        return cls(HKDF(SHA256(), 32, salt=None, info=_LABEL).derive(key.private_bytes_raw()))

    def seal(self, kind: str, content: bytes) -> bytes:
        """HMAC-SHA-256 of the content of a row or a set of rows, 32 bytes; `kind` keeps tables apart.

        Raises `LedgerKeyMissing` where the key is not at hand.
        """
        if self.secret is None:
            raise LedgerKeyMissing(N_("the ledger's key is missing, and rows are sealed with it"))
        return hmac.digest(self.secret, kind.encode() + b"\0" + content, "sha256")

    def has_sealed(self, kind: str, content: bytes, seal: bytes | None) -> bool:
        """Whether a seal is that of the content; none is not."""
        if seal is None or self.secret is None:
            return False
        return hmac.compare_digest(self.seal(kind, content), seal)


NO_KEY = RowKey(None)
"""What stands for the key where it is not at hand."""

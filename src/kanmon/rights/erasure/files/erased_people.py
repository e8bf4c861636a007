"""Who was erased, by the hashes of their codes: the one thing of them that stays, so that they stay erased."""

from collections.abc import Collection

from kanmon.core.ids import MemberId
from kanmon.core.transaction import Begin
from kanmon.rights.erasure.files.key import ErasureKeyFile
from kanmon.rights.erasure.service import hashed
from kanmon.rights.erasure.store.erasures import PostgresErasureStore


class CodedErasedPeople:
    """See `intake.loading.ErasedPeople`."""

    def __init__(self, begin: Begin[PostgresErasureStore], keys: ErasureKeyFile) -> None:
        self._begin = begin
        self._keys = keys

    def are_any(self) -> bool:
        """Whether anybody ever asked for erasure."""
        with self._begin() as store:
            return bool(store.codes())

    def among(self, members: Collection[str]) -> frozenset[str]:
        """Those of the members who asked for erasure."""
        with self._begin() as store:
            codes = store.codes()
        return frozenset(one for one in members if hashed(self._keys.code_of(MemberId(one))) in codes)

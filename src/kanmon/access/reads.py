"""Who read a person's scores by a browser, when and for what (APPI-03), told to that person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.access.account import ReadPurpose, Role
from kanmon.core.ids import MemberId
from kanmon.core.transaction import Begin


@dataclass(frozen=True)
class Read:
    """One read; `client_name` is the client whose staff read."""

    read_at: datetime
    role: Role
    client_name: str | None
    purpose: ReadPurpose


class ReadStore(Protocol):
    """Noted reads within one transaction."""

    def of(self, member: MemberId, most: int) -> Sequence[Read]:
        """The newest reads of a member's scores: by the member and of reports that the member stands in."""


class Reads:
    """Tells a person who read."""

    def __init__(self, begin: Begin[ReadStore]) -> None:
        self._begin = begin

    def of(self, member: MemberId, most: int) -> Sequence[Read]:
        """The newest reads of a member's scores: by the member and of reports that the member stands in."""
        with self._begin() as store:
            return store.of(member, most)

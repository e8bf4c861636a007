"""An account: one person of the board, one client's staff, or a privacy owner, and never two of them."""

from dataclasses import dataclass
from enum import StrEnum

from kanmon.ids import ClientId, MemberId


class Role(StrEnum):
    """For whom a portal is; what a role may reach is its own portal, and nothing else."""

    PERSON = "person"
    CLIENT = "client"
    PRIVACY_OWNER = "privacy_owner"


@dataclass(frozen=True)
class Account:
    """Who came in; `member_id` for a person, `client_id` for a client's staff."""

    account_no: int
    name: str
    role: Role
    member_id: MemberId | None = None
    client_id: ClientId | None = None


@dataclass(frozen=True)
class NewAccount:
    """An account to be made: a privacy owner's where neither a member nor a client is named."""

    name: str
    member_id: MemberId | None = None
    client_id: ClientId | None = None

    @property
    def role(self) -> Role:
        """The role that the account is made for."""
        if self.member_id is not None:
            return Role.PERSON
        return Role.PRIVACY_OWNER if self.client_id is None else Role.CLIENT


class ReadPurpose(StrEnum):
    """For what a score was read by a browser."""

    OWN_DATA = "own_data"
    REPORT = "report"

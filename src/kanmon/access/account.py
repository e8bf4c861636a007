"""An account: one person of the board, one client's staff, or one of the platform's, and never two of them."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from kanmon.core.ids import ClientId, MemberId


class Role(StrEnum):
    """For whom a portal is; what a role may reach is its own portal, and nothing else."""

    PERSON = "person"
    CLIENT = "client"
    PRIVACY_OWNER = "privacy_owner"
    AUTHOR = "author"
    OPERATOR = "operator"
    STUDENT_ADVOCATE = "student_advocate"
    LEGAL = "legal"


REVIEWERS = (Role.AUTHOR, Role.OPERATOR, Role.PRIVACY_OWNER, Role.STUDENT_ADVOCATE, Role.LEGAL)
"""The platform's own staff who have a part in revising a policy, each with its own moves."""


@dataclass(frozen=True)
class Account:
    """Who came in; `member_id` for a person, `client_id` for a client's staff."""

    account_no: int
    name: str
    role: Role
    member_id: MemberId | None = None
    client_id: ClientId | None = None
    staff_person: str | None = None
    """The human being behind an account of the platform's staff, who may have several; None: named as the account."""

    @property
    def person(self) -> str:
        """Who acts where this account does."""
        return self.staff_person or self.name


@dataclass(frozen=True)
class NewAccount:
    """An account to be made: of the platform's staff where neither a member nor a client is named."""

    name: str
    member_id: MemberId | None = None
    client_id: ClientId | None = None
    staff_role: Role = Role.PRIVACY_OWNER
    """Counts where neither a member nor a client is named."""
    staff_person: str | None = None

    @property
    def role(self) -> Role:
        """The role that the account is made for."""
        if self.member_id is not None:
            return Role.PERSON
        return self.staff_role if self.client_id is None else Role.CLIENT


class ReadPurpose(StrEnum):
    """For what a score was read by a browser."""

    OWN_DATA = "own_data"
    REPORT = "report"


def same_person(one: str, other: str) -> bool:
    """Whether two written names are one person's: case, width and spaces make no other person."""
    first, second = ("".join(unicodedata.normalize("NFKC", name).casefold().split()) for name in (one, other))
    return first == second

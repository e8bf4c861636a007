"""What each role is called; ids of messages."""

from collections.abc import Mapping

from kanmon.access.account import Role
from kanmon.core.language import N_

ROLES: Mapping[Role, str] = {
    Role.PERSON: N_("member of the board"),
    Role.CLIENT: N_("staff of a client"),
    Role.AUTHOR: N_("author"),
    Role.OPERATOR: N_("operator"),
    Role.PRIVACY_OWNER: N_("privacy owner"),
    Role.STUDENT_ADVOCATE: N_("student advocate"),
    Role.LEGAL: N_("legal"),
}

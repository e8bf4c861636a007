"""What papers, checks and their findings are called, for every door; ids of messages."""

from collections.abc import Mapping

from kanmon.clients.papers.due import DueKind
from kanmon.clients.papers.model import CheckFinding, PaperKind
from kanmon.core.language import N_

KINDS: Mapping[PaperKind, str] = {
    PaperKind.USE_AGREEMENT: N_("use agreement"),
    PaperKind.CLIENT_NOTICE: N_("the client's published notice"),
    PaperKind.CHECK_BEFORE_USE: N_("check before use"),
    PaperKind.CHECK_AFTER_USE: N_("check after use"),
}
FINDINGS: Mapping[CheckFinding, str] = {
    CheckFinding.MAY_USE: N_("the client may use scores"),
    CheckFinding.WITH_CONDITIONS: N_("the client may use scores under conditions"),
    CheckFinding.MAY_NOT_USE: N_("the client may not use scores"),
}
DUE: Mapping[DueKind, str] = {
    DueKind.CHECK_BEFORE_USE: N_("check of a client before use"),
    DueKind.CHECK_AFTER_USE: N_("check of a client after use"),
    DueKind.STATEMENT_OF_USE: N_("a client's statement of use"),
}

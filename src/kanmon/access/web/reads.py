"""Who read my scores: every noted read, told to the person that it is about."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kanmon.access.account import ReadPurpose, Role
from kanmon.access.reads import Read
from kanmon.core.language import N_, translations
from kanmon.web.access import Person
from kanmon.web.doors import Ways
from kanmon.web.pages import language_of, page

MOST = 500
PURPOSES = {
    ReadPurpose.OWN_DATA: N_("to see your own data"),
    ReadPurpose.REPORT: N_("to follow up on applicants, as the contract says"),
}
router = APIRouter(prefix="/me", include_in_schema=False)


@router.get("/reads")
def who_read_my_scores(request: Request, account: Person, doors: Ways) -> Response:
    """When, who and for what; it shows no score, and is itself no read of one."""
    assert account.member_id is not None
    _ = translations(language_of(request)).gettext
    reads = doors.reads.of(account.member_id, MOST)
    shown = [(read.read_at, _(_who(read)) % {"client": read.client_name}, PURPOSES[read.purpose]) for read in reads]
    return page(request, "reads.html", {"reads": shown, "most": MOST}, account)


def _who(read: Read) -> str:
    if read.role is Role.PERSON:
        return N_("you")
    if read.role is Role.CLIENT:
        return N_("staff of %(client)s")
    return N_("the platform")

"""What a person was told of incidents, below `/me`."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kanmon.bootstrap.notices import Notices
from kanmon.oversight.notice import STATES
from kanmon.web.access import Open, Person
from kanmon.web.pages import page
from kanmon.web.student import member_of

router = APIRouter(prefix="/me", include_in_schema=False)


@router.get("/notices")
def my_notices(request: Request, account: Person, application: Open) -> Response:
    """Every notice with its words, and how it went; from now on it is known that the person saw them."""
    told = Notices(application).told(member_of(account))
    return page(request, "my_notices.html", {"told": told, "states": STATES}, account)

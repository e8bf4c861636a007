"""A page that no menu names says where it stands; those of a menu, and the first pages, need no trail."""

import re
from html import unescape

import pytest
from fastapi import Request

from kanmon.access.account import Account, Role
from kanmon.core.errors import NotFound
from kanmon.core.ids import ClientId, MemberId
from kanmon.web.pages import refusal_page

MEMBER = Account(1, "M1", Role.PERSON, member_id=MemberId("M1"))
CLIENT = Account(2, "C1", Role.CLIENT, client_id=ClientId("C1"))
OWNER = Account(3, "owner", Role.PRIVACY_OWNER)


def trail(path: str, account: Account) -> list[str]:
    """The words of the trail of any page at this address; here of a refusal, which each address can have."""
    headers = [(b"accept-language", b"en"), (b"host", b"kanmon.example")]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    written = unescape(bytes(refusal_page(Request(scope), NotFound("gone"), account).body).decode())
    found = re.search(r'<nav class="trail".*?</nav>', written, re.DOTALL)
    return re.findall(r">([^<>\n]+)</(?:a|li)>", found.group()) if found else []


@pytest.mark.parametrize(
    ("path", "account", "above"),
    [
        ("/me/companies/C1", MEMBER, ["Your scores"]),
        ("/client/jobs/4", CLIENT, ["Home"]),
        ("/client/decisions/4", CLIENT, ["Home", "Decisions"]),
        ("/review/releases", OWNER, ["Revisions of policies"]),
    ],
)
def test_a_page_below_a_menu_names_the_places_above_it_and_itself(
    path: str, account: Account, above: list[str]
) -> None:
    assert trail(path, account) == [*above, "This page can't be shown"]


@pytest.mark.parametrize("path", ["/", "/me", "/me/requests", "/client", "/about", "/men/1"])
def test_a_page_of_a_menu_and_one_of_no_portal_have_none(path: str) -> None:
    assert trail(path, MEMBER) == []

"""The consent gap of a period, looked for from the portal."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from kanmon.access.account import Account
from kanmon.audits.gap.model import GapRule
from kanmon.audits.gap.pictures import pictures_of
from kanmon.audits.gap.use_cases import audited_gap
from kanmon.core.errors import KanmonError
from kanmon.core.language import N_, translations
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import language_of, page
from kanmon.web.periods import beginning_of

MEMBERS_SHOWN = 200
"""Members in the gap that a page names; `kanmon audit gap --json` has them all."""
GAP_RULES = {
    GapRule.RELEASE: N_("as published in August 2019: targets who used no function in the period"),
    GapRule.STRICT: N_("as the law asks: deliveries that no covering agreement came before"),
}
router = APIRouter(prefix="/officer", include_in_schema=False)


@router.get("/gap")
def ask_for_gap(
    request: Request, account: PrivacyOwner, since: str = "", until: str = "", rule: GapRule = GapRule.RELEASE
) -> Response:
    """The form to look for the consent gap; nothing is looked for yet."""
    return _gap_page(request, account, {"since": since, "until": until, "rule": rule})


@router.post("/gap")
def find_gap(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    since: Annotated[str, Form()],
    until: Annotated[str, Form()] = "",
    rule: Annotated[GapRule, Form()] = GapRule.RELEASE,
) -> Response:
    """The consent gap of a period, from the beginning of `since` to that of `until` in Tokyo; it enters the ledger.

    Like the command, it waits for nobody: while another command works in the workspace, it is refused.
    """
    asked = {"since": since, "until": until, "rule": rule}
    try:
        begins, ends = beginning_of(since), beginning_of(until) if until else None
        with application.workspace.hold():
            gap = audited_gap(application, None, begins, ends, rule)
    except KanmonError as refused:
        return _gap_page(request, account, asked, refused=refused)
    pictures = pictures_of(gap, translations(language_of(request)).gettext)
    return _gap_page(request, account, asked, gap=gap, pictures=pictures, members=gap.members[:MEMBERS_SHOWN])


def _gap_page(request: Request, account: Account, asked: dict[str, str], **found: object) -> Response:
    context = {"rules": GAP_RULES, "refused": None, "gap": None, **asked, **found}
    refused = found.get("refused")
    return page(request, "gap.html", context, account, refused.http_status if isinstance(refused, KanmonError) else 200)

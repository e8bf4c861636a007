"""The privacy owner's portal: every screen against the words in force, refusals, the gap, the policies, the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from kanmon.access.account import Account
from kanmon.clock import TOKYO
from kanmon.consent.coverage import Coverage, Finding, Verdict
from kanmon.consent.law import LawProfile
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.publication import Answer, Examination
from kanmon.consent.wording import CONCLUSIONS, NAMES, RELATIONS, RULES, VERDICTS
from kanmon.errors import KanmonError, UsageError
from kanmon.gate.wording import MEANINGS, USES
from kanmon.ids import ClientId
from kanmon.language import N_
from kanmon.oversight.gap import REASON_MEANINGS, GapReason, GapRule
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import page

MEMBERS_SHOWN = 200
"""Members in the gap that a page names; `kanmon audit gap --json` has them all."""
GAP_RULES = {
    GapRule.RELEASE: N_("as published in August 2019: targets who used no function in the period"),
    GapRule.STRICT: N_("as the law asks: deliveries that no covering agreement came before"),
}
router = APIRouter(prefix="/officer", include_in_schema=False)


@dataclass(frozen=True)
class VerdictShown:
    """What a version covers, for all who are told the same."""

    clients: Sequence[ClientId]
    is_training: bool
    """Whether the use for training is told the same as well."""
    coverage: Coverage


@dataclass(frozen=True)
class VersionShown:
    """A policy version with what is found in it; `before` is the version before it in its language."""

    version: PolicyVersion
    before: PolicyVersion | None
    obstacles: Sequence[str]
    """The rules that refuse to publish it, in words; ids of messages."""
    verdicts: Sequence[VerdictShown]


@router.get("")
def state(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Everything at one glance."""
    context = {"overview": application.overview(), "meanings": MEANINGS, "uses": USES}
    return page(request, "officer.html", context, account)


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
        begins, ends = _day(since), _day(until) if until else None
        with application.workspace.hold():
            gap = application.audit_gap(None, begins, ends, rule)
    except KanmonError as refused:
        return _gap_page(request, account, asked, refused=refused)
    reasons = [(reason, REASON_MEANINGS[reason], gap.reasons[reason]) for reason in GapReason if reason in gap.reasons]
    return _gap_page(request, account, asked, gap=gap, reasons=reasons, members=gap.members[:MEMBERS_SHOWN])


@router.get("/policies")
def policies(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Every policy version, and how far it covers providing to each client and training."""
    book = application.policies()
    [law, *_] = book.laws(None)
    examined = sorted(
        book.examined(None, None, [], [law]),
        key=lambda one: (*_text_of(one), one.version.effective_from),
    )
    versions = [
        VersionShown(one.version, _version_before(previous, one), _obstacles(one, law), _verdicts(one))
        for previous, one in zip([None, *examined], examined, strict=False)
    ]
    context = {"versions": versions, "law": law, "verdicts": VERDICTS, "names": NAMES}
    return page(request, "policies.html", context, account)


@router.get("/policies/{policy}/{old}/{new}")
def policy_difference(
    request: Request, account: PrivacyOwner, application: Open, policy: str, old: str, new: str
) -> Response:
    """Two versions of a policy, clause by clause, in each language that both are written in."""
    context = {
        "diffs": application.policies().compared(policy, old, new),
        "names": NAMES,
        "relations": RELATIONS,
        "conclusions": CONCLUSIONS,
    }
    return page(request, "policy_difference.html", context, account)


def _gap_page(request: Request, account: Account, asked: dict[str, str], **found: object) -> Response:
    context = {"rules": GAP_RULES, "refused": None, "gap": None, **asked, **found}
    refused = found.get("refused")
    return page(request, "gap.html", context, account, refused.http_status if isinstance(refused, KanmonError) else 200)


def _verdicts(one: Examination) -> list[VerdictShown]:
    alike: dict[tuple[Verdict, str | None, tuple[Finding, ...]], list[Answer]] = {}
    for answer in one.answers:
        found = answer.coverage
        key = (found.verdict, found.best.unit_id if found.best else None, found.findings)
        alike.setdefault(key, []).append(answer)
    return [
        VerdictShown(
            clients=[answer.recipient for answer in answers if answer.recipient is not None],
            is_training=any(answer.recipient is None for answer in answers),
            coverage=answers[0].coverage,
        )
        for answers in alike.values()
    ]


def _version_before(previous: Examination | None, one: Examination) -> PolicyVersion | None:
    """The version of the examination before, where it is of the same policy and language."""
    if previous is None or _text_of(previous) != _text_of(one):
        return None
    return previous.version


def _text_of(one: Examination) -> tuple[str, str]:
    return one.version.policy_id, one.version.language


def _obstacles(examination: Examination, law: LawProfile) -> list[str]:
    return [RULES[rule] for rule in sorted({obstacle.rule for obstacle in examination.obstacles(law.profile_id)})]


def _day(written: str) -> datetime:
    """The beginning of a day in Tokyo; `UsageError` where nothing like 2026-04-01 is written."""
    try:
        return datetime.combine(date.fromisoformat(written), time(), TOKYO).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(N_("“%(written)s” is not a day; write it like 2026-04-01"), written=written) from None

"""Policy versions, what each covers, and how two of them differ."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kanmon.consent.coverage import CoverageGap, CoverageVerdict, TextCoverage
from kanmon.consent.law import LawProfile
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.publication import CoverageAnswer, Examination
from kanmon.consent.wording import CONCLUSIONS, NAMES, RELATIONS, RULES, VERDICTS
from kanmon.core.ids import ClientId
from kanmon.core.language import translations
from kanmon.reviews.policies.pictures import agreements_picture
from kanmon.reviews.policies.use_cases import agreements_over_time, policy_book
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import language_of, page

router = APIRouter(prefix="/officer", include_in_schema=False)


@dataclass(frozen=True)
class VerdictView:
    """What a version covers, for all who are told the same."""

    clients: Sequence[ClientId]
    is_training: bool
    """Whether the use for training is told the same as well."""
    coverage: TextCoverage


@dataclass(frozen=True)
class VersionView:
    """A policy version with what is found in it; `before` is the version before it in its language."""

    version: PolicyVersion
    before: PolicyVersion | None
    obstacles: Sequence[str]
    """The rules that refuse to publish it, in words; ids of messages."""
    verdicts: Sequence[VerdictView]


@router.get("/policies")
def policies(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Every policy version, and how far it covers providing to each client and training."""
    book = policy_book(application)
    [law, *_] = book.laws(None)
    examined = sorted(
        book.examined(None, None, [], [law]),
        key=lambda one: (*_text_of(one), one.version.effective_from),
    )
    versions = [
        VersionView(one.version, _version_before(previous, one), _obstacles(one, law), _verdicts(one))
        for previous, one in zip([None, *examined], examined, strict=False)
    ]
    context = {"versions": versions, "law": law, "verdicts": VERDICTS, "names": NAMES}
    translate = translations(language_of(request)).gettext
    context["pictures"] = [
        agreements_picture(standing, place, translate)
        for place, standing in enumerate(agreements_over_time(application), start=1)
    ]
    return page(request, "policies.html", context, account)


@router.get("/policies/{policy}/{old}/{new}")
def policy_difference(
    request: Request, account: PrivacyOwner, application: Open, policy: str, old: str, new: str
) -> Response:
    """Two versions of a policy, clause by clause, in each language that both are written in."""
    context = {
        "diffs": policy_book(application).compared(policy, old, new),
        "names": NAMES,
        "relations": RELATIONS,
        "conclusions": CONCLUSIONS,
    }
    return page(request, "policy_difference.html", context, account)


def _verdicts(one: Examination) -> list[VerdictView]:
    alike: dict[tuple[CoverageVerdict, str | None, tuple[CoverageGap, ...]], list[CoverageAnswer]] = {}
    for answer in one.answers:
        found = answer.coverage
        key = (found.verdict, found.best.unit_id if found.best else None, found.findings)
        alike.setdefault(key, []).append(answer)
    return [
        VerdictView(
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

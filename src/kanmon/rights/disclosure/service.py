"""Everything that is held about a person, where it came from, to whom it went, by name (APPI-16, APPI-17, AC-22).

Nothing is left out because a contract is confidential (Guidelines 3-8-3), and nobody is asked to narrow the request.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.clients.categories import ScoreScale, category_of
from kanmon.clients.contract import ScoreCategory, ServiceTerms
from kanmon.consent.coverage import cover_provision
from kanmon.consent.law import PROFILES
from kanmon.consent.policy import PolicyVersion
from kanmon.core.ids import ClientId, MemberId
from kanmon.core.language import Language
from kanmon.gate.question import provision_asked
from kanmon.rights.answer.counted import kinds_counted
from kanmon.rights.answer.history import DailyActions
from kanmon.rights.answer.told import ReportedScore, SubjectView, facts_of, score_facts
from kanmon.rights.requests.objection import ObjectionWord
from kanmon.rights.requests.service import Request, request_facts
from kanmon.scoring.score import Score

_SEMANTICS = {
    ScoreScale.RISK: {
        Language.JAPANESE: (
            "スコアは0から1までの順序を表す指数であり、確率やパーセントではありません。合否の判定に使うことは禁じられています。"
        ),
        Language.ENGLISH: (
            "A score is an ordinal index from 0 to 1. It is not a probability and not a percentage, and must not be "
            "used to decide who passes a selection."
        ),
    },
    ScoreScale.POSITION: {
        Language.JAPANESE: (
            "スコアは、その企業の昨年の応募者のなかでの位置を0から1までで表したものです。0.83は、昨年の応募者100人のうち83人より、"
            "離脱した人に近い行動だったという意味です。離脱する確率やパーセントではありません。合否の判定に使うことは禁じられています。"
        ),
        Language.ENGLISH: (
            "A score is a position from 0 to 1 among last year's applicants of the company. 0.83 means: behaviour more "
            "like that of those who left than the behaviour of 83 of 100 of last year's applicants. It is not a "
            "probability of leaving and not a percentage, and must not be used to decide who passes a selection."
        ),
    },
}


def semantics(scale: ScoreScale) -> Mapping[Language, str]:
    """What a score on a scale is and is not, in Japanese and English: it is never handed over without (INV-7)."""
    return _SEMANTICS[scale]


@dataclass(frozen=True)
class HeldData:
    """What the control plane holds about a member beside scores, provisions and consents, as plain values."""

    member: Mapping[str, object]
    applicants: Sequence[Mapping[str, object]]
    """Rows that companies handed over and that are tied to the member."""
    notices: Sequence[Mapping[str, object]]
    reads: Sequence[Mapping[str, object]]
    """Who read scores of the member through a portal, and for what."""
    stubs: Sequence[Mapping[str, object]]
    """Check codes that were issued; not the codes, which nobody keeps."""


class DisclosureReader(Protocol):
    """Where what is held is read; one moment."""

    def held(self, member: MemberId, clients: Sequence[ClientId]) -> HeldData:
        """All that is held about a member."""


@dataclass(frozen=True)
class ExplainedView:
    """A member's view with what explains it: what counted in each score, categories, objections, requests."""

    view: SubjectView
    counted: Mapping[int, Sequence[DailyActions]]
    """By the number of the score."""
    categories: Mapping[ClientId, Sequence[ScoreCategory]]
    """Of the contract in force, by client."""
    words: Sequence[ObjectionWord]
    requests: Sequence[Request]


@dataclass(frozen=True)
class CategoryScheme:
    """The categories by which a score is read, and when the report was provided that had them."""

    categories: Sequence[ScoreCategory]
    of: datetime | None
    """None for the contract in force."""


def scheme_told(told: ReportedScore, explained: ExplainedView) -> CategoryScheme:
    """That of the report in which the score went; the contract's where it went in none (DM-03)."""
    given = [
        provided
        for provided in explained.view.provisions
        if provided.record["recipient"]["client_id"] == told.client_id
        and provided.record["items"].get("score") == str(told.answer)
    ]
    if given and given[-1].categories:
        scheme = [ScoreCategory(symbol, cut_off) for symbol, cut_off in given[-1].categories]
        return CategoryScheme(scheme, datetime.fromisoformat(given[-1].record["provided_at"]))
    return CategoryScheme(explained.categories.get(told.client_id, ()), None)


def category_told(told: ReportedScore, explained: ExplainedView) -> ScoreCategory | None:
    """The category of a score; None where it has none, or a share of a cohort that nothing was provided of yet."""
    scheme = scheme_told(told, explained)
    if not isinstance(told.answer, Score) or (scheme.of is None and any(one.top for one in scheme.categories)):
        return None
    return category_of(told.answer.ten_thousandths, scheme.categories)


def covering_before_login(
    view: SubjectView, versions: Collection[PolicyVersion], terms: ServiceTerms
) -> frozenset[int]:
    """The numbers of a view's scores that rest on words which let history from before login count (E07)."""
    by_text = {version.text_sha256: version for version in versions}
    version_of = {act.evidence_id: by_text.get(act.text_sha256) for act in view.acts}
    profile = PROFILES[terms.law_profile_id]

    def covers(told: ReportedScore) -> bool:
        version = None if told.evidence_id is None else version_of.get(told.evidence_id)
        if version is None:
            return False
        asked = provision_asked(terms.clients[told.client_id])
        return cover_provision(version, asked, profile).covers_before_login

    return frozenset(told.score_no for told in view.scores if covers(told))


def disclosure_facts(
    explained: ExplainedView, held: HeldData, events: Sequence[Mapping[str, object]], made_at: datetime
) -> Mapping[str, object]:
    """Everything as plain values, for a program of the person's own."""
    facts = facts_of(explained.view)
    sources = Counter(str(event["site"] or "") for event in events)
    return {
        "made_at": made_at.isoformat(),
        "semantics": semantics(ScoreScale.POSITION),
        "member": held.member,
        "consents": facts["consents"],
        "scores": [_score_facts(told, explained) for told in explained.view.scores],
        "provisions": facts["provisions"],
        "training": facts["training"],
        "handed_over": facts["handed_over"],
        "incidents": facts["incidents"],
        "objections": [
            {
                "word": word.word.value,
                "occurred_at": word.occurred_at.isoformat(),
                "client_id": word.client_id,
                "is_of_training": word.is_of_training,
            }
            for word in explained.words
        ],
        "sources": [
            {"site": site or None, "is_own_board": not site, "events": count} for site, count in sorted(sources.items())
        ],
        "events": events,
        "applicants": held.applicants,
        "notices": held.notices,
        "reads": held.reads,
        "check_codes": held.stubs,
        "requests": [request_facts(request, made_at) for request in explained.requests],
    }


def _score_facts(told: ReportedScore, explained: ExplainedView) -> Mapping[str, object]:
    counted = explained.counted.get(told.score_no, ())
    category = category_told(told, explained)
    return {
        **score_facts(told),
        "category": None if category is None else category.symbol,
        "semantics": semantics(told.answer.scale if isinstance(told.answer, Score) else ScoreScale.POSITION),
        "actions_that_counted": [
            {
                "partner_site": one.site,
                "about_this_company": one.is_own,
                "kind": one.kind,
                "actions": one.events,
                "days": one.days,
                "first_on": one.first_on.isoformat(),
                "last_on": one.last_on.isoformat(),
            }
            for one in kinds_counted(counted)
        ],
    }

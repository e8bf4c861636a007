"""What a refusal costs: the outcome, what it takes to refuse, what is said, and what comes later (AC-21, EMP-02).

Both answers are given by somebody new, and whatever differs to the disadvantage of who refuses is a detriment. What
must differ does not count: that one agreed or not, and that one can withdraw.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kanmon.core.language import N_
from kanmon.reviews.screens.seen import ControlView, FormResponse, FormView, LaterPage


class Detriment(StrEnum):
    """In what a refusal is at a disadvantage."""

    OUTCOME = "outcome"
    STEPS = "steps"
    TIME = "time"
    SIZE = "size"
    PROMINENCE = "prominence"
    ORDER = "order"
    SHAMING = "shaming"
    REWARD = "reward"
    LIMIT = "limit"
    LATER = "later"


DETRIMENT_MEANINGS: Mapping[Detriment, str] = {
    Detriment.OUTCOME: N_("the function fails for those who refuse, or can't be refused"),
    Detriment.STEPS: N_("refusing takes more steps than agreeing"),
    Detriment.TIME: N_("refusing takes longer than agreeing"),
    Detriment.SIZE: N_("the control that refuses is smaller"),
    Detriment.PROMINENCE: N_("the control that refuses is harder to see or to reach"),
    Detriment.ORDER: N_("the control that refuses stands far behind the other"),
    Detriment.SHAMING: N_("words shame or frighten those who refuse"),
    Detriment.REWARD: N_("those who agree are promised a reward"),
    Detriment.LIMIT: N_("those who refuse wait longer, stand further behind or may do less"),
    Detriment.LATER: N_("functions that come later work less well for those who refused"),
}
"""What each means, in words; ids of messages."""

SLOWER_SECONDS = 2.0
"""By how much longer a refusal takes where that is no accident of the network."""
_SMALLER, _LESS_AREA = 0.8, 0.4
_READABLE = 3.0
_FILLED = 1.5
_FAR_PX = 300
_SAME_QUEUE = 10
"""By how much two places in a queue differ that were taken one after the other."""

_HARMLESS = re.compile(
    r"(不利益|デメリット|損|影響)\S{0,6}?(ありません|ございません|ない|生じません|受けません)|何も失\S*(ません|ない)"
    r"|(lose|costs?)( you)? nothing|no (disadvantage|drawback|cost)|without (any )?(disadvantage|drawback)",
    re.IGNORECASE,
)
_SHAMES = re.compile(
    r"残念|後悔|逃し|逃す|逃して|失い|失う|損を|損し|不利|もったいな|よろしいですか"
    r"|\b(regret|miss(ed)?|pity|shame|unfortunately|lose|sadly)\b|are you sure",
    re.IGNORECASE,
)
_REWARDS = re.compile(
    r"ポイント|クーポン|特典|プレゼント|ギフト|抽選|割引|進呈|謝礼|優待|優先"
    r"|\b(points?|coupons?|rewards?|bonus|gifts?|vouchers?|discounts?|prizes?|priority)\b",
    re.IGNORECASE,
)
_LIMITS = re.compile(
    r"\d+\s*(日|時間|分|週間|か月|営業日|人|番目|位|社|件)|後日|お待ち|待ち|順番|番目|(の|した)後に|制限|限られ|利用いただけ|利用でき"
    r"|\b(days?|hours?|weeks?|minutes?|queue|wait(ing)?|later|limited|only|unable)\b"
    r"|\b(unavailable|cannot|can't|before you|behind)\b",
    re.IGNORECASE,
)
_IF_REFUSED = re.compile(
    r"同意(し|され|いただ)?(ない|せず|なけれ|なかった|いただけない)|拒否"
    r"|not agree|refus|declin|without agree|don't agree",
    re.IGNORECASE,
)
_IF_AGREED = re.compile(r"同意|承諾|\b(agree|accept|consent)", re.IGNORECASE)
_WITHDRAWS = re.compile(r"撤回|取り消|withdraw|revoke", re.IGNORECASE)
_ENDS = re.compile(r"[。.!?！？\n]+\s*")
_NUMBER = re.compile(r"\d[\d,]*")


@dataclass(frozen=True)
class FunctionTrial:
    """One function taken by two people; `refused` is None where nothing was answered."""

    agreed: FormResponse
    refused: FormResponse | None


def detriments(trial: FunctionTrial) -> Iterator[Detriment]:
    """All that a refusal costs at the form and on the page that follows; some may come twice."""
    agreed, refused = trial.agreed, trial.refused
    if refused is None or not refused.works:
        yield Detriment.OUTCOME
        if refused is None:
            return
    if refused.dialogs > agreed.dialogs:
        yield Detriment.STEPS
    if refused.is_done and refused.seconds > agreed.seconds + SLOWER_SECONDS:
        yield Detriment.TIME
    if (form := refused.form or agreed.form) is not None:
        yield from _of_form(form)
    if refused.is_done:
        yield from of_words(agreed.text, refused.text)


def later(agreed: Sequence[LaterPage], refused: Sequence[LaterPage]) -> Mapping[str, Sequence[Detriment]]:
    """What is worse later for those who refused, by address; both are pages of the same addresses."""
    everywhere = frozenset(link for page in refused for link in page.links)
    found: dict[str, Sequence[Detriment]] = {}
    for one, other in zip(agreed, refused, strict=True):
        worse = list(_of_later(one, other, everywhere))
        if worse:
            found[one.address] = worse
    return found


def of_words(agreed: str, refused: str) -> Iterator[Detriment]:
    """What is said to the one and not to the other."""
    to_agreeing, to_refusing = _sentences(agreed), _sentences(refused)
    numbers = {_NUMBER.sub("#", sentence): _numbers(sentence) for sentence in to_agreeing}
    for sentence in to_refusing:
        if sentence in to_agreeing:
            continue
        if _SHAMES.search(sentence):
            yield Detriment.SHAMING
        before = numbers.get(_NUMBER.sub("#", sentence))
        is_other_place = before is None or any(
            now > then + _SAME_QUEUE for then, now in zip(before, _numbers(sentence), strict=True)
        )
        if _LIMITS.search(sentence) and is_other_place:
            yield Detriment.LIMIT
    if any(_REWARDS.search(sentence) for sentence in to_agreeing if sentence not in to_refusing):
        yield Detriment.REWARD


def _of_form(form: FormView) -> Iterator[Detriment]:
    agreeing, refusing = form.agreeing, form.refusing
    if agreeing is not None and refusing is not None:
        yield from _of_controls(agreeing, refusing)
        if _SHAMES.search(_HARMLESS.sub("", refusing.words)):
            yield Detriment.SHAMING
    if agreeing is not None and _REWARDS.search(agreeing.words):
        yield Detriment.REWARD
    for sentence in _sentences(form.text):
        if _IF_AGREED.search(sentence) and _REWARDS.search(sentence):
            yield Detriment.REWARD
        if _IF_REFUSED.search(sentence):
            if _SHAMES.search(sentence):
                yield Detriment.SHAMING
            if _LIMITS.search(sentence):
                yield Detriment.LIMIT


def _of_controls(agreeing: ControlView, refusing: ControlView) -> Iterator[Detriment]:
    if not refusing.is_enabled and agreeing.is_enabled:
        yield Detriment.TIME
    if (not refusing.is_shown and agreeing.is_shown) or (agreeing.is_reached_by_key and not refusing.is_reached_by_key):
        yield Detriment.PROMINENCE
    if not (refusing.is_shown and agreeing.is_shown):
        return
    is_smaller = refusing.font < _SMALLER * agreeing.font or refusing.height < _SMALLER**2 * agreeing.height
    if is_smaller or refusing.area < _LESS_AREA * agreeing.area:
        yield Detriment.SIZE
    is_bare = refusing.fill < _FILLED and not refusing.has_border
    if refusing.contrast < min(_READABLE, agreeing.contrast) or (is_bare and agreeing.fill >= _FILLED):
        yield Detriment.PROMINENCE
    if refusing.top > agreeing.top + agreeing.height + _FAR_PX:
        yield Detriment.ORDER


def _of_later(agreed: LaterPage, refused: LaterPage, everywhere: frozenset[str]) -> Iterator[Detriment]:
    if agreed.status is None or agreed.status >= 400:
        return
    if refused.status is None or refused.status >= 400:
        yield Detriment.LATER
        return
    if refused.controls < agreed.controls or agreed.links - everywhere:
        yield Detriment.LATER
    if refused.overlays > agreed.overlays:
        yield Detriment.STEPS
    yield from of_words(agreed.text, refused.text)


def withdraws(words: str) -> bool:
    """Whether a link or control is there only for those who agreed, since it withdraws."""
    return _WITHDRAWS.search(words) is not None


def _sentences(text: str) -> list[str]:
    parts = (" ".join(part.split()) for part in _ENDS.split(text))
    return [harmful for part in parts if (harmful := _HARMLESS.sub("", part)).strip()]


def _numbers(sentence: str) -> list[int]:
    return [int(number.replace(",", "")) for number in _NUMBER.findall(sentence)]

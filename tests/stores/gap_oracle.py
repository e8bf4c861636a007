"""Who is in the strict gap and why, worked out from a history by hand: days as numbers, nothing of the product in it.

The world: words 1 (from day 0, for `named` and `hashed`, good for 60 days), words 2 (from day 40, for everybody), words
3 (long before, which cover nothing) and words 4, which nobody registered. The law asks for free consent.
"""

from dataclasses import dataclass

BEGINS, ENDS, MAIN_OPENS = 0, 100, 5
FROM = {1: 0, 2: 40, 3: -300}
COVERS = {1: {"named", "hashed"}, 2: {"named", "hashed", "added"}, 3: set[str](), 4: set[str]()}
LASTS = {1: 60}
CLIENTS = ("named", "hashed", "added")
OLD_WORDS = {"DENY_CONSENT_OUTDATED", "DENY_NOT_COVERED", "DENY_RECIPIENT_NOT_COVERED"}


@dataclass(frozen=True)
class Act:
    """What a person did on a day."""

    number: int
    day: int
    did: str
    text: int
    screen: str
    client: str | None
    refusable: bool | None


@dataclass(frozen=True)
class Delivery:
    """A row for a client, which went or would have gone on a day."""

    client: str
    day: int
    went: bool


@dataclass(frozen=True)
class History:
    """One person."""

    member: str
    registered: int
    acts: tuple[Act, ...]
    deliveries: tuple[Delivery, ...]


def cause(history: History, delivery: Delivery) -> str | None:
    """Why a delivery is in the strict gap; None where it is not."""
    day, client = delivery.day, delivery.client
    ends = [act for act in history.acts if act.did != "accept" and act.client in {None, client} and act.day < day]
    last_end = max((act.day for act in ends), default=-999)
    standing = [act for act in history.acts if act.did == "accept" and last_end < act.day < day]
    if standing:
        codes = _closest(history, standing, delivery)
        if not codes:
            return None
        was_asked = not codes <= OLD_WORDS or any(act.client not in {None, client} for act in standing)
    else:
        withdrawn = max((act.day for act in ends if act.did == "withdraw"), default=-999)
        refused = max((act.day for act in ends if act.did == "refuse"), default=-999)
        codes = {"DENY_CONSENT_WITHDRAWN" if withdrawn >= refused and ends else "DENY_NO_CONSENT"}
        if any(act.did == "accept" and act.day == last_end for act in history.acts):
            return "DENY_UNDECIDABLE_ORDER"
        was_asked = bool(ends)
    word = None if was_asked else _word(history, delivery, codes, bool(standing))
    return word or next(iter(sorted(codes - {"DENY_CONSENT_OUTDATED"}, key=ORDER.index)))


ORDER = [
    "DENY_NO_CONSENT", "DENY_CONSENT_WITHDRAWN", "DENY_CONSENT_EXPIRED", "DENY_NOT_COVERED",
    "DENY_RECIPIENT_NOT_COVERED", "DENY_LOG_INCONSISTENT",
]  # fmt: skip


def _closest(history: History, standing: list[Act], delivery: Delivery) -> set[str]:
    """What the agreement lacks that lacks least; nothing where one suffices."""
    alike: dict[tuple[object, ...], list[Act]] = {}
    for act in standing:
        odd = len(_odds(history, act, delivery.day)), "words" in _odds(history, act, delivery.day)
        key = (act.text, act.client in {None, delivery.client}, act.refusable, odd)
        alike.setdefault(key, []).append(act)
    found: list[tuple[tuple[int, int, int, int], set[str]]] = []
    for acts in alike.values():
        newest = max(act.day for act in acts)
        odds = _odds(history, acts[0], delivery.day)
        codes = _lacks(acts[0], newest, delivery) | ({"DENY_LOG_INCONSISTENT"} if odds else set())
        evidence = min(acts, key=lambda act: (act.day, act.number)).number
        found.append(((len(codes), len(odds), -newest, -evidence), codes))
    return min(found, key=lambda one: one[0])[1]


def _lacks(act: Act, newest: int, delivery: Delivery) -> set[str]:
    codes = set()
    if act.refusable is False:
        codes.add("DENY_NO_CONSENT")
    if act.text in LASTS and delivery.day >= newest + LASTS[act.text]:
        codes.add("DENY_CONSENT_EXPIRED")
    covers = delivery.client in COVERS[act.text]
    if not covers:
        codes.add("DENY_RECIPIENT_NOT_COVERED" if COVERS[act.text] else "DENY_NOT_COVERED")
    if act.client not in {None, delivery.client}:
        codes.add("DENY_RECIPIENT_NOT_COVERED")
    is_known = act.text in FROM
    later = [text for text in FROM if is_known and FROM[act.text] < FROM[text] <= delivery.day]
    if not covers and any(delivery.client in COVERS[text] for text in later):
        codes.add("DENY_CONSENT_OUTDATED")
    return codes


def _odds(history: History, act: Act, by: int) -> set[str]:
    """What an agreement contradicts: the member, or the words."""
    begins = history.registered - (1 if act.screen == "registration" else 0)
    odds = set()
    if act.day < begins <= by + 1:
        odds.add("member")
    if act.day < FROM.get(act.text, -999):
        odds.add("words")
    return odds


def _word(history: History, delivery: Delivery, codes: set[str], has_agreed: bool) -> str | None:
    if delivery.client == "hashed" or delivery.day < MAIN_OPENS:
        return "R5_PRESITE_OR_HASH_MATCH"
    ends = [act.day for act in history.acts if act.did != "accept" and act.client in {None, delivery.client}]
    for act in history.acts:
        is_good = act.did == "accept" and act.client in {None, delivery.client} and act.refusable is not False
        is_good = is_good and delivery.client in COVERS[act.text] and not _odds(history, act, ENDS)
        if is_good and delivery.day <= act.day < ENDS and act.day not in ends:
            return "R3_CONSENT_AFTER_DELIVERY"
    is_outdated = "DENY_CONSENT_OUTDATED" in codes
    if has_agreed and not is_outdated:
        return None
    if any(history.registered < FROM[text] <= delivery.day for text in FROM if delivery.client in COVERS[text]):
        return "R1_PRE_REVISION_MEMBER"
    on_registration = any(
        act.did != "withdraw" and act.screen == "registration" and BEGINS <= act.day < ENDS for act in history.acts
    )
    return "R2_STALE_REGISTRATION_SCREEN" if is_outdated and on_registration else None

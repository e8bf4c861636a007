"""What `kanmon audit gap` and `audit screens` print with `--json`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired

from typing_extensions import TypedDict


class GapPeople(TypedDict):
    """People of the gap."""

    count: int
    members: Sequence[str]


class BenefitResult(TypedDict):
    """What the provisions without consent brought in."""

    provisions: int
    amounts: Mapping[str, object]
    """By currency."""
    provisions_without_price: int
    is_known: bool


class GapDeliveryResult(TypedDict):
    """One delivery without valid consent before it."""

    member_id: str
    client_id: str
    scheme: str
    at: str
    reason: str
    codes: Sequence[str]
    went: bool


class GapResult(TypedDict):
    """People whose data went, or would go, to a client without valid consent."""

    count: int
    reasons: Mapping[str, int]
    """People by reason."""
    codes: Mapping[str, int]
    """People by reason code of the gate."""
    members: Sequence[str]
    went: GapPeople
    would_have_gone: GapPeople
    benefit: BenefitResult
    rule: str
    """`release` or `strict`."""
    since: str
    until: str
    season: str | None
    deliveries: NotRequired[Sequence[GapDeliveryResult]]
    """By the rule `strict` alone."""


class DisplayedScreenResult(TypedDict):
    """A screen that showed other words than those in force."""

    screen_id: str
    first_at: str
    last_at: str
    count: int
    """How often it was agreed to."""


class ScreensResult(TypedDict):
    """Every such screen."""

    screens: Sequence[DisplayedScreenResult]

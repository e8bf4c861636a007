"""The catalogue of features: each a name, a meaning in two languages, and the window it looks at.

"Own" is what a person did about the client that asks, "other" about everybody else. A window of n days holds what lies
less than n times 24 hours before `as_of`; nothing at or after `as_of` is ever looked at. Where a feature compares with
the cohort, that is all cleared applicants of the same client and season, each up to its own `as_of`. A page counts once
for each kind of action on it. What was done on partner sites counts in `partner_...` alone, and only on those that the
words that the person agreed to name; of whoever's words name none these are undefined, and nobody is compared with them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kanmon.core.language import N_, Language, translations

WINDOWS: tuple[int | None, ...] = (7, 14, 28, 56, None)
"""Windows in days; None is all of the past."""
TASK_SETTLES = 28
"""Days in which a task done grows from half to full: a deadline moves the order step by step, not overnight."""
PARTNER_WINDOWS: tuple[int | None, ...] = (28, None)
"""Those of partner sites, which are visited more seldom."""


@dataclass(frozen=True)
class FeatureDefinition:
    """One number about a person before `as_of`; `window` in days, None where it is all of the past."""

    name: str
    meaning_ja: str
    meaning_en: str
    window: int | None = None
    may_be_null: bool = False
    """Whether it can be undefined (no event, no gap ...); null then, and ranked in the middle."""
    unit: int = 1
    """What the number is written in: 1,000 where it counts thousandths."""
    is_of_partner_sites: bool = False
    """Whether it is of partner sites, and null where the person's words name none."""


_SIDES = {"own": ("その企業に関する", "about this client"), "other": ("他社に関する", "about all others")}
_COUNTS = {
    "events": ("行動の回数", "Actions"),
    "weight": ("行動の重みの合計", "Sum of weights of actions"),
    "active_days": ("行動のあった日数", "Days with any action"),
}


def suffix(window: int | None) -> str:
    """How a window is written in a feature's name: `28d`, or `all`."""
    return "all" if window is None else f"{window}d"


def _in_window(window: int | None) -> tuple[str, str]:
    return ("全期間", "ever") if window is None else (f"直近{window}日", f"in the last {window} days")


def _counts() -> Iterator[FeatureDefinition]:
    for side, (about_ja, about_en) in _SIDES.items():
        for window in WINDOWS:
            in_ja, in_en = _in_window(window)
            for what, (what_ja, what_en) in _COUNTS.items():
                yield FeatureDefinition(
                    f"{side}_{what}_{suffix(window)}",
                    f"{about_ja}{what_ja}（{in_ja}）",
                    f"{what_en} {about_en} {in_en}",
                    window,
                )


def _breadth() -> Iterator[FeatureDefinition]:
    for window in WINDOWS:
        in_ja, in_en = _in_window(window)
        yield FeatureDefinition(
            f"own_pages_{suffix(window)}",
            f"その企業のページのうち見た種類の数（{in_ja}）",
            f"Distinct pages of this client {in_en}",
            window,
        )
        yield FeatureDefinition(
            f"own_kinds_{suffix(window)}",
            f"その企業に関する行動の種類の数（{in_ja}）",
            f"Distinct kinds of action about this client {in_en}",
            window,
        )
        yield FeatureDefinition(
            f"other_targets_{suffix(window)}",
            f"行動した他社の数（{in_ja}）",
            f"Distinct other companies {in_en}",
            window,
        )


_SINGLE = (
    FeatureDefinition("own_recency", "最後の行動からの日数（その企業）", "Days since the last action about this client", may_be_null=True),
    FeatureDefinition("other_recency", "最後の行動からの日数（他社）", "Days since the last action about others", may_be_null=True),
    FeatureDefinition("any_recency", "最後の行動からの日数（全体）", "Days since the last action at all", may_be_null=True),
    FeatureDefinition("own_first", "最初の行動からの日数（その企業）", "Days since the first action about this client", may_be_null=True),
    FeatureDefinition("any_first", "最初の行動からの日数（全体）", "Days since the first action at all", may_be_null=True),
    FeatureDefinition("own_trend_14d", "その企業に関する行動の、直近14日とその前14日の増減（-1～1）", "Actions about this client in the last 14 days against the 14 before, -1 to 1", 28, may_be_null=True),
    FeatureDefinition("own_trend_28d", "その企業に関する行動の、直近28日とその前28日の増減（-1～1）", "Actions about this client in the last 28 days against the 28 before, -1 to 1", 56, may_be_null=True),
    FeatureDefinition("any_trend_14d", "すべての行動の、直近14日とその前14日の増減（-1～1）", "All actions in the last 14 days against the 14 before, -1 to 1", 28, may_be_null=True),
    FeatureDefinition("any_trend_28d", "すべての行動の、直近28日とその前28日の増減（-1～1）", "All actions in the last 28 days against the 28 before, -1 to 1", 56, may_be_null=True),
    FeatureDefinition("own_longest_gap", "その企業に関する行動のない最長の日数", "Longest run of days between two days of action about this client", may_be_null=True),
    FeatureDefinition("own_mean_gap", "その企業に関する行動の間隔の平均日数", "Mean days between two days of action about this client", may_be_null=True),
    FeatureDefinition("own_gap_now", "その企業に関する行動の、今の空白と普段の間隔の比（0～1）", "Days since the last action about this client against the usual gap between two, 0 to 1", may_be_null=True),
    FeatureDefinition("own_active_weeks", "その企業に関する最初の行動からの週のうち、行動のあった割合", "Share of the weeks since the first action about this client that have one", may_be_null=True),
    FeatureDefinition("own_share_28d", "全行動のうち、その企業に関する行動の割合（直近28日）", "Share of all actions that are about this client, 28 days", 28, may_be_null=True),
    FeatureDefinition("own_share_all", "全行動のうち、その企業に関する行動の割合（全期間）", "Share of all actions that are about this client", may_be_null=True),
    FeatureDefinition("sessions_7d", "利用のまとまり（行動のある30分の連なり）の数（直近7日）", "Sessions, runs of half hours with any action, begun in the last 7 days", 7),
    FeatureDefinition("sessions_28d", "利用のまとまり（行動のある30分の連なり）の数（直近28日）", "Sessions, runs of half hours with any action, begun in the last 28 days", 28),
    FeatureDefinition("sessions_all", "利用のまとまり（行動のある30分の連なり）の数（全期間）", "Sessions, runs of half hours with any action, ever"),
    FeatureDefinition("night_share_56d", "深夜（22時～5時）の行動の割合（直近56日）", "Share of actions between 22 and 5 o'clock in Japan, 56 days", 56, may_be_null=True),
    FeatureDefinition("weekend_share_56d", "土日の行動の割合（直近56日）", "Share of actions on Saturday or Sunday in Japan, 56 days", 56, may_be_null=True),
    FeatureDefinition("own_missed", "同じ企業の応募者の5分の1以上が見たのに見ていないページ（1ページを、見た人の割合で数える）", "Pages not visited that at least a fifth of the applicants visited, each counted by the share that did", unit=1000),
    FeatureDefinition("own_missed_recent", "同じ企業の応募者の5分の1以上が、おもに直近28日に見たのに見ていないページ（1ページを、見た人の割合で数える）", "Pages not visited that at least a fifth of the applicants visited, mostly in the last 28 days, each counted by the share that did", 28, unit=1000),
    FeatureDefinition("own_tasks_done", "5分の1以上が一度きり行う行動（予約、提出、一度だけ見るページなど）のうち済ませたもの（1つを、行った人の割合で数える。済ませた日は半分、その後28日かけて全部になる）", "One-off tasks done (bookings, submissions, pages seen once ...) that at least a fifth of the applicants did, each counted by the share that did: half at first, in full after 28 days", unit=2 * TASK_SETTLES * 1000),
    FeatureDefinition("own_latest_task", "半数以上が一度きり行う行動（予約、提出など）のうち、ほかの応募者と比べて最も遅かったものの順番（0が最初、1が最後。まだの行動は最後の組に入る）", "Of the one-off tasks (bookings, submissions ...) that half the applicants did, the place of the one done latest, 0 first to 1 last; a task not done is among the last"),
    FeatureDefinition("own_pages_shared", "応募者の3割以上が見たページのうち見た割合", "Share visited of the pages that 30 % of the applicants visited", may_be_null=True),
    FeatureDefinition("days_since_applied", "応募からの日数", "Days since the application"),
    FeatureDefinition("days_since_registered", "会員登録からの日数", "Days since registration on the board", may_be_null=True),
)  # fmt: skip


def _partner_sites() -> Iterator[FeatureDefinition]:
    for side, (about_ja, about_en) in _SIDES.items():
        for window in PARTNER_WINDOWS:
            in_ja, in_en = _in_window(window)
            yield FeatureDefinition(
                f"partner_{side}_active_days_{suffix(window)}",
                f"同意した文面に名前のある提携サイトで、{about_ja}行動のあった日数（{in_ja}）",
                f"Days with visits on partner sites named in the words agreed to, {about_en}, {in_en}",
                window,
                may_be_null=True,
                is_of_partner_sites=True,
            )


DEFINITIONS: tuple[FeatureDefinition, ...] = (*_counts(), *_breadth(), *_SINGLE, *_partner_sites())
NAMES: tuple[str, ...] = tuple(definition.name for definition in DEFINITIONS)
OF_COVERED_SITES = frozenset(definition.name for definition in DEFINITIONS if definition.is_of_partner_sites)
"""Features that are null where a person's words name no partner site: nobody is compared with them."""

_BY_NAME = {definition.name: definition for definition in DEFINITIONS}
UNKNOWN_INPUT = N_("something that is no longer looked at")
"""Stands for an input of an older model; the id of a message."""


def input_meant(name: str, language: Language) -> str:
    """What an input looks at, in words; its name is told to nobody."""
    known = _BY_NAME.get(name)
    if known is None:
        return translations(language).gettext(UNKNOWN_INPUT)
    return known.meaning_ja if language is Language.JAPANESE else known.meaning_en


def in_its_unit(name: str, value: float) -> float:
    """A value as it is told: thousandths become whole ones."""
    known = _BY_NAME.get(name)
    return value / known.unit if known else value


def catalogue() -> str:
    """The catalogue as a Markdown page."""
    lines = [
        "# Features", "",
        f"{len(DEFINITIONS)} numbers about each cleared applicant. {__doc__.split(chr(10), 2)[2].strip()}", "",
        "| name | 意味 | meaning | window (days) | may be null | unit |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    lines += [
        f"| `{one.name}` | {one.meaning_ja} | {one.meaning_en} | {one.window or 'all'} | {'yes' if one.may_be_null else ''} |"
        f"{'' if one.unit == 1 else f' 1/{one.unit}'} |"
        for one in DEFINITIONS
    ]
    return "\n".join(lines) + "\n"

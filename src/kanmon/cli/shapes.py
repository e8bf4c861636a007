"""What the commands of no one room print with `--json`: runs, a replay, the workspace's examination, refusals."""

from collections.abc import Mapping, Sequence
from typing import NotRequired

from typing_extensions import TypedDict


class RefusalWords(TypedDict):
    """Why a command was refused, or failed."""

    code: str
    """Names the fact that refused, such as `CONSENT_WITHDRAWN`; stable, for programs."""
    message: str
    """The same for people, in their language."""
    values: Mapping[str, object]
    """What the message is filled with; its keys depend on the code."""


class RefusalResult(TypedDict):
    """What a command prints that was refused before it printed a result; its exit status is not 0."""

    error: RefusalWords


class BrowserCounts(TypedDict):
    """How many browsers and events were tied to members, over the whole board."""

    cookies: int
    shared: int
    """Browsers that several members used, of whose history nothing counts."""
    events: int
    before_login: int
    left_out: int


class NeedResult(TypedDict):
    """About how much more a model would take."""

    people: int
    years: int


class UntrainedResult(TypedDict):
    """How well one number orders people without a model."""

    auc_active_days: float | None
    auc_recency: float | None


class UndividedResult(TypedDict):
    """An act of leaving that was not learned apart, and why."""

    act: str
    why: str
    people: int
    positives: int


class TrainingResult(TypedDict):
    """The model that a run trained, or why there is none."""

    model_id: str | None
    is_new: bool
    stands: bool
    is_accepted: bool
    """Whether the acceptance rule passed it; else `kanmon approve`."""
    rows: int
    positives: int
    left_out: Mapping[str, int]
    """Rows that did not train, by why."""
    target: str
    parts: Sequence[str]
    undivided: UndividedResult | None
    validation_auc: float | None
    needs_of_each: int
    """How many who left, and who stayed, a model needs."""
    need: NeedResult | None
    untrained: UntrainedResult | None


class CategoryResult(TypedDict):
    """A category of a report with its people."""

    symbol: str
    people: int
    warning: str | None
    """Where nearly everybody, or nobody, stands in it."""


class ClientRunResult(TypedDict):
    """What a run did for one client; keys of steps that it didn't take are absent."""

    client_id: str
    linked: NotRequired[int]
    unlinked: NotRequired[int]
    review: NotRequired[int]
    """Rows that wait for a person's look."""
    dissolved: NotRequired[int]
    """Links that no longer hold."""
    link_report: NotRequired[str | None]
    browsers: NotRequired[BrowserCounts]
    model: NotRequired[TrainingResult]
    """What training came to."""
    refused: NotRequired[Mapping[str, int]]
    """Applicants that the gate denies, by reason code."""
    scored: NotRequired[int]
    scores_stand: NotRequired[bool]
    """Whether the scores there were still hold, so that none were computed."""
    not_scorable: NotRequired[Mapping[str, int]]
    provision: NotRequired[str]
    """What became of the provision."""
    provided: NotRequired[int]
    report: NotRequired[str | None]
    """The folder of the report."""
    categories: NotRequired[Sequence[CategoryResult]]
    denied_by: NotRequired[Sequence[str]]
    """Codes that deny the whole batch."""
    passwords: NotRequired[Mapping[str, str]]
    """Of encrypted reports, by run; told once."""


class RunResult(TypedDict):
    """What a run did, client by client."""

    run_id: str
    clients: Sequence[ClientRunResult]


class CheckedPart(TypedDict):
    """One part of a workspace, and how it is."""

    what: str
    about: str
    state: str
    code: str | None
    """Names the damage."""
    told: str | None
    """The damage, and what to do about it."""


class DoctorResult(TypedDict):
    """The examination of a workspace."""

    sound: bool
    checks: Sequence[CheckedPart]


class InitResult(TypedDict):
    """What `init` made."""

    workspace: str | None
    example: str | None


class StopDatabaseResult(TypedDict):
    """The embedded database is at rest."""

    stopped: bool


class ContractedCount(TypedDict):
    """Clients of the replayed season."""

    contracted: int
    provided: int
    """Those with applicants."""


class StaleScreenResult(TypedDict):
    """The screen that went on showing the old words."""

    screen_id: str
    first_at: str
    last_at: str
    count: int
    """How often it was agreed to."""
    gap_seen_on: str
    """When a daily audit of the gap would have found it."""


class PlayedResult(TypedDict):
    """What became of the people in one play; all numbers count people."""

    provided: int
    """Those whose data went to a client."""
    gap_release: int
    gap_strict: int
    causes: Mapping[str, int]
    found_after_days: int


class RuledPlayResult(PlayedResult):
    """What becomes of them with the rules on."""

    refused: Mapping[str, int]


class AftermathResult(TypedDict):
    """What was done once the faulty screen was found."""

    affected: int
    notices: int
    unreachable: int
    requests: int
    checked: Sequence[bool]
    seconds: Mapping[str, float]
    """How long each step took on this machine."""
    in_2019_after_days: Mapping[str, int]


class ReplayedSeason(TypedDict):
    """The season of the release, as it was and with the rules on."""

    invented: Sequence[str]
    """Causes of which nobody published how many people they count."""
    members: Mapping[str, int]
    """People by season."""
    clients: ContractedCount
    """How many clients there are."""
    targets: Mapping[str, int]
    """People scored, in all and by season."""
    stale_screen: StaleScreenResult
    as_it_was: PlayedResult
    with_rules: RuledPlayResult
    aftermath: AftermathResult

"""What the commands of `kanmon incident` print with `--json`."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict

_Class = TypedDict("_Class", {"class": str})
"""U: provision without valid consent. L: leak, loss or damage."""


class DutyResult(TypedDict):
    """A duty with its deadline."""

    duty: str
    due_on: str | None
    """The last day; null where a moment counts, or nothing is due."""
    due_at: str | None
    done_at: str | None
    state: str


class IncidentFacts(TypedDict):
    """An incident with its clock."""

    incident_id: str
    title: str
    since: str
    until: str | None
    season: str | None
    client_id: str | None
    screen_id: str | None
    policy_version: str | None
    known_at: str
    """From here the clock runs."""
    opened_at: str
    opened_by: str
    computed_at: str | None
    """When it was last computed whom it affects."""
    closed_at: str | None
    set_sha256: str | None
    """Of the people whom it affects."""
    items_met: Mapping[str, str]
    """Which of items (i) to (iii) is met, and since when."""
    reportable_since: str | None
    dues: Sequence[DutyResult]
    ledger_seq: int


class ListedIncident(IncidentFacts, _Class):
    """An incident; `class` is U for provision without valid consent, L for leak, loss or damage."""


class IncidentListResult(TypedDict):
    """Every incident, the newest first."""

    incidents: Sequence[ListedIncident]


class RecordedFact(TypedDict):
    """What was recorded of an incident."""

    kind: str
    at: str
    by: str
    body: Mapping[str, object]
    """Its keys depend on the kind."""
    ledger_seq: int


class IncidentResult(ListedIncident):
    """An incident with everything recorded of it."""

    facts: Sequence[RecordedFact]
    affected: Mapping[str, object]
    """Counts of the people whom it affects: in all, by reason, by client."""


class AffectedResult(TypedDict):
    """One affected person, for one client."""

    member_id: str
    client_id: str
    season: str
    reason: str
    went: bool
    """Whether anything went to the client."""
    first_provided_at: str | None
    would_have_gone_at: str | None
    provisions: int


class ShownIncident(IncidentResult):
    """An incident with everybody whom it affects."""

    members: Sequence[AffectedResult]


class PublicWords(TypedDict):
    """Words for a letter or for the public."""

    subject: str | None
    body: str


class PeopleResult(TypedDict):
    """How many of those affected were told."""

    affected: int
    told: int
    unwritten: int
    waiting: int
    in_doubt: int
    unreachable: int
    former: int
    """Members no more."""


class LackResult(TypedDict):
    """What is missing for a step."""

    code: str
    words: str


class PreviewResult(TypedDict):
    """What a step would do; nothing was done."""

    step: str
    incident_id: str
    public: PublicWords | None
    people: PeopleResult
    lacking: Sequence[LackResult]
    confirm: str | None
    """Give it to --confirm; null where something is missing."""


IncidentStepResult = IncidentResult | PreviewResult
"""With --dry-run what would be done, else the incident as it is now."""

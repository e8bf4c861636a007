"""How each dataset of a folder becomes rows of the control plane: what names a row, what it says, what it refers to."""

from collections.abc import Mapping
from dataclasses import dataclass

from kanmon.core.faults import Fault

_PERSONAL = {
    name: f"s.{name}"
    for name in ("family_name", "given_name", "family_kana", "given_kana", "birth_date", "email", "university")
}
_PERSONAL_COLUMNS = (
    "family_name text, given_name text, family_kana text, given_kana text, birth_date date, email text, university text"
)


@dataclass(frozen=True)
class Reference:
    """A staged column which, where it isn't null, must name a known row; `found` is null where it names none."""

    column: str
    fault: Fault
    join: str
    found: str


@dataclass(frozen=True)
class AssignedColumn:
    """A column that a row gets when it is new and then keeps."""

    column: str
    expression: str
    join: str


@dataclass(frozen=True)
class TableMerge:
    """A dataset's road into its table; SQL expressions speak of the staged row as `s`.

    `key` names a row and `values` is what it says, each from column to expression; `named_by` is the staged column
    told where two lines name the same row. Rows of a table `by_client` are merged client by client. One that
    `has_texts` names them by hash in the file and by number in the staged row.
    """

    table: str
    columns: str
    named_by: str
    key: Mapping[str, str]
    values: Mapping[str, str]
    references: tuple[Reference, ...]
    by_client: bool = False
    assigned: AssignedColumn | None = None
    has_texts: bool = False
    stays: str = "false"
    """Which rows no file makes or changes any more, those of people who were erased; `{row}` is the row."""


_MEMBER = Reference(
    "member_id", Fault.UNKNOWN_MEMBER, "LEFT JOIN member ON member.member_id = s.member_id", "member.member_no"
)
_CLIENT = Reference(
    "client_id", Fault.UNKNOWN_CLIENT, "LEFT JOIN client ON client.client_id = s.client_id", "client.client_id"
)
_SEASON = Reference(
    "season", Fault.UNKNOWN_SEASON, "LEFT JOIN season ON season.season_id = s.season", "season.season_id"
)
_SCREEN = Reference(
    "screen_id", Fault.UNKNOWN_SCREEN, "LEFT JOIN screen ON screen.screen_id = s.screen_id", "screen.screen_id"
)
_APPLICANT = Reference(
    "applicant_id",
    Fault.UNKNOWN_APPLICANT,
    "LEFT JOIN applicant ON (applicant.client_id, applicant.applicant_id, applicant.season_id)"
    " = (s.client_id, s.applicant_id, s.season)",
    "applicant.applicant_no",
)
# A decision names no season: it is taken for the application that lies nearest to it in time.
_APPLICANT_THEN = Reference(
    "applicant_id",
    Fault.UNKNOWN_APPLICANT,
    """LEFT JOIN LATERAL (
        SELECT a.applicant_no, date_trunc('day', a.applied_at, 'Asia/Tokyo') AS applied_on FROM applicant a
        WHERE a.client_id = s.client_id AND a.applicant_id = s.applicant_id
        ORDER BY a.applied_at <= s.decided_at DESC, abs(extract(epoch FROM s.decided_at - a.applied_at)) LIMIT 1
    ) applicant ON true""",
    "applicant.applicant_no",
)  # No decision is older than the application: one of an earlier year must not open what waits this year.
_NOT_BEFORE_APPLYING = Reference(
    "decided_at", Fault.BEFORE_APPLIED_AT, "", "CASE WHEN s.decided_at >= applicant.applied_on THEN true END"
)
_VERDICT = Reference("decision", Fault.NOT_ALLOWED, "", "CASE WHEN s.decision IN ('pass', 'fail') THEN s.decision END")
# A contract without a list of stages takes any: without a decision lock nothing waits for them.
_STAGE = Reference(
    "stage",
    Fault.UNKNOWN_STAGE,
    """LEFT JOIN LATERAL (
        SELECT s.stage FROM client c
        WHERE c.client_id = s.client_id AND (
            coalesce(c.contract -> 'stages', '[]') @> to_jsonb(s.stage)
            OR (coalesce(c.contract -> 'stages', '[]') = '[]'
                AND NOT coalesce(CAST(c.contract ->> 'decision_lock' AS boolean), false))
        )
    ) listed ON true""",
    "listed.stage",
)

_IS_ERASED = "{row}.applicant_no IN (SELECT applicant_no FROM erased_applicant)"

MEMBERS = TableMerge(
    table="member",
    columns=f"line bigint, member_id text, season text, registered_at timestamptz, {_PERSONAL_COLUMNS}, phone text",
    named_by="member_id",
    key={"member_id": "s.member_id"},
    values={"season_id": "s.season", "registered_at": "s.registered_at", **_PERSONAL, "phone": "s.phone"},
    references=(_SEASON,),
    assigned=AssignedColumn("member_no", "numbers.member_no", "LEFT JOIN numbers ON numbers.member_id = r.member_id"),
)
CONSENTS = TableMerge(
    table="consent_act",
    columns="line bigint, occurred_at timestamptz, member_id text, screen_id text, text_no int, action text,"
    " client_id text, refusable boolean, given_by text, relation text, latest_at timestamptz, known_at timestamptz",
    named_by="member_id",
    key={
        "member_no": "member.member_no",
        "occurred_at": "s.occurred_at",
        "screen_id": "s.screen_id",
        "text_no": "s.text_no",
        "action": "s.action",
        "client_id": "s.client_id",
        "latest_at": "s.latest_at",
    },
    values={
        "refusable": "s.refusable",
        "given_by": "s.given_by",
        "relation": "s.relation",
        "known_at": "s.known_at",
    },
    references=(_MEMBER, _SCREEN, _CLIENT),
    has_texts=True,
)
RENDERINGS = TableMerge(
    table="rendering",
    columns="line bigint, screen_id text, occurred_at timestamptz, text_no int, verified_by text",
    named_by="screen_id",
    key={"screen_id": "s.screen_id", "occurred_at": "s.occurred_at", "text_no": "s.text_no"},
    values={"verified_by": "s.verified_by"},
    references=(_SCREEN,),
    has_texts=True,
)
NOTICES = TableMerge(
    table="notice",
    columns="line bigint, member_id text, occurred_at timestamptz, kind text, client_id text",
    named_by="member_id",
    key={
        "member_no": "member.member_no",
        "occurred_at": "s.occurred_at",
        "kind": "s.kind",
        "client_id": "s.client_id",
    },
    values={},
    references=(_MEMBER, _CLIENT),
)
APPLICANTS = TableMerge(
    table="applicant",
    columns="line bigint, client_id text, applicant_id text, season text, applied_at timestamptz, as_of timestamptz,"
    f" stage text, member_id text, cookie_id text, {_PERSONAL_COLUMNS}",
    named_by="applicant_id",
    key={"client_id": "s.client_id", "applicant_id": "s.applicant_id", "season_id": "s.season"},
    values={
        "applied_at": "s.applied_at",
        "as_of": "s.as_of",
        "stage": "s.stage",
        "brought_member_no": "member.member_no",
        "cookie_id": "s.cookie_id",
        **_PERSONAL,
    },
    references=(_CLIENT, _SEASON, _MEMBER, _STAGE),
    by_client=True,
    assigned=AssignedColumn(
        "position",
        "coalesce(before.position, 0) + row_number() OVER (PARTITION BY r.season_id ORDER BY r.line)",
        "LEFT JOIN (SELECT season_id, max(position) AS position FROM applicant GROUP BY season_id) before"
        " ON before.season_id = r.season_id",
    ),
    stays=_IS_ERASED,
)
OUTCOMES = TableMerge(
    table="outcome",
    columns="line bigint, client_id text, applicant_id text, season text, outcome text, outcome_at timestamptz",
    named_by="applicant_id",
    key={"applicant_no": "applicant.applicant_no"},
    values={"client_id": "s.client_id", "outcome": "s.outcome", "outcome_at": "s.outcome_at"},
    references=(_CLIENT, _SEASON, _APPLICANT),
    by_client=True,
    stays=_IS_ERASED,
)
CONFIRMATIONS = TableMerge(
    table="recipient_consent",
    columns="line bigint, client_id text, applicant_id text, season text, confirmed_at timestamptz, method text,"
    " obtained_at timestamptz, covers_training boolean, withdrawn_at timestamptz",
    named_by="applicant_id",
    key={"applicant_no": "applicant.applicant_no"},
    values={
        "client_id": "s.client_id",
        "confirmed_at": "s.confirmed_at",
        "method": "s.method",
        "obtained_at": "s.obtained_at",
        "covers_training": "s.covers_training",
        "withdrawn_at": "s.withdrawn_at",
    },
    references=(_CLIENT, _SEASON, _APPLICANT),
    by_client=True,
    stays=_IS_ERASED,
)
DECISIONS = TableMerge(
    table="client_decision",
    columns="line bigint, client_id text, applicant_id text, stage text, decision text, decided_at timestamptz",
    named_by="applicant_id",
    key={"applicant_no": "applicant.applicant_no", "stage": "s.stage"},
    values={"client_id": "s.client_id", "decision": "s.decision", "decided_at": "s.decided_at"},
    references=(_CLIENT, _STAGE, _VERDICT, _APPLICANT_THEN, _NOT_BEFORE_APPLYING),
    by_client=True,
    stays=_IS_ERASED,
)

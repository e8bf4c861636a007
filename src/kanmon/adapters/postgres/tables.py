"""The tables of schema `kanmon`, as queries name them; a test holds them equal to what the migrations make."""

from datetime import date

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Float,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()

_AT = DateTime(timezone=True)
_JSON = JSONB(none_as_null=True)


def _text(name: str, nullable: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable)


def _personal() -> list[Column[str] | Column[date]]:
    names = ("family_name", "given_name", "family_kana", "given_kana", "birth_date", "email", "university")
    return [Column(name, Date) if name == "birth_date" else _text(name, nullable=True) for name in names]


service = Table(
    "service",
    metadata,
    Column("id", Boolean, primary_key=True),
    _text("law_profile_id"),
    Column("platform", _JSON, nullable=False),
    Column("release", _JSON),
    Column("loaded_at", _AT, nullable=False),
)
season = Table(
    "season",
    metadata,
    Column("season_id", Text, primary_key=True),
    Column("opens_at", _AT, nullable=False),
    Column("main_opens_at", _AT),
    Column("closes_at", _AT, nullable=False),
)
client = Table(
    "client",
    metadata,
    Column("client_id", Text, primary_key=True),
    _text("legal_name"),
    _text("address"),
    _text("representative"),
    Column("contract", _JSON, nullable=False),
    Column("loaded_at", _AT, nullable=False),
)
policy_version = Table(
    "policy_version",
    metadata,
    Column("policy_id", Text, primary_key=True),
    Column("version_id", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("reading", Integer, primary_key=True, autoincrement=False, server_default="1"),
    Column("effective_from", _AT, nullable=False),
    _text("text"),
    _text("text_sha256"),
    Column("clauses", _JSON, nullable=False),
    Column("consent_valid_days", Integer),
    Column("loaded_at", _AT, nullable=False),
)
screen = Table(
    "screen",
    metadata,
    Column("screen_id", Text, primary_key=True),
    _text("season_id"),
    _text("function"),
    _text("url", nullable=True),
    _text("policy_id"),
    Column("shown_from", _AT),
    Column("shown_to", _AT),
)
load = Table(
    "load",
    metadata,
    Column("load_id", Integer, Identity(always=True), primary_key=True),
    Column("loaded_at", _AT, nullable=False),
    _text("file_name"),
    _text("file_sha256"),
    _text("dataset"),
    Column("rows_new", BigInteger, nullable=False),
    Column("rows_replaced", BigInteger, nullable=False),
    Column("rows_unchanged", BigInteger, nullable=False),
    Column("rows_refused", BigInteger, nullable=False),
)
member = Table(
    "member",
    metadata,
    Column("member_no", Integer, primary_key=True, autoincrement=False),
    _text("member_id"),
    _text("season_id"),
    Column("registered_at", _AT, nullable=False),
    *_personal(),
    _text("phone", nullable=True),
)
displayed_text = Table(
    "displayed_text",
    metadata,
    Column("text_no", Integer, Identity(always=True), primary_key=True),
    _text("text_sha256"),
)
consent_act = Table(
    "consent_act",
    metadata,
    Column("consent_no", BigInteger, Identity(always=True), primary_key=True),
    Column("member_no", Integer, nullable=False),
    Column("occurred_at", _AT, nullable=False),
    _text("screen_id"),
    Column("text_no", Integer, nullable=False),
    _text("action"),
    _text("client_id", nullable=True),
    Column("refusable", Boolean),
    Column("revision", Integer, nullable=False, server_default="0"),
)
consent_correction = Table(
    "consent_correction",
    metadata,
    Column("old_no", BigInteger, primary_key=True, autoincrement=False),
    Column("new_no", BigInteger, nullable=False),
)
rendering = Table(
    "rendering",
    metadata,
    Column("screen_id", Text, primary_key=True),
    Column("occurred_at", _AT, primary_key=True),
    Column("text_no", Integer, primary_key=True, autoincrement=False),
    _text("verified_by", nullable=True),
)
notice = Table(
    "notice",
    metadata,
    Column("member_no", Integer, nullable=False),
    Column("occurred_at", _AT, nullable=False),
    _text("kind"),
    _text("client_id", nullable=True),
)
applicant = Table(
    "applicant",
    metadata,
    Column("applicant_no", Integer, Identity(always=True), primary_key=True),
    _text("client_id"),
    _text("season_id"),
    _text("applicant_id"),
    Column("position", Integer, nullable=False),
    Column("applied_at", _AT, nullable=False),
    Column("as_of", _AT, nullable=False),
    _text("stage", nullable=True),
    Column("brought_member_no", Integer),
    Column("linked_member_no", Integer),
    Column("member_no", Integer, Computed("coalesce(brought_member_no, linked_member_no)", persisted=True)),
    _text("cookie_id", nullable=True),
    *_personal(),
)
outcome = Table(
    "outcome",
    metadata,
    Column("applicant_no", Integer, primary_key=True, autoincrement=False),
    _text("client_id"),
    _text("outcome"),
    Column("outcome_at", _AT, nullable=False),
)
client_decision = Table(
    "client_decision",
    metadata,
    Column("applicant_no", Integer, primary_key=True, autoincrement=False),
    _text("client_id"),
    Column("stage", Text, primary_key=True),
    _text("decision"),
    Column("decided_at", _AT, nullable=False),
)
recipient_consent = Table(
    "recipient_consent",
    metadata,
    Column("applicant_no", Integer, primary_key=True, autoincrement=False),
    _text("client_id"),
    Column("confirmed_at", _AT, nullable=False),
    _text("method"),
    Column("obtained_at", _AT),
    Column("covers_training", Boolean),
    Column("withdrawn_at", _AT),
)
link = Table(
    "link",
    metadata,
    Column("link_no", BigInteger, Identity(always=True), primary_key=True),
    _text("client_id"),
    Column("applicant_no", Integer, nullable=False),
    _text("decision"),
    Column("member_no", Integer),
    Column("match_weight", Float(53)),
    _text("decided_by"),
    Column("linked_at", _AT, nullable=False),
    _text("run_id"),
)
link_candidate = Table(
    "link_candidate",
    metadata,
    Column("link_no", BigInteger, primary_key=True, autoincrement=False),
    _text("client_id"),
    Column("member_no", Integer, primary_key=True, autoincrement=False),
    Column("match_weight", Float(53), nullable=False),
)
run = Table(
    "run",
    metadata,
    Column("run_id", Text, primary_key=True),
    _text("command"),
    Column("acted_at", _AT, nullable=False),
    Column("real_at", _AT, nullable=False),
    Column("is_replay", Boolean, nullable=False),
    Column("finished_at", _AT),
    _text("state"),
)
prediction_model = Table(
    "prediction_model",
    metadata,
    Column("model_id", Text, primary_key=True),
    _text("client_id"),
    Column("version", Integer, nullable=False),
    _text("season_id"),
    _text("run_id"),
    Column("trained_at", _AT, nullable=False),
    Column("acted_at", _AT, nullable=False),
    Column("artefact", LargeBinary),
    Column("card", _JSON, nullable=False),
    _text("sha256"),
)
model_approval = Table(
    "model_approval",
    metadata,
    _text("model_id"),
    _text("client_id"),
    _text("approved_by"),
    _text("because"),
    Column("approved_at", _AT, nullable=False),
)
model_training = Table(
    "model_training",
    metadata,
    Column("model_id", Text, primary_key=True),
    _text("client_id"),
    Column("applicant_no", Integer, primary_key=True, autoincrement=False),
)
gate_decision = Table(
    "gate_decision",
    metadata,
    Column("decision_no", BigInteger, Identity(always=True), primary_key=True),
    _text("run_id"),
    _text("client_id"),
    Column("applicant_no", Integer, nullable=False),
    _text("use"),
    Column("decided_at", _AT, nullable=False),
    Column("allowed", Boolean, nullable=False),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("elements", ARRAY(Text), nullable=False),
    Column("consent_no", BigInteger),
    _text("law_profile_id"),
    Column("confirmed_at", _AT),
)
score = Table(
    "score",
    metadata,
    Column("score_no", BigInteger, Identity(always=True), primary_key=True),
    _text("run_id"),
    _text("client_id"),
    Column("applicant_no", Integer, nullable=False),
    _text("model_id", nullable=True),
    Column("value", Integer),
    _text("not_scorable", nullable=True),
    Column("computed_at", _AT, nullable=False),
    Column("consent_no", BigInteger),
    Column("contributions", _JSON),
    Column("confirmed_at", _AT),
)
provision = Table(
    "provision",
    metadata,
    Column("provision_id", Text, primary_key=True),
    _text("run_id"),
    _text("client_id"),
    _text("season_id"),
    Column("acted_at", _AT, nullable=False),
    Column("real_at", _AT, nullable=False),
    Column("is_replay", Boolean, nullable=False),
    _text("content_sha256"),
    _text("law_profile_id"),
    _text("model_id", nullable=True),
    Column("recipient", _JSON, nullable=False),
    Column("report", _JSON, nullable=False),
    Column("handed_over_at", _AT),
    Column("ledger_seq", BigInteger),
)
provision_record = Table(
    "provision_record",
    metadata,
    Column("record_no", BigInteger, Identity(always=True), primary_key=True),
    _text("provision_id"),
    _text("client_id"),
    Column("applicant_no", Integer, nullable=False),
    Column("member_no", Integer),
    Column("consent_no", BigInteger),
    Column("items", ARRAY(Text), nullable=False),
    Column("score_no", BigInteger, nullable=False),
    Column("provided_at", _AT, nullable=False),
    Column("created_at", _AT, nullable=False),
    Column("retain_until", Date, nullable=False),
    _text("method"),
    Column("ledger_seq", BigInteger),
    Column("confirmed_at", _AT),
    _text("confirmation_method", nullable=True),
)
erasure = Table(
    "erasure",
    metadata,
    Column("erasure_no", Integer, Identity(always=True), primary_key=True),
    Column("member_no", Integer, nullable=False),
    Column("code_sha256", LargeBinary, nullable=False),
    Column("person_sha256", LargeBinary, nullable=False),
    Column("requested_at", _AT, nullable=False),
    Column("real_at", _AT, nullable=False),
    Column("is_replay", Boolean, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
)
erasure_step = Table(
    "erasure_step",
    metadata,
    Column("erasure_no", Integer, primary_key=True, autoincrement=False),
    Column("step", Text, primary_key=True),
    Column("done_at", _AT, nullable=False),
    Column("ledger_seq", BigInteger),
)
erased_applicant = Table(
    "erased_applicant",
    metadata,
    Column("applicant_no", Integer, primary_key=True, autoincrement=False),
    _text("client_id"),
    _text("season_id"),
    Column("erasure_no", Integer, nullable=False),
    Column("was_provided", Boolean, nullable=False),
    Column("is_gone", Boolean, nullable=False, server_default="false"),
)
erasure_rendering = Table(
    "erasure_rendering",
    metadata,
    Column("provision_id", Text, primary_key=True),
    _text("client_id"),
)
erasure_request = Table(
    "erasure_request",
    metadata,
    Column("request_no", Integer, Identity(always=True), primary_key=True),
    _text("client_id"),
    Column("erasure_no", Integer, nullable=False),
    Column("requested_at", _AT, nullable=False),
    Column("due_on", Date, nullable=False),
)
erasure_certificate = Table(
    "erasure_certificate",
    metadata,
    Column("request_no", Integer, primary_key=True, autoincrement=False),
    _text("client_id"),
    Column("certified_at", _AT, nullable=False),
    _text("certified_by"),
    _text("sub_processors"),
    Column("ledger_seq", BigInteger, nullable=False),
)
consent_entry = Table(
    "consent_entry",
    metadata,
    Column("consent_no", BigInteger, primary_key=True, autoincrement=False),
    Column("ledger_seq", BigInteger, nullable=False),
)
ledger_entry = Table(
    "ledger_entry",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _text("type"),
    Column("entered_at", _AT, nullable=False),
    Column("commitment", LargeBinary, nullable=False),
)
ledger_secret = Table(
    "ledger_secret",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _text("payload"),
    Column("key", LargeBinary, nullable=False),
)
ledger_tile = Table(
    "ledger_tile",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)
ledger_checkpoint = Table(
    "ledger_checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    _text("note"),
    Column("signed_at", _AT, nullable=False),
)
account = Table(
    "account",
    metadata,
    Column("account_no", Integer, Identity(always=True), primary_key=True),
    _text("name"),
    _text("role"),
    Column("member_no", Integer),
    _text("client_id", nullable=True),
    _text("password_hash"),
    Column("created_at", _AT, nullable=False),
)
sign_in_session = Table(
    "sign_in_session",
    metadata,
    Column("token_sha256", LargeBinary, primary_key=True),
    Column("account_no", Integer, nullable=False),
    Column("begun_at", _AT, nullable=False),
    Column("ends_at", _AT, nullable=False),
)
sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("name_sha256", LargeBinary, nullable=False),
    Column("occurred_at", _AT, nullable=False),
)
score_read = Table(
    "score_read",
    metadata,
    Column("read_no", BigInteger, Identity(always=True), primary_key=True),
    Column("account_no", Integer, nullable=False),
    _text("purpose"),
    _text("subject"),
    Column("read_at", _AT, nullable=False),
)
api_key = Table(
    "api_key",
    metadata,
    Column("key_no", Integer, Identity(always=True), primary_key=True),
    _text("label"),
    Column("key_sha256", LargeBinary, nullable=False),
    Column("created_at", _AT, nullable=False),
    Column("revoked_at", _AT),
)
received_event = Table(
    "received_event",
    metadata,
    Column("event_no", BigInteger, Identity(always=True), primary_key=True),
    Column("key_no", Integer, nullable=False),
    _text("event_id"),
    Column("content_sha256", LargeBinary, nullable=False),
    Column("event", _JSON),
    Column("received_at", _AT, nullable=False),
    Column("collected_at", _AT),
    _text("fault", nullable=True),
)

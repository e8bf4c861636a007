"""Each command that takes `--json` declares its result's shape; schemas are strict, and agree with the contract."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kanmon.cli.app import CommandGroup
from kanmon.cli.result_schema import refusal_schema, schema_of
from kanmon.cli.results import RESULTS
from kanmon.core.errors import UsageError
from tests.commands import loaded_command_line
from tests.journey.command import kanmon
from tests.shapes import check_shape, command_in

NUMBERS = {"n", "positives", "auc", "average_precision", "brier", "ece", "auc_low", "auc_high", "auc_active_days"}
CONTRACT: Mapping[tuple[str, str], set[str]] = {
    ("gate", "GateResult"): {"counts", "rows"},
    ("gate", "ReportedAnswer"): {"client_id", "applicant_id", "decision", "reasons", "evidence_id"},
    ("evaluate", "ClientEvaluation"): {*NUMBERS, "auc_recency", "brier_prior", "categories"},
    ("evaluate", "EvaluatedCategory"): {"symbol", "n", "left", "lift"},
    ("audit gap", "GapResult"): {"count", "reasons", "members"},
    ("replay", "ReplayedSeason"): {"members", "clients", "targets", "as_it_was", "with_rules"},
    ("replay", "ContractedCount"): {"contracted", "provided"},
    ("replay", "PlayedResult"): {"provided", "gap_release", "gap_strict", "found_after_days"},
    ("replay", "RuledPlayResult"): {"provided", "gap_release", "gap_strict", "found_after_days", "refused"},
}
"""Keys that programs of others rely on, by command and type."""


def with_json(group: CommandGroup, words: tuple[str, ...] = ()) -> Iterator[str]:
    """The commands that take `--json`; a group that does something by itself is one of them."""
    if any("--json" in option.opts for option in group.params):
        yield " ".join(words)
    for name, command in getattr(group, "commands", {}).items():
        yield from with_json(command, (*words, name))


def objects_in(schema: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(schema, Mapping):
        if "properties" in schema:
            yield schema
        for part in schema.values():
            yield from objects_in(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects_in(part)


def test_every_command_with_json_declares_its_shape() -> None:
    assert sorted(with_json(loaded_command_line())) == sorted(RESULTS)


@pytest.mark.parametrize("command", RESULTS)
def test_a_schema_is_valid_and_takes_no_other_keys(command: str) -> None:
    schema = schema_of(command)
    Draft202012Validator.check_schema(schema)
    objects = list(objects_in(schema))
    assert [found for found in objects if found.get("additionalProperties") is not False] == []
    assert [found for found in objects if "description" not in found] == []


@pytest.mark.parametrize(("command", "name"), CONTRACT)
def test_the_keys_that_others_rely_on_are_always_there(command: str, name: str) -> None:
    assert CONTRACT[command, name] <= set(schema_of(command)["$defs"][name]["required"])


def test_a_key_tells_what_the_type_below_says_of_it() -> None:
    keys = schema_of("incident show")["$defs"]["ShownIncident"]["properties"]
    assert keys["known_at"]["description"] == "From here the clock runs."
    assert keys["incident_id"]["description"] == "The incident's ID, such as I-2026-001."
    assert keys["opened_at"]["description"] == "An instant."


def test_the_command_prints_schemas() -> None:
    assert kanmon("schema", "report", "show", "--json").json == schema_of("report show")
    assert json.loads(kanmon("schema", "report show").out) == schema_of("report show")
    assert kanmon("schema", "--refusal", "--json").json == refusal_schema()
    assert set(kanmon("schema", "--json").json["properties"]) >= {"clients", "policies", "seasons"}
    refused = kanmon("schema", "serve", "--json")
    assert (refused.status, refused.json["error"]["values"]) == (2, {"command": "serve"})


def test_a_command_without_a_result_has_no_schema() -> None:
    with pytest.raises(UsageError, match="worker"):
        schema_of("worker")


@pytest.mark.parametrize(
    "out",
    [
        '{"stopped": true, "more": 1}',
        "{}",
        '{"stopped": "yes"}',
        '{"error": {"code": "X", "message": "x"}}',
        '{"error": {"code": "X", "message": "x", "values": {}, "more": 1}}',
    ],
)
def test_what_is_not_of_its_shape_fails_a_test_run(out: str) -> None:
    check_shape(["stop-database", "--json"], '{"stopped": true}')
    check_shape(["stop-database", "--json"], '{"error": {"code": "X", "message": "x", "values": {"y": 1}}}')
    with pytest.raises(AssertionError, match="stop-database --json is not of its shape"):
        check_shape(["stop-database", "--json"], out)


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["link", "--client", "C1"], "link"),
        (["link", "review", "--json"], "link review"),
        (["subject", "show", "m-1", "--json"], "subject show"),
        (["load", "a folder"], "load"),
        (["serve"], None),
    ],
)
def test_a_command_is_known_by_its_words(arguments: list[str], command: str | None) -> None:
    assert command_in(arguments) == command

"""What a command printed with `--json`, held to the shape that is declared for it: no key more, none less."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from kanmon.cli.result_schema import refusal_schema, schema_of
from kanmon.cli.results import RESULTS


def check_shape(arguments: Sequence[str], out: str) -> None:
    """`AssertionError` where an answer is neither a refusal nor what its command declares."""
    asked = arguments[: arguments.index("--")] if "--" in arguments else arguments
    command = command_in(arguments)
    if "--json" not in asked or command is None or not out.strip():
        return
    result = json.loads(out)
    validator = _refusals() if isinstance(result, dict) and set(result) == {"error"} else _results(command)
    faults = [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(result)]
    assert not faults, f"kanmon {command} --json is not of its shape: {faults[:5]}"


def command_in(arguments: Sequence[str]) -> str | None:
    """The command's words: the longest that have a result; None where there are none such."""
    words = " ".join(arguments).split(" -")[0].split(" ")
    named = (" ".join(words[:count]) for count in range(min(len(words), 3), 0, -1))
    return next((name for name in named if name in RESULTS), None)


@cache
def _results(command: str) -> Any:
    return Draft202012Validator(schema_of(command))


@cache
def _refusals() -> Any:
    return Draft202012Validator(refusal_schema())

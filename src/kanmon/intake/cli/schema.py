"""`kanmon schema`: the shape of `service.yaml`, or of what a command prints with `--json`."""

import json
import os
from collections.abc import Mapping
from importlib import import_module
from typing import Annotated, Any

import typer

from kanmon.cli.opening import JsonOption
from kanmon.cli.output import print_json, say
from kanmon.core.language import preferred_language, translations
from kanmon.intake.use_cases.folder_shape import schema_text

_RESULTS = "kanmon.cli.result_schema"


def schema(
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COMMAND]", help="A command, such as report show: the schema of what it prints."),
    ] = None,
    refusal: Annotated[
        bool, typer.Option("--refusal", help="The schema of what any command prints where it is refused.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print the JSON Schema of service.yaml, for an editor that completes and checks it.

    With the words of a command, print that of its `--json` result, for programs that read it.
    """
    if refusal:
        _print(import_module(_RESULTS).refusal_schema(), as_json)
    elif command:
        _print(import_module(_RESULTS).schema_of(" ".join(command)), as_json)
    else:
        shape = schema_text(translations(preferred_language(os.environ)).gettext)
        if as_json:
            print_json(json.loads(shape))
        else:
            say(shape)


def _print(found: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        say("%(schema)s", schema=json.dumps(found, ensure_ascii=False, indent=2))

"""`kanmon schema`: the shape of `service.yaml`."""

import json
import os

from kanmon.cli.opening import JsonOption
from kanmon.cli.output import print_json, say
from kanmon.core.language import preferred_language, translations
from kanmon.intake.files.terms.schema import service_schema


def schema(as_json: JsonOption = False) -> None:
    """Print the JSON Schema of service.yaml, for an editor that completes and checks it."""
    shape = service_schema(translations(preferred_language(os.environ)).gettext)
    if as_json:
        print_json(shape)
    else:
        say(json.dumps(shape, ensure_ascii=False, indent=2))

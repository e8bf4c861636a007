"""`kanmon schema`: the shape of `service.yaml`."""

import json
import os

from kanmon.cli.opening import JsonOption
from kanmon.cli.output import print_json, say
from kanmon.core.language import preferred_language, translations
from kanmon.intake.use_cases.folder_shape import schema_text


def schema(as_json: JsonOption = False) -> None:
    """Print the JSON Schema of service.yaml, for an editor that completes and checks it."""
    shape = schema_text(translations(preferred_language(os.environ)).gettext)
    if as_json:
        print_json(json.loads(shape))
    else:
        say(shape)

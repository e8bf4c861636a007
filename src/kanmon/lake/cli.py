"""`kanmon compact`: merge the files of the lake.

JSON: `completed` (files that got their checksums now), `files` (how many each table has afterwards).
"""

import os

from kanmon.cli.opening import JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.core.language import preferred_language, translations
from kanmon.intake.cli.printing import say_completed
from kanmon.lake.shapes import CompactionResult
from kanmon.lake.use_cases import compact_lake, complete_lake


def compact(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Merge the files that loads have left in the lake; `kanmon run` and the worker do so where they are many."""
    with opened(workspace, None) as application:
        completed = complete_lake(application)
        compact_lake(application)
        files = {table: len(kept) for table, kept in application.lake.manifest().items()}
    if as_json:
        print_json(CompactionResult(completed=completed, files=files))
        return
    say_completed(completed)
    say(translations(preferred_language(os.environ)).gettext("the files of the lake are merged"))

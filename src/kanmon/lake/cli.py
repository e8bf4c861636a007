"""`kanmon compact`: merge the files of the lake."""

import os

from kanmon.cli.opening import WorkspaceOption, opened
from kanmon.cli.output import say
from kanmon.core.language import preferred_language, translations
from kanmon.intake.cli.printing import say_completed
from kanmon.lake.use_cases import compact_lake, complete_lake


def compact(workspace: WorkspaceOption = None) -> None:
    """Merge the files that loads have left in the lake; `kanmon run` and the worker do so where they are many."""
    with opened(workspace, None) as application:
        completed = complete_lake(application)
        compact_lake(application)
    say_completed(completed)
    say(translations(preferred_language(os.environ)).gettext("the files of the lake are merged"))

"""`kanmon compact`: merge the files of the lake."""

import os

from kanmon.bootstrap.compaction import compact_lake, complete_lake
from kanmon.cli.load_printing import say_completed
from kanmon.cli.opening import WorkspaceOption, opened
from kanmon.cli.output import say
from kanmon.language import preferred_language, translations


def compact(workspace: WorkspaceOption = None) -> None:
    """Merge the files that loads have left in the lake; `kanmon run` and the worker do so where they are many."""
    with opened(workspace, None) as application:
        completed = complete_lake(application)
        compact_lake(application)
    say_completed(completed)
    say(translations(preferred_language(os.environ)).gettext("the files of the lake are merged"))

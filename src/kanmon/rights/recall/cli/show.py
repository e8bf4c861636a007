"""`kanmon recall show`: every request to a recipient; it reads the database and nothing else."""

import os
from collections.abc import Sequence

from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.core.language import preferred_language, translations
from kanmon.rights.recall.service import Recall, facts_of
from kanmon.rights.recall.shapes import RecallShowResult
from kanmon.rights.recall.use_cases import RecallService
from kanmon.rights.words import RECALL_STATES


def recall_show(workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Every request to a recipient, and how it stands."""
    with opened(workspace, at, alone=False) as application:
        desk = RecallService(application)
        found, today = desk.all(), desk.today()
    if as_json:
        print_json(RecallShowResult(requests=[facts_of(one, today) for one in found]))
        return
    for line in _lines(found, [_(RECALL_STATES[one.state(today)]) for one in found]):
        say("%(line)s", line=line)
    if not found:
        say(_("nobody was asked to erase anything"))


def _lines(found: Sequence[Recall], states: Sequence[str]) -> list[str]:
    told = _("request %(number)s to %(client)s: %(rows)s rows, due on %(due)s: %(state)s")
    return [
        told
        % {
            "number": one.request_no,
            "client": one.client_name,
            "rows": f"{one.rows:,}",
            "due": one.due_on,
            "state": state,
        }
        for one, state in zip(found, states, strict=True)
    ]


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)

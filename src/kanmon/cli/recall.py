"""`kanmon recall`: requests to recipients to erase what they got, and what is due about them."""

import os
from collections.abc import Sequence
from typing import Annotated

import typer

from kanmon.bootstrap.recall import RecallDesk
from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.errors import WorkspaceBusy
from kanmon.language import preferred_language, translations
from kanmon.rights.recall import Recall, facts_of
from kanmon.rights.wording import RECALL_STATES, RECALL_STEPS


def recall_tick(workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Do what is due: ask for whoever withdrew, remind, stop whoever is overdue; again, it does nothing."""
    with opened(workspace, at, alone=False) as application:
        desk = RecallDesk(application)
        done = desk.tick()
        is_hidden, today = _hide(desk), desk.today()
    if as_json:
        asked = [facts_of(one, today) for one in done.asked]
        taken = [{"request_no": one.request_no, "client_id": one.client_id, "step": step} for one, step in done.taken]
        print_json({"asked": asked, "taken": taken, "suspended": done.suspended, "is_hidden": is_hidden})
        return
    say(_("%(count)s requests to recipients were made"), count=len(done.asked))
    for one, step in done.taken:
        say("  %(what)s", what=_(RECALL_STEPS[step]) % {"number": one.request_no, "client": one.client_name})
    for client in done.suspended:
        say(
            _("%(client)s is stopped; it goes on with its certificate and `kanmon resume`"),
            client=client,
        )
    _say_hidden(is_hidden)


def recall_incident(
    incident: Annotated[str, typer.Argument(metavar="ID", help="For example I-2026-001.")],
    person: Annotated[str, typer.Option("--person", metavar="NAME", help="Who records it.")],
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask each client to erase its own rows of the people whom an incident affects."""
    with opened(workspace, at, alone=False) as application:
        desk = RecallDesk(application)
        asked = desk.ask_recipients_of_incident(incident, person)
        is_hidden, today = _hide(desk), desk.today()
    if as_json:
        print_json({"asked": [facts_of(one, today) for one in asked], "is_hidden": is_hidden})
        return
    say(_("%(count)s requests to recipients were made"), count=len(asked))
    for one in asked:
        values = {"client": one.client_name, "rows": f"{one.rows:,}", "due": one.due_on}
        say(_("  %(client)s: %(rows)s rows, to be certified by %(due)s"), **values)
    _say_hidden(is_hidden)


def recall_show(workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Every request to a recipient, and how it stands."""
    with opened(workspace, at, alone=False) as application:
        desk = RecallDesk(application)
        found, today = desk.all(), desk.today()
    if as_json:
        print_json({"requests": [facts_of(one, today) for one in found]})
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


def _hide(desk: RecallDesk) -> bool:
    """Take the rows out of the files of reports as well, unless another command works."""
    try:
        desk.hide()
    except WorkspaceBusy:
        return False
    return True


def _say_hidden(is_hidden: bool) -> None:
    if not is_hidden:
        say(_("another command is working: files of reports follow with the next `kanmon recall tick`"))


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)

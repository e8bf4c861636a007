"""`kanmon recall`: requests to recipients to erase what they got, and what is due about them."""

import os
from typing import Annotated

import typer

from kanmon.application.application import Application
from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.core.errors import WorkspaceBusy
from kanmon.core.language import preferred_language, translations
from kanmon.rights.erasure.use_cases import ErasureService
from kanmon.rights.recall.service import facts_of
from kanmon.rights.recall.shapes import RecallIncidentResult, RecallTickResult, TakenStep
from kanmon.rights.recall.use_cases import RecallService
from kanmon.rights.words import RECALL_STEPS


def recall_tick(workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Do what is due: ask for whoever withdrew, remind, stop whoever is overdue; again, it does nothing."""
    with opened(workspace, at, alone=False) as application:
        desk = RecallService(application)
        done = desk.tick()
        is_hidden, today = _hide(application), desk.today()
    if as_json:
        asked = [facts_of(one, today) for one in done.asked]
        taken = [TakenStep(request_no=one.request_no, client_id=one.client_id, step=step) for one, step in done.taken]
        print_json(RecallTickResult(asked=asked, taken=taken, suspended=done.suspended, is_hidden=is_hidden))
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
    person: Annotated[str, typer.Option("--as", metavar="NAME", help="Who records it.")],
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask each client to erase its own rows of the people whom an incident affects."""
    with opened(workspace, at, alone=False) as application:
        desk = RecallService(application)
        asked = desk.ask_recipients_of_incident(incident, person)
        is_hidden, today = _hide(application), desk.today()
    if as_json:
        print_json(RecallIncidentResult(asked=[facts_of(one, today) for one in asked], is_hidden=is_hidden))
        return
    say(_("%(count)s requests to recipients were made"), count=len(asked))
    for one in asked:
        values = {"client": one.client_name, "rows": f"{one.rows:,}", "due": one.due_on}
        say(_("  %(client)s: %(rows)s rows, to be certified by %(due)s"), **values)
    _say_hidden(is_hidden)


def _hide(application: Application) -> bool:
    """Take the rows out of the files of reports as well, unless another command works."""
    try:
        ErasureService(application).render_reports()
    except WorkspaceBusy:
        return False
    return True


def _say_hidden(is_hidden: bool) -> None:
    if not is_hidden:
        say(_("another command is working: files of reports follow with the next `kanmon recall tick`"))


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)

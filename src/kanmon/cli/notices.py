"""`kanmon incident notify / public-notice` and `kanmon mail`: tell everybody affected, each once.

JSON of `notify`: `written`, `unreachable`, `former`, `letters` (of the incident, by what became of them); of `mail
hand-over`: how many are `handed_over`, `refused`, `in_doubt`, `deferred`; of `mail list` the same of all letters, with
`waiting`, `begun` and `unreachable`.
"""

import os
from collections.abc import Mapping
from typing import Annotated

import typer

from kanmon.bootstrap.notices import Notices
from kanmon.cli.incident import IdArgument, PersonOption, incident_app
from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.printing import print_json, say
from kanmon.ids import IncidentId
from kanmon.language import preferred_language, translations
from kanmon.oversight.notice import STATES

mail_app = typer.Typer(no_args_is_help=True, help="Letters that wait, and handing them over.", rich_markup_mode=None)
SiteOption = Annotated[
    str | None,
    typer.Option("--site", metavar="URL", envvar="KANMON_ORIGIN", help="Where people reach the portals."),
]


@incident_app.command()
def notify(
    number: IdArgument,
    person: PersonOption,
    site: SiteOption = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only show the words; nothing is written.")] = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write to everybody affected whom nobody has written to yet; `kanmon mail hand-over` hands the letters over."""
    with opened(workspace, at, alone=False) as application:
        notices = Notices(application)
        if preview:
            _print_words(notices.preview(IncidentId(number), site), as_json)
            return
        _incident, written = notices.write(IncidentId(number), person, site)
        letters = notices.counts(IncidentId(number))
    if as_json:
        print_json({**written._asdict(), "letters": letters})
        return
    say(
        _("%(count)s people were written to; %(lost)s of them can't be reached"),
        count=written.written,
        lost=written.unreachable,
    )
    say(_("check codes of %(count)s people who are members no more tell of it"), count=written.former)
    _print_states(letters)


@incident_app.command("public-notice")
def public_notice(
    number: IdArgument,
    site: SiteOption = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """The words for the public: for those whom nothing else reaches."""
    with opened(workspace, at, alone=False) as application:
        _print_words(Notices(application).public(IncidentId(number), site), as_json)


@mail_app.command("hand-over")
def hand_over(workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Hand over what waits, each letter at most once; begun again after a crash, it goes on where it was.

    KANMON_SMTP_URL names the mail server, KANMON_SMTP_PASSWORD_FILE its password, KANMON_MAIL_FROM who writes.
    """
    with opened(workspace, at, alone=False) as application:
        done = Notices(application).hand_over(os.environ)
    _told(done, as_json)


@mail_app.command("list")
def list_mail(
    incident: Annotated[str | None, typer.Option("--incident", metavar="ID", help="Only of this incident.")] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Letters by what became of them."""
    with opened(workspace, at, alone=False) as application:
        found = Notices(application).counts(None if incident is None else IncidentId(incident))
    _told(found, as_json)


def _told(letters: Mapping[str, int], as_json: bool) -> None:
    if as_json:
        print_json(dict(letters))
    else:
        _print_states(letters)


def _print_states(letters: Mapping[str, int]) -> None:
    for state, count in letters.items():
        say("%(state)s: %(count)s", state=_(STATES[state]), count=count)
    if not letters:
        say(_("no letter waits"))


def _print_words(words: tuple[str, str], as_json: bool) -> None:
    subject, body = words
    if as_json:
        print_json({"subject": subject, "body": body})
    else:
        say("%(subject)s\n\n%(body)s", subject=subject, body=body)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)

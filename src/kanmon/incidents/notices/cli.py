"""`kanmon incident notify / public-notice` and `kanmon mail`: tell everybody affected, each once.

JSON of `notify`: `written`, `unreachable`, `former`, `letters` (of the incident, by what became of them); of `mail
hand-over`: how many are `handed_over`, `refused`, `in_doubt`, `deferred`, and `unknown` where nobody knows of some
letters whether they were taken; of `mail list` the same of all letters, with `waiting`, `begun` and `unreachable`; of
`mail doubts`: `letters`, each with `mail_no`; of `mail settle`: `settled`, `choice`.
"""

import os
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.core.clock import TOKYO
from kanmon.core.errors import UsageError
from kanmon.core.ids import IncidentId
from kanmon.core.language import N_, preferred_language, translations
from kanmon.incidents.cli.incident import IdArgument, PersonOption, SiteOption
from kanmon.incidents.notices.service import STATES
from kanmon.incidents.notices.settling import Choice, DoubtfulLetter
from kanmon.incidents.notices.shapes import (
    DoubtfulResult,
    DoubtsResult,
    LettersResult,
    NoticeWords,
    SettledResult,
    WrittenResult,
)
from kanmon.incidents.notices.use_cases import Notices


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
        print_json(
            WrittenResult(
                written=written.written, unreachable=written.unreachable, former=written.former, letters=letters
            )
        )
        return
    say(
        _("%(count)s people were written to; %(lost)s of them can't be reached"),
        count=written.written,
        lost=written.unreachable,
    )
    say(_("check codes of %(count)s people who are members no more tell of it"), count=written.former)
    _print_states(letters)


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


def hand_over(workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Hand over what waits, each letter at most once; begun again after a crash, it goes on where it was.

    KANMON_SMTP_URL names the mail server, KANMON_SMTP_PASSWORD_FILE its password, KANMON_MAIL_FROM who writes.
    """
    with opened(workspace, at, alone=False) as application:
        done = Notices(application).hand_over(os.environ)
    _told(done, as_json)


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


def doubts(
    incident: Annotated[str | None, typer.Option("--incident", metavar="ID", help="Only of this incident.")] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """The letters of which nobody knows whether they were taken; `kanmon mail settle` decides on them."""
    with opened(workspace, at, alone=False) as application:
        found = Notices(application).doubtful(None if incident is None else IncidentId(incident))
    if as_json:
        print_json(DoubtsResult(letters=[_doubt(one) for one in found]))
        return
    for one in found:
        begun = f"{one.begun_at.astimezone(TOKYO):%Y-%m-%d %H:%M}"
        sys.stdout.write(f"{one.mail_no:>8}  {one.incident_id}  {begun}  {one.member_id}  {one.address}\n")
    if not found:
        say(_("of every letter it is known what became of it"))


def settle(
    choice: Annotated[
        Choice, typer.Option("--outcome", help="delivered: it counts as handed over. again: it is sent again.")
    ],
    because: Annotated[str, typer.Option("--reason", metavar="WHY", help="Why; it stands in the ledger.")],
    person: PersonOption,
    letters: Annotated[
        list[int] | None, typer.Argument(metavar="NUMBER...", help="As `kanmon mail doubts` lists them.")
    ] = None,
    is_all: Annotated[bool, typer.Option("--all", help="Every letter that is in doubt.")] = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide on letters in doubt: they count as delivered, or are sent again. Each decision is kept with its reason."""
    if bool(letters) == is_all:
        raise UsageError(N_("name letters by their numbers, or say --all"))
    with opened(workspace, at, alone=False) as application:
        settled = Notices(application).settle(letters or (), choice, person, because)
    if as_json:
        print_json(SettledResult(settled=settled, choice=choice.value))
    else:
        say(_("letters decided on: %(count)s"), count=settled)


def _told(letters: Mapping[str, int], as_json: bool) -> None:
    if as_json:
        result: LettersResult = dict(letters)
        print_json(result)
    else:
        _print_states(letters)


def _doubt(letter: DoubtfulLetter) -> DoubtfulResult:
    return {
        "mail_no": letter.mail_no,
        "incident_id": letter.incident_id,
        "member_id": letter.member_id,
        "address": letter.address,
        "begun_at": letter.begun_at.isoformat(),
        "is_settleable": letter.is_settleable,
    }


def _print_states(letters: Mapping[str, int]) -> None:
    for state, count in letters.items():
        say("%(state)s: %(count)s", state=_(STATES[state]), count=count)
    if not letters:
        say(_("no letter waits"))


def _print_words(words: tuple[str, str], as_json: bool) -> None:
    subject, body = words
    if as_json:
        print_json(NoticeWords(subject=subject, body=body))
    else:
        say("%(subject)s\n\n%(body)s", subject=subject, body=body)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)

"""`kanmon doctor`: what of a workspace is damaged, and what to do. Exit status 0 where it is sound, else 1.

JSON: `sound`, and `checks`, each with `what`, `about`, `state` (`sound`, `damaged`, `unknown`), `code` and `told` (null
where nothing is wrong).
"""

import os
import sys

import typer

from kanmon.application.doctor import FileState, WorkspaceExamination, examine
from kanmon.cli.opening import JsonOption, WorkspaceOption
from kanmon.cli.output import print_json, say
from kanmon.cli.progress import progress_for
from kanmon.cli.shapes import CheckedPart, DoctorResult
from kanmon.core.language import N_, preferred_language, translations

_STATES = {
    FileState.SOUND: N_("%(what)s %(about)s: sound"),
    FileState.DAMAGED: N_("%(what)s %(about)s: DAMAGED"),
    FileState.UNKNOWN: N_("%(what)s %(about)s: can't be told, it was written before there were checksums"),
}
_PARTS = {
    "workspace": N_("workspace file"),
    "permissions": N_("permissions of"),
    "disk": N_("free space in"),
    "passwords": N_("passwords of the database"),
    "database": N_("control plane"),
    "tables": N_("tables of the control plane"),
    "ledger key": N_("ledger's key"),
    "second copy of checkpoints": N_("second copy of checkpoints"),
    "keys of reports": N_("keys of kept reports"),
    "key for erasures": N_("key for erasures"),
    "lake": N_("data lake"),
    "reports and cards": N_("report or model card"),
}


def doctor(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Look for damage in the workspace: files, keys, database and lake; say what to do about it."""
    found = list(examine(workspace, progress_for(sys.stderr.isatty())))
    is_sound = all(one.state is not FileState.DAMAGED for one in found)
    if as_json:
        print_json(DoctorResult(sound=is_sound, checks=[_facts(one) for one in found]))
    else:
        _print(found)
    if not is_sound:
        raise typer.Exit(1)


def _facts(one: WorkspaceExamination) -> CheckedPart:
    return {
        "what": str(one.what),
        "about": one.about,
        "state": one.state.value,
        "code": None if one.fault is None else one.fault.code,
        "told": None if one.fault is None else one.fault.told(_),
    }


def _print(found: list[WorkspaceExamination]) -> None:
    for one in found:
        say(_(_STATES[one.state]), what=_(_PARTS[one.what]), about=one.about)
        if one.fault is not None:
            say("  %(told)s", told=one.fault.told(_))


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)

"""What `kanmon load` says: what became of each file of a folder."""

import os
import sys
from dataclasses import asdict

from kanmon.cli.output import print_json, say
from kanmon.cli.tables import print_table
from kanmon.core.faults import FAULT_TEXTS, Fault
from kanmon.core.language import preferred_language, translations
from kanmon.intake.loading import FolderLoad

SAMPLE = 5
"""How many refused rows of a file are printed."""


def say_completed(count: int) -> None:
    """How many files of the lake, from before there were checksums, have theirs now; nothing of none."""
    if count:
        say(
            _("%(count)s files of the lake have their checksums now; before, damage to them was not noticed"),
            count=count,
        )


def load_facts(loaded: FolderLoad) -> dict[str, object]:
    """What became of a folder, as the JSON object of `load`."""
    files = [asdict(file) | {"rejected": str(file.rejected) if file.rejected else None} for file in loaded.files]
    return {"files": files, "remarks": _remarks_of(loaded), "unusable": list(loaded.unusable)}


def _remarks_of(loaded: FolderLoad) -> list[str]:
    return [_(remark.message) % remark.values for remark in loaded.remarks]


def print_load(loaded: FolderLoad, as_json: bool) -> None:
    """What became of each file of a folder, and what the loader noticed."""
    if as_json:
        print_json(load_facts(loaded))
        return
    table = [[_("file"), _("new"), _("replaced"), _("unchanged"), _("refused")]]
    table += [
        [file.file_name, *(f"{count:,}" for count in (file.new, file.replaced, file.unchanged, file.refused))]
        for file in loaded.files
    ]
    print_table(table)
    for remark in _remarks_of(loaded):
        sys.stderr.write(f"{remark}\n")
    for file in loaded.files:
        for line, column, value, fault in file.sample[:SAMPLE]:
            reason = _(FAULT_TEXTS[Fault(fault)])
            sys.stderr.write(f"{file.file_name}:{line}: {column}: {value!r}: {reason}\n")
        if file.lost:
            say(
                _("%(file)s: values left out of rows that were taken: %(count)s"),
                file=file.file_name, count=f"{file.lost:,}",
            )  # fmt: skip
        if file.rejected:
            say(_("refused rows: %(path)s"), path=file.rejected)
        if file.held:
            say(
                _("%(file)s: %(count)s refused rows may be a no; nothing is computed or provided about these people"
                  " until they are mended and loaded again, or settled: kanmon hold list"),
                file=file.file_name, count=f"{file.held:,}",
            )  # fmt: skip
        if file.alerts:
            say(
                _("%(file)s: of %(count)s rows that may be a no nobody can tell whose they are: kanmon hold list"),
                file=file.file_name, count=f"{file.alerts:,}",
            )  # fmt: skip
    for name in loaded.unusable:
        sys.stderr.write(_("%(file)s: nothing of this file was loaded") % {"file": name} + "\n")


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)

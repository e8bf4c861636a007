"""What `kanmon load` says: what became of each file of a folder."""

import os
import sys

from kanmon.cli.output import print_json, say
from kanmon.cli.tables import print_table
from kanmon.core.faults import FAULT_TEXTS, Fault
from kanmon.core.language import N_, preferred_language, translations
from kanmon.intake.cli.shapes import LoadedFileResult, LoadResult
from kanmon.intake.loaded import FolderLoad, LoadedFile

_CONSEQUENCES = {
    Fault.UNKNOWN_MEMBER: N_(
        "%(file)s: %(count)s rows name a member that was not loaded, such as %(value)s (lines %(lines)s…): mend"
        " members, and load again"
    ),
    Fault.UNKNOWN_APPLICANT: N_(
        "%(file)s: %(count)s rows name an applicant who was not loaded, such as %(value)s (lines %(lines)s…): mend"
        " applicants, and load again"
    ),
}
"""Faults that follow from another table, and what is told of them."""


def say_completed(count: int) -> None:
    """How many files of the lake, from before there were checksums, have theirs now; nothing of none."""
    if count:
        say(
            _("%(count)s files of the lake have their checksums now; before, damage to them was not noticed"),
            count=count,
        )


def load_facts(loaded: FolderLoad) -> LoadResult:
    """What became of a folder, as the JSON object of `load`."""
    files = [_file_facts(file) for file in loaded.files]
    return {"files": files, "remarks": _remarks_of(loaded), "unusable": list(loaded.unusable)}


def _file_facts(file: LoadedFile) -> LoadedFileResult:
    return {
        "file_name": file.file_name,
        "dataset": file.dataset,
        "new": file.new,
        "replaced": file.replaced,
        "unchanged": file.unchanged,
        "refused": file.refused,
        "rejected": str(file.rejected) if file.rejected else None,
        "sample": file.sample,
        "faults": [
            {"column": fault.column, "fault": fault.fault, "count": fault.count, "first": fault.first}
            for fault in file.faults
        ],
        "held": file.held,
        "alerts": file.alerts,
        "lost": file.lost,
    }


def _remarks_of(loaded: FolderLoad) -> list[str]:
    return [_(remark.message) % remark.values for remark in loaded.remarks]


def print_load(loaded: FolderLoad, as_json: bool) -> None:
    """What became of each file of a folder, and what the loader noticed."""
    if as_json:
        print_json(load_facts(loaded))
        return
    _print_counts(loaded)
    for remark in _remarks_of(loaded):
        sys.stderr.write(f"{remark}\n")
    for tell in (_print_causes, _print_consequences, _print_what_to_do):
        for file in loaded.files:
            tell(file)
    for name in loaded.unusable:
        sys.stderr.write(_("%(file)s: nothing of this file was loaded") % {"file": name} + "\n")


def _print_counts(loaded: FolderLoad) -> None:
    table = [[_("file"), _("new"), _("replaced"), _("unchanged"), _("refused")]]
    table += [
        [file.file_name, *(f"{count:,}" for count in (file.new, file.replaced, file.unchanged, file.refused))]
        for file in loaded.files
    ]
    print_table(table)


def _print_what_to_do(file: LoadedFile) -> None:
    """Where refused rows lie, and whom they hold."""
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


def _print_causes(file: LoadedFile) -> None:
    """Each reason with its first rows."""
    for kind in file.faults:
        if kind.fault in _CONSEQUENCES:
            continue
        reason = _(FAULT_TEXTS[Fault(kind.fault)])
        for line, value in kind.first:
            sys.stderr.write(f"{file.file_name}:{line}: {kind.column}: {value!r}: {reason}\n")
        if kind.count > len(kind.first):
            more = f"{kind.count - len(kind.first):,}"
            message = _("%(file)s: and %(count)s more: %(column)s %(reason)s") + "\n"
            values = {"file": file.file_name, "count": more, "column": kind.column, "reason": reason}
            sys.stderr.write(message % values)


def _print_consequences(file: LoadedFile) -> None:
    """Rows that speak of somebody who was not loaded: mending what comes before mends them."""
    for kind in file.faults:
        if kind.fault in _CONSEQUENCES:
            lines = ", ".join(str(line) for line, _value in kind.first)
            message = _(_CONSEQUENCES[Fault(kind.fault)]) + "\n"
            value = kind.first[0][1]
            sys.stderr.write(
                message % {"file": file.file_name, "count": f"{kind.count:,}", "lines": lines, "value": value}
            )


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)

"""`kanmon preflight`: what an intake file is made of, before anybody loads it.

The JSON object: `file`, `rows`, `members` (tried), `verdict`, `refused` (columns that may not be handed over so), and
`columns`, each with `column`, `class`, `because`, `cells`, `recovered`, `share` and `recoveries` (`known`, `digest`,
`written`, `cells`, `examples`, masked).
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from kanmon.cli.opening import JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.clients.contract import Scheme
from kanmon.core.ids import ClientId
from kanmon.core.language import N_, preferred_language, translations
from kanmon.intake.use_cases.measured import check_size
from kanmon.linkage.preflight.model import (
    ClassificationReason,
    ColumnClass,
    ColumnFinding,
    Preflight,
    RecoveredAttribute,
    Recovery,
)
from kanmon.linkage.preflight.use_cases import examine_intake
from kanmon.linkage.shapes import ColumnResult, PreflightResult

_CLASSES: Mapping[ColumnClass, str] = {
    ColumnClass.PERSONAL: N_("personal data"),
    ColumnClass.HASHED_PERSONAL: N_("hashed personal data, which is personal data"),
    ColumnClass.PERSON_RELATED: N_("person-related information"),
    ColumnClass.OTHER: N_("other"),
}
_REASONS: Mapping[ClassificationReason, str] = {
    ClassificationReason.RECOVERED: N_("our members' own data stand there"),
    ClassificationReason.DIGESTS_RECOVERED: N_("digests of our members' own data stand there"),
    ClassificationReason.SHAPE: N_("the cells look like e-mail addresses or telephone numbers"),
    ClassificationReason.HEADER: N_("the column's name says so"),
    ClassificationReason.KNOWN_BROWSER: N_("browsers known to the board stand there"),
    ClassificationReason.DIGESTS_NOT_RECOVERED: N_("digests that nothing of ours gives: salted, or of other people"),
    ClassificationReason.ID_IN_EACH_ROW: N_("each row has an ID of its own"),
    ClassificationReason.NOTHING_FOUND: N_("nothing of a person was found"),
    ClassificationReason.FEW_MATCHES: N_("a few cells equal our members' data, which may be chance"),
}
_KNOWN: Mapping[RecoveredAttribute, str] = {
    RecoveredAttribute.NAME: N_("names"),
    RecoveredAttribute.KANA: N_("names in kana"),
    RecoveredAttribute.NAME_AND_BIRTH_DATE: N_("names with birth dates"),
    RecoveredAttribute.BIRTH_DATE: N_("birth dates"),
    RecoveredAttribute.BIRTH_DATE_AND_UNIVERSITY: N_("birth dates with universities"),
    RecoveredAttribute.NAME_IN_TEXT: N_("names inside of texts"),
    RecoveredAttribute.EMAIL: N_("e-mail addresses"),
    RecoveredAttribute.PHONE: N_("telephone numbers"),
    RecoveredAttribute.MEMBER_ID: N_("member IDs"),
    RecoveredAttribute.FAMILY_NAME: N_("family names"),
    RecoveredAttribute.GIVEN_NAME: N_("given names"),
    RecoveredAttribute.COOKIE_ID: N_("cookies"),
}


def preflight(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV or Parquet file of any columns.")],
    client: Annotated[
        str | None, typer.Option("--client", metavar="C", help="Whose file it is: its contract's scheme decides too.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which class each column of an intake file is, by attacking it with our members' data; nothing is loaded.

    Exit with 4 where a column may not be handed over so: hashed names are personal data.
    """
    check_size(file)
    with opened(workspace, None) as application:
        found, scheme = examine_intake(application, file, None if client is None else ClientId(client))
    if as_json:
        print_json(_facts(found, scheme))
    else:
        _print(found, scheme)
    if found.refused(scheme):
        raise typer.Exit(4)


def _facts(found: Preflight, scheme: Scheme | None) -> PreflightResult:
    return {
        "file": found.file_name,
        "rows": found.rows,
        "members": found.members,
        "verdict": found.verdict.value,
        "refused": [column.name for column in found.refused(scheme)],
        "columns": [_column_facts(column) for column in found.columns],
    }


def _column_facts(column: ColumnFinding) -> ColumnResult:
    return {
        "column": column.name,
        "class": column.column_class.value,
        "because": column.because.value,
        "cells": column.cells,
        "recovered": column.recovered,
        "share": round(column.share, 4),
        "recoveries": [
            {
                "known": one.known.value,
                "digest": one.digest,
                "written": one.written,
                "cells": one.cells,
                "examples": list(one.examples),
            }
            for one in column.recoveries
        ],
    }


def _print(found: Preflight, scheme: Scheme | None) -> None:
    say(
        _("%(file)s: %(rows)s rows, tried with the data of %(members)s members: %(verdict)s"),
        file=found.file_name,
        rows=f"{found.rows:,}",
        members=f"{found.members:,}",
        verdict=_(_CLASSES[found.verdict]),
    )
    for column in found.columns:
        _print_column(column)
    refused = found.refused(scheme)
    if refused:
        sys.stderr.write(
            _("refused (APPI-11): hashing makes nothing anonymous, and scheme A takes no personal data: %(columns)s")
            % {"columns": ", ".join(column.name for column in refused)}
            + "\n"
        )


def _print_column(column: ColumnFinding) -> None:
    say(
        _("  %(column)s: %(what)s; %(why)s"),
        column=column.name,
        what=_(_CLASSES[column.column_class]),
        why=_(_REASONS[column.because]),
    )
    for one in column.recoveries[:3]:
        say(
            _("    recovered %(cells)s of %(all)s cells (%(share)s): %(known)s %(way)s, for example %(examples)s"),
            cells=f"{one.cells:,}",
            all=f"{column.cells:,}",
            share=f"{one.cells / column.cells:.1%}",
            known=_(_KNOWN[one.known]),
            way=_way(one),
            examples=", ".join(one.examples),
        )


def _way(one: Recovery) -> str:
    return _("in the clear") if one.digest is None else f"{one.digest}({one.written})"


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)

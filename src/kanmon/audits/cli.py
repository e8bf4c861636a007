"""`kanmon audit`: what was done, judged once more from what is written down."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from kanmon.audits.reconciliation.service import RowFinding, row_sentences
from kanmon.audits.shapes import LedgerResult, RowFindingResult
from kanmon.cli.opening import JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.core.errors import LogInconsistent
from kanmon.core.language import N_, preferred_language, translations
from kanmon.ledger.cli.verify import content_of, succession_facts, succession_sentences
from kanmon.ledger.fsck import FAULT_TEXTS, LedgerCheck
from kanmon.ledger.use_cases.checks import ledger_check, row_check
from kanmon.ledger.witnesses.cli import conflict_facts, conflict_sentences
from kanmon.ledger.witnesses.use_cases import witness_records


def audit_ledger(
    seen: Annotated[
        list[Path] | None,
        typer.Option(
            "--seen", metavar="FILE", help="A receipt or checkpoint that was kept elsewhere; may be repeated."
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read the whole ledger again, and say where it is not what was signed, and where rows are not what it says."""
    with opened(workspace, None) as application:
        check = ledger_check(application, [content_of(file) for file in seen or []])
        rows = None if check.findings else row_check(application)
        conflicts = witness_records(application)[1]
    if as_json:
        result = _facts(check, rows)
        if check.successions:
            result["successions"] = succession_facts(check.successions)
        if conflicts:
            result["witness_conflicts"] = conflict_facts(conflicts)
        print_json(result)
    else:
        _print_check(check)
        for sentence in conflict_sentences(conflicts):
            say(sentence)
        _print_rows(rows)
    if rows:
        raise LogInconsistent(
            N_("tables and ledger differ: %(count)s findings; nothing that they touch is provided"), count=len(rows)
        )
    if check.findings:
        raise LogInconsistent(
            N_("the ledger is not what was signed of it: %(count)s findings"), count=len(check.findings)
        )


def _facts(check: LedgerCheck, rows: Sequence[RowFinding] | None) -> LedgerResult:
    return {
        "entries": check.entries,
        "erased": check.erased,
        "checkpoints": check.checkpoints,
        "findings": [
            {"fault": finding.fault.value, "first": finding.first, "last": finding.last} for finding in check.findings
        ],
        "rows": None if rows is None else [_row_facts(finding) for finding in rows],
    }


def _row_facts(finding: RowFinding) -> RowFindingResult:
    return {"fault": finding.fault.value, "table": finding.table, "batch": finding.batch, "rows": finding.rows}


def _print_check(check: LedgerCheck) -> None:
    say(
        _("%(entries)s entries read, of which %(erased)s are erased, and %(checkpoints)s checkpoints"),
        entries=check.entries,
        erased=check.erased,
        checkpoints=check.checkpoints,
    )
    for sentence in succession_sentences(check.successions):
        say(sentence)
    for finding in check.findings:
        say(_(FAULT_TEXTS[finding.fault]), first=finding.first, last=finding.last)
    if not check.findings:
        say(_("nothing is wrong with the ledger"))


def _print_rows(findings: Sequence[RowFinding] | None) -> None:
    if findings is None:
        say(_("rows were not held against the ledger: it is not sound, or its key is not at hand"))
        return
    for sentence in row_sentences(findings, _):
        say(sentence)
    if not findings:
        say(_("all rows are what the ledger says"))


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)

"""Erasing in the files beside lake and database: reports that were handed over, refused rows, leftovers."""

import shutil
from collections.abc import Collection
from pathlib import Path

from kanmon.core.folder_sums import FolderSums
from kanmon.core.ids import ApplicantId, ClientId, RunId
from kanmon.core.workspace import Workspace
from kanmon.intake.files.remote import FETCHED
from kanmon.intake.files.rows.mending import forget_mendable
from kanmon.intake.files.rows.rejected import forget_rejected
from kanmon.intake.files.topic_messages import forget_messages
from kanmon.provision.files.report import replace_report, sweep_partial_reports
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.provision.report import Report

LEFTOVERS = (".handed-over-*", ".registered-*", ".checking-*", f"{FETCHED}*")
"""Folders in which a command that was killed left what somebody handed in."""
FAULT_FILES = "kanmon-fault-*.txt"
"""Tracebacks of faults of the program, in which data of anybody may stand."""


class WorkspaceErasing:
    """See `rights.erasure.model.ErasureFiles`; to be used while the workspace is held, so that no load is under way."""

    def __init__(self, workspace: Workspace, seals: SealedRows) -> None:
        self._workspace = workspace
        self._seals = seals

    def forget_values(self, identifiers: Collection[frozenset[str]]) -> None:
        """Drop the refused rows of whom these name, and whatever a failed or killed command left."""
        shutil.rmtree(self._workspace.staging, ignore_errors=True)
        for pattern in LEFTOVERS:
            for leftover in self._workspace.root.glob(pattern):
                shutil.rmtree(leftover, ignore_errors=True)
        for fault in self._workspace.root.glob(FAULT_FILES):
            fault.unlink(missing_ok=True)
        values = frozenset[str]().union(*identifiers)
        forget_rejected(self._workspace.rejected, values)
        forget_messages(self._workspace.rejected, values)
        forget_mendable(self._workspace.rejected, identifiers)

    def make_unreadable(self, client: ClientId, run: RunId, applicants: Collection[ApplicantId]) -> None:
        """Destroy the keys that open these rows of a kept report."""
        self._seals.destroy(client, run, applicants)

    def render_again(self, report: Report, *, was_handed_over: bool) -> None:
        """Put a report's files in place of those that lie there, whole or not at all; none where none belong."""
        folder: Path = self._workspace.reports / report.client_id / report.run_id
        if folder.parent.exists():
            sweep_partial_reports(folder.parent)
        if was_handed_over or folder.exists():
            sums = FolderSums(self._workspace.root)
            sums.forget(folder)
            replace_report(report, folder)
            sums.keep(folder)

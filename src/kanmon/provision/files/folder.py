"""Where clients' reports are put: `reports/CLIENT/RUN`."""

from pathlib import Path

from kanmon.core.folder_sums import FolderSums
from kanmon.provision.files.report import file_of, write_report
from kanmon.provision.report import Report


class ReportFolder:
    """See `pipeline.ports.ReportFiles`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._sums = FolderSums(root.parent)

    def hand_over(self, report: Report) -> str:
        """Write the files, whole or not at all, and return the folder they lie in; `FileDamaged` where it is torn."""
        folder = self._root / report.client_id / report.run_id
        self._sums.check(folder)
        write_report(report, folder)
        self._sums.keep(folder)
        return str(folder)


def rendered(report: Report, name: str, scratch: Path) -> bytes:
    """One of a report's files, as its own; `scratch` is an empty folder to work in. `FileNotPromised`."""
    return file_of(report, name, scratch)

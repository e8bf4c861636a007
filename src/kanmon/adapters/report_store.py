"""Where clients' reports are put: `reports/CLIENT/RUN`."""

from pathlib import Path

from kanmon.adapters.report_files import write_report
from kanmon.provision.report import Report

FILE_NAMES = ("report.csv", "report.xlsx", "report.pdf")


class ReportFolder:
    """See `road.ports.ReportFiles`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def hand_over(self, report: Report) -> str:
        """Write the files, whole or not at all, and return the folder they lie in."""
        folder = self._root / report.client_id / report.run_id
        write_report(report, folder)
        return str(folder)

    def read(self, report: Report, name: str) -> bytes | None:
        """A file of a report that was handed over, one of `FILE_NAMES`; None where it no longer lies there."""
        assert name in FILE_NAMES
        file = self._root / report.client_id / report.run_id / name
        return file.read_bytes() if file.is_file() else None

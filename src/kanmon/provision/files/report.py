"""A report as the three files that a client receives: CSV, XLSX and PDF, all of them there or none.

Where the words agreed to promise an encrypted file, one that holds the three stands in their place. An installation
without the extra `pdf` makes the other two.

In the CSV, a cell that a spreadsheet could take for a formula gets an apostrophe before it, and so does a cell that
begins with one: whoever reads the file by machine takes one leading apostrophe away and has the client's own ID.
"""

import csv
import errno
import hashlib
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import StringIO
from pathlib import Path

from kanmon.core.durable import make_folder, put_folder, rename_folder, replace
from kanmon.core.errors import DiskFull, RuleRefused
from kanmon.core.language import N_
from kanmon.provision.files.encrypted import encrypted_zip, opened_zip
from kanmon.provision.files.pdf import pdf_can_be_made, pdf_of
from kanmon.provision.files.xlsx import xlsx_of
from kanmon.provision.report import ENCRYPTED_FILE, Report, cells, file_names, headings

_PARTIAL = ".partial"
_PDF = "report.pdf"
_TAKEN_FOR_A_FORMULA = frozenset("=+-@\u2212'")
Contents = Mapping[tuple[str, ...], bytes]
"""Bytes by the name of a file, or by that of an encrypted one and of what is in it."""
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


class ReportAlreadyDelivered(RuleRefused):
    """Another report lies where this one would go; what was handed over is never overwritten."""

    code = "REPORT_ALREADY_DELIVERED"
    http_status = 409


class FileNotPromised(RuleRefused):
    """A file was asked for by which the words agreed to don't let a report go."""

    code = "FILE_NOT_PROMISED"
    http_status = 404


def write_report(report: Report, directory: Path) -> list[tuple[str, str]]:
    """Write `report` as the files of `directory`: whole or not at all. Returns their names, each with its SHA-256.

    Leftovers of a crash beside `directory` are swept first. A directory that holds this very report stays untouched.
    Raises DiskFull, JapaneseFontMissing, ProbabilityLanguage, ReportAlreadyDelivered.
    """
    return _write(report, directory, _put_in_place)


def replace_report(report: Report, directory: Path) -> None:
    """Put the files of `report` in place of those of `directory`, whole or not at all, when somebody was erased.

    Cut off, it leaves the old files, the new ones, or none where the next call puts the new ones.
    """
    _write(report, directory, _exchange)


def _write(report: Report, directory: Path, put: Callable[[Path, Path, Report], None]) -> list[tuple[str, str]]:
    partial = directory.with_name(f".{directory.name}{_PARTIAL}")
    try:
        make_folder(directory.parent)
        sweep_partial_reports(directory.parent)
        partial.mkdir()
        try:
            written = [(name, _write_through(partial / name, data)) for name, data in _files(report, partial)]
            put(partial, directory, report)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFull(
            N_(
                "no room was left to write the report %(folder)s, and nothing of it was written: free some space on "
                "that disk and run the command again"
            ),
            folder=directory,
        ) from error
    return written


def _files(report: Report, scratch: Path) -> Iterator[tuple[str, bytes]]:
    for name in file_names(report):
        if name in (ENCRYPTED_FILE, *_made_here()):
            yield name, file_of(report, name, scratch)


def file_of(report: Report, name: str, scratch: Path) -> bytes:
    """One of `file_names`; `scratch` is a folder to work in. `FileNotPromised`."""
    if name not in file_names(report):
        raise FileNotPromised(
            N_("the words that people agreed to promise an encrypted file: %(name)s is not made of this report"),
            name=name,
        )
    if not report.is_encrypted:
        return RENDERERS[name](report, scratch)
    if report.password is None:
        raise FileNotPromised(N_("the key of this report was destroyed: no file can be made of it any more"))
    plain = {name: RENDERERS[name](report, scratch) for name in _made_here()}
    return encrypted_zip(plain, report.password, report.provided_at)


def _made_here() -> list[str]:
    """The plain files that what is installed can make."""
    return [name for name in RENDERERS if name != _PDF or pdf_can_be_made()]


def sweep_partial_reports(parent: Path) -> None:
    """Delete what a crash left of reports half-written."""
    for leftover in parent.glob(f".*{_PARTIAL}"):
        shutil.rmtree(leftover)


def _write_through(path: Path, data: bytes) -> str:
    replace(path, data)
    return hashlib.sha256(data).hexdigest()


def _put_in_place(partial: Path, directory: Path, report: Report) -> None:
    if directory.exists():
        if not _are_one(_contents(directory, report), _contents(partial, report)):
            raise ReportAlreadyDelivered(
                N_(
                    "another report lies in %(folder)s, and what was handed over is never overwritten: keep that "
                    "folder under another name, then run the command again"
                ),
                folder=directory,
            )
        return
    rename_folder(partial, directory)


def _are_one(lying: Contents, made: Contents) -> bool:
    """Whether two folders hold one report; the PDF may be of one alone, which another installation made."""
    unshared = {place for place in lying.keys() ^ made.keys() if _PDF in place}
    return {place: data for place, data in lying.items() if place not in unshared} == {
        place: data for place, data in made.items() if place not in unshared
    }


def _exchange(partial: Path, directory: Path, _report: Report) -> None:
    put_folder(partial, directory)


def _contents(directory: Path, report: Report) -> Contents:
    """What lies there; of an encrypted file what is in it, since its bytes are others each time."""
    found: dict[tuple[str, ...], bytes] = {}
    for path in directory.iterdir():
        if path.is_file():
            content = path.read_bytes()
            inside = opened_zip(content, report.password) if path.name == ENCRYPTED_FILE and report.password else None
            if inside is None:
                found[(path.name,)] = content
            else:
                found |= {(path.name, name): data for name, data in inside.items()}
    return found


def _csv_of(report: Report) -> bytes:
    text = StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(headings(report))
    writer.writerows(_guarded(cells(report, row)) for row in report.rows)
    return text.getvalue().encode("utf-8-sig")


def _guarded(cells: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"'{cell}" if _could_be_a_formula(cell) else cell for cell in cells)


def _could_be_a_formula(cell: str) -> bool:
    """Whether a spreadsheet might evaluate the cell, as it stands or after trimming what can't be seen."""
    if cell[:1] in ("\t", "\r", "\n"):
        return True
    seen = next((char for char in cell if unicodedata.category(char) not in _UNSEEN), "")
    return unicodedata.normalize("NFKC", seen)[:1] in _TAKEN_FOR_A_FORMULA


RENDERERS: Mapping[str, Callable[[Report, Path], bytes]] = {
    "report.csv": lambda report, _: _csv_of(report),
    "report.xlsx": xlsx_of,
    _PDF: lambda report, _: pdf_of(report),
}
"""The files of a report by their names; each is made with a folder to work in."""

import csv
import io
import os
import signal
import subprocess
import sys
import textwrap
import unicodedata
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from xml.etree import ElementTree

import openpyxl
import pypdf
import pytest
from pypdf.generic import DictionaryObject, StreamObject

from kanmon.clients.categories import ScoreScale
from kanmon.clients.contract import ScoreTarget
from kanmon.core.errors import DiskFull
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, ModelId, ProvisionId, RunId
from kanmon.core.language import Language
from kanmon.provision.files import pdf as report_pdf
from kanmon.provision.files import report as report_files
from kanmon.provision.files.report import ReportAlreadyDelivered, write_report
from kanmon.provision.files.xlsx import CellNotWritten
from kanmon.provision.first_page import first_page
from kanmon.provision.report import Report, ReportRow
from kanmon.provision.service import ComputedScore, of_target
from kanmon.provision.wording import ProbabilityLanguage, speaks_of_probability
from kanmon.scoring.score import Score

NAMES = ["report.csv", "report.pdf", "report.xlsx"]
STARS = (("★★★", 0.8), ("★★", 0.5), ("★", 0.0))
INJECTIONS = [
    "=1+1",
    '=HYPERLINK("http://example.org","x")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\u3000=1+1",
    "\ufeff=1+1",
    "\u200b=1+1",
    "\x0b=1+1",
    "\N{FULLWIDTH EQUALS SIGN}1+1",
    "\N{FULLWIDTH PLUS SIGN}1",
    "\N{FULLWIDTH HYPHEN-MINUS}1",
    "\N{FULLWIDTH COMMERCIAL AT}SUM(1)",
    "\N{SMALL PLUS SIGN}1",
    "\N{SMALL EQUALS SIGN}1",
    "\N{MINUS SIGN}1",
]
ODD_IDS = [
    "A" * 200,
    "応" * 200,
    "😀-1",
    "مرحبا-12",
    "שלום",
    "\u202eevil",
    'say "hi", twice',
    "two\r\nlines",
    "two\nlines",
    "0012",
    "1E5",
    "2026-01-01",
    "_x0041_",
    "{=1+1}",
    "<r><t>rich</t></r>",
    '<r/></is></c><c r="D2"><f>1+1</f></c><c><is><r></r>',
    "<r>",
    "#let x = 1",
    "*bold* $x$ <label> @ref",
    "http://example.org",
    "'already",
    "TRUE",
]


def report_of(*rows: ReportRow, categories: tuple[tuple[str, float], ...] = ()) -> Report:
    return Report(
        client_id=ClientId("AOBA"),
        client_name="青葉電機株式会社",
        provider_name="就職ひろば株式会社",
        provision_id=ProvisionId("prv-0001"),
        run_id=RunId("run-0001"),
        provided_at=datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC),
        real_at=None,
        model_id=ModelId("AOBA-model-1"),
        law_profile_id="JP-APPI-2022",
        purpose="follow_up_support",
        prohibited_uses=("selection",),
        score_column="予測スコア",
        no_score="スコアなし",
        category_symbols=categories,
        rows=rows,
    )


def row(applicant_id: str, score: int | None = 4000, category: str | None = None) -> ReportRow:
    return ReportRow(ApplicantId(applicant_id), score, category)


def read_csv(directory: Path) -> list[list[str]]:
    text = (directory / "report.csv").read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def read_sheet(directory: Path, place: int) -> list[tuple[object, ...]]:
    workbook = openpyxl.load_workbook(directory / "report.xlsx")
    return list(workbook.worksheets[place].iter_rows(values_only=True))


def read_pdf(directory: Path) -> list[str]:
    return [
        unicodedata.normalize("NFKC", page.extract_text()) for page in pypdf.PdfReader(directory / "report.pdf").pages
    ]


def squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).replace("\u200b", "").split())


def test_the_same_rows_in_the_clients_order_in_every_file(tmp_path: Path) -> None:
    rows = [row("B-2", 10_000, "★★★"), row("A-1", 0, "★"), row("C-3", None), row("A-0", 5_432, "★★")]
    written = write_report(report_of(*rows, categories=STARS), tmp_path / "AOBA" / "run-0001")
    directory = tmp_path / "AOBA" / "run-0001"
    assert [name for name, _ in written] == ["report.csv", "report.xlsx", "report.pdf"]
    assert read_csv(directory) == [
        ["applicant_id", "予測スコア", "区分"],
        ["B-2", "1.0000", "★★★"],
        ["A-1", "0.0000", "★"],
        ["C-3", "スコアなし", ""],
        ["A-0", "0.5432", "★★"],
    ]
    assert read_sheet(directory, 1) == [
        ("applicant_id", "予測スコア", "区分"),
        ("B-2", 1, "★★★"),
        ("A-1", 0, "★"),
        ("C-3", "スコアなし", ""),
        ("A-0", 0.5432, "★★"),
    ]
    assert read_sheet(directory, 2) == [
        ("applicant_id", "予測スコア", "区分"),
        ("B-2", 1, "★★★"),
        ("A-0", 0.5432, "★★"),
        ("A-1", 0, "★"),
    ], "to follow up, the highest first; whoever has no score is not in it"
    table = read_pdf(directory)[-1]
    places = [table.index(name) for name in ("B-2", "A-1", "C-3", "A-0")]
    assert places == sorted(places)
    assert all(score in table for score in ("1.0000", "0.0000", "0.5432"))


def test_the_csv_has_a_byte_order_mark_crlf_and_quotes_everywhere(tmp_path: Path) -> None:
    write_report(report_of(row("A-1")), tmp_path / "run")
    assert (tmp_path / "run" / "report.csv").read_bytes() == (
        b"\xef\xbb\xbf" + '"applicant_id","予測スコア"\r\n"A-1","0.4000"\r\n'.encode()
    )


def test_hashes_are_those_of_the_files(tmp_path: Path) -> None:
    written = write_report(report_of(row("A-1")), tmp_path / "run")
    for name, sha256 in written:
        digest = subprocess.run(["sha256sum", tmp_path / "run" / name], capture_output=True, check=True).stdout
        assert digest.decode().startswith(sha256)


@pytest.mark.parametrize("no_score", ["", "N/A", "スコアなし"])
def test_no_score_is_the_contracts_word_and_never_zero(tmp_path: Path, no_score: str) -> None:
    write_report(replace(report_of(row("A-1", None), row("A-2", 0)), no_score=no_score), tmp_path / "run")
    assert read_csv(tmp_path / "run")[1:] == [["A-1", no_score], ["A-2", "0.0000"]]
    assert read_sheet(tmp_path / "run", 1)[1:] == [("A-1", no_score), ("A-2", 0)]


def test_whatever_the_cause_a_row_without_score_is_byte_for_byte_the_same(tmp_path: Path) -> None:
    """No consent, no match and not computable reach the report as one value: files differ by nothing but the ID."""
    causes = {"K": tmp_path / "no_consent", "L": tmp_path / "no_match", "M": tmp_path / "too_little"}
    lines = set()
    for applicant_id, directory in causes.items():
        write_report(report_of(row("A-1", 1), row(applicant_id, None), categories=STARS), directory)
        lines.add((directory / "report.csv").read_bytes().replace(f'"{applicant_id}"'.encode(), b'"-"'))
    assert len(lines) == 1


def test_reports_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    report = report_of(*(row(f"A-{n}", n) for n in range(120)), categories=STARS)
    assert write_report(report, tmp_path / "one") == write_report(report, tmp_path / "two")


@pytest.mark.parametrize("applicant_id", INJECTIONS)
def test_no_cell_of_the_csv_can_be_a_formula(tmp_path: Path, applicant_id: str) -> None:
    write_report(report_of(row(applicant_id), row("plain-1=2")), tmp_path / "run")
    cells = [line[0] for line in read_csv(tmp_path / "run")[1:]]
    assert cells == [f"'{applicant_id}", "plain-1=2"]


def test_the_sheets_of_rows_keep_their_heading_and_can_be_filtered(tmp_path: Path) -> None:
    write_report(report_of(row("A-1"), row("A-2", None), categories=STARS), tmp_path / "run")
    notice, *sheets = openpyxl.load_workbook(tmp_path / "run" / "report.xlsx").worksheets
    assert not notice.auto_filter.ref
    assert [(sheet.freeze_panes, sheet.auto_filter.ref) for sheet in sheets] == [("A2", "A1:C3"), ("A2", "A1:C2")]


def test_of_one_score_the_follow_up_list_keeps_the_clients_order(tmp_path: Path) -> None:
    write_report(report_of(row("B", 10), row("C", 20), row("A", 10), row("D", None)), tmp_path / "run")
    assert [line[0] for line in read_sheet(tmp_path / "run", 2)[1:]] == ["C", "B", "A"]


def test_the_workbook_holds_text_and_numbers_only(tmp_path: Path) -> None:
    ids = [*INJECTIONS, *ODD_IDS]
    write_report(report_of(*(row(applicant_id) for applicant_id in ids)), tmp_path / "run")
    workbook = openpyxl.load_workbook(tmp_path / "run" / "report.xlsx")
    for sheet in workbook.worksheets:
        assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n", "inlineStr"}
    with zipfile.ZipFile(tmp_path / "run" / "report.xlsx") as archive:
        for name in archive.namelist():
            content = archive.read(name)
            assert b"<f>" not in content
            ElementTree.fromstring(content)
            assert b"<hyperlink " not in content.lower()
    shown = [str(line[0]).replace("_x005F_", "_") for line in read_sheet(tmp_path / "run", 1)[1:]]
    survivors = [applicant_id for applicant_id in ids if applicant_id.isprintable()]
    assert [value for value in shown if value in survivors] == survivors


@pytest.mark.parametrize("applicant_id", ODD_IDS)
def test_odd_ids_come_through_whole(tmp_path: Path, applicant_id: str) -> None:
    write_report(report_of(row(applicant_id, 1234), row("next", 5678)), tmp_path / "run")
    expected = "''already" if applicant_id == "'already" else applicant_id
    assert read_csv(tmp_path / "run")[1:] == [[expected, "0.1234"], ["next", "0.5678"]]
    table = squeezed("".join(read_pdf(tmp_path / "run")[1:]))
    assert "0.1234" in table
    if applicant_id.isascii():
        assert squeezed(applicant_id) in table


@pytest.mark.parametrize(
    ("char", "ems"), [("A", 0.6), ("W", 0.85), ("0", 0.5), ("応", 1.0), ("ä", 0.5), ("ﾅ", 0.5), ("@", 0.8)]
)
@pytest.mark.parametrize("length", [16, 20, 22, 200])
def test_a_long_id_never_runs_over_the_score_beside_it(tmp_path: Path, char: str, ems: float, length: int) -> None:
    applicant_id = char * length
    write_report(report_of(row(applicant_id, category="★"), categories=STARS), tmp_path / "run")
    column_in_ems = 48.5 / 25.4 * 72 / 8.6
    page = pypdf.PdfReader(tmp_path / "run" / "report.pdf").pages[1]
    text = page.extract_text().replace("\u200b", "").replace("0.4000", "").partition("区分")[2].partition("青葉")[0]
    lines = ["".join(char for char in line if char == applicant_id[0]) for line in text.splitlines()]
    assert "".join(lines) == applicant_id
    assert max(map(len, lines)) * ems < column_in_ems


def test_a_cell_too_long_for_a_workbook_is_told(tmp_path: Path) -> None:
    with pytest.raises(CellNotWritten, match=r"row 2, column 1.*32,768"):
        write_report(report_of(row("A" * 32_768)), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "column", ["内定辞退確率", "score (%)", "score(％)", "offer_decline_probability", "Probability", "辞退率"]
)
def test_no_header_speaks_of_a_probability(tmp_path: Path, column: str) -> None:
    with pytest.raises(ProbabilityLanguage, match="DM-02"):
        write_report(replace(report_of(row("A-1")), score_column=column), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("language", list(Language))
def test_the_first_page_denies_a_probability_once_and_never_says_it_otherwise(language: Language) -> None:
    page = first_page(report_of(row("A-1"), categories=STARS), language)
    denial = {
        Language.JAPANESE: "確率でも割合でもありません。",
        Language.ENGLISH: "It is not a probability and not a share.",
    }
    words = [page.title, *(text for entry in (*page.sections, *page.facts) for text in entry)]
    said = [word for word in words if speaks_of_probability(word)]
    assert len(said) == 1
    assert speaks_of_probability(said[0].replace(denial[language], "")) is None


@pytest.mark.parametrize("language", list(Language))
def test_the_first_page_says_which_acts_scores_are_about_where_they_are_of_one_each(language: Language) -> None:
    report = report_of(row("A-1"))
    acts = {
        ScoreTarget.OFFER_DECLINE: {Language.JAPANESE: "内定を辞退した", Language.ENGLISH: "declined"}[language],
        ScoreTarget.SELECTION_WITHDRAWAL: {Language.JAPANESE: "選考を離脱した", Language.ENGLISH: "withdrew"}[language],
    }
    for foreseen in (*((act,) for act in acts), tuple(sorted(acts))):
        first = first_page(replace(report, scale=ScoreScale.POSITION, foreseen=foreseen), language).sections[0][1]
        assert {act for act, words in acts.items() if words in first} == set(foreseen)


def test_a_score_of_something_else_than_the_contract_asks_stands_in_for_none() -> None:
    scores = {
        ApplicantNo(number): ComputedScore(
            number, Score(5000), datetime(2026, 11, 1, tzinfo=UTC), ModelId("AOBA-1"), RunId("r"), target, target
        )
        for number, target in enumerate(ScoreTarget)
    }
    for number, target in enumerate(ScoreTarget):
        assert list(of_target(scores, target)) == [number]


def test_the_template_itself_speaks_of_no_probability() -> None:
    template = Path(report_pdf.__file__).with_name("report.typ").read_text()
    words = [word for word in ("確率", "probability", "confidence", "辞退率") if word in template]
    assert words == []


def test_the_first_page_and_the_first_sheet_say_what_must_be_said(tmp_path: Path) -> None:
    report = replace(report_of(row("A-1"), categories=STARS), real_at=datetime(2026, 12, 1, tzinfo=UTC))
    write_report(report, tmp_path / "run")
    page = squeezed(read_pdf(tmp_path / "run")[0])
    sheet = squeezed("".join(str(cell) for line in read_sheet(tmp_path / "run", 0) for cell in line if cell))
    for said in (
        "選考離脱・内定辞退の可能性を示すスコア",
        "0から1までの順序を示す指数",
        "40 of 100 such applicants decline",
        "選考の合否判定に使ってはならず",
        "JP-APPI-2022",
        "AOBA-model-1",
        "prv-0001",
        "run-0001",
        "青葉電機株式会社",
        "就職ひろば株式会社",
        "2026-11-23 12:04:05 JST",
        "2026-12-01 09:00:00 JST",
        "This report is a replay",
    ):
        assert squeezed(said) in page
        assert squeezed(said) in sheet


def test_the_pdf_is_tagged_titled_dated_and_universally_accessible(tmp_path: Path) -> None:
    write_report(report_of(*(row(f"A-{n}") for n in range(205))), tmp_path / "run")
    reader = pypdf.PdfReader(tmp_path / "run" / "report.pdf")
    assert len(reader.pages) == 1 + 3
    assert reader.metadata is not None
    assert reader.metadata.title == "選考離脱・内定辞退の可能性を示すスコア"
    assert reader.metadata.creation_date == datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
    root = reader.root_object
    assert cast("DictionaryObject", root["/MarkInfo"])["/Marked"]
    assert b"pdfuaid:part" in cast("StreamObject", root["/Metadata"]).get_data()


def test_without_a_japanese_font_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_pdf, "_FONT_PACKAGE", "no_such_package")
    monkeypatch.setattr(report_pdf, "_NOTO_CJK", (tmp_path,))
    with pytest.raises(report_pdf.JapaneseFontMissing, match="fonts-noto-cjk"):
        write_report(report_of(row("A-1")), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_list_still_makes_a_report(tmp_path: Path) -> None:
    write_report(report_of(), tmp_path / "run")
    assert read_csv(tmp_path / "run") == [["applicant_id", "予測スコア"]]
    assert len(read_pdf(tmp_path / "run")) == 1


def test_the_very_same_report_stays_untouched(tmp_path: Path) -> None:
    report = report_of(row("A-1"))
    first = write_report(report, tmp_path / "run")
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "run").iterdir()}
    assert write_report(report, tmp_path / "run") == first
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "run").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_another_report_is_never_overwritten(tmp_path: Path) -> None:
    write_report(report_of(row("A-1", 1)), tmp_path / "run")
    before = (tmp_path / "run" / "report.csv").read_bytes()
    with pytest.raises(ReportAlreadyDelivered, match="never overwritten"):
        write_report(report_of(row("A-1", 2)), tmp_path / "run")
    assert (tmp_path / "run" / "report.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_without_the_extra_for_it_a_report_has_no_pdf_and_is_the_same_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_files, "pdf_can_be_made", lambda: False)
    write_report(report_of(row("A-1", 1)), tmp_path / "run")
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["report.csv", "report.xlsx"]
    monkeypatch.undo()
    write_report(report_of(row("A-1", 1)), tmp_path / "run")
    with pytest.raises(ReportAlreadyDelivered):
        write_report(report_of(row("A-1", 2)), tmp_path / "run")


def test_a_kill_in_the_middle_leaves_no_report_and_the_next_call_sweeps(tmp_path: Path) -> None:
    killed = textwrap.dedent(f"""
        import os, signal, sys
        sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}
        from pathlib import Path
        from kanmon.provision.files import report as report_files
        from test_report_files import report_of, row

        def kill_instead(report):
            os.kill(os.getpid(), signal.SIGKILL)

        report_files.pdf_of = kill_instead
        report_files.write_report(report_of(row("A-1")), Path({str(tmp_path / "run")!r}))
    """)
    process = subprocess.run([sys.executable, "-c", killed], check=False, env={**os.environ})
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "run").exists()
    assert [path.name for path in tmp_path.iterdir()] == [".run.partial"]
    write_report(report_of(row("A-1")), tmp_path / "next")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["next"]
    assert sorted(path.name for path in (tmp_path / "next").iterdir()) == NAMES


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """On a real file system of 64 KiB, in a mount namespace of its own."""
    small = tmp_path / "small"
    small.mkdir()
    script = textwrap.dedent(f"""
        import sys
        sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}
        from pathlib import Path
        from kanmon.provision.files.report import write_report
        from kanmon.core.errors import DiskFull
        from test_report_files import report_of, row

        try:
            write_report(report_of(*(row(f"A-{{n}}") for n in range(500))), Path({str(small / "run")!r}))
        except DiskFull as error:
            print(sorted(Path({str(small)!r}).iterdir()), error)
    """)
    mounted = f'mount -t tmpfs -o size=64k none "{small}" && exec "{sys.executable}" -c "$SCRIPT"'
    process = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mounted],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "SCRIPT": script, "PYTHONIOENCODING": "utf-8"},
    )
    if process.returncode == 0:
        assert process.stdout.startswith("[] no room was left to write the report")
    elif "unshare" in process.stderr or "mount" in process.stderr:
        pytest.skip("this machine lets nobody mount a small file system")
    else:
        pytest.fail(process.stderr)


def test_a_disk_that_fills_up_at_the_last_moment_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match="nothing of it was written"):
        write_report(report_of(row("A-1")), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []

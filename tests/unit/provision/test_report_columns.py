"""One table of columns: what is added to it appears wherever a client reads a report."""

import csv
import io
import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pypdf
import pytest
from starlette.requests import Request

from kanmon.clients.contract import Client, Contract, Scheme, ScoreCategory
from kanmon.core.ids import ApplicantId, ClientId, ModelId, ProvisionId, RunId, SeasonId
from kanmon.core.language import Language
from kanmon.gate.question import provision_asked
from kanmon.provision import report as table
from kanmon.provision.files.report import RENDERERS
from kanmon.provision.instructions import instructions
from kanmon.provision.receipt import ITEMS
from kanmon.provision.record import items_provided
from kanmon.provision.report import ColumnKind, Report, ReportColumn, ReportRow, headings
from kanmon.provision.web.client import report_context
from kanmon.provision.wording import ProbabilityLanguage
from kanmon.web.pages import page

AT = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
CATEGORIES = (("★★", 0.5), ("★", 0.0))
REPORT = Report(
    client_id=ClientId("AOBA"),
    client_name="青葉電機株式会社",
    provider_name="就職ひろば株式会社",
    provision_id=ProvisionId("prv-0001"),
    run_id=RunId("run-0001"),
    provided_at=AT,
    real_at=None,
    model_id=ModelId("AOBA-model-1"),
    law_profile_id="JP-APPI-2022",
    purpose="follow_up_support",
    prohibited_uses=("selection",),
    score_column="予測スコア",
    no_score="スコアなし",
    category_symbols=CATEGORIES,
    rows=(ReportRow(ApplicantId("A-1"), 7301, "★★"), ReportRow(ApplicantId("A-2"), None, None)),
)
VALUES: dict[ColumnKind, str | int] = {ColumnKind.ID: "Z-99", ColumnKind.SCORE: 1234, ColumnKind.SYMBOL: "◎"}
WRITTEN = {ColumnKind.ID: "Z-99", ColumnKind.SCORE: "0.1234", ColumnKind.SYMBOL: "◎"}


def column(kind: ColumnKind, heading: str = "新しい列") -> ReportColumn:
    return ReportColumn("new", "a new item", kind, lambda _: heading, lambda _: VALUES[kind])


def as_csv(report: Report, scratch: Path) -> list[list[str]]:
    text = RENDERERS["report.csv"](report, scratch).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def as_sheet(report: Report, scratch: Path) -> list[list[str]]:
    workbook = openpyxl.load_workbook(io.BytesIO(RENDERERS["report.xlsx"](report, scratch)))
    values = workbook.worksheets[1].iter_rows(values_only=True)
    return [[f"{cell:.4f}" if isinstance(cell, float) else str(cell or "") for cell in row] for row in values]


def as_pdf(report: Report, scratch: Path) -> str:
    pages = pypdf.PdfReader(io.BytesIO(RENDERERS["report.pdf"](report, scratch))).pages
    return unicodedata.normalize("NFKC", pages[-1].extract_text())


def as_page(report: Report) -> str:
    request = Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []})
    context = {**report_context(report, 0, Language.JAPANESE), "pack": (None, AT), "used": None, "disputed": ()}
    return bytes(page(request, "report.html", context).body).decode()


@pytest.mark.parametrize("kind", list(ColumnKind))
@pytest.mark.parametrize("categories", [CATEGORIES, ()])
def test_a_column_added_to_the_table_is_in_all_four(
    kind: ColumnKind, categories: tuple[tuple[str, float], ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = replace(REPORT, category_symbols=categories)
    before = as_csv(report, tmp_path)
    monkeypatch.setattr(table, "COLUMNS", (*table.COLUMNS, column(kind)))
    ends = ["新しい列", WRITTEN[kind], WRITTEN[kind]]
    wanted = [[*cells, end] for cells, end in zip(before, ends, strict=True)]
    assert as_csv(report, tmp_path) == wanted
    assert as_sheet(report, tmp_path) == wanted
    in_pdf, on_page = as_pdf(report, tmp_path), as_page(report)
    assert "新しい列" in in_pdf
    assert in_pdf.count(WRITTEN[kind]) == len(report.rows)
    assert '<th scope="col">新しい列</th>' in on_page
    assert on_page.count(f"<td>{WRITTEN[kind]}</td>") == len(report.rows)


@pytest.mark.parametrize(
    "path",
    [
        "provision/files/report.py",
        "provision/files/xlsx.py",
        "provision/files/pdf.py",
        "provision/files/report.typ",
        "provision/web/client.py",
        "provision/instructions.py",
        "web/templates/report.html",
    ],
)
def test_what_writes_a_report_names_no_column(path: str) -> None:
    written = (Path(table.__file__).parents[1] / path).read_text(encoding="utf-8")
    assert not re.search(r"row\.(applicant_id|score|category)\b|score_column|区分", written)


def test_a_column_added_to_the_table_is_in_the_instructions_and_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "COLUMNS", (*table.COLUMNS, column(ColumnKind.SYMBOL)))
    assert "新しい列" in json.dumps(instructions(REPORT, None, None), ensure_ascii=False)
    assert items_provided(has_categories=False) == ("applicant_id", "score", "new")


def test_the_heading_of_an_added_column_never_speaks_of_a_probability(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "COLUMNS", (*table.COLUMNS, column(ColumnKind.SYMBOL, "辞退率")))
    with pytest.raises(ProbabilityLanguage):
        headings(REPORT)


@pytest.mark.parametrize("has_categories", [True, False])
def test_the_gate_asks_for_the_items_of_all_columns(has_categories: bool) -> None:
    categories = (ScoreCategory("★", 0.0),) if has_categories else ()
    contract = Contract(
        scheme=Scheme.COOKIE,
        starts_at=AT,
        ends_at=AT,
        trains_on=SeasonId("2026"),
        scores=SeasonId("2027"),
        purpose="follow_up_support",
        prohibited_uses=frozenset({"selection"}),
        score_column="予測スコア",
        no_score="-",
        categories=categories,
        use_agreement_signed_at=None,
        pre_use_check_at=None,
        client_notice_published_at=None,
        necessity=None,
    )
    asked = provision_asked(Client(ClientId("AOBA"), "青葉電機株式会社", "東京都", "青葉 一", contract)).items
    assert asked == set(items_provided(has_categories))
    assert asked <= set(ITEMS)

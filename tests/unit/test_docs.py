"""Docs cannot rot: what they name exists, and what exists is documented.

Looked at are the words in backquotes: paths, commands with their options, settings, benchmarks. CHANGELOG is left out,
since it tells what was.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kanmon.gate.judgement import RULES
from kanmon.intake.files.fetched import LOGIN
from tests.reference import DOCS, PAGES, kanmon_commands

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
PACKAGE = SOURCE / "kanmon"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LIVING = [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]
MADE = ("docs/screens/",)
"""Paths that a command of the README makes, and that are no files of the repository."""
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
OUR_PATH = re.compile(r"(?<![\w./~-])(?:src|tests|docs|benchmarks|requirements)/[\w./-]+\.\w+")
MODULE = re.compile(r"`((?:\w+/)*\w+\.py)`")
BASES = (ROOT, SOURCE, PACKAGE, ROOT / "tests", ROOT / "tests" / "unit")
"""What a module is named from in docs."""
MODULE_NAMES = {path.name for path in [*SOURCE.rglob("*.py"), *ROOT.glob("tests/**/*.py")]} | {"rules.py"}
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
BENCHMARK = re.compile(r"python -m (benchmarks\.\w+|tests\.[\w.]+)")
SETTING = re.compile(r"\bKANMON_[A-Z_]+[A-Z]\b")
COMMAND = re.compile(r"(?:^|[`\s$])kanmon((?: [a-z][\w-]*)+)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def code(path: Path) -> Iterator[str]:
    """The quoted pieces of a document."""
    for match in CODE.finditer(path.read_text(encoding="utf-8")):
        yield match.group().strip("`")


def named(path: Path, pattern: re.Pattern[str]) -> set[str]:
    return {match.group() for piece in code(path) for match in pattern.finditer(piece)}


@pytest.fixture(scope="module")
def known() -> dict[tuple[str, ...], Any]:
    return kanmon_commands()


def settings() -> set[str]:
    """The settings that the product reads."""
    text = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    return set(SETTING.findall(text))


@pytest.mark.parametrize("path", LIVING, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_that_a_document_names_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    missing = [name for name in OUR_PATH.findall(text) if not name.startswith(MADE) and not (ROOT / name).exists()]
    for name in MODULE.findall(text):
        is_there = any((base / name).exists() for base in BASES) if "/" in name else name in MODULE_NAMES
        missing += [] if is_there else [name]
    missing += [name for name in LINK.findall(text) if not (path.parent / name).exists()]
    assert not missing


@pytest.mark.parametrize("path", LIVING, ids=lambda path: str(path.relative_to(ROOT)))
def test_programs_that_a_document_names_exist(path: Path) -> None:
    programs = {program for piece in code(path) for program in BENCHMARK.findall(piece)}
    folders = [ROOT / program.replace(".", "/") for program in programs]
    assert not [folder for folder in folders if not folder.is_dir() and not folder.with_suffix(".py").exists()]


@pytest.mark.parametrize("path", LIVING, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_and_options_that_a_document_names_exist(path: Path, known: dict[tuple[str, ...], Any]) -> None:
    wrong = []
    for piece in code(path):
        for line in piece.splitlines():
            for match in COMMAND.finditer(line):
                words = tuple(match.group(1).split())
                command = next((words[:end] for end in range(len(words), 0, -1) if words[:end] in known), None)
                rest = line[match.end() :].partition("&&")[0].partition("|")[0]
                options = set(OPTION.findall(rest))
                parameters = known[command].params if command else ()
                takes = {name for option in parameters for name in (*option.opts, *option.secondary_opts)}
                if command is None or (options - takes - {"--help"}):
                    wrong.append((line.strip(), sorted(options - takes)))
    assert not wrong


def test_settings_that_documents_name_exist_and_the_other_way_round() -> None:
    named = {name for path in LIVING for name in SETTING.findall(path.read_text(encoding="utf-8"))}
    told = {name for name in named if not name.startswith(LOGIN)}  # one for each source that somebody has
    assert told - settings() == set()
    assert settings() - told == set()


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_reference_are_those_that_the_code_gives(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run `make reference`"


def law_rows() -> list[list[str]]:
    """The rows of `docs/law.md`: duty, article, where it lives, where it is shown."""
    lines = (DOCS / "law.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return rows[next(place for place, row in enumerate(rows) if row[0] == "Duty") + 1 :]


def test_each_rule_of_the_gate_stands_in_the_table_of_duties() -> None:
    named = {name for row in law_rows() for name in re.findall(r"`(?:gate/rules/)?(\w+)\.py`", row[2])}
    placed = {name for row in law_rows() for name in re.findall(r"gate/rules/(\w+)\.py", row[2])}
    rules = {rule.name for rule in RULES}
    assert rules - named == set()
    assert placed - rules == set()


def test_rows_of_duties_are_whole_and_stand_once() -> None:
    rows = law_rows()
    assert not [row for row in rows if len(row) != 4 or not (row[0] and row[2] and row[3])]
    assert len({row[0] for row in rows}) == len(rows)


def duties_named(text: str) -> set[str]:
    """The numbers of duties in a text; `GDPR-17/19` and `POL-01 to POL-04` name more than one."""
    found = set()
    for family, first, more in re.findall(r"\b(APPI|EMP|AIA|GDPR|CON|LOG|POL|DM|INV)-(\d+)((?:/\d+)*)", text):
        found |= {f"{family}-{number}" for number in (first, *more.split("/")[1:])}
    for family, first, last in re.findall(r"\b([A-Z]+)-(\d+) to [A-Z]+-(\d+)", text):
        found |= {f"{family}-{number:0{len(first)}}" for number in range(int(first), int(last) + 1)}
    return found


def test_each_duty_of_the_requirements_has_its_row() -> None:
    lines = (ROOT / "tests" / "unit" / "duties.txt").read_text(encoding="utf-8").splitlines()
    numbered = {line.split()[0] for line in lines if re.match(r"[A-Z]+-\d+ ", line)}
    assert len(numbered) == 75
    assert numbered - {duty for row in law_rows() for duty in duties_named(row[0])} == set()
    text = (DOCS / "law.md").read_text(encoding="utf-8")
    assert [line for line in lines if line.split()[0] not in numbered and line not in text] == []


def test_each_test_that_shows_a_duty_exists() -> None:
    missing = []
    for row in law_rows():
        folder = ROOT
        for name in re.findall(r"`([\w./-]+)`", row[3]):
            path = ROOT / name if name.startswith("tests/") else folder / name
            folder = path if path.is_dir() else path.parent
            if not path.exists():
                missing.append((row[0], name))
    assert missing == []


def test_each_scenario_is_shown_by_tests_that_exist() -> None:
    text = (DOCS / "acceptance.md").read_text(encoding="utf-8")
    rows = [line.strip("|").split("|") for line in text.splitlines() if re.match(r"\| (AC|S|L)\d*-?\d+", line)]
    named = {number for row in rows for number in re.findall(r"AC-(\d+)", row[0])}
    named |= {f"{number:02}" for row in rows for first, last in re.findall(r"AC-(\d+) to AC-(\d+)", row[0])
              for number in range(int(first), int(last) + 1)}  # fmt: skip
    assert {f"{number:02}" for number in range(1, 26)} - named == set()
    assert [row[0] for row in rows if "`tests/" not in row[1]] == []
    missing = []
    for row in rows:
        folder = ROOT
        for name in re.findall(r"`((?:tests/)?[\w./-]+(?:\.py|\.yaml|/))`", row[1]):
            paths = [ROOT / name, folder / name, ROOT / "tests" / "journey" / name]
            path = next((path for path in paths if path.exists()), None)
            if path is None:
                missing.append((row[0], name))
            elif name.startswith("tests/"):
                folder = path if path.is_dir() else path.parent
    assert missing == []


def test_a_duty_is_shown_or_said_not_to_be_built() -> None:
    assert [row[0] for row in law_rows() if "tests/" not in row[3] and row[3] != "not built"] == []


def test_entrustment_is_cited_by_the_answers_that_speak_of_it() -> None:
    text = (DOCS / "law.md").read_text(encoding="utf-8")
    assert "Q7-41" not in text
    assert {"Q7-42", "Q7-43"} <= set(re.findall(r"Q7-\d+", text))

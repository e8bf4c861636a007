"""The example folder, the schema and the page on folders say what the reader of folders takes."""

import hashlib
import json
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from kanmon.consent.policy import text_sha256
from kanmon.core.language import Language, translations
from kanmon.intake.files.rows.columns import DATASETS
from kanmon.intake.files.terms.key_meanings import KEY_MEANINGS, all_keys
from kanmon.intake.files.terms.schema import service_schema
from kanmon.intake.files.terms.service_file import read_service
from kanmon.intake.use_cases.folder_shape import TABLES, write_service
from kanmon_stories.example import write_example
from tests.folder_page import HASH_IN_PYTHON, HASH_IN_SHELL

NOW = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
GETTEXT = {language: translations(language).gettext for language in Language}


class EditorLoader(yaml.SafeLoader):
    """YAML as an editor reads it: a moment stays text."""


EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.fixture(scope="module", params=Language)
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("example") / request.param
    write_service(folder, write_example(folder, TABLES, now=NOW), GETTEXT[request.param])
    return folder


def service(folder: Path) -> Any:
    return yaml.load((folder / "service.yaml").read_text(encoding="utf-8"), EditorLoader)


def test_the_example_has_every_file_and_every_key(example: Path) -> None:
    assert {path.stem for path in example.glob("*.csv")} == set(DATASETS)
    for name, dataset in DATASETS.items():
        header = (example / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
        assert [column.strip('"') for column in header.split(",")] == list(dataset.names)
    text = (example / "service.yaml").read_text(encoding="utf-8")
    written = re.findall(r"^ *(?:- |#)?(\w+):", text, re.MULTILINE)
    assert {key.name for key in all_keys()} - set(written) == set()
    assert not read_service(example).remarks


def test_each_key_is_explained_once_in_the_language_asked_for(example: Path) -> None:
    text = (example / "service.yaml").read_text(encoding="utf-8")
    translate = GETTEXT[Language(example.name)]
    explained = [translate(key.meaning) for key in KEY_MEANINGS.values()]
    for meaning in set(explained):
        comments = re.findall(rf"^ *# {re.escape(meaning)}(?: \(DENY_[^)]*\))?$", text, re.MULTILINE)
        assert len(comments) == explained.count(meaning), meaning


def test_a_value_shown_for_a_key_is_one_that_the_reader_takes(example: Path, tmp_path: Path) -> None:
    """The keys that the example shows as comments are taken when the mark is removed; text stands in for
    text_file, top for from, and per_row for per_delivery; sources are shown whole, and their keys once more."""
    text = (example / "service.yaml").read_text(encoding="utf-8")
    shown = re.sub(r"^( *)#(\w+: .*)$", r"\1\2", text, flags=re.MULTILINE)
    shown = re.sub(
        r"^ *(text|binds_to|top|per_row|table|duckdb|postgres|mysql|file|query): .*\n", "", shown, flags=re.MULTILINE
    )
    assert shown != text
    shutil.copytree(example / "policies", tmp_path / "policies")
    (tmp_path / "service.yaml").write_text(shown, encoding="utf-8")
    [remark] = read_service(tmp_path).remarks
    assert "シンガポール共和国" in str(remark.values)


def test_the_schema_takes_the_example_and_refuses_what_the_reader_refuses(example: Path) -> None:
    schema = json.loads((example / "schema" / "service.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    judge = jsonschema.Draft202012Validator(schema)
    assert [fault.message for fault in judge.iter_errors(service(example))] == []

    def refused(change: Mapping[str, Any]) -> bool:
        return not judge.is_valid(service(example) | change)

    assert refused({"law": "JP-APPI-1900"})
    assert refused({"seasons": []})
    assert refused({"surplus": 1})
    terms = service(example)
    terms["clients"][0]["contract"]["starts"] = "soon"
    assert refused(terms)
    sites = {"value": "unlisted", "quote": "x"}
    terms = service(example)
    terms["policies"][0]["versions"][0]["clauses"][0]["elements"]["partner_sites"] = sites
    assert not refused(terms)


def test_every_key_of_the_schema_has_its_meaning() -> None:
    assert {key.path for key in all_keys()} == set(KEY_MEANINGS)
    described = json.dumps(service_schema(str), ensure_ascii=False)
    assert all(key.meaning in described for key in KEY_MEANINGS.values())


def test_the_lines_that_give_a_texts_hash_give_it(example: Path) -> None:
    text = (example / "policies" / "privacy-2.0.ja.txt").read_text(encoding="utf-8")
    scope = {"hashlib": hashlib, "unicodedata": unicodedata, "text": text}
    assert eval(HASH_IN_PYTHON, scope) == text_sha256(text)
    shell = subprocess.run(HASH_IN_SHELL, shell=True, cwd=example, capture_output=True, text=True, check=True)
    assert shell.stdout.strip() == text_sha256(text)

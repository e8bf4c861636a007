"""A draft is read as `service.yaml` is: a version, or one for each language; what is wrong is told with its line."""

from pathlib import Path

import pytest
import yaml

from kanmon.core.errors import ServiceInvalid
from kanmon.core.ids import PolicyId
from kanmon.reviews.revisions.files import read_draft
from kanmon.reviews.revisions.rules import MissingQuotation

VERSION = {
    "id": "4",
    "language": "ja",
    "effective_from": "2026-06-01T00:00:00+09:00",
    "text": "当社は提供します。",
    "clauses": [{"id": "c1", "elements": {"operator": {"quote": "当社は"}, "means": {"quote": "鳩で"}}}],
}
POLICY = PolicyId("privacy")


def written(draft: object) -> str:
    return yaml.safe_dump(draft, allow_unicode=True, sort_keys=False)


def test_one_version_with_what_is_not_quoted(tmp_path: Path) -> None:
    draft = read_draft(written(VERSION), "d.yaml", POLICY, tmp_path)
    [version] = draft.versions
    assert (version.policy_id, version.version_id, len(version.clauses[0].statements)) == ("privacy", "4", 1)
    assert draft.unquoted == (MissingQuotation("c1", "E15 means", "鳩で"),)


def test_several_languages(tmp_path: Path) -> None:
    draft = read_draft(written([VERSION, {**VERSION, "language": "en"}]), "d.yaml", POLICY, tmp_path)
    assert [version.language for version in draft.versions] == ["ja", "en"]


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (written({**VERSION, "clauses": [{"id": "c1", "elements": {"manner": {}}}]}), "line 8: "),
        (written({**VERSION, "clauses": [{"id": "c1", "binds_to": ["c2"], "elements": {}}]}), "no clause “c2”"),
        (written([VERSION, VERSION]), "comes twice"),
        (written([VERSION, {**VERSION, "language": "en", "id": "5"}]), "have one id"),
        (written({**VERSION, "text": None, "text_file": "../../etc/passwd"}), "outside the folder"),
        (written({**VERSION, "text": None, "text_file": "passwd"}), "can't be read"),
        ("just words", "one version of a policy"),
        ("", "one version of a policy"),
        ("a: [", "not YAML"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, draft: str, words: str) -> None:
    with pytest.raises(ServiceInvalid, match=words):
        read_draft(draft, "d.yaml", POLICY, tmp_path)

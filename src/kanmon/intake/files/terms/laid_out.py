"""A drafted `service.yaml` as it comes from a form, laid out as the folder that it speaks of."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from kanmon.consent.policy import PolicyVersion
from kanmon.intake.files.listing import SERVICE_FILE


def lay_out(folder: Path, service: str, texts: Mapping[str, str], known: Iterable[PolicyVersion]) -> None:
    """Write the draft into an empty folder, with the text files that it names.

    A text is looked for among `texts`, by its path or the end of it, then among the words of versions that are `known`
    already. What is found nowhere, or lies outside the folder, is not written: reading the draft tells it.
    """
    (folder / SERVICE_FILE).write_text(service, encoding="utf-8")
    words = {(one.policy_id, one.version_id, one.language): one.text for one in known}
    for policy, version in _versions(service):
        name = version.get("text_file")
        if not isinstance(name, str):
            continue
        key: Any = (policy, version.get("id"), version.get("language"))
        said = _named(texts, name) or (words.get(key) if all(isinstance(part, str) for part in key) else None)
        path = (folder / name).resolve()
        if said is not None and path.is_relative_to(folder.resolve()) and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(said, encoding="utf-8")


def _named(texts: Mapping[str, str], name: str) -> str | None:
    for given, said in texts.items():
        if name == given or name.endswith(f"/{given}"):
            return said
    return None


def _versions(service: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Each version with its policy's name, of whatever has the right shape; reading the draft tells the rest."""
    try:
        said = yaml.safe_load(service)
    except yaml.YAMLError:
        return
    for policy in _mappings(said.get("policies") if isinstance(said, dict) else None):
        for version in _mappings(policy.get("versions")):
            yield policy.get("id"), version


def _mappings(items: Any) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []

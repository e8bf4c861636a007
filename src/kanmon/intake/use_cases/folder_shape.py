"""What a dataset folder looks like, for whoever begins one: its tables, and `service.yaml` explained."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kanmon.core.durable import make_folder, replace
from kanmon.intake.files.listing import SERVICE_FILE
from kanmon.intake.files.rows.columns import DATASETS
from kanmon.intake.files.terms.commented import SCHEMA_FILE, commented_service
from kanmon.intake.files.terms.schema import service_schema

TABLES: Mapping[str, tuple[str, ...]] = {name: dataset.names for name, dataset in DATASETS.items()}
"""The columns of every table, by the name of its file."""


def schema_text(translate: Callable[[str], str]) -> str:
    """The JSON Schema of `service.yaml`, its meanings in the language of `translate`."""
    return json.dumps(service_schema(translate), ensure_ascii=False, indent=2)


def write_service(folder: Path, terms: Mapping[str, Any], translate: Callable[[str], str]) -> None:
    """Write `terms` as a `service.yaml` that explains each key, and its schema for the editor."""
    make_folder((folder / SCHEMA_FILE).parent)
    replace(folder / SCHEMA_FILE, f"{schema_text(translate)}\n".encode())
    replace(folder / SERVICE_FILE, commented_service(terms, translate).encode())

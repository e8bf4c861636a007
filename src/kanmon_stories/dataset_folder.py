"""Writing a dataset folder: the large tables as Parquet, those that people read and mend as CSV."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import yaml

_AS_PARQUET = frozenset({"events", "members", "identities", "consents"})


class _YamlDumper(yaml.SafeDumper):
    """YAML as a person would write it: a value that comes twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def write_dataset(
    folder: Path, tables: Mapping[str, pa.Table], terms: Mapping[str, Any], texts: Mapping[str, str]
) -> None:
    """Write `tables` by the names of their files, `terms` as `service.yaml`, and `texts` by their paths in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        if name in _AS_PARQUET:
            pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
        else:
            write_csv(table, folder / f"{name}.csv")
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    service = yaml.dump(dict(terms), Dumper=_YamlDumper, allow_unicode=True, sort_keys=False, width=120)
    (folder / "service.yaml").write_text(service, encoding="utf-8")


def write_csv(table: pa.Table, file: Path) -> None:
    """Write a table as CSV, its moments in UTC as people write them."""
    pyarrow.csv.write_csv(_with_written_times(table), file)


def _with_written_times(table: pa.Table) -> pa.Table:
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            whole_seconds = table[field.name].cast(pa.timestamp("s", "UTC"))
            table = table.set_column(place, field.name, pc.strftime(whole_seconds, "%Y-%m-%dT%H:%M:%SZ"))
    return table

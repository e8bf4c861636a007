"""Keeping the files of the lake few."""

from kanmon.application.application import Application
from kanmon.core.language import N_
from kanmon.lake.files.duckdb_lake import DuckDBLake


def lake_is_scattered(application: Application) -> bool:
    """Whether the lake's files are so many that merging them pays; it is looked up in the manifest alone."""
    return DuckDBLake(application.lake).is_scattered()


def compact_lake(application: Application) -> None:
    """Merge the lake's files, as `complete_lake` does beside; the workspace must be held."""
    with application.progress.step(N_("merge the files of the lake")):
        DuckDBLake(application.lake).compact()
    complete_lake(application)


def complete_lake(application: Application) -> int:
    """Give files of the lake from before there were checksums theirs; how many. The workspace must be held."""
    return application.lake.complete()

"""The linker on Spark: the same comparisons and blocks, weighed on other samples, so a model of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession
from splink import SparkAPI

from kanmon.engines.splink_linker import SplinkLinker
from kanmon.linkage.records import comparable
from kanmon.linkage.service import MemberList


class SparkTables:
    """See `engines.splink_linker.LinkingDatabase`; a table is a view that is computed once."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session
        self.api = SparkAPI(spark_session=session, break_lineage_method="persist")  # type: ignore[no-untyped-call]

    def keep(self, name: str, rows: pa.Table) -> None:
        """See `engines.splink_linker.LinkingDatabase`."""
        self._session.createDataFrame(rows).persist().createOrReplaceTempView(name)

    def drop(self, name: str) -> None:
        """See `engines.splink_linker.LinkingDatabase`."""
        self._session.table(name).unpersist()
        self._session.catalog.dropTempView(name)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """See `engines.splink_linker.LinkingDatabase`."""
        return [tuple(row) for row in self._session.sql(query).collect()]


class SparkLinkers:
    """See `linkage.service.Linkers`; in the processes of a cluster."""

    def __init__(self, session: Callable[[], SparkSession]) -> None:
        self._session = session

    @contextmanager
    def over(self, members: MemberList) -> Iterator[SplinkLinker]:
        """A linker over the members of a season; what it holds is gone when the block ends."""
        session = self._session()
        try:
            yield SplinkLinker(SparkTables(session), comparable(members.rows, "member_no"))
        finally:
            session.catalog.clearCache()

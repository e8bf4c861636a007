"""The lake's questions on Spark, in the processes of its executors.

The lake's files must lie where every executor finds them, and this package must be installed there.
"""

import atexit
import itertools
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.pyspark import Backend
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema
from splink.internals.spark.jar_location import similarity_jar_location

from kanmon.engines.engine import LakeEngine, Work
from kanmon.lake.event import SCHEMAS
from kanmon.lake.files.manifest import LakeFolder

_CONF: Mapping[str, str] = {
    "spark.app.name": "kanmon",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.showConsoleProgress": "false",
}
"""What results and messages rest on; everything else is the cluster's own `spark-defaults.conf`."""
_FILE_GONE = ("FILE_NOT_EXIST", "PATH_NOT_FOUND", "FileNotFoundError")


class SparkEngine:
    """See `engines.engine.LakeEngine`."""

    def __init__(self, session: SparkSession, folder: LakeFolder) -> None:
        self._session = session
        self._con: Backend = ibis.pyspark.connect(session)
        self._folder = folder
        self._numbers = itertools.count()

    def lake(self, table: str) -> ir.Table:
        """See `engines.engine.LakeEngine`."""
        schema, paths = SCHEMAS[table], self._folder.inside(table)
        if not paths:
            return self.made(schema.empty_table())
        if self._folder.is_remote:
            return self._named(self._read_there(schema, paths))
        return self._named(self._session.read.schema(from_arrow_schema(schema)).parquet(*paths))

    def made(self, rows: pa.Table) -> ir.Table:
        """See `engines.engine.LakeEngine`."""
        return self._named(self._session.createDataFrame(rows))

    def keep(self, table: ir.Table) -> ir.Table:
        """See `engines.engine.LakeEngine`.

        A plan that went on growing would take longer to make than to carry out. What is kept lies with the executors
        or, where `spark.checkpoint.dir` says so, in a folder that outlives one of them.
        """
        frame = self._frame(table)
        is_shared = self._session.sparkContext.getCheckpointDir() is not None
        return self._named(frame.checkpoint() if is_shared else frame.localCheckpoint())

    def fetched(self, table: ir.Table) -> pa.Table:
        """See `engines.engine.LakeEngine`."""
        return self._frame(table).toArrow()

    def worked(self, table: ir.Table, order: Sequence[str], work: Work, schema: pa.Schema) -> pa.Table:
        """See `engines.engine.LakeEngine`."""

        def in_a_worker(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            rows = list(batches)
            if rows:
                yield from work(pa.Table.from_batches(rows)).cast(schema).to_batches()

        rows = self._frame(table).repartition(order[0]).sortWithinPartitions(*order)
        return rows.mapInArrow(in_a_worker, from_arrow_schema(schema)).toArrow()

    def close(self) -> None:
        """Let go of what was kept."""
        for number in range(next(self._numbers)):
            self._session.catalog.dropTempView(_view(self, number))

    def _read_there(self, schema: pa.Schema, paths: Sequence[str]) -> DataFrame:
        """Files on object storage, each read in a worker by the lake's own filesystem: Spark needs no jar."""
        filesystem = self._folder.filesystem

        def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                for path in batch["path"].to_pylist():
                    yield from pq.ParquetFile(path, filesystem=filesystem).iter_batches(columns=schema.names)

        files = self._session.createDataFrame(pa.table({"path": paths})).repartition(len(paths))
        return files.mapInArrow(read, from_arrow_schema(schema))

    def _frame(self, table: ir.Table) -> DataFrame:
        return self._session.sql(self._con.compile(table))

    def _named(self, frame: DataFrame) -> ir.Table:
        name = _view(self, next(self._numbers))
        frame.createOrReplaceTempView(name)
        return self._con.table(name)


class OpenSpark:
    """See `engines.engine.OpenEngine`; in a session that is begun when it is first needed."""

    def __init__(self, lake: LakeFolder | Path, session: Callable[[], SparkSession]) -> None:
        self.folder = LakeFolder.at(lake)
        self._session = session

    @contextmanager
    def __call__(self) -> Iterator[LakeEngine]:
        """See `engines.engine.OpenEngine`."""
        engine = SparkEngine(self._session(), self.folder)
        try:
            yield engine
        except PySparkException as error:
            if not any(words in str(error) for words in _FILE_GONE):
                raise
            raise FileNotFoundError(str(error)) from error
        finally:
            engine.close()


def spark_session(master: str | None, conf: Mapping[str, str] = MappingProxyType({})) -> SparkSession:
    """The one session of this process, begun where there is none; it ends with the process.

    `master` is Spark's own word for where (`spark://host:7077`, `yarn`, `k8s://…`, `local-cluster[2,1,2048]`); None
    leaves it to `spark-defaults.conf`.
    """
    running = SparkSession.getActiveSession()
    if running is not None:
        return running
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    own = {**_CONF, "spark.jars": similarity_jar_location()}
    where = {} if master is None else {"spark.master": master}
    session = SparkSession.builder.config(map={**own, **where, **conf}).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    atexit.register(session.stop)
    return session


def _view(engine: SparkEngine, number: int) -> str:
    return f"kanmon_{id(engine):x}_{number}"

"""An Ibis connection to DuckDB or Spark: the only file that knows which.

Everything above is written once, as Ibis expressions; times are naive local time on both engines.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import ibis
import sqlglot

from data.errors import BadInput, WorkFailed
from data.settings import Settings

JAVA_WANTED = 17  # Spark 4.0 runs on Java 17 or 21


def connect(settings: Settings) -> ibis.BaseBackend:
    """A fresh connection to the engine that the settings name."""
    return _spark(settings) if settings.engine == "spark" else _duckdb(settings)


def _duckdb(settings: Settings) -> ibis.BaseBackend:
    spill = settings.var / "spill"
    con = ibis.duckdb.connect()
    con.raw_sql(f"SET temp_directory = '{spill}'")
    con.raw_sql("SET preserve_insertion_order = false")
    return con


def _spark(settings: Settings) -> ibis.BaseBackend:
    _check_java()
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise BadInput("--engine spark needs the spark extra: pip install 'nextcall[spark]'") from error
    builder = SparkSession.builder.master(settings.spark.master).appName("nextcall")
    for key, value in _spark_options(settings).items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return ibis.pyspark.connect(session)


def _spark_options(settings: Settings) -> dict[str, str]:
    return {
        "spark.driver.memory": settings.spark.driver_memory,
        "spark.sql.shuffle.partitions": str(settings.spark.shuffle_partitions),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
    }


def _check_java() -> None:
    java = shutil.which("java")
    wanted = f"Spark needs Java {JAVA_WANTED} on the PATH (Debian: apt-get install openjdk-{JAVA_WANTED}-jre-headless)"
    if java is None:
        raise BadInput(f"--engine spark: no java came; {wanted}")
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    major = java_major(told)
    if major < JAVA_WANTED:
        raise BadInput(f"--engine spark: java {major or 'of unknown version'} came; {wanted}")


def java_major(told: str) -> int:
    """The major version in what `java -version` prints; 0 where it cannot be read.

    >>> java_major('openjdk version "17.0.15" 2025-04-15'), java_major('java version "1.8.0_292"'), java_major("?")
    (17, 8, 0)
    """
    quoted = told.split('"')[1] if told.count('"') >= 2 else ""
    numbers = [int(part) for part in quoted.replace("-", ".").split(".") if part.isdigit()]
    if not numbers:
        return 0
    return numbers[1] if numbers[0] == 1 and len(numbers) > 1 else numbers[0]


def read_parquet(con: ibis.BaseBackend, files: Sequence[Path], folder: Path | None) -> ibis.Table:
    """Parquet files as one table; `folder` is given where they are the parts of a (Hive-partitioned) data set."""
    if con.name == "pyspark":
        paths = [str(folder)] if folder else [str(path) for path in files]
        return con.read_parquet(paths if len(paths) > 1 else paths[0], mergeSchema=True)
    options: dict[str, Any] = {"union_by_name": True, "hive_partitioning": folder is not None}
    return con.read_parquet([str(path) for path in files], **options)


def with_sql_columns(t: ibis.Table, columns: dict[str, str]) -> ibis.Table:
    """The table `t` (as read from files) with columns computed by SQL expressions in DuckDB's dialect."""
    try:
        try:
            return _view_with(t, columns)
        except engine_errors():
            return _view_with(t, {name: _with_numbers(t, sql) for name, sql in columns.items()})
    except engine_errors() as error:
        raise BadInput(f"nextcall.toml: a sql column cannot be computed: {columns}: {error}") from error


def _view_with(t: ibis.Table, columns: dict[str, str]) -> ibis.Table:
    con = t.get_backend()
    computed = ", ".join(f'({sql}) AS "{name}"' for name, sql in columns.items())
    view = f"{t.get_name()}_sql"
    select = f'CREATE OR REPLACE TEMPORARY VIEW "{view}" AS SELECT *, {computed} FROM "{t.get_name()}"'
    con.raw_sql(sqlglot.transpile(select, read="duckdb", write=con.dialect)[0])
    return con.table(view)


def _with_numbers(t: ibis.Table, sql: str) -> str:
    """The expression with its text columns (those of a CSV) read as numbers."""
    texts = {name for name in t.columns if t[name].type().is_string()}

    def read(node: sqlglot.exp.Expression) -> sqlglot.exp.Expression:
        if isinstance(node, sqlglot.exp.Column) and node.name in texts:
            return sqlglot.exp.cast(node.copy(), "double")
        return node

    return sqlglot.parse_one(sql, read="duckdb").transform(read).sql(dialect="duckdb")


def to_parquet(expression: ibis.Table, path: Path) -> None:
    """Write an expression as one Parquet file; timestamps in microseconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if expression.get_backend().name != "pyspark":
        expression.to_parquet(path, compression="zstd")
        return
    try:
        expression.to_pandas().to_parquet(path, index=False, coerce_timestamps="us")
    except OSError as error:
        raise WorkFailed(f"cannot write {path}: {error}") from error


def engine_errors() -> tuple[type[Exception], ...]:
    """What an engine raises when a file cannot be read or a value cannot be computed."""
    errors: tuple[type[Exception], ...] = (duckdb.Error, sqlglot.errors.SqlglotError, OSError)
    if "pyspark" not in sys.modules:
        return errors
    from pyspark.errors import PySparkException

    return (*errors, PySparkException)

"""A simulated operator that tests ask in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

CUSTOMERS, MONTHS, SEED = 5_000, 15, 20_250_711


@dataclass(frozen=True)
class Operator:
    """A lake and its truth; `sql` sees the lake's tables by name and the truth's as `truth_<name>`."""

    folder: Path
    connection: duckdb.DuckDBPyConnection

    def sql(self, query: str) -> pd.DataFrame:
        return self.connection.sql(query).df()

    def number(self, query: str) -> float:
        return float(self.sql(query).to_numpy()[0, 0])


def open_operator(folder: Path) -> Operator:
    connection = duckdb.connect()
    for part, prefix in (("lake", ""), ("truth", "truth_")):
        for path in sorted((folder / part).iterdir()):
            if path.suffix != ".json":
                source = path if path.is_file() else path / "*.parquet"
                connection.sql(f"create view {prefix}{path.stem} as select * from read_parquet('{source}')")
    return Operator(folder, connection)

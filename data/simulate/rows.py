"""Columns as Arrow arrays, and the part files of a lake that is written chunk by chunk."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.simulate.kinds import NEVER, NONE, Bools, Floats, Ints


def identifiers(prefix: str, numbers: Ints, digits: int = 9) -> pa.Array:
    """`prefix` and zero-padded numbers; negative numbers are null.

    >>> identifiers("U", np.array([7, -1]), 4).to_pylist()
    ['U0007', None]
    """
    text = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), digits, "0")
    known = pc.binary_join_element_wise(prefix, text, "")
    return known if numbers.size == 0 or numbers.min() >= 0 else pc.if_else(pa.array(numbers >= 0), known, None)


def codes(indices: Ints, vocabulary: tuple[str, ...] | list[str]) -> pa.Array:
    """Words by index; NONE is null."""
    return pa.array(vocabulary, pa.string()).take(pa.array(indices, mask=indices == NONE))


def dates(days: Ints) -> pa.Array:
    """Days since 1970; NEVER is null."""
    return pa.array(days.astype(np.int32), mask=days == NEVER).cast(pa.date32())


def stamps(microseconds: Ints) -> pa.Array:
    """Microseconds since 1970, to the second, naive; NEVER is null."""
    seconds = microseconds // 1_000_000 * 1_000_000
    return pa.array(seconds, mask=microseconds == NEVER).cast(pa.timestamp("us"))


def amounts(values: Floats, decimals: int = 2) -> pa.Array:
    """Rounded floats; NaN is null."""
    rounded = np.round(values, decimals) + 0.0
    return pa.array(rounded, mask=np.isnan(values))


def counts(values: Ints) -> pa.Array:
    """Integers; NONE is null."""
    return pa.array(values, mask=values == NONE)


def flags(values: Bools, known: Bools | None = None) -> pa.Array:
    """Booleans, null where not `known`."""
    return pa.array(values) if known is None else pa.array(values, mask=~known)


@dataclass
class Parts:
    """Rows of a chunk by table, gathered month by month and written as one part file per table."""

    tables: defaultdict[str, list[pa.Table]] = field(default_factory=lambda: defaultdict(list))

    def add(self, table: str, columns: dict[str, pa.Array]) -> None:
        """Append rows to a table."""
        self.tables[table].append(pa.table(columns))

    def write(self, folder: Path, number: int) -> None:
        """One part file per table that has rows, or a first part without any."""
        for name, pieces in self.tables.items():
            table = pa.concat_tables(pieces)
            if table.num_rows or number == 0:
                write_parquet(table, folder / name / f"part-{number:04d}.parquet")
        self.tables.clear()


def write_parquet(table: pa.Table, path: Path) -> None:
    """Zstandard, microseconds, no writer's schema: any engine reads plain types."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", compression_level=1, store_schema=False)

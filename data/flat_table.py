"""Anybody's flat table as a frame: CSV (`,` `;` or tab, gzipped or not, UTF-8 or GB18030) or Parquet."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from data.errors import BadInput

GZIP_MAGIC = b"\x1f\x8b"
NULLS = ["\\N", "?"]  # beside what pandas takes for null: empty, NA, NaN, null, None …


def read_flat_table(path: Path, as_written: Sequence[str] = ()) -> pd.DataFrame:
    """All rows and columns, in file order. BadInput where the file is missing, empty or broken.

    Types are inferred, but for the columns `as_written` of a CSV: there every value is the text that stands there,
    since None or NA may be the name of something.
    """
    if not path.exists():
        raise BadInput(f"{path} does not exist; wanted a CSV or Parquet file")
    frame = (
        _read_parquet(path)
        if path.is_dir() or path.suffix.lower() in (".parquet", ".pq")
        else _read_csv(path, as_written)
    )
    if frame.empty:
        raise BadInput(f"{path} has {len(frame)} rows and {frame.shape[1]} columns; wanted at least one of each")
    return frame


def need_columns(frame: pd.DataFrame, wanted: dict[str, str]) -> None:
    """Raise BadInput that names every column (by the flag that asked for it) which the frame does not have."""
    missing = [f"{flag} {name}" for name, flag in wanted.items() if name not in frame.columns]
    if missing:
        raise BadInput(f"no such column: {', '.join(missing)}; the table has {', '.join(map(str, frame.columns))}")


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise BadInput(f"{path} cannot be read as Parquet: {problem}") from problem


def _read_csv(path: Path, as_written: Sequence[str]) -> pd.DataFrame:
    try:
        zipped = _starts_with(path, GZIP_MAGIC)
        encoding, header = _header(path, zipped)
        with gzip.open(path) if zipped else path.open("rb") as file:
            own: dict[str, Callable[[str], object]] = dict.fromkeys(as_written, str)
            return pd.read_csv(
                file, sep=_separator(header), encoding=encoding, na_values=NULLS, low_memory=False, converters=own
            )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, OSError, EOFError) as problem:
        raise BadInput(f"{path} cannot be read as CSV (UTF-8 or GB18030): {problem}") from problem


def _starts_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _header(path: Path, zipped: bool) -> tuple[str, str]:
    with gzip.open(path) if zipped else path.open("rb") as file:
        content = file.read()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return encoding, content.decode(encoding).split("\n", 1)[0]
        except UnicodeDecodeError:
            continue
    raise BadInput(f"{path} is neither UTF-8 nor GB18030 text; wanted CSV or Parquet")


def _separator(header: str) -> str:
    """The commonest of the three separators in the header, outside quotes.

    >>> _separator('"age, years";"job"')
    ';'
    """
    outside = "".join(header.split('"')[::2])
    return max(",;\t", key=outside.count)

"""Files as raw tables: Parquet files and folders; CSV in UTF-8 or GB18030 as text columns, through a Parquet cache."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from data.engine import read_parquet
from data.errors import BadInput

CSV_ENDINGS = (".csv", ".csv.gz", ".txt", ".txt.gz")


@dataclass(frozen=True)
class Files:
    """The files of one source; `folder` is set where they are parts below one folder; `text` where they are CSV."""

    paths: tuple[Path, ...]
    folder: Path | None = None
    text: bool = False


class UnreadableError(Exception):
    """A file that cannot be read; the message names the file and why."""


def find_table(lake: Path, name: str) -> Files | None:
    """The files of the table `name` in the lake's folder: `<name>.parquet`, `<name>/`, or `<name>.csv[.gz]`."""
    for candidate in (lake / f"{name}.parquet", lake / name, *(lake / f"{name}{end}" for end in CSV_ENDINGS)):
        if candidate.exists():
            return find_files(candidate)
    return None


def find_files(path: Path) -> Files:
    """The files at `path`: one file, a folder of Parquet parts, or a glob pattern."""
    if path.is_dir():
        parts = sorted(p for p in path.rglob("*.parquet") if not p.name.startswith(("_", ".")))
        if not parts:
            raise BadInput(f"{path} came as a folder without .parquet parts; wanted at least one part file")
        return Files(tuple(parts), folder=path)
    paths = (path,) if path.is_file() else tuple(sorted(path.parent.glob(path.name)))
    if not paths:
        raise BadInput(f"{path} is not there; wanted a Parquet or CSV file, a folder of parts, or a pattern")
    return Files(paths, text=paths[0].name.lower().endswith(CSV_ENDINGS))


def raw_table(
    con: ibis.BaseBackend, files: Files, cache: Path, delimiter: str | None, encoding: str | None
) -> ibis.Table:
    """The files as one Ibis table; CSV columns are all text."""
    if not files.text:
        verify(files)
        return read_parquet(con, files.paths, files.folder)
    return read_parquet(con, [_cached(path, cache, delimiter, encoding) for path in files.paths], None)


def verify(files: Files) -> None:
    """Read every part's footer, so that a corrupt or empty part is named before any work starts."""
    for path in files.paths:
        try:
            pq.read_metadata(path)
        except (OSError, pa.ArrowException) as error:
            raise UnreadableError(
                f"{path.name} ({path.stat().st_size:,} bytes): {str(error).splitlines()[0]}"
            ) from error


def _cached(path: Path, cache: Path, delimiter: str | None, encoding: str | None) -> Path:
    state = path.stat()
    marks = f"{path.resolve()}|{state.st_mtime_ns}|{state.st_size}|{delimiter}|{encoding}"
    copy = cache / f"{hashlib.sha256(marks.encode()).hexdigest()[:24]}.parquet"
    if not copy.exists():
        cache.mkdir(parents=True, exist_ok=True)
        write_text_as_parquet(path, copy, delimiter, encoding)
    return copy


def write_text_as_parquet(path: Path, copy: Path, delimiter: str | None, encoding: str | None) -> None:
    """Turn a CSV file into Parquet with text columns, a block at a time; blanks become null."""
    head = _head(path)
    names = encoding or ("utf-8" if _is_utf8(head) else "gb18030")
    split = delimiter or guess_delimiter(head.decode(names, errors="ignore"))
    header = head.removeprefix(b"\xef\xbb\xbf").decode(names, errors="ignore").splitlines()[:1]
    columns = [name.strip().strip('"') for name in header[0].split(split)] if header else []
    convert = pa_csv.ConvertOptions(
        column_types={name: pa.string() for name in columns}, strings_can_be_null=True, null_values=[""]
    )
    partial = copy.with_suffix(".partial")
    try:
        reader = pa_csv.open_csv(
            path,
            read_options=pa_csv.ReadOptions(encoding=names),
            parse_options=pa_csv.ParseOptions(delimiter=split, newlines_in_values=True),
            convert_options=convert,
        )
        with pq.ParquetWriter(partial, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
    except (OSError, pa.ArrowException, UnicodeError) as error:
        raise UnreadableError(f"{path.name} ({path.stat().st_size:,} bytes): {str(error).splitlines()[0]}") from error
    partial.rename(copy)


def _head(path: Path) -> bytes:
    opener = gzip.open if path.name.endswith(".gz") else open
    with opener(path, "rb") as stream:
        return stream.read(1 << 16)


def _is_utf8(head: bytes) -> bool:
    try:
        head[: head.rfind(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def guess_delimiter(text: str) -> str:
    """The delimiter that the header line holds most often, of `,` `;` tab and `|`.

    >>> guess_delimiter("a;b;c"), guess_delimiter("a")
    (';', ',')
    """
    header = text.splitlines()[0] if text else ""
    return max(",;\t|", key=header.count)

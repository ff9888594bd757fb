"""Flags that verbs of every layer share, how they become settings, and where a verb writes its rows."""

from __future__ import annotations

import datetime as dt
import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.console import output, print_table
from data.errors import BadInput
from data.settings import Settings, load_settings

if TYPE_CHECKING:
    import pandas as pd


class Engine(StrEnum):
    """Where Ibis expressions run."""

    duckdb = "duckdb"
    spark = "spark"


LakeOption = Annotated[Path | None, typer.Option("--lake", help="the lake's folder (default var/demo/lake)")]
EngineOption = Annotated[Engine | None, typer.Option("--engine", help="duckdb (default) or spark")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="YYYY-MM-DD; default: after the last closed month")]
OutOption = Annotated[Path | None, typer.Option("--out", help="a .parquet, .csv or .json file")]
JsonOption = Annotated[Path | None, typer.Option("--json", help="write the report as JSON here")]
TolerateOption = Annotated[bool, typer.Option("--tolerate", help="row errors become findings")]


def settings_of(
    lake: Path | None = None, engine: Engine | None = None, as_of: str | None = None, tolerate: bool = False
) -> Settings:
    """The settings with the flags that every verb shares."""
    return load_settings(
        lake=lake, engine=engine.value if engine else None, as_of=parse_date(as_of), tolerate=tolerate or None
    )


def parse_date(text: str | None, flag: str = "--as-of") -> dt.date | None:
    """A date from a flag.

    >>> parse_date("2026-01-01")
    datetime.date(2026, 1, 1)
    """
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{flag} came as {text!r}; wanted a date like 2026-01-01") from error


def columns_of(text: str | None) -> list[str]:
    """The names in a comma-separated flag.

    >>> columns_of("a, b")
    ['a', 'b']
    """
    return [name.strip() for name in text.split(",") if name.strip()] if text else []


def checked_out(out: Path | None) -> Path | None:
    """The path, if its ending can be written; refused before the work begins."""
    from data.outputs import check_ending

    return check_ending(out) if out else None


def write_rows(frame: pd.DataFrame, out: Path | None, title: str) -> None:
    """Write the table, or print its first rows."""
    from data.outputs import write_table

    if out is None:
        print_table(frame.head(20), f"{title}: the first rows (--out FILE writes all {len(frame):,})")
        return
    write_table(frame, out)
    output.print(f"wrote {len(frame):,} rows to {out}")


def write_json(path: Path, content: object) -> None:
    """Write a JSON file, Chinese as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")

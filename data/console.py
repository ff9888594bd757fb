"""What a person sees while verbs run: progress, tables and warnings; data go to files or standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

Item = TypeVar("Item")

FILE_WIDTH = 160  # columns where the output goes to a file or a pipe
MOST_COLUMNS = 10  # more do not fit a line

console = Console(stderr=True, soft_wrap=True)
output = Console(width=None if sys.stdout.isatty() else FILE_WIDTH)


def track(items: Iterable[Item], description: str, total: int | None = None) -> Iterator[Item]:
    """Iterate with a progress bar on standard error.

    >>> list(track([1, 2], "count"))
    [1, 2]
    """
    size = total if total is not None else (len(items) if isinstance(items, Sized) else None)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(items, total=size, description=description)


def print_table(frame: pd.DataFrame, title: str = "") -> None:
    """Print a frame as a table on standard output; floats with four significant digits, nulls as a dash.

    A frame of too many columns for a line is turned: a column a row, numbers with their spreads (`X`, `X_sd`) in one.
    """
    frame = _turned(frame) if len(frame.columns) > MOST_COLUMNS and 0 < len(frame) <= MOST_COLUMNS else frame
    table = Table(title=title or None, title_justify="left", header_style="bold")
    for name in frame.columns:
        numeric = pd.api.types.is_numeric_dtype(frame[name])
        table.add_column(str(name), justify="right" if numeric else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*map(cell, row))
    output.print(table)


def _turned(frame: pd.DataFrame) -> pd.DataFrame:
    """The first column as headings, every other one as a row of texts."""
    heading, *names = map(str, frame.columns)
    spreads = {name for name in names if name.removesuffix("_sd") in names and name.endswith("_sd")}
    rows = {name: _told(frame, name, f"{name}_sd" in spreads) for name in names if name not in spreads}
    turned = pd.DataFrame.from_dict(rows, orient="index", columns=frame[heading].map(cell).tolist())
    return turned.rename_axis(heading).reset_index()


def _told(frame: pd.DataFrame, name: str, spread: bool) -> list[str]:
    values = frame[name].map(cell).tolist()
    return [f"{v} (sd {sd})" for v, sd in zip(values, frame[f"{name}_sd"].map(cell), strict=True)] if spread else values


def print_plain(text: str) -> None:
    """Print text on standard output exactly as it is."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def cell(value: object) -> str:
    """One value as text.

    >>> cell(0.123456), cell(None), cell(1234567), cell(-0.0)
    ('0.1235', '–', '1,234,567', '0')
    """
    if value is None or value is pd.NaT or (isinstance(value, float) and pd.isna(value)):
        return "–"
    if isinstance(value, float):
        return f"{value + 0.0:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def say(message: str) -> None:
    """One line of news on standard error."""
    console.print(message, highlight=False)


def warn(message: str) -> None:
    """A warning that a person must see, on standard error."""
    console.print(f"[bold yellow]warning:[/] {message}", highlight=False)

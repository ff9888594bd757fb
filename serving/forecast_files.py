"""Files of a forecast by ending: Parquet, CSV and JSON as every verb writes them, and the planner's workbook (XLSX)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from data.console import output

if TYPE_CHECKING:
    import pandas as pd

    from data.forecast_store import VersionHead
    from models.staffing import StaffingGoal

WORKBOOK = ".xlsx"
PlannerOutOption = Annotated[Path | None, typer.Option("--out", help="a .xlsx, .csv, .parquet or .json file")]
LangOption = Annotated[Literal["zh", "en"], typer.Option("--lang", help="headings of a workbook")]


def checked_planner_out(out: Path | None) -> Path | None:
    """The path, if its ending can be written; refused before the work begins."""
    from data.flags import checked_out

    return out if out is not None and out.suffix.lower() == WORKBOOK else checked_out(out)


def write_forecast(
    table: pd.DataFrame, goal: StaffingGoal, facts: dict[str, object], path: Path, lang: Literal["zh", "en"]
) -> None:
    """Write a forecast's rows and say so; a workbook shows the goal and the facts beside them."""
    write_rows_of(table, goal, facts, path, lang)
    output.print(f"wrote {len(table):,} rows to {path}")


def write_rows_of(
    table: pd.DataFrame, goal: StaffingGoal, facts: dict[str, object], path: Path, lang: Literal["zh", "en"]
) -> None:
    """The same without a word."""
    from data.outputs import write_table
    from serving.forecast_workbook import Book, write_workbook

    if path.suffix.lower() == WORKBOOK:
        write_workbook(Book(table, goal, facts, lang), path)
    else:
        write_table(table, path)


def write_version(head: VersionHead, table: pd.DataFrame, path: Path, lang: Literal["zh", "en"]) -> None:
    """Write a version's rows."""
    from serving.forecast_versions import goal_of

    write_forecast(table, goal_of(head), facts_of(head), path, lang)


def facts_of(head: VersionHead) -> dict[str, object]:
    """What a workbook says about a version."""
    return {
        "version": head.version_id,
        "parent": head.parent_id,
        "reason": head.reason,
        "made_at": head.made_at,
        "made_by": head.made_by,
        "as_of": head.as_of,
        "model": head.model_version,
        "from": head.settings["start"],
    }

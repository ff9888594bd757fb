"""The planner's workbook (XLSX): summary, forecast, days, causes, agents to paste into a scheduling tool, notes.

A forecast by day or month has a summary, its rows with agent-hours, causes and notes.

Texts are written as texts, whatever they begin with: a queue called `=1+1` is no formula.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl.formatting.rule
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.child import INVALID_TITLE_REGEX

from data.errors import BadInput
from models import forecast_words as words
from models.staffing import StaffingGoal
from serving.forecast_days import agents_by_interval, by_day, by_queue, causes_by_day, causes_of, is_by_interval

ENDING = ".xlsx"
MOST_ROWS = 1_048_575  # of a sheet, below its heading
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # control characters that XML cannot hold
RISKY = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet may take for the start of a formula
HEAD = PatternFill("solid", fgColor="FF1F4E79")
FORMATS = {
    "starts_at": "yyyy-mm-dd hh:mm",
    "peak_at": "yyyy-mm-dd hh:mm",
    "day": "yyyy-mm-dd",
    "service_level": "0.0%",
    "occupancy": "0.0%",
    "aht_s": "#,##0",
    "agents_on_phone": "#,##0",
    "agents_scheduled": "#,##0",
    "peak_agents": "#,##0",
    "agent_hours": "#,##0.0",
}
CALLS = "#,##0.0"
DIGITS = 4  # decimals of what is written: a tenth of a thousandth of a call
AGENTS = ("agents_scheduled", "agents_on_phone", "peak_agents")
RED, AMBER = PatternFill(bgColor="FFF8B4B4"), PatternFill(bgColor="FFFDE68A")


@dataclass(frozen=True)
class Book:
    """What a workbook shows: the forecast's rows, the goal they are staffed to, and facts (`forecast_words.FACTS`)."""

    table: pd.DataFrame
    goal: StaffingGoal
    facts: dict[str, object] = field(default_factory=dict)
    lang: words.Lang = "zh"


def write_workbook(book: Book, path: Path) -> None:
    """Write the file; BadInput where it has more rows than a sheet holds."""
    if len(book.table) > MOST_ROWS:
        raise BadInput(f"{len(book.table):,} rows; a sheet holds {MOST_ROWS:,}: ask for fewer days, or Parquet.")
    workbook, lang, by_interval = Workbook(write_only=True), book.lang, is_by_interval(book.table)
    _summary(workbook, book)
    for name, frame in (_interval_sheets if by_interval else _period_sheets)(book):
        _sheet(workbook, book, name, frame)
    notes = [[note] for note in words.notes(lang, by_interval)]
    _lines(workbook, words.sheet("notes", lang), notes, widths=[110])
    path.parent.mkdir(parents=True, exist_ok=True)
    workbook.save(path)


def _interval_sheets(book: Book) -> Iterator[tuple[str, pd.DataFrame]]:
    """Names and frames of the sheets of a forecast by interval."""
    yield "forecast", book.table
    days = by_day(book.table)
    days.insert(3, "weekday", days["day"].dt.weekday.map(lambda number: words.weekday(number, book.lang)))
    yield "by_day", days
    yield "causes", causes_by_day(book.table)
    yield "scheduled", agents_by_interval(book.table, "agents_scheduled")
    yield "on_phone", agents_by_interval(book.table, "agents_on_phone")


def _period_sheets(book: Book) -> Iterator[tuple[str, pd.DataFrame]]:
    """The same of one by day or month; its agents are peaks, which no scheduling tool can use."""
    yield "periods", book.table.rename(columns={"agents_scheduled": "peak_agents"})
    yield "causes", causes_of(book.table)


def facts_of_goal(goal: StaffingGoal, lang: words.Lang) -> dict[str, object]:
    """The service goal in words."""
    none = words.fact("none", lang)
    return {
        "goal": f"{goal.share:.0%} / {goal.queue.within_s:g} s",
        "shrinkage": f"{goal.shrinkage:.0%}",
        "max_occupancy": none if goal.max_occupancy is None else f"{goal.max_occupancy:.0%}",
        "patience_s": none if goal.queue.patience_s is None else f"{goal.queue.patience_s:g}",
    }


def _summary(workbook: Workbook, book: Book) -> None:
    facts = book.facts | facts_of_goal(book.goal, book.lang)
    queues = by_queue(book.table)
    sheet = workbook.create_sheet(words.sheet("summary", book.lang))
    for column, width in enumerate([24, 22, 18, 18, 20, 18, 16, 12, 20], start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.append([_text(sheet, words.fact("title", book.lang), Font(bold=True, size=14))])
    for name, value in facts.items():
        if value is not None:
            sheet.append([_text(sheet, words.fact(name, book.lang), Font(bold=True)), _value(sheet, value)])
    sheet.append([])
    sheet.append([_text(sheet, words.fact("by_queue", book.lang), Font(bold=True))])
    sheet.append(_head(sheet, queues.columns, book.lang))
    for row in _rows(sheet, queues):
        sheet.append(row)


def _sheet(workbook: Workbook, book: Book, name: str, frame: pd.DataFrame) -> None:
    sheet = workbook.create_sheet(words.sheet(name, book.lang))
    fixed = [column for column in ("queue", "centre", "starts_at", "day", "weekday") if column in frame]
    sheet.freeze_panes = f"{get_column_letter(len(fixed) + 1)}2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    for number, column in enumerate(frame.columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = _width(str(column), book.lang)
    last = f"{get_column_letter(len(frame.columns))}{len(frame) + 1}"
    sheet.auto_filter.ref = f"A1:{last}"
    sheet.append(_head(sheet, frame.columns, book.lang))
    for row in _rows(sheet, frame):
        sheet.append(row)
    for number, column in enumerate(frame.columns, start=1):
        letter = get_column_letter(number)
        for rule in _colours(str(column), name, book.goal):
            sheet.conditional_formatting.add(f"{letter}2:{letter}{len(frame) + 1}", rule)


def _colours(column: str, sheet: str, goal: StaffingGoal) -> list[Rule]:
    """Agents as a heat map, occupancy above its cap red, a service level below its goal amber, calls as bars."""
    rules: Any = openpyxl.formatting.rule  # the stubs leave its functions untyped
    if column in AGENTS or (sheet in ("scheduled", "on_phone") and column != "starts_at"):
        return [rules.ColorScaleRule("min", None, "FFFFFFFF", end_type="max", end_color="FF7FB2E5")]
    if column == "occupancy":
        return [rules.CellIsRule("greaterThan", [str((goal.max_occupancy or 1.0) + 1e-9)], fill=RED)]
    if column == "service_level":
        return [rules.CellIsRule("lessThan", [str(goal.share - 1e-9)], fill=AMBER)]
    return [rules.DataBarRule("num", 0, "max", color="FF9DC3E6")] if column in ("mean", "calls") else []


def _head(sheet: Any, columns: Iterable[Any], lang: words.Lang) -> list[Cell]:
    cells = [_text(sheet, words.heading(str(column), lang), Font(bold=True, color="FFFFFFFF")) for column in columns]
    for cell in cells:
        cell.fill = HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    return cells


def _rows(sheet: Any, frame: pd.DataFrame) -> Iterable[list[Cell]]:
    """One list of cells a row; rows are written at once, so every row uses the same cells again."""
    columns = [frame[name] for name in frame.columns]
    cells = []
    for name, column in zip(frame.columns, columns, strict=True):
        cell = WriteOnlyCell(sheet)
        if not _is_text(column):
            cell.number_format = FORMATS.get(str(name), CALLS if column.dtype.kind == "f" else "#,##0")
        cells.append(cell)
    risky = [_is_text(column) for column in columns]
    for values in zip(*[_plain(column) for column in columns], strict=True):
        for cell, value, is_text in zip(cells, values, risky, strict=True):
            _set_text(cell, value) if is_text else setattr(cell, "value", value)
        yield cells


def _plain(column: pd.Series) -> list[Any]:
    """Values that a spreadsheet knows: numbers, real datetimes, texts, None."""
    if column.dtype.kind == "M":
        return [None if pd.isna(value) else value.to_pydatetime() for value in column]
    exact = column.round(DIGITS) if column.dtype.kind == "f" else column
    return list(exact.astype(object).where(exact.notna(), None))


def _is_text(column: pd.Series) -> bool:
    return not (pd.api.types.is_numeric_dtype(column.dtype) or column.dtype.kind == "M")


def _text(sheet: Any, value: str, font: Font | None = None) -> Cell:
    cell = WriteOnlyCell(sheet)
    _set_text(cell, value)
    if font:
        cell.font = font
    return cell


def _set_text(cell: Any, value: object) -> None:
    text = ILLEGAL.sub("", str(value)) if value is not None else ""
    cell.value = text
    cell.data_type = "s"
    if cell.quotePrefix != text.startswith(RISKY):  # setting a style is dear
        cell.quotePrefix = text.startswith(RISKY)


def _value(sheet: Any, value: object) -> Cell:
    if isinstance(value, dt.datetime | dt.date):
        cell: Cell = WriteOnlyCell(sheet)
        cell.value = value
        cell.number_format = FORMATS["starts_at" if isinstance(value, dt.datetime) else "day"]
        cell.alignment = Alignment(horizontal="left")
        return cell
    return _text(sheet, str(value))


def _lines(workbook: Workbook, title: str, lines: list[list[str]], widths: list[int]) -> None:
    sheet = workbook.create_sheet(INVALID_TITLE_REGEX.sub(" ", title))
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for line in lines:
        cells = [_text(sheet, value) for value in line]
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.append(cells)


def _width(column: str, lang: words.Lang) -> float:
    """Wide enough for the heading's longest half and the values."""
    letters = sum(2 if ord(letter) > 255 else 1 for letter in words.heading(column, lang))
    least = 17 if column in ("starts_at", "peak_at") else 11
    return max(least, min(letters + 3, 22))

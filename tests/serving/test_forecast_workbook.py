"""The planner's workbook, read back: sheets, real times, number formats, colours, no text becomes a formula."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from models.forecast_words import Lang, heading
from models.volume_totals import ALL
from serving.forecast_days import agents_by_interval, by_day
from serving.forecast_workbook import Book, write_workbook
from tests.serving.planned import DAYS, GOAL, START, planned

NAMES = {
    "zh": ["概要", "分时预测", "按日汇总", "来电原因", "排班人数", "在线座席", "说明"],
    "en": ["Summary", "Forecast", "By day", "Causes", "Agents", "Agents on phone", "Notes"],
}
FORMULA = '=HYPERLINK("http://x")'


def written(tmp_path: Path, table: pd.DataFrame | None = None, lang: Lang = "zh") -> Workbook:
    book = Book(planned() if table is None else table, GOAL, {"made_by": "王", "as_of": dt.date(2025, 9, 10)}, lang)
    write_workbook(book, tmp_path / "below" / "f.xlsx")
    return load_workbook(tmp_path / "below" / "f.xlsx")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sheets_are_named_and_headed_in_the_language(tmp_path: Path, lang: Lang) -> None:
    book = written(tmp_path, lang=lang)
    assert book.sheetnames == NAMES[lang]
    head = [cell.value for cell in book[NAMES[lang][1]][1]]
    assert head == [heading(str(name), lang) for name in planned().columns]
    assert len(set(head)) == len(head)


def test_the_forecast_sheet_holds_every_row_with_real_times_and_formats(tmp_path: Path) -> None:
    sheet = written(tmp_path)["分时预测"]
    table = planned()
    assert sheet.max_row == len(table) + 1
    assert sheet.freeze_panes == "D2"
    assert sheet.auto_filter.ref == sheet.dimensions
    first = dict(zip(table.columns, sheet[2], strict=True))
    assert first["starts_at"].value == table["starts_at"].iloc[0].to_pydatetime()
    assert first["starts_at"].number_format == "yyyy-mm-dd hh:mm"
    assert first["service_level"].number_format == "0.0%"
    assert first["mean"].value == pytest.approx(table["mean"].iloc[0], abs=1e-4)
    assert first["agents_scheduled"].value == table["agents_scheduled"].iloc[0]
    coloured = {str(area.sqref)[0] for area in sheet.conditional_formatting}
    letters = {get_column_letter(list(table.columns).index(name) + 1) for name in ("occupancy", "mean")}
    assert letters <= coloured


def test_days_and_agents_are_sums_of_the_rows(tmp_path: Path) -> None:
    book, table = written(tmp_path), planned()
    days = list(book["按日汇总"].iter_rows(min_row=2, values_only=True))
    total = [row for row in days if row[:2] == (ALL, ALL)]
    assert len(total) == DAYS
    whole = table[(table["queue"] == ALL) & (table["centre"] == ALL)]
    assert sum(float(str(row[4])) for row in total) == pytest.approx(whole["mean"].sum(), abs=0.01)
    assert total[0][3] == "周三"
    agents = list(book["排班人数"].iter_rows(min_row=1, values_only=True))
    assert agents[0] == ("开始时间", "billing · hz", "billing · wh", "tech · hz", ALL)
    assert [row[-1] for row in agents[1:]] == whole.sort_values("starts_at")["agents_scheduled"].to_list()
    assert all(sum(int(str(part)) for part in row[1:-1]) == row[-1] for row in agents[1:])


def test_causes_of_a_day_add_up_to_its_calls(tmp_path: Path) -> None:
    for row in written(tmp_path)["来电原因"].iter_rows(min_row=2, min_col=4, values_only=True):
        calls, *parts = map(float, map(str, row))
        assert sum(parts) == pytest.approx(calls, abs=0.001)


@pytest.mark.parametrize("name", [FORMULA, "+1+1", "-1+1", "@cmd", "bad\x07bell"])
def test_a_name_is_never_a_formula(tmp_path: Path, name: str) -> None:
    table = planned()
    table["queue"] = table["queue"].replace("billing", name)
    book = written(tmp_path, table)
    shown = name.replace("\x07", "")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if shown in str(cell.value)]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}
    with zipfile.ZipFile(tmp_path / "below" / "f.xlsx") as archive:
        sheets = [archive.read(part).decode() for part in archive.namelist() if "worksheets/sheet" in part]
        styles = archive.read("xl/styles.xml").decode()
    assert not any("<f>" in sheet for sheet in sheets)
    assert ('quotePrefix="1"' in styles) == (name[0] in "=+-@")


def test_the_summary_says_what_when_and_to_which_goal(tmp_path: Path) -> None:
    lines = {row[0]: row[1] for row in written(tmp_path, lang="en")["Summary"].iter_rows(values_only=True)}
    assert lines["Made by"] == "王"
    assert lines["As known at the start of"] == dt.datetime(2025, 9, 10)
    assert lines["Service goal"] == "80% / 30 s"
    assert lines["Mean patience (s)"] == "none"


def test_hours_of_agents_are_agents_times_hours() -> None:
    table = planned()
    day = by_day(table).query("queue == 'tech' and centre == 'hz' and day == @START").iloc[0]
    tomorrow = START + pd.Timedelta(days=1)
    rows = table[(table["queue"] == "tech") & (table["centre"] == "hz") & (table["starts_at"] < tomorrow)]
    assert day["agent_hours"] == rows["agents_scheduled"].sum()
    assert day["peak_agents"] == rows["agents_scheduled"].max()
    assert day["aht_s"] == pytest.approx((rows["aht_s"] * rows["mean"]).sum() / rows["mean"].sum())


def test_closed_intervals_of_a_series_need_no_agents() -> None:
    table = planned()
    closed = (table["queue"] == "tech") & (table["starts_at"] == START + pd.Timedelta(hours=9))
    assert agents_by_interval(table[~closed], "agents_scheduled")["tech · hz"].iloc[0] == 0


@pytest.mark.parametrize("interval", ["day", "month"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_days_and_months_are_a_workbook_with_agent_hours(tmp_path: Path, interval: str, lang: Lang) -> None:
    table, own = planned(interval), planned()
    book = written(tmp_path, table, lang)
    assert book.sheetnames == [NAMES[lang][0], {"zh": "预测", "en": "Forecast"}[lang], NAMES[lang][3], NAMES[lang][-1]]
    rows = [dict(zip(table.columns, row, strict=True)) for row in _values(book.worksheets[1])]
    total = [row for row in rows if (row["queue"], row["centre"]) == (ALL, ALL)]
    whole = own[(own["queue"] == ALL) & (own["centre"] == ALL)]
    assert len(total) == {"day": DAYS, "month": 1}[interval]
    assert sum(row["agent_hours"] for row in total) == whole["agents_scheduled"].sum(), "intervals are hours"
    assert max(row["agents_scheduled"] for row in total) == whole["agents_scheduled"].max()
    for calls, *parts in (row[3:] for row in _values(book.worksheets[2])):
        assert sum(parts) == pytest.approx(calls, abs=0.001)
    heads = {heading(name, lang) for name in ("agent_hours", "peak_agents")}
    summary = next(row for row in book.worksheets[0].iter_rows(values_only=True) if heads <= set(row))
    place = summary.index(heading("agent_hours", lang))
    first = next(row for row in book.worksheets[0].iter_rows(values_only=True) if row[:2] == (ALL, ALL))
    assert first[place] == whole["agents_scheduled"].sum()


def test_a_version_by_day_of_before_agent_hours_is_a_workbook_too(tmp_path: Path) -> None:
    book = written(tmp_path, planned("day").drop(columns="agent_hours"))
    assert "预测" in book.sheetnames


def _values(sheet: Any) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(min_row=2, values_only=True))

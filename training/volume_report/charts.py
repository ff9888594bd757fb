"""The report's drawings: fans, lines, stacks, heat maps; numbers and dates alone, words stand in the page."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from data.console import cell
from features.intervals import FloatArray
from training.report.svg import Drawing, Scale

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 960, 260, 56, 12, 10, 26
BANDS = (("q025", "q975", "band-95"), ("q10", "q90", "band-80"), ("q25", "q75", "band-50"))
AGENTS_HEIGHT = 90
LABEL = 34  # pixels that a date takes
HEAT_LOW, HEAT_HIGH = np.array([246, 249, 252]), np.array([33, 102, 172])


def fan(told: pd.DataFrame, past: pd.DataFrame, width: int = WIDTH) -> Markup:
    """Calls by moment: what came (past: starts_at, actual), then the bands and the median of what is told."""
    drawing = Drawing(width, HEIGHT, "fan")
    x, y = _times(pd.concat([past["starts_at"], told["starts_at"]]), width), _upward(told["q975"], past["actual"])
    _dates(drawing, x, told["starts_at"], HEIGHT)
    drawing.axis_left(y, LEFT)
    xs = x.all(_days(told["starts_at"]))
    for low, high, look in BANDS:
        drawing.area(xs, y.all(told[low]), y.all(told[high]), look)
    drawing.curve(xs, y.all(told["q50"]), "median")
    if len(past):
        drawing.curve(x.all(_days(past["starts_at"])), y.all(past["actual"]), "actual")
    return drawing.svg()


def fan_with_agents(told: pd.DataFrame, width: int = WIDTH) -> Markup:
    """Calls by interval with bands, and below them the agents to schedule as steps."""
    drawing = Drawing(width, HEIGHT + AGENTS_HEIGHT, "fan and agents")
    x, y = _times(told["starts_at"], width), _upward(told["q975"])
    bottom = HEIGHT + AGENTS_HEIGHT
    _dates(drawing, x, told["starts_at"], bottom, hours=True)
    drawing.axis_left(y, LEFT)
    for _, day in told.groupby(told["starts_at"].dt.normalize()):
        xs = x.all(_days(day["starts_at"]))
        for low, high, look in BANDS:
            drawing.area(xs, y.all(day[low]), y.all(day[high]), look)
        drawing.curve(xs, y.all(day["q50"]), "median")
    agents = told["agents_scheduled"].astype(float)
    steps = Scale(0.0, max(float(agents.max()), 1.0), bottom - BOTTOM, HEIGHT + 4)
    drawing.axis_left(steps, LEFT)
    xs, ys = x.all(_days(told["starts_at"])), steps.all(agents)
    drawing.curve(np.repeat(xs, 2)[1:].tolist(), np.repeat(ys, 2)[:-1].tolist(), "agents")
    return drawing.svg()


def lines(table: pd.DataFrame, looks: dict[str, str], width: int = 470) -> Markup:
    """Columns of a table over its numeric index, as lines; `looks`: column to class."""
    drawing = Drawing(width, 220, "lines")
    index = table.index.to_numpy(float)
    x = Scale(float(index.min()), float(index.max()), LEFT, width - RIGHT)
    y = Scale(0.0, float(np.nanmax(table[list(looks)].to_numpy(float))) * 1.05, 220 - BOTTOM, TOP)
    _percents(drawing, y, width)
    for tick in x.ticks(8):
        drawing.text((x(tick), 220 - BOTTOM + 16), f"{tick:g}", "middle tick")
    for name, look in looks.items():
        known = table[name].notna().to_numpy()
        drawing.curve(x.all(index[known]), y.all(table.loc[known, name]), look)
    return drawing.svg()


def stack(table: pd.DataFrame, width: int = WIDTH) -> Markup:
    """Columns stacked by day, what takes calls away below the line; the classes are cause-0, cause-1 …"""
    drawing = Drawing(width, HEIGHT, "causes")
    values = table.to_numpy(float)
    lowest, highest = np.minimum(values, 0).sum(axis=1).min(), np.maximum(values, 0).sum(axis=1).max()
    y = Scale(float(lowest), float(highest), HEIGHT - BOTTOM, TOP)
    moments = pd.Series(table.index)
    x = _times(moments, width, spare=1.0)
    _dates(drawing, x, moments, HEIGHT)
    drawing.axis_left(y, LEFT)
    bar = 0.8 * (x(1.0) - x(0.0))
    for row, left in zip(values, x.all(_days(moments) + 0.1), strict=True):
        _pile(drawing, y, row, (left, bar))
    drawing.line((LEFT, y(0), width - RIGHT, y(0)), "axis")
    return drawing.svg()


def heat(table: pd.DataFrame, width: int = WIDTH) -> Markup:
    """A number a cell, the darker the larger; rows are days."""
    row_height, left = 18, 84
    drawing = Drawing(width, row_height * (len(table) + 1) + 6, "agents")
    cell_width = (width - left - 4) / max(len(table.columns), 1)
    most = float(np.nanmax(table.to_numpy(float), initial=0.0)) or 1.0
    for column, hour in enumerate(table.columns):
        drawing.text((left + (column + 0.5) * cell_width, 13), str(hour), "middle tick")
    for number, (day, row) in enumerate(table.iterrows(), start=1):
        drawing.text((left - 8, row_height * number + 13), f"{pd.Timestamp(str(day)):%m-%d}", "end tick")
        for column, value in enumerate(row.to_numpy(float, na_value=np.nan)):
            if not np.isnan(value):
                place = (left + column * cell_width, row_height * number + 1, cell_width - 1, row_height - 1)
                _heat_cell(drawing, place, value, value / most)
    return drawing.svg()


def _heat_cell(drawing: Drawing, place: tuple[float, float, float, float], value: float, share: float) -> None:
    red, green, blue = (HEAT_LOW + share * (HEAT_HIGH - HEAT_LOW)).astype(int)
    drawing.box(place, "", f"fill:rgb({red},{green},{blue})")
    x, y, width, height = place
    drawing.text((x + width / 2, y + height - 4), f"{value:.0f}", "middle tick" + (" light" if share > 0.55 else ""))


def _pile(drawing: Drawing, y: Scale, row: FloatArray, place: tuple[float, float]) -> None:
    up = down = 0.0
    for number, value in enumerate(row):
        low = up if value >= 0 else down + value
        high = low + abs(value)
        up, down = (high, down) if value >= 0 else (up, low)
        drawing.box((place[0], y(high), place[1], max(y(low) - y(high), 0.0)), f"cause-{number}")


def _days(moments: pd.Series) -> FloatArray:
    """Days since 1970."""
    return moments.to_numpy("datetime64[s]").astype(float) / 86_400


def _times(moments: pd.Series, width: int, spare: float = 0.0) -> Scale:
    days = _days(moments)
    return Scale(float(days.min()), float(days.max()) + spare, LEFT, width - RIGHT)


def _upward(*parts: pd.Series) -> Scale:
    top = max((float(part.max()) for part in parts if len(part)), default=1.0)
    return Scale(0.0, max(top, 1.0), HEIGHT - BOTTOM, TOP)


def _dates(drawing: Drawing, x: Scale, moments: pd.Series, height: int, hours: bool = False) -> None:
    """A light line a week (or a day, where hours show) and its date; Mondays begin weeks."""
    span = pd.date_range(pd.Timestamp(x.low, unit="D").ceil("D"), pd.Timestamp(x.high, unit="D"))
    for day in span if hours else span[span.weekday == 0]:
        at = x(float(day.value / 86_400e9))
        drawing.line((at, TOP, at, height - BOTTOM), "grid")
        if at + LABEL < x.end:
            drawing.text((at + 3, height - BOTTOM + 16), f"{day:%m-%d}", "tick")
    begun = x(float(_days(moments)[0]))
    if not hours and begun > x.start + 1:
        drawing.line((begun, TOP, begun, height - BOTTOM), "zero")


def _percents(drawing: Drawing, y: Scale, width: int) -> None:
    for tick in y.ticks(4):
        drawing.line((LEFT, y(tick), width - RIGHT, y(tick)), "grid")
        drawing.text((LEFT - 4, y(tick) + 4), f"{cell(100 * tick)} %", "end tick")

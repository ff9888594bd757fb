"""How a label's value moves the score: one dot a row, and the median over tenths of the rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from training.report.svg import Drawing, Scale

DOTS = 600
BINS = 10
LEVELS = 8
WIDTH, HEIGHT = 360, 250
LEFT, RIGHT, TOP, BOTTOM = 58, 22, 10, 44
NULL_X = LEFT + 10  # nulls stand in a strip of their own, left of the scale


def dependence(values: pd.Series, contributions: pd.Series, unit: str) -> Markup:
    """A drawing of the label's values against its contributions in `unit`, for numbers or categories."""
    shap = contributions.to_numpy(dtype=np.float64)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return _of_numbers(values.to_numpy(dtype=np.float64, na_value=np.nan), shap, unit)
    return _of_levels(values.reset_index(drop=True), shap, unit)


def _of_numbers(values: np.ndarray, shap: np.ndarray, unit: str) -> Markup:
    drawing, y = _frame(shap)
    there = np.isfinite(values)
    some = np.linspace(0, len(values) - 1, min(len(values), DOTS)).astype(int)
    if there.any():
        low, high = np.quantile(values[there], [0.01, 0.99])
        x = Scale(float(low), float(high), LEFT + 24, WIDTH - RIGHT)
        shown = some[there[some]]
        drawing.dots(x.all(values[shown]), y.all(shap[shown]), "dot")
        drawing.curve(*_medians(values[there], shap[there], x, y), "trend")
        drawing.axis_below(x, HEIGHT - BOTTOM + 4, f"value (1st to 99th percentile); y: {unit}")
    absent = some[~there[some]]
    drawing.dots([NULL_X] * len(absent), y.all(shap[absent]), "dot null")
    if len(absent):
        drawing.text((NULL_X, HEIGHT - BOTTOM + 18), "null", "middle tick")
    return drawing.svg()


def _medians(values: np.ndarray, shap: np.ndarray, x: Scale, y: Scale) -> tuple[list[float], list[float]]:
    parts = np.array_split(np.argsort(values, kind="stable"), min(BINS, len(values)))
    points = [(float(np.median(values[part])), float(np.median(shap[part]))) for part in parts]
    return x.all([value for value, _ in points]), y.all([value for _, value in points])


def _of_levels(values: pd.Series, shap: np.ndarray, unit: str) -> Markup:
    drawing, y = _frame(shap)
    names = values.astype(object).where(values.notna(), "null").astype(str)
    common = names.value_counts().index[:LEVELS]
    step = (WIDTH - RIGHT - LEFT) / max(len(common), 1)
    for position, name in enumerate(common):
        middle = LEFT + step * (position + 0.5)
        of_level = shap[(names == name).to_numpy()]
        drawing.dots([middle] * min(len(of_level), DOTS // LEVELS), y.all(of_level[: DOTS // LEVELS]), "dot")
        median = y(float(np.median(of_level)))
        drawing.line((middle - step / 3, median, middle + step / 3, median), "trend")
        drawing.text((middle, HEIGHT - BOTTOM + 18), name[: int(step / 7)], "middle tick")
    drawing.text(((LEFT + WIDTH) / 2, HEIGHT - 10), f"the {len(common)} commonest values; y: {unit}", "middle")
    return drawing.svg()


def _frame(shap: np.ndarray) -> tuple[Drawing, Scale]:
    """An empty drawing with its vertical axis and the line of no effect."""
    low, high = min(float(shap.min()), 0.0), max(float(shap.max()), 0.0)
    drawing = Drawing(WIDTH, HEIGHT, "dependence")
    y = Scale(low, high, HEIGHT - BOTTOM, TOP)
    drawing.axis_left(y, LEFT)
    drawing.line((LEFT, y(0.0), WIDTH - RIGHT, y(0.0)), "zero")
    return drawing, y

"""Ten rows from the lowest to the highest score, each taken apart: base value, the largest contributions, the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from data.console import cell
from models.attributions import Attributions
from training.report.inputs import ReportInputs
from training.report.svg import Drawing, Scale

CASES = 10
STEPS = 9
ROW, NAMES, WIDTH = 22, 480, 980  # pixels


@dataclass(frozen=True)
class Case:
    """One row of the sample: what the model says, its raw score, and the drawing."""

    title: str
    prediction: float
    raw: float
    drawing: Markup


def local_cases(
    inputs: ReportInputs, attributions: Attributions, rows: pd.DataFrame, predictions: np.ndarray
) -> list[Case]:
    """Rows at even ranks of the raw score, highest first."""
    order = np.argsort(attributions.raw, kind="stable")[::-1]
    chosen = dict.fromkeys(order[np.linspace(0, len(order) - 1, min(CASES, len(order))).astype(int)].tolist())
    return [
        Case(
            f"Case {number}",
            float(predictions[row]),
            float(attributions.raw[row]),
            _waterfall(_steps(inputs, attributions.by_feature.iloc[row], rows.iloc[row]), attributions.base),
        )
        for number, row in enumerate(chosen, start=1)
    ]


def _steps(inputs: ReportInputs, contributions: pd.Series, values: pd.Series) -> list[tuple[str, float]]:
    """Name with value, and contribution: the largest first, the rest as one."""
    order = contributions.abs().sort_values(ascending=False, kind="stable").index
    shown, rest = order[:STEPS], order[STEPS:]
    steps = [(f"{inputs.label(name)} = {_shown(values[name])}", float(contributions[name])) for name in shown]
    return steps + ([(f"{len(rest)} other labels", float(contributions[rest].sum()))] if len(rest) else [])


def _shown(value: Any) -> str:
    return cell(None if pd.isna(value) else value.item() if isinstance(value, np.generic) else value)


def _waterfall(steps: list[tuple[str, float]], base: float) -> Markup:
    levels = base + np.concatenate([[0.0], np.cumsum([step for _, step in steps])])
    margin = 0.12 * (levels.max() - levels.min()) or 1.0
    x = Scale(float(levels.min() - margin), float(levels.max() + margin), NAMES + 10, WIDTH - 10)
    drawing = Drawing(WIDTH, ROW * (len(steps) + 2) + 4, "waterfall")
    drawing.text((NAMES, ROW - 6), f"base value {cell(base)}", "end")
    drawing.line((x(base), 4, x(base), ROW * (len(steps) + 1)), "zero")
    for number, (name, step) in enumerate(steps, start=1):
        _step(drawing, x, (levels[number - 1], levels[number]), ROW * number)
        drawing.text((NAMES, ROW * (number + 1) - 6), name, "end")
        side = (max(x(levels[number - 1]), x(levels[number])) + 4, ROW * (number + 1) - 6)
        drawing.text(side, f"{step:+.3f}", "tick")
    drawing.text((NAMES, ROW * (len(steps) + 2) - 6), f"score {cell(float(levels[-1]))}", "end strong")
    return drawing.svg()


def _step(drawing: Drawing, x: Scale, ends: tuple[float, float], top: float) -> None:
    left, right = sorted((x(ends[0]), x(ends[1])))
    drawing.box((left, top + 3, max(right - left, 0.5), ROW - 6), "up" if ends[1] >= ends[0] else "down")

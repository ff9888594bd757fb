"""Puts the sections together into one page."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from data.console import cell
from models.attributions import Attributions, attribute
from training.report.cases import local_cases
from training.report.dependence import dependence
from training.report.importance import group_importance, label_importance
from training.report.inputs import ReportInputs
from training.report.reliability import reliability, reliability_drawing

MOST_ROWS = 2_000  # 1.4 ms CPU each with 200 trees
DEPENDENCES = 8
FILE = "shap_report.html"


def write_report(inputs: ReportInputs, folder: Path) -> Path:
    """Write `folder/shap_report.html` and return its path; under 3 MB, no outside hosts, Chinese as text."""
    inputs.check()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    path.write_text(report_page(inputs), encoding="utf-8")
    return path


def report_page(inputs: ReportInputs) -> str:
    """The page as HTML."""
    rows = inputs.drawn(MOST_ROWS)
    attributions = attribute(inputs.model, rows)
    predictions = inputs.model.predict_matrix(inputs.model.schema.encode(rows))
    labels = label_importance(inputs, attributions, rows)
    bins = reliability(*inputs.outcomes) if inputs.outcomes else None
    return _template().render(
        inputs=inputs,
        rows=len(rows),
        features=attributions.by_feature.shape[1],
        labels=labels,
        groups=group_importance(inputs, attributions),
        dependences=_dependences(inputs, attributions, rows, labels),
        cases=local_cases(inputs, attributions, rows, predictions),
        bins=bins,
        calibration=None if bins is None else reliability_drawing(bins),
        residual=f"{attributions.residual:.1e}",
    )


def _dependences(
    inputs: ReportInputs, attributions: Attributions, rows: pd.DataFrame, labels: pd.DataFrame
) -> list[tuple[str, str]]:
    return [
        (inputs.label(name), dependence(rows[name], attributions.by_feature[name], inputs.raw_unit))
        for name in labels.feature.head(DEPENDENCES)
    ]


def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["cell"] = cell
    return environment.get_template("page.html.jinja")

"""Plots of a back-test as PNG files: calibration, gain, feature importance; in English, no CJK font is assumed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from models.feature_schema import Floats

BINS = 10
SHOWN = 25


def write_plots(predictions: pd.DataFrame, importance: dict[str, float], folder: Path) -> None:
    """Write calibration, gain and importance as PNG, from columns y and p_<learner>, and shares of the mean |SHAP|."""
    folder.mkdir(parents=True, exist_ok=True)
    named = [str(name) for name in predictions if str(name).startswith("p_")]
    scores = {name.removeprefix("p_"): predictions[name].to_numpy() for name in named}
    target = predictions["y"].to_numpy()
    _save(folder / "calibration.png", lambda axes: _calibration(axes, target, scores["model"]))
    _save(folder / "gain.png", lambda axes: _gain(axes, target, scores))
    _save(folder / "importance.png", lambda axes: _importance(axes, importance))


def _save(path: Path, draw: Callable[[Axes], None]) -> None:
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.add_subplot()
    draw(axes)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _calibration(axes: Axes, target: Floats, probability: Floats) -> None:
    parts = np.array_split(np.argsort(probability, kind="stable"), BINS)
    axes.plot([probability[p].mean() for p in parts], [target[p].mean() for p in parts], marker="o", label="model")
    top = float(probability.max())
    axes.plot([0, top], [0, top], linestyle=":", color="grey", label="perfect")
    axes.set(xlabel="mean predicted probability", ylabel="observed frequency", title="Calibration, out of fold")
    axes.legend()


def _gain(axes: Axes, target: Floats, scores: dict[str, Floats]) -> None:
    share = np.arange(1, len(target) + 1) / len(target)
    for name, score in scores.items():
        found = np.cumsum(target[np.argsort(-score, kind="stable")]) / target.sum()
        axes.plot(share, found, label=name)
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axes.set(xlabel="share of rows, best first", ylabel="share of positives found", title="Gain, out of fold")
    axes.legend()


def _importance(axes: Axes, importance: dict[str, float]) -> None:
    top = pd.Series(importance).sort_values().tail(SHOWN)
    axes.barh(top.index, top.to_numpy())
    axes.tick_params(axis="y", labelsize=7)
    axes.set(xlabel="share of the mean |SHAP|", title="Feature importance")

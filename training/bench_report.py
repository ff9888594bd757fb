"""What a table bench found: metrics with their spread over folds, and whether the difference is more than noise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from data.console import print_table, say, warn

Folds = dict[str, list[float]]  # metric -> one value a fold
CONFIDENCE = 0.95


@dataclass
class BenchReport:
    """`scores` holds every contender's metrics fold by fold, the model's under `model`."""

    rows: int
    protocol: dict[str, Any]
    scores: dict[str, Folds]
    seconds: float = 0.0
    test_share: float = 0.2
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def deciding(self) -> tuple[str, str]:
        """The metric and the baseline on which the verdict rests."""
        return ("qini", "response_model") if "qini" in self.scores["model"] else ("auc", "logistic")

    def gain(self, metric: str, baseline: str | None) -> tuple[float, float | None]:
        """Mean difference of the folds (to zero without a baseline), and its noise: half a one-sided 95 % interval."""
        mean, error = self.difference(metric, baseline)
        folds = len(self.scores["model"][metric])
        return mean, None if error is None else float(student.ppf(CONFIDENCE, folds - 1) * error)

    def difference(self, metric: str, baseline: str | None) -> tuple[float, float | None]:
        """Mean difference of the folds and its standard error; none from one split.

        The folds share their training rows: variance corrected as in Nadeau & Bengio 2003.
        """
        values = np.array(self.scores["model"][metric])
        difference = values - (np.array(self.scores[baseline][metric]) if baseline else 0.0)
        folds = len(difference)
        if folds < 2:
            return float(difference.mean()), None
        error = difference.std(ddof=1) * np.sqrt(1 / folds + self.test_share / (1 - self.test_share))
        return float(difference.mean()), float(error)

    @property
    def verdict(self) -> str:
        """One sentence that says wins and losses alike."""
        metric, baseline = self.deciding
        gain, noise = self.gain(metric, baseline)
        if noise is None:
            return f"{metric} {gain:+.4f} against {baseline}; a single split gives no measure of noise"
        against = f"{metric} {gain:+.4f} ± {noise:.4f} against {baseline}"
        if metric == "qini":
            return self._uplift_verdict(against, gain, noise)
        return f"{against}: " + ("better beyond noise" if gain > noise else _not_better(gain, noise))

    def level(self, metric: str) -> tuple[float, float]:
        """The mean over folds, and half of its two-sided 95 % interval.

        Stricter than `gain`: the luck of the rows that are judged cancels in a difference, and stays in a level however
        often the same rows are split again. So as many folds count as one pass through the rows has.
        """
        values = np.array(self.scores["model"][metric])
        folds = min(len(values), round(1 / self.test_share))
        error = values.std(ddof=1) * np.sqrt(1 / folds + self.test_share / (1 - self.test_share))
        return float(values.mean()), float(student.ppf((1 + CONFIDENCE) / 2, folds - 1) * error)

    def _uplift_verdict(self, against: str, gain: float, noise: float) -> str:
        """Whether qini is above 0, and apart from that whether it is above the response model's."""
        plain, spread = self.gain("qini", "plain_s_learner")
        against = f"{against}, {plain:+.4f} ± {spread:.4f} against plain_s_learner"
        qini, width = self.level("qini")
        found = f"qini {qini:.4f} ± {width:.4f}"
        if qini <= width:
            return (
                f"{against}: nothing to learn here about whom the treatment moves ({found}: not above 0 beyond noise)"
            )
        if gain > noise:
            return f"{against}: it finds whom the treatment moves ({found}), better than a response model"
        beside = "worse than" if gain < -noise else "no better beyond noise than"
        return f"{against}: it ranks whom the treatment moves above chance ({found}), {beside} a response model alone"

    @property
    def paired(self) -> list[dict[str, str | float | None]]:
        """The model minus each baseline in the deciding metric, over the same folds, with its standard error."""
        metric, _ = self.deciding
        told = {name: self.difference(metric, name) for name in self.scores if name != "model"}
        return [
            {"metric": metric, "against": name, "gain": _known(mean), "se": _known(error)}
            for name, (mean, error) in told.items()
        ]

    def to_json(self) -> dict[str, Any]:
        """The contract's document; the keys beside `rows`, `model`, `baselines`, `seconds` say how it was measured."""
        summaries = {name: {metric: _summary(v) for metric, v in folds.items()} for name, folds in self.scores.items()}
        return {
            "rows": self.rows,
            "model": summaries.pop("model"),
            "baselines": summaries,
            "seconds": round(self.seconds, 1),
            "protocol": self.protocol,
            "paired": self.paired,
            "verdict": self.verdict,
            "notes": self.notes,
            "warnings": self.warnings,
        }


def print_report(report: BenchReport) -> None:
    """The table, its notes and the verdict, on the terminal."""
    for warning in report.warnings:
        warn(warning)
    for note in report.notes:
        say(note)
    rows = [
        {"": name, **{metric: _with_spread(values) for metric, values in folds.items()}}
        for name, folds in report.scores.items()
    ]
    spread = "mean ± sd over folds" if report.gain("auc", None)[1] is not None else "one split"
    print_table(pd.DataFrame(rows), f"{report.rows:,} rows, {report.protocol['split']}: {spread}")
    say(f"{report.verdict} ({report.seconds:.0f} s)")


def _not_better(gain: float, noise: float) -> str:
    return "worse beyond noise" if gain < -noise else "no difference beyond noise"


def _known(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None


def _summary(values: list[float]) -> dict[str, float | None]:
    known = np.array([value for value in values if np.isfinite(value)])
    mean = float(known.mean()) if len(known) else None
    return {"mean": mean, "sd": float(known.std(ddof=1)) if len(known) > 1 else None}


def _with_spread(values: list[float]) -> str:
    summary = _summary(values)
    if summary["mean"] is None:
        return "–"
    return f"{summary['mean']:.4f}" + (f" ± {summary['sd']:.4f}" if summary["sd"] is not None else "")

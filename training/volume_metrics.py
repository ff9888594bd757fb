"""How good call forecasts are: WAPE, MASE, weighted quantile loss, coverage; pooled over cells (contract, 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.intervals import FloatArray

METRICS = ("wape", "mase", "wql", "cover_80", "cover_95")
SHARES = np.array([0.025, 0.1, 0.5, 0.9, 0.975])
MEDIAN = 2  # its place in SHARES


@dataclass(frozen=True)
class Cells:
    """Scored cells of one origin: actual (series, days, intervals), quantiles (5, …), scale (series,) for MASE."""

    actual: FloatArray
    quantiles: FloatArray
    scale: FloatArray

    def of_series(self, series: int) -> Cells:
        """The cells of one series."""
        one = slice(series, series + 1)
        return Cells(self.actual[one], self.quantiles[:, one], self.scale[one])


@dataclass(frozen=True)
class Sums:
    """What the pooled metrics are ratios of."""

    error: float
    calls: float
    scaled_error: float
    cells: float
    pinball: float
    judged: float
    inside_80: float
    inside_95: float

    def metrics(self) -> dict[str, float]:
        """WAPE = Σ|y − median| / Σy; wQL = mean over quantiles of 2 Σ pinball / Σy; coverage over the judged cells."""
        return {
            "wape": _ratio(self.error, self.calls),
            "mase": _ratio(self.scaled_error, self.cells),
            "wql": _ratio(self.pinball, self.calls),
            "cover_80": _ratio(self.inside_80, self.judged),
            "cover_95": _ratio(self.inside_95, self.judged),
        }


def sums_of(cells: Cells) -> Sums:
    """The sums over all cells that have an actual."""
    known = ~np.isnan(cells.actual)
    actual = cells.actual[known]
    quantiles = np.nan_to_num(cells.quantiles)[:, known]
    error = np.abs(actual - quantiles[MEDIAN])
    scale = np.broadcast_to(cells.scale[:, None, None], cells.actual.shape)[known]
    judged = (actual > 0) | (quantiles[3] > 0.5)
    return Sums(
        error=float(error.sum()),
        calls=float(actual.sum()),
        scaled_error=float((error / scale).sum()),
        cells=float(len(actual)),
        pinball=float(2 * _pinball(actual, quantiles).sum() / len(SHARES)),
        judged=float(judged.sum()),
        inside_80=float((_inside(actual, quantiles[1], quantiles[3]) & judged).sum()),
        inside_95=float((_inside(actual, quantiles[0], quantiles[4]) & judged).sum()),
    )


def pooled(parts: list[Sums]) -> dict[str, dict[str, float | None]]:
    """Each metric over all origins together, and its spread over origins (None where there is one)."""
    total = Sums(*(sum(getattr(part, name) for part in parts) for name in Sums.__dataclass_fields__))
    by_origin = [part.metrics() for part in parts]
    return {
        name: {"mean": value, "sd": float(np.nanstd([m[name] for m in by_origin], ddof=1)) if len(parts) > 1 else None}
        for name, value in total.metrics().items()
    }


def _pinball(actual: FloatArray, quantiles: FloatArray) -> FloatArray:
    miss = actual - quantiles
    return np.maximum(SHARES[:, None] * miss, (SHARES[:, None] - 1) * miss)


def _inside(actual: FloatArray, low: FloatArray, high: FloatArray) -> np.ndarray:
    return (np.floor(low) <= actual) & (actual <= np.ceil(high))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")

"""How good call forecasts are: WAPE, MASE, weighted quantile loss, coverage; pooled over cells (contract, 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.intervals import FloatArray

METRICS = ("wape", "mase", "wql", "cover_80", "cover_95", "cover_80_busy", "cover_95_busy")
BUSY_CALLS = 20  # where the median is at least this, whole calls hardly widen a band
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
    busy: float = 0.0
    busy_80: float = 0.0
    busy_95: float = 0.0

    def metrics(self) -> dict[str, float]:
        """WAPE = Σ|y − median| / Σy; wQL = the quantiles' mean of 2 Σ pinball / Σy; coverage of judged and busy."""
        return {
            "wape": _ratio(self.error, self.calls),
            "mase": _ratio(self.scaled_error, self.cells),
            "wql": _ratio(self.pinball, self.calls),
            "cover_80": _ratio(self.inside_80, self.judged),
            "cover_95": _ratio(self.inside_95, self.judged),
            "cover_80_busy": _ratio(self.busy_80, self.busy),
            "cover_95_busy": _ratio(self.busy_95, self.busy),
        }


def sums_of(cells: Cells) -> Sums:
    """The sums over all cells that have an actual."""
    known = ~np.isnan(cells.actual)
    actual = cells.actual[known]
    quantiles = np.nan_to_num(cells.quantiles)[:, known]
    error = np.abs(actual - quantiles[MEDIAN])
    scale = np.broadcast_to(cells.scale[:, None, None], cells.actual.shape)[known]
    judged, busy = (actual > 0) | (quantiles[3] > 0.5), quantiles[MEDIAN] >= BUSY_CALLS
    inside_80, inside_95 = _inside(actual, quantiles[1], quantiles[3]), _inside(actual, quantiles[0], quantiles[4])
    return Sums(
        error=float(error.sum()),
        calls=float(actual.sum()),
        scaled_error=float((error / scale).sum()),
        cells=float(len(actual)),
        pinball=float(2 * _pinball(actual, quantiles).sum() / len(SHARES)),
        judged=float(judged.sum()),
        inside_80=float((inside_80 & judged).sum()),
        inside_95=float((inside_95 & judged).sum()),
        busy=float(busy.sum()),
        busy_80=float((inside_80 & busy).sum()),
        busy_95=float((inside_95 & busy).sum()),
    )


def pooled(parts: list[Sums]) -> dict[str, dict[str, float | None]]:
    """Each metric over all origins together, and its spread over origins (None where there is one)."""
    total = Sums(*(sum(getattr(part, name) for part in parts) for name in Sums.__dataclass_fields__))
    by_origin = [part.metrics() for part in parts]
    return {
        name: {"mean": value, "sd": _sd(np.array([m[name] for m in by_origin]))}
        for name, value in total.metrics().items()
    }


def _sd(values: FloatArray) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.std(ddof=1)) if len(known) > 1 else None


def _pinball(actual: FloatArray, quantiles: FloatArray) -> FloatArray:
    miss = actual - quantiles
    return np.maximum(SHARES[:, None] * miss, (SHARES[:, None] - 1) * miss)


def _inside(actual: FloatArray, low: FloatArray, high: FloatArray) -> np.ndarray:
    return (np.floor(low) <= actual) & (actual <= np.ceil(high))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")

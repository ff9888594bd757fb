"""Made-up rows to learn from, for tests."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.examples import Examples


def made_up(rows: int = 1200, months: int = 8, embargo_days: int = 37, seed: int = 1) -> Examples:
    """Rows over `months` monthly as-of dates whose target depends on `x`; each known `embargo_days` later."""
    rng = np.random.default_rng(seed)
    x, noise = rng.normal(size=rows), rng.normal(size=rows)
    firsts = pd.date_range("2025-01-01", periods=months, freq="MS").to_numpy().astype("datetime64[D]")
    as_of = np.sort(rng.choice(firsts, rows))
    target = (rng.random(rows) < 1 / (1 + np.exp(1.2 - 1.5 * x))).astype(float)
    return Examples(
        keys=pd.DataFrame({"row": np.arange(rows)}),
        features=pd.DataFrame({"x": x, "noise": noise}),
        target=target,
        as_of=as_of,
        known_on=as_of + embargo_days,
        groups=rng.integers(0, rows // 2, rows),
    )

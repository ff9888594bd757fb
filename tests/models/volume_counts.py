"""Made call counts for tests: two queues in two centres, a weekly and daily shape, busier at the month's start."""

import numpy as np
import pandas as pd

LEVEL = {("billing", "hz"): 30.0, ("billing", "wh"): 12.0, ("tech", "hz"): 5.0}


def made_counts(days: int = 150, start: str = "2025-08-01", minutes: int = 60) -> pd.DataFrame:
    """Open 09:00 to 17:00 every day, negative-binomial calls with a shared day factor, 200 s a call."""
    random = np.random.default_rng(11)
    dates = pd.date_range(start, periods=days)
    slots = np.arange(9 * 60, 17 * 60, minutes)
    shape = np.exp(-(((slots - 11 * 60) / 200) ** 2)) + 0.5
    factor = random.gamma(60, 1 / 60, days) * np.where(dates.weekday >= 5, 0.6, 1.0) * np.where(dates.day <= 3, 1.5, 1)
    frames = []
    for (queue, centre), level in LEVEL.items():
        offered = random.poisson(level * factor[:, None] * shape).astype(float)
        starts = dates.to_numpy()[:, None] + slots.astype("timedelta64[m]")
        frame = pd.DataFrame({"queue": queue, "centre": centre, "starts_at": starts.reshape(-1)})
        frames.append(frame.assign(offered=offered.reshape(-1)))
    counts = pd.concat(frames, ignore_index=True)
    return counts.assign(answered=counts["offered"], handle_s=counts["offered"] * 200.0)

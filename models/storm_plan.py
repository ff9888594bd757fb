"""What a storm day would bring: the forecast times what past storm days came to, booked as a cause of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.storms import Storms
from models.volume import DayForecast


def storm_forecast(days: DayForecast, storms: Storms) -> DayForecast:
    """The same days with a storm on each; `event_sd` grows by the spread of past storms."""
    ratio, spread = storms.ratio[:, None, None], storms.spread[:, None, None]
    return replace(
        days,
        median=days.median * ratio,
        causes=days.causes | {"storm": days.median * (ratio - 1)},
        event_sd=np.hypot(days.event_sd, days.median * spread),
    )

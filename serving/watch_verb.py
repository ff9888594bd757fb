"""What the `watch` verb lists: the alarms of a day as seen at a moment, by the champion and the calls of a lake."""

from __future__ import annotations

import pandas as pd

from data.known import as_known
from data.lake import Lake
from features.call_counts import call_counts
from features.call_drivers import read_drivers
from models.volume import VolumeModel
from models.watch import day_alarms
from serving.champions import need_champion
from serving.today import calls_of_day


def alarms_at(lake: Lake, moment: pd.Timestamp) -> pd.DataFrame:
    """`models.watch.day_alarms` of the moment's day, from what was known at its start and the calls since."""
    model: VolumeModel = need_champion(lake.settings, "volume").model
    known = as_known(lake, moment.date())
    model.with_history(call_counts(known), read_drivers(known))
    return day_alarms(model, moment, calls_of_day(lake, moment))

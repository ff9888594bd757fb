"""What the `watch` verb lists: a day's alarms as seen at a moment, by the champion and what a lake knew by then."""

from __future__ import annotations

import pandas as pd

from data.known import Known, as_known
from data.lake import Lake
from features.call_counts import call_counts
from features.call_drivers import read_drivers
from features.caller_areas import area_contacts, area_events, outages_of
from features.event_calendar import announced_by, read_events
from models.area_watch import COLUMNS, HISTORY_DAYS, AreaWatch
from models.volume import VolumeModel
from models.watch import day_alarms, watched
from serving.champions import need_champion
from serving.today import calls_of_day

USES = ("call_volumes", "contacts", "customers", "events", "exposures", "usage", "bills")


def alarms_at(lake: Lake, moment: pd.Timestamp) -> pd.DataFrame:
    """`models.watch.watched` of the moment's day, from what was known at its start and what has come since."""
    model: VolumeModel = need_champion(lake.settings, "volume").model
    known = as_known(lake, moment.date())
    model.with_history(call_counts(known), read_drivers(known))
    queues = day_alarms(model, moment, calls_of_day(lake, moment))
    outages = outages_of(area_events(read_events(lake), moment))
    today = outages[outages["ends_at"] >= moment.normalize()]
    return watched(queues, _area_alarms(lake, known, moment, model), today)


def _area_alarms(lake: Lake, known: Known, moment: pd.Timestamp, model: VolumeModel) -> pd.DataFrame:
    """Areas that call more than others; none where the lake has no callers with an area, or no outage in its past."""
    if not (lake.has("contacts") and lake.has("customers")):
        return pd.DataFrame(columns=COLUMNS)
    start = moment.normalize()
    span = (start - pd.Timedelta(days=HISTORY_DAYS), moment)
    contacts = area_contacts(lake["contacts"], known["customers"], span, model.interval_min)
    past, queues = contacts[contacts["starts_at"] < start], model.series["queue"].nunique()
    watch = AreaWatch.fit(past, area_events(read_events(known), start), model.interval_min, queues)
    if watch is None:
        return pd.DataFrame(columns=COLUMNS)
    return watch.alarms(contacts, moment, area_events(announced_by(read_events(lake), start), moment))

"""What all chunks share: the setting, the events of the window, the hotline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.arrivals import draw_arrivals
from data.simulate.calendar import Calendar
from data.simulate.catalogue import read_catalogue
from data.simulate.event_draws import draw_happenings
from data.simulate.handling import Desk
from data.simulate.happenings import Happenings, area_names
from data.simulate.hotline import Tally, hotline_load
from data.simulate.parameters import Parameters
from data.simulate.setting import Setting, draw_staff
from data.simulate.texts import make_writer


@dataclass(frozen=True)
class World:
    """The same for every chunk; the desk's tally is the chunk's own."""

    setting: Setting
    events: Happenings
    desk: Desk


def make_world(seed: int, calendar: Calendar, world: Parameters) -> World:
    """From the seed alone: any process makes the same."""
    rng = np.random.default_rng([seed, 0])
    staff = draw_staff(rng, calendar, world)
    rivals = rng.normal(0.0, world.leaving.competitor_sd, (calendar.months, len(area_names())))
    setting = Setting(world, read_catalogue(), calendar, staff, rivals)
    events = draw_happenings(rng, calendar, world.calls, world.events)
    arrivals = draw_arrivals(rng, calendar, events, world.calls, world.events)
    load = hotline_load(arrivals, world.calls, world.handling)
    return World(setting, events, Desk(arrivals, load, Tally.like(arrivals.rate), make_writer(rng, world.contacts)))

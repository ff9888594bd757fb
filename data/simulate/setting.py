"""What every room of the simulator reads and none changes: the parameters, the catalogue, the months, the staff."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.calendar import Calendar
from data.simulate.catalogue import Catalogue
from data.simulate.kinds import Bools, Floats, Ints
from data.simulate.parameters import Parameters

CENTRES = ("一中心", "二中心")
CENTRE_SHARES = (0.6, 0.4)


@dataclass(frozen=True)
class Staff:
    """Agents by index: their centre and team, how well they sell (sd units), whether they are in the pilot."""

    centre: Ints
    team: Ints
    skill: Floats
    pilot: Bools
    hired_day: Ints

    def draw(self, rng: np.random.Generator, centre: Ints) -> Ints:
        """An agent of the given centre for each row."""
        agents = np.zeros(centre.size, dtype=np.int64)
        for number in range(len(CENTRES)):
            here = np.flatnonzero(centre == number)
            agents[here] = rng.choice(np.flatnonzero(self.centre == number), here.size)
        return agents


@dataclass(frozen=True)
class Setting:
    """The fixed part of a simulation; `rivals` is the pull of competitors by month and area, in logits."""

    world: Parameters
    catalogue: Catalogue
    calendar: Calendar
    staff: Staff
    rivals: Floats

    def opened_days(self) -> Ints:
        """The day from which each offer is made, shape (offers,)."""
        opened = np.full(len(self.catalogue.offers.ids), self.calendar.day(0) - 400, dtype=np.int64)
        for offer, months in self.world.sales.late_offers:
            opened[self.catalogue.offers.ids.index(offer)] = self.calendar.day(self.calendar.months - months)
        return opened


def draw_staff(rng: np.random.Generator, calendar: Calendar, world: Parameters) -> Staff:
    """Teams are spread over the centres agent by agent, so that each centre has its part of the pilot team."""
    number = np.arange(world.agents)
    team = number % world.teams
    centre = ((number // world.teams) / (world.agents / world.teams) >= CENTRE_SHARES[0]).astype(np.int64)
    return Staff(
        centre=centre,
        team=team,
        skill=rng.normal(0.0, 1.0, world.agents),
        pilot=team == world.teams - 1,
        hired_day=calendar.day(0) - rng.integers(30, 2500, world.agents),
    )

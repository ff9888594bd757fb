"""The lines that are simulated together: who they are, how they stand, their random numbers and their rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.kinds import Bools
from data.simulate.people import People
from data.simulate.rows import Parts
from data.simulate.setting import Setting
from data.simulate.state import State


@dataclass
class Chunk:
    """One generator serves a chunk, so its rows depend on the seed and its number alone."""

    number: int
    rng: np.random.Generator
    people: People
    state: State
    setting: Setting
    parts: Parts
    contacts_so_far: int = 0
    exposures_so_far: int = 0
    complaints_so_far: int = 0

    def present(self, month: int) -> Bools:
        """Lines that are customers at the month's start."""
        return self.state.present(self.setting.calendar.day(month), self.people.visible.joined_day)

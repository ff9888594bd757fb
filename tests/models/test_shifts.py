"""Shifts: breaks leave the phone, the need is covered with the least, and impossible needs are told as missing."""

import numpy as np
import pandas as pd
import pytest

from data.errors import BadInput
from models.shifts import ShiftTemplate, cover, phone_time, read_templates

EARLY = ShiftTemplate("early", 8 * 60, 8 * 60, ((4 * 60, 60),))
LATE = ShiftTemplate("late", 12 * 60, 8 * 60, ((2 * 60, 60),))


def _need(level: float, since: int = 8, until: int = 20) -> np.ndarray:
    hours = np.arange(48) / 2
    return np.where((hours >= since) & (hours < until), level, 0.0)[None]


def test_a_shift_is_on_the_phone_but_for_its_breaks() -> None:
    share = phone_time([EARLY], 1, 30)[0, 0]
    assert share.sum() == 14
    assert share[24:26].tolist() == [0, 0]
    assert share[16] == 1


def test_a_shift_over_midnight_serves_the_next_day() -> None:
    share = phone_time([ShiftTemplate("night", 22 * 60, 8 * 60)], 2, 60)
    assert share[0, 0, 22:30].tolist() == [1] * 8
    assert share[0, 1, 46:].tolist() == [1, 1]


def test_the_need_is_covered_with_the_fewest_shifts() -> None:
    half_days = [ShiftTemplate("morning", 8 * 60, 6 * 60), ShiftTemplate("afternoon", 14 * 60, 6 * 60)]
    roster = cover(_need(7.0), half_days, 30)
    assert roster.counts.tolist() == [[7], [7]]
    assert (roster.missing.sum(), roster.spare.sum(), roster.optimal) == (0, 0, True)


def test_overlapping_shifts_cover_each_others_breaks_as_far_as_they_can() -> None:
    roster = cover(_need(5.0), [EARLY, LATE], 30)
    assert roster.missing.sum() == 0
    alone = cover(_need(5.0, 8, 16), [EARLY], 30)
    assert alone.missing.reshape(-1)[24:26].sum() == 10, "nobody covers the only break"


def test_what_is_missing_under_a_cap_is_told() -> None:
    roster = cover(_need(10.0), [EARLY, LATE], 30, most_agents=8)
    assert roster.counts.sum() == 8
    assert roster.missing.sum() > 0


def test_a_better_roster_than_the_found_one_does_not_exist_among_all_small_ones() -> None:
    need = _need(2.0) + _need(1.0, 12, 16)
    roster = cover(need, [EARLY, LATE], 30)
    share = phone_time([EARLY, LATE], 1, 30)[:, 0]

    def price(counts: np.ndarray) -> float:
        on = counts @ share
        return float(1000 * np.maximum(need[0] - on, 0).sum() + np.maximum(on - need[0], 0).sum() + 160 * counts.sum())

    every = [price(np.array([a, b])) for a in range(8) for b in range(8)]
    assert price(roster.counts[:, 0]) == min(every)


def test_templates_are_read_from_a_table() -> None:
    table = pd.DataFrame({"name": ["d"], "start": ["09:30"], "hours": [8], "breaks": ["02:00+15 04:00+60"]})
    (found,) = read_templates(table.assign(paid_breaks="no"))
    assert found == ShiftTemplate("d", 570, 480, ((120, 15), (240, 60)), paid_breaks=False)
    assert found.paid_min == 405


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": "9 o'clock"}, "row 1"),
        ({"hours": "x"}, "row 1"),
        ({"breaks": "07:50+30"}, "breaks inside"),
    ],
)
def test_a_template_that_cannot_be_is_named(change: dict[str, str], message: str) -> None:
    row = {"name": "d", "start": "09:30", "hours": 8, "breaks": ""} | change
    with pytest.raises(BadInput, match=message):
        read_templates(pd.DataFrame([row]))


def test_missing_columns_and_no_templates_say_so() -> None:
    with pytest.raises(BadInput, match="hours"):
        read_templates(pd.DataFrame({"name": ["a"], "start": ["08:00"]}))
    with pytest.raises(BadInput, match="at least one"):
        cover(_need(1.0), [], 30)

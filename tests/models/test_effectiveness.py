"""How much of an Erlang agent an agent is: the factor that made the data is found, too few calls tell nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.effectiveness import effectiveness
from models.erlang import Queue

LINE = Queue(within_s=30.0, patience_s=240.0)


def _rows(factor: float, calls: float = 200.0) -> pd.DataFrame:
    """Half hours with 18 to 35 agents, answered as Erlang says of `factor` as many."""
    agents = np.arange(18.0, 36.0)
    line = LINE.line(agents * factor, np.full(18, calls * 200 / 1800), np.full(18, 200.0))
    answered = calls * (1 - line.abandoned)
    frame = pd.DataFrame({"queue": "tariff", "offered": calls, "answered": answered, "agents": agents})
    return frame.assign(handle_s=answered * 200.0, answered_in_target=calls * line.service_level)


@pytest.mark.parametrize("factor", [0.6, 0.85, 1.0, 1.2])
def test_the_factor_that_made_the_data_is_found(factor: float) -> None:
    assert effectiveness(_rows(factor), LINE, 1800.0)["tariff"] == pytest.approx(factor, abs=0.001)


def test_too_few_calls_leave_agents_as_they_are() -> None:
    assert effectiveness(_rows(0.6, calls=2.0), LINE, 1800.0) == {"tariff": 1.0}


def test_rows_that_lack_something_do_not_count() -> None:
    rows = pd.concat([_rows(0.8), _rows(0.8).assign(handle_s=0.0), _rows(0.8).assign(agents=np.nan)])
    assert effectiveness(rows, LINE, 1800.0)["tariff"] == pytest.approx(0.8, abs=0.001)

"""One simulated operator for all tests of the simulator."""

from __future__ import annotations

import pytest

from data.simulate import simulate
from tests.data.simulate.simulated import CUSTOMERS, MONTHS, SEED, Operator, open_operator


@pytest.fixture(scope="session")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Operator:
    folder = tmp_path_factory.mktemp("operator")
    simulate(CUSTOMERS, MONTHS, SEED, folder)
    return open_operator(folder)

"""A small embedded operator, simulated once for all tests and workers of a session."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import pytest

from data.settings import OutcomeSettings, Settings
from data.simulate import simulate
from data.simulate.parameters import Parameters, SalesParameters

CUSTOMERS, MONTHS, SEED = 4000, 8, 5
BUSY = Parameters(sales=SalesParameters(pitch_rate=0.7, popup_quiet=0.9))  # many pitches of few customers
SOON = OutcomeSettings(churn_days=30)  # who left is known after 120 days: a short lake has months to test on


@pytest.fixture(scope="session")
def operator() -> Path:
    """The folder with `lake` and `truth` of 4,000 customers over 8 months; tests never write into it."""
    return _simulated()


@pytest.fixture(scope="session")
def operator_settings(operator: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings on that lake with a `var` of the session's own."""
    return Settings(lake=operator / "lake", var=tmp_path_factory.mktemp("var"), outcomes=SOON)


def _simulated() -> Path:
    """Made in a folder named after the simulator's source, then moved into place: safe with many workers."""
    folder = Path(tempfile.gettempdir()) / f"nextcall-tests-{os.getuid()}" / f"operator-{_source()}"
    if not (folder / "lake").is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=folder.parent))
        simulate(customers=CUSTOMERS, months=MONTHS, seed=SEED, out=unfinished / "made", world=BUSY)
        try:
            (unfinished / "made").rename(folder)
        except OSError:  # another worker was first
            assert (folder / "lake").is_dir()
    return folder


def _source() -> str:
    code = Path(__file__).parents[1] / "data" / "simulate"
    files = sorted(path for path in code.rglob("*.*") if path.suffix in (".py", ".csv"))
    settings = repr((CUSTOMERS, MONTHS, SEED, BUSY)).encode()
    return hashlib.sha256(settings + b"".join(path.read_bytes() for path in files)).hexdigest()[:12]

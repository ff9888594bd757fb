"""A small embedded operator, simulated once for all tests and workers of a session."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import pytest

from data.simulate import simulate

CUSTOMERS, MONTHS, SEED = 2500, 14, 5


@pytest.fixture(scope="session")
def operator() -> Path:
    """The folder with `lake` and `truth` of 2,500 customers over 14 months; tests never write into it."""
    return _simulated()


def _simulated() -> Path:
    """Made in a folder named after the simulator's source, then moved into place: safe with many workers."""
    folder = Path(tempfile.gettempdir()) / f"nextcall-tests-{os.getuid()}" / f"operator-{_source()}"
    if not (folder / "lake").is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=folder.parent))
        simulate(customers=CUSTOMERS, months=MONTHS, seed=SEED, out=unfinished / "made")
        try:
            (unfinished / "made").rename(folder)
        except OSError:  # another worker was first
            assert (folder / "lake").is_dir()
    return folder


def _source() -> str:
    code = Path(__file__).parents[1] / "data" / "simulate"
    files = sorted(path for path in code.rglob("*.*") if path.suffix in (".py", ".csv"))
    settings = repr((CUSTOMERS, MONTHS, SEED)).encode()
    return hashlib.sha256(settings + b"".join(path.read_bytes() for path in files)).hexdigest()[:12]

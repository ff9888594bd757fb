"""When and with what a model was made: the moment, the packages."""

from __future__ import annotations

import datetime as dt
import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("duckdb", "ibis-framework", "lightgbm", "mlflow", "numpy", "optuna", "pandas", "scikit-learn", "scipy")


def now_text() -> str:
    """The moment in UTC, to the second, as RFC 3339."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def package_versions() -> dict[str, str]:
    """The versions of what a model's numbers depend on.

    >>> sorted(package_versions())[-1]
    'scipy'
    """
    return {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"

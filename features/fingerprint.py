"""Which data a number was made from: one hash over what a lake holds."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import ibis

from data.lake import Lake

MADE_BY_MODELS = "model_labels"


def data_fingerprint(lake: Lake) -> str:
    """Sixteen hex digits over rows and first and last day of each dated column, by table, and the files' sizes.

    Labels that models made of the lake are left out: they are derived, not data.
    """
    tables = {name: _extent(lake[name]) for name in lake.names if name != MADE_BY_MODELS}
    return _digest({"tables": tables, "bytes": _sizes(lake.folder)})


def cache_key(lake: Lake, *more: object) -> str:
    """A key for what is made of the lake: data, model-made labels, file times, settings, and the code that does it."""
    derived = _extent(lake[MADE_BY_MODELS]) if lake.has(MADE_BY_MODELS) else None
    times = sorted(path.stat().st_mtime_ns for path in lake.folder.rglob("*.*") if path.is_file())
    settings = lake.settings.model_dump(mode="json", include={"bill_delay_days", "outcomes", "tables"})
    return _digest([data_fingerprint(lake), derived, times, settings, _code(), more])


def _extent(table: ibis.Table) -> list[Any]:
    dated = [name for name, kind in table.schema().items() if kind.is_temporal()]
    ends = {f"{how}_{name}": getattr(table[name], how)() for name in dated for how in ("min", "max")}
    return table.aggregate(rows=table.count(), **ends).to_pandas().astype(str).iloc[0].tolist()


def _sizes(folder: Path) -> list[tuple[str, int]]:
    files = sorted(path for path in folder.rglob("*.*") if path.is_file())
    return [(path.relative_to(folder).as_posix(), path.stat().st_size) for path in files]


@cache
def _code() -> str:
    """A hash of the source files that make labels and pairs; computed once a process."""
    root = Path(__file__).parent
    files = sorted([*root.rglob("*.py"), *(root.parent / "data").glob("*.py")])
    return _digest([path.read_text(encoding="utf-8") for path in files])


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, default=str, ensure_ascii=False).encode()).hexdigest()[:16]

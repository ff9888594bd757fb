"""Which offer pops up first: a level by kind that changes late in the month, and manual priorities with their history.

The file of manual priorities (`[popup] overrides`) is a CSV that only grows: offer_id, level (1 = first; empty =
the usual one), from_day, to_day (half-open, may be empty), who, when, why. The last row of an offer that holds on a day
counts. A publication keeps the rows it was made with, and refuses a file in which one of them was changed or is gone.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.errors import BadInput
from models.arbitration import popup_levels

COLUMNS = ("offer_id", "level", "from_day", "to_day", "who", "when", "why")


@dataclass(frozen=True)
class Override:
    """One manual decision: texts as in the file, days as ISO texts; `level` None gives the offer its usual one back."""

    offer_id: str
    level: int | None
    from_day: str
    to_day: str
    who: str
    when: str
    why: str

    def holds(self, day: dt.date) -> bool:
        """Whether it counts on that day."""
        text = day.isoformat()
        return self.from_day <= text and (not self.to_day or text < self.to_day)

    def to_json(self) -> dict[str, Any]:
        """As a publication keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Override:
        """The override that `to_json` described."""
        return cls(**document)


@dataclass(frozen=True)
class UsualLevels:
    """The levels by offer kind, and the day of the month from which plans stand first."""

    by_kind: Mapping[str, int]
    plans_first_from: int


def levels_on(
    day: dt.date, offers: Sequence[tuple[str, str]], usual: UsualLevels, overrides: Sequence[Override] = ()
) -> list[int]:
    """The pop-up priority of each (offer_id, kind) on a day, 1 = first."""
    found = popup_levels([kind for _, kind in offers], usual.by_kind, day.day, usual.plans_first_from)
    manual = {override.offer_id: override.level for override in overrides if override.holds(day)}
    return [manual.get(offer) or level for (offer, _), level in zip(offers, found, strict=True)]


def read_overrides(path: Path, offers: Sequence[str]) -> list[Override]:
    """The rows of the file; BadInput lists every wrong one by its line, with what was wanted."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            header, rows = tuple(reader.fieldnames or ()), list(reader)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"the pop-up priorities {path} cannot be read: {error}") from error
    if header != COLUMNS:
        raise BadInput(f"{path} has the columns {', '.join(header)}; wanted {', '.join(COLUMNS)}")
    wrong = [f"line {i}: {told}" for i, row in enumerate(rows, start=2) for told in _breaches(row, offers)]
    if wrong:
        raise BadInput(f"the pop-up priorities {path} are wrong:\n  " + "\n  ".join(wrong))
    return [_override(row) for row in rows]


def _override(row: Mapping[str, str]) -> Override:
    texts = {name: row[name] for name in COLUMNS if name != "level"}
    return Override(level=int(row["level"]) if row["level"] else None, **texts)


def refuse_rewritten(before: Sequence[Override], now: Sequence[Override]) -> None:
    """BadInput where a row that was published is changed or gone: the file only grows."""
    for line, (old, new) in enumerate(zip(before, [*now, *[None] * len(before)], strict=False), start=2):
        if old != new:
            raise BadInput(
                f"line {line} of the pop-up priorities was published as {_told(old)}, and is now "
                f"{_told(new) if new else 'gone'}; put it back and add a row instead: the history is kept"
            )


def _told(override: Override) -> str:
    return ",".join("" if value is None else str(value) for value in asdict(override).values())


def _breaches(row: Mapping[str, str], offers: Sequence[str]) -> list[str]:
    if None in row or None in row.values():
        return [f"wanted {len(COLUMNS)} values"]
    empty = [name for name in ("who", "when", "why", "from_day") if not row[name].strip()]
    told = [f"{name} is empty; every change says who made it, when and why" for name in empty]
    if row["offer_id"] not in offers:
        told.append(f"offer_id {row['offer_id']!r} is no offer in force; known are {', '.join(offers)}")
    if row["level"] and not (row["level"].isdecimal() and int(row["level"]) >= 1):
        told.append(f"level came as {row['level']!r}; wanted a whole number from 1 (first), or nothing")
    days = [name for name in ("from_day", "to_day", "when") if row[name] and not _is_day(row[name], name)]
    return told + [f"{name} came as {row[name]!r}; wanted a date like 2026-01-31" for name in days]


def _is_day(text: str, name: str) -> bool:
    """`when` may be a moment; the others are days, compared as texts."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return name == "when" or text == moment.date().isoformat()

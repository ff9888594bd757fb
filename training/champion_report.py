"""The planner's report of the volume champion, on a lake as it was known at a day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from data.errors import BadInput
from data.lake import Lake
from models.artefact import MODEL
from models.volume import VolumeModel
from training.registry import Registry
from training.volume_report import ReplayPlan, ReportDays, write_volume_report

USES = ("call_volumes", "contacts", "events", "exposures", "usage", "bills")


def report_champion(lake: Lake, as_of: dt.date, out: Path, days: tuple[int, int]) -> Path:
    """Write the page; `days`: how many ahead are drawn, and how many past origins are replayed.

    BadInput where there is no champion, or the file is not called .html.
    """
    if out.suffix.lower() != ".html":
        raise BadInput(f"--out came as {out.name}; wanted a name that ends in .html")
    registry = Registry(lake.settings)
    champion = registry.champion("volume")
    if champion is None:
        raise BadInput("no champion of volume yet; run: nextcall train volume, nextcall promote volume --bootstrap")
    model = VolumeModel.load(registry.folder(champion) / MODEL)
    plan = ReportDays(days[0], ReplayPlan(origins=days[1]))
    return write_volume_report(lake, as_of, model, out, {"model": str(champion)}, plan)

"""Stored decisions and their outcomes as rows of the lake's `exposures`: what the next training learns from.

One row a recommended offer, one of any other of which an outcome came (the agent's own choice: no arm, no
propensity), and one without an offer where nothing was shown by the draw. A decision counts as randomised where its arm
was drawn, whichever came: its propensities are those before the draw, so that rows of the exploring arm alone would not
add up to them. The part file is written anew from the whole store each time, under another name first: running it twice
changes nothing. Customers stand in it by the lake's own ids; what callers said does not.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import BadInput
from data.outcome_log import decisions
from data.schema import TABLES
from data.settings import Settings
from data.store import Store
from serving.clock import to_local

PART = "decisions-of-nextcall.parquet"
STAGE_OF = {f"{stage}_at": stage for stage in ("accepted", "rejected", "confirmed", "reversed")}
SHOWN = ("shown", "not_pitched", "pitched", "accepted", "confirmed", "rejected", "effective", "reversed")
CERTAIN = 1.0 - 1e-9  # propensities are sums of shares
PITCHED = ("pitched", "accepted", "confirmed", "rejected", "effective", "reversed")
ARROW = {
    "str": pa.string(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "ts": pa.timestamp("us"),
}


def sync(settings: Settings, store: Store, out: Path | None = None) -> tuple[Path, int]:
    """Write the exposures of the store into the lake, or to `out`; the file and its rows.

    BadInput where the lake's table is mapped or partitioned: then `out` is wanted, to be listed in nextcall.toml.
    """
    if out and out.suffix != ".parquet":
        raise BadInput(f"--out came as {out}; wanted a .parquet file")
    frame = exposures(store, settings)
    path = out or _place(settings)
    frame = frame[~frame["decision_id"].isin(_decisions_elsewhere(path))]
    fields = TABLES["exposures"].fields
    schema = pa.schema([(name, ARROW[fields[name].kind]) for name in frame.columns])
    unfinished = path.with_suffix(f".{os.getpid()}")
    pq.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False), unfinished)
    unfinished.replace(path)
    return path, len(frame)


def exposures(store: Store, settings: Settings) -> pd.DataFrame:
    """The contract's `exposures` of all stored decisions up to today, by decision and rank."""
    today = settings.clock_today()
    rows = [row for decision in decisions(store) for row in exposure_rows(decision, settings) if _known(row, today)]
    columns = list(TABLES["exposures"].fields)
    return pd.DataFrame(rows, columns=columns).astype(object).where(lambda frame: frame.notna(), None)


def _known(row: Mapping[str, Any], today: dt.date) -> bool:
    return bool(row["decided_at"].date() <= today)


def exposure_rows(decision: Mapping[str, Any], settings: Settings) -> Iterator[dict[str, Any]]:
    """The exposures of one stored decision: its record, and the outcomes of each of its offers."""
    record, answer = decision["record"], decision["record"]["answer"]
    asked = record["asked"]
    base = {
        "decision_id": answer["decision_id"],
        "customer_id": answer["customer_id"],
        "contact_id": asked.get("contact_id"),
        "channel": asked["channel"],
        "decided_at": to_local(dt.datetime.fromisoformat(answer["at"]), settings.timezone),
        "arm": answer["arm"],
        "randomised": was_drawn(record),
        "popped_up": False,
        "pitched": False,
        "accepted": False,
    }
    if base["randomised"] and not answer["recommendations"]:
        yield base | {"exposure_id": f"{answer['decision_id']}-0", "propensity": record["propensity"]}
    for offer in answer["recommendations"]:
        yield base | {
            "exposure_id": f"{answer['decision_id']}-{offer['rank']}",
            "offer_id": offer["offer_id"],
            "propensity": record.get("propensities", {}).get(offer["offer_id"], record["propensity"]),
            **_outcome(decision["outcomes"].get(offer["offer_id"], []), offer, asked),
        }
    recommended = {offer["offer_id"] for offer in answer["recommendations"]}
    for other in sorted(set(decision["outcomes"]) - recommended):
        yield base | {
            "exposure_id": f"{answer['decision_id']}-other-{other}",
            "offer_id": other,
            "arm": None,
            "randomised": False,
            **_outcome(decision["outcomes"][other], {}, asked),
        }


def was_drawn(record: Mapping[str, Any]) -> bool:
    """Whether the arm was left to chance; records of before that was stored tell it by a propensity below 1.

    >>> was_drawn({"propensity": 0.82, "propensities": {"a": 0.82, "b": 0.02}})
    True
    """
    known = (record["propensity"], *record.get("propensities", {}).values())
    return bool(record.get("drawn", min(known) < CERTAIN))


def _outcome(told: list[Mapping[str, Any]], offer: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the outcomes of one offer say, the first of each stage."""
    first = {row["stage"]: row for row in sorted(told, key=lambda row: row["at"], reverse=True)}
    times = {name: first[stage]["at"] for name, stage in STAGE_OF.items() if stage in first}
    agents = [row["agent_id"] for row in told if row["agent_id"]]
    return times | {
        "popped_up": any(stage in first for stage in SHOWN),
        "pitched": any(stage in first for stage in PITCHED),
        "accepted": "accepted" in first,
        "reject_reason": first["rejected"]["reason"] if "rejected" in first else None,
        "effective_on": _effective_on(first, offer) if "accepted" in first else None,
        "agent_id": agents[0] if agents else asked.get("agent_id"),
    }


def _effective_on(first: Mapping[str, Any], offer: Mapping[str, Any]) -> dt.date | None:
    """The day that the recommendation promised; of an offer that was not recommended, the one that was told."""
    if "effective_on" in offer:
        return dt.date.fromisoformat(offer["effective_on"])
    return first["effective"]["at"].date() if "effective" in first else None


def _place(settings: Settings) -> Path:
    """The part file in the folder of the table; a table that is one file becomes a folder with that file in it."""
    folder, single = settings.lake / "exposures", settings.lake / "exposures.parquet"
    if not settings.lake.is_dir():
        raise BadInput(f"the lake {settings.lake} is no folder")
    if "exposures" in settings.tables or (folder.is_dir() and any(child.is_dir() for child in folder.iterdir())):
        raise BadInput(
            "this lake maps or partitions its exposures; give --out FILE.parquet and list it in nextcall.toml"
        )
    folder.mkdir(exist_ok=True)
    if single.is_file():
        single.replace(folder / "part-0.parquet")
    return folder / PART


def _decisions_elsewhere(path: Path) -> set[str]:
    """Decisions that the operator's own exposures hold already: they would count twice."""
    others = [file for file in path.parent.rglob("*.parquet") if file != path]
    named = [file for file in others if "decision_id" in pq.read_schema(file).names]
    found: set[str] = set()
    for file in named:
        found |= set(pq.read_table(file, columns=["decision_id"])["decision_id"].drop_null().to_pylist())
    return found

"""`nextcall compare`: every version and every baseline on the same back-test, in one table, without a refit.

Versions keep their out-of-fold predictions. Those made of the same test rows as the newest version's are measured
again on the rows that all of them share; versions of other data are named, not measured: no number of theirs would
be comparable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from pathlib import Path

import pandas as pd

from data.errors import BadInput
from data.settings import Settings
from models.artefact import PREDICTIONS
from models.metrics import probability_metrics
from training.backtest import summary
from training.paired import gain_columns
from training.registry import Registry, Version
from training.tasks import MODEL, check_kind
from training.tracking import tracked_run
from training.volume_fit import SUMS
from training.volume_metrics import Sums, pooled

LEAST_SHARED = 0.5  # of the newest version's test rows; below, two back-tests are not the same


def compare(kind: str, settings: Settings) -> pd.DataFrame:
    """One row a version (newest first) and baseline: contender, alias, as_of, metrics with sd; printed by the caller.

    Also logged as a run of its own. BadInput where nothing is registered.
    """
    registry = Registry(settings)
    versions = registry.versions(check_kind(kind))
    if not versions:
        raise BadInput(f"no version of {kind} is registered; run: nextcall train {kind}")
    tables = {name_of(version): _evidence(registry.folder(version), kind) for version in versions}
    found = _compare_sums(tables) if kind == "volume" else _compare_predictions(tables)
    table = _described(found, versions)
    with tracked_run(settings, kind, f"compare {kind}") as run:
        run.log_table(table, "compare.csv")
    return table


def _evidence(folder: Path, kind: str) -> pd.DataFrame:
    return pd.read_parquet(folder / (SUMS if kind == "volume" else PREDICTIONS))


def _compare_predictions(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    newest = next(iter(tables.values()))
    keys = [name for name in newest.columns if name != "y" and not name.startswith("p_")]
    alike, shared = _shared(tables, keys)
    columns = {version: shared.merge(tables[version], on=keys)[f"p_{MODEL}"] for version in alike}
    first = shared.merge(newest, on=keys)
    baselines = [str(name) for name in newest if str(name).startswith("p_") and name != f"p_{MODEL}"]
    columns |= {name.removeprefix("p_"): first[name] for name in baselines}
    rows = [
        {"learner": name, "fold": month, **_measured(first["y"][part.index], part)}
        for name, values in columns.items()
        for month, part in values.groupby(first["as_of"])
    ]
    return summary(pd.DataFrame(rows))


def _measured(target: pd.Series, probability: pd.Series) -> dict[str, float]:
    if target.nunique() < 2:
        return {}
    return probability_metrics(target.to_numpy(), probability.to_numpy())


def _compare_sums(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    ahead, next_day = ({v: _of_lead(table, kind) for v, table in tables.items()} for kind in (False, True))
    found = _compared(ahead)
    if not all(len(table) for table in next_day.values()):
        return found
    near = _compared(next_day)
    columns = [name for name in near.columns.astype(str) if name.startswith("wape")]
    near = near[["learner", *columns]].rename(columns={name: f"next_day_{name}" for name in columns})
    return found.merge(near, on="learner", how="left")


def _of_lead(table: pd.DataFrame, next_day: bool) -> pd.DataFrame:
    """The rows of one kind of lead; a version of before there were two has one."""
    kind = table["next_day"] if "next_day" in table else pd.Series(False, index=table.index)
    return table[kind == next_day]


def _compared(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Metrics of each version and baseline on the origins that all share, and what the newest version gains on each."""
    alike, shared = _shared({v: t[t["learner"] == MODEL] for v, t in tables.items()}, ["as_of"])
    newest, first = next(iter(tables.items()))
    parts = {v: tables[v][tables[v]["learner"] == MODEL] for v in alike}
    parts |= {str(name): rows for name, rows in first[first["learner"] != MODEL].groupby("learner", sort=False)}
    sums = {name: _sums(part.merge(shared, on="as_of").sort_values("as_of")) for name, part in parts.items()}
    found = pd.DataFrame([{"learner": name, **_pooled(part)} for name, part in sums.items()])
    return found.merge(gain_columns(sums, newest).rename(columns={"forecast": "learner"}), on="learner", how="left")


def _sums(rows: pd.DataFrame) -> list[Sums]:
    columns = rows.reindex(columns=list(Sums.__dataclass_fields__), fill_value=0.0)
    return [Sums(*values) for values in columns.itertuples(index=False)]


def _pooled(sums: list[Sums]) -> dict[str, float | None]:
    ends: dict[str, Callable[[str], str]] = {"mean": lambda name: name, "sd": lambda name: f"{name}_sd"}
    return {named(name): value[end] for name, value in pooled(sums).items() for end, named in ends.items()}


def _shared(tables: Mapping[str, pd.DataFrame], keys: list[str]) -> tuple[list[str], pd.DataFrame]:
    """The versions that were judged on the newest one's rows, and the rows that all of them share."""
    newest = next(iter(tables.values()))[keys]
    overlaps = {version: len(newest.merge(table[keys], on=keys)) / len(newest) for version, table in tables.items()}
    alike = [version for version, share in overlaps.items() if share >= LEAST_SHARED]
    shared = reduce(lambda rows, version: rows.merge(tables[version][keys], on=keys), alike, newest)
    return alike, shared


def name_of(version: Version) -> str:
    """A version as a contender of the table."""
    return f"version {version.number}"


def _described(found: pd.DataFrame, versions: list[Version]) -> pd.DataFrame:
    about = pd.DataFrame(
        [{"learner": name_of(v), "alias": ", ".join(v.aliases), "as_of": v.tags.get("as_of", "")} for v in versions]
    )
    table = found.merge(about, on="learner", how="outer", sort=False)
    order = {name: i for i, name in enumerate([*about["learner"], *found["learner"]])}
    table = table.sort_values("learner", key=lambda names: names.map(order), ignore_index=True)
    table["note"] = table.iloc[:, 1].isna().map({True: "judged on other rows: not comparable", False: ""})
    first = ["learner", "alias", "as_of"]
    return table[[*first, *(name for name in table if name not in first)]].fillna({"alias": "", "as_of": ""})

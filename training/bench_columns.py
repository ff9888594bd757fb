"""Which columns of anybody's table become features, and how; notes say what was dropped or read in another way."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from data.errors import BadInput
from models.feature_schema import FeatureSchema, Floats
from models.metrics import tie_mean

MOSTLY = 0.95  # a text column is read as numbers or dates if this share of its values is
ID_ROWS = 100  # from this many rows on, a whole number or text that never repeats is an identifier
LEAK_AUC = 0.95  # no honest single column separates customers like that
ISO_DATE = r"\d{4}-\d{2}-\d{2}([T ].*)?"


@dataclass
class Features:
    """Numbers and categories alone, row for row with the table they came from."""

    frame: pd.DataFrame
    notes: list[str] = field(default_factory=list)


def make_features(table: pd.DataFrame) -> Features:
    """Every column that can be learnt from; raises BadInput where none is left."""
    made = Features(pd.DataFrame(index=table.index))
    columns: dict[str, pd.Series] = {}
    dropped: dict[str, list[str]] = {}
    for name in table.columns:
        reason = _why_not(table[name])
        if reason:
            dropped.setdefault(reason, []).append(str(name))
        else:
            columns |= _as_features(str(name), table[name], made.notes)
    made.notes += [f"dropped, {reason}: {', '.join(names)}" for reason, names in dropped.items()]
    if not columns:
        raise BadInput(f"no column is left to learn from ({'; '.join(made.notes) or 'the table has no other columns'})")
    made.frame = pd.DataFrame(columns)
    return made


def leak_hints(features: pd.DataFrame, target: Floats) -> list[str]:
    """A warning for each column that alone has an AUC above 0.95, in either direction."""
    schema = FeatureSchema.of(features)
    matrix = schema.encode(features)
    scores = np.where(np.isnan(matrix), -np.inf, matrix)
    for i in schema.category_positions:
        scores[:, i] = tie_mean(target, scores[:, i])
    found = {name: _auc(target, scores[:, i]) for i, name in enumerate(schema.names)}
    return [
        f"{name} alone has an AUC of {max(auc, 1 - auc):.3f}: is it known only after the outcome? (--drop {name})"
        for name, auc in found.items()
        if max(auc, 1 - auc) > LEAK_AUC
    ]


def _why_not(values: pd.Series) -> str | None:
    present = values.dropna()
    if present.empty:
        return "all null"
    if not pd.api.types.is_hashable(present.iloc[0]):
        return "nested values"
    distinct = present.nunique()
    if len(present) == len(values) and distinct == 1:
        return "constant"
    never_repeats = len(values) >= ID_ROWS and distinct == len(values)
    return "different in every row, so an identifier" if never_repeats and _could_be_id(values) else None


def _could_be_id(values: pd.Series) -> bool:
    text = pd.api.types.is_object_dtype(values) or pd.api.types.is_string_dtype(values)
    return bool(pd.api.types.is_integer_dtype(values) or (text and as_times(values) is None))


def _as_features(name: str, values: pd.Series, notes: list[str]) -> dict[str, pd.Series]:
    if pd.api.types.is_numeric_dtype(values) or isinstance(values.dtype, pd.CategoricalDtype):
        return {name: values}
    numbers = pd.to_numeric(values, errors="coerce") if not pd.api.types.is_datetime64_any_dtype(values) else None
    if numbers is not None and numbers.notna().sum() >= MOSTLY * values.notna().sum():
        lost = int(values.notna().sum() - numbers.notna().sum())
        notes.extend([f"{name}: read as numbers, {lost} other values as null"] if lost else [])
        return {name: numbers.astype(float)}
    times = as_times(values)
    if times is not None:
        notes.append(f"{name}: read as dates (days, month, weekday)")
        return _date_parts(name, times)
    return {name: values.astype(str).where(values.notna(), None).astype("category")}


def as_times(values: pd.Series) -> pd.Series | None:
    """Dates and times (ISO 8601, to a few strays that become null), or None where the column is something else."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.tz_localize(None)
    text = values.dropna().astype(str)
    if text.empty or pd.api.types.is_numeric_dtype(values) or text.str.fullmatch(ISO_DATE).mean() < MOSTLY:
        return None
    return pd.to_datetime(values.astype("string"), format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)


def _date_parts(name: str, times: pd.Series) -> dict[str, pd.Series]:
    days = (times - pd.Timestamp("1970-01-01")).dt.total_seconds() / 86400
    return {name: days, f"{name} month": times.dt.month, f"{name} weekday": times.dt.weekday}


def _auc(target: Floats, score: Floats) -> float:
    """Mann–Whitney, ties at one half."""
    positives = target.sum()
    wins = rankdata(score)[target == 1].sum() - positives * (positives + 1) / 2
    return float(wins / (positives * (len(target) - positives)))

"""`nextcall bands`: what each pair of bands would do; lines are priced on every plan once and filtered many times.

The two bands are knobs (domain.md A3.3): they set how many are targets. Each cell of the grid counts what `nextcall
tariff` would target with the same bands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.known import Known
from features.pairs import cross, offered_terms, price_pairs
from features.priced_lines import priced_lines
from features.pricing_window import pricing_window
from models.cartesian import RATIO_TOLERANCE, Band, Rule, TariffOptions, parse_band, sort_keys
from models.feature_schema import Floats
from models.tariff import not_a_candidate
from models.tariff_counts import HALF_A_FEN

TOTAL_BANDS = tuple(Band(low, high) for low in (0.5, 0.6, 0.7, 0.8, 0.9) for high in (1.0, 1.2, 1.5, 2.0))
RENT_BANDS = (Band(1.0, 2.0), Band(1.0, 1.5), Band(0.8, 2.0), None)
Columns = NDArray[np.intp]


@dataclass(frozen=True)
class Grid:
    """The bands that are crossed; None is off."""

    rule: Rule = "min_total"
    total: tuple[Band | None, ...] = TOTAL_BANDS
    rent: tuple[Band | None, ...] = RENT_BANDS

    @property
    def cells(self) -> list[tuple[Band | None, Band | None]]:
        """(total, rent) of each cell; the rent's band changes slowest."""
        return [(total, rent) for rent in self.rent for total in self.total]


@dataclass(frozen=True)
class PricedPairs:
    """Lines x plans on sale, by the mean of the closed months; CNY a month, ratios new / old.

    cheapest, dearest: keys whose smallest is the choice, ties as in `models.cartesian`. present: the column of today's
    plan, -1 where it is not on sale. candidate: not excluded before any choice.
    """

    customers: pd.Index
    plans: pd.Index
    cheapest: NDArray[np.int64]
    dearest: NDArray[np.int64]
    total_after: Floats
    total_ratio: Floats
    rent_ratio: Floats
    current_total: Floats
    present: Columns
    candidate: NDArray[np.bool_]


def parse_bands(text: str | None, flag: str, default: Sequence[Band | None]) -> tuple[Band | None, ...]:
    """Bands from a flag: LOW,HIGH or none, with semicolons between.

    >>> parse_bands("1,2; none", "--rent-bands", ())
    (Band(low=1.0, high=2.0), None)
    """
    return tuple(default) if text is None else tuple(parse_band(part, flag) for part in text.split(";"))


def read_pairs(known: Known, options: TariffOptions) -> PricedPairs:
    """Price every line with a plan in force on every plan on sale."""
    window = pricing_window(known, options.pricing)
    lines = priced_lines(known, window).cache()
    reason = not_a_candidate(lines, known.settings.candidates, options)
    facts = lines.select("customer_id", "current_plan_id", "current_total", candidate=reason.isnull())
    who = facts.order_by("customer_id").to_pandas()
    pairs = price_pairs(cross(lines, offered_terms(known, "on_sale"), "on_sale"), window)
    cheapest, dearest = sort_keys(pairs)
    ratios = {"total_ratio": pairs.total_fee_ratio, "rent_ratio": pairs.rent_ratio}
    wanted = {"cheapest": cheapest, "dearest": dearest, "total_after": pairs.total_after, **ratios}
    rows = pairs.select("customer_id", "plan_id", **wanted).to_pandas()
    customers, plans = pd.Index(who["customer_id"]), pd.Index(sorted(rows["plan_id"].unique()))
    place = customers.get_indexer(pd.Index(rows["customer_id"])), plans.get_indexer(pd.Index(rows["plan_id"]))
    shape = (len(customers), len(plans))
    return PricedPairs(
        customers=customers,
        plans=plans,
        cheapest=_keys(rows["cheapest"], place, shape),
        dearest=_keys(rows["dearest"], place, shape),
        total_after=_spread(rows["total_after"], place, shape),
        total_ratio=_spread(rows["total_ratio"], place, shape),
        rent_ratio=_spread(rows["rent_ratio"], place, shape),
        current_total=who["current_total"].to_numpy(dtype=np.float64),
        present=plans.get_indexer(pd.Index(who["current_plan_id"])),
        candidate=who["candidate"].to_numpy(dtype=np.bool_),
    )


def _spread(values: pd.Series, place: tuple[Columns, Columns], shape: tuple[int, int]) -> Floats:
    found = np.full(shape, np.nan)
    found[place] = values.to_numpy(dtype=np.float64)
    return found


def _keys(values: pd.Series, place: tuple[Columns, Columns], shape: tuple[int, int]) -> NDArray[np.int64]:
    found = np.full(shape, np.iinfo(np.int64).max)
    there = values.notna().to_numpy()
    found[place[0][there], place[1][there]] = values[there].to_numpy(dtype=np.int64)
    return found


def targets(pairs: PricedPairs, grid: Grid) -> list[Columns]:
    """For each cell of the grid the column of the plan that each line is a target of; -1 where it is none."""
    inside = {"total": _masks(pairs.total_ratio, grid.total), "rent": _masks(pairs.rent_ratio, grid.rent)}
    keys = pairs.dearest if grid.rule == "max_revenue_within_bands" else pairs.cheapest
    anyway = _smallest(keys, np.ones(keys.shape, dtype=np.bool_)) if grid.rule == "min_total" else None
    return [_targets(pairs, keys, inside["total"][total] & inside["rent"][rent], anyway) for total, rent in grid.cells]


def _targets(pairs: PricedPairs, keys: NDArray[np.int64], inside: NDArray[np.bool_], anyway: Columns | None) -> Columns:
    chosen = _smallest(keys, inside) if anyway is None else anyway
    fits = inside[np.arange(len(chosen)), chosen]
    return np.where(pairs.candidate & (chosen >= 0) & fits & (chosen != pairs.present), chosen, -1)


def _smallest(keys: NDArray[np.int64], allowed: NDArray[np.bool_]) -> Columns:
    none = np.iinfo(np.int64).max
    masked = np.where(allowed, keys, none)
    return np.where(masked.min(axis=1) < none, np.argmin(masked, axis=1), -1)


def _masks(ratio: Floats, bands: Sequence[Band | None]) -> dict[Band | None, NDArray[np.bool_]]:
    return {band: _holds(ratio, band) for band in bands}


def _holds(ratio: Floats, band: Band | None) -> NDArray[np.bool_]:
    if band is None:
        return np.ones(ratio.shape, dtype=np.bool_)
    return (ratio >= band.low - RATIO_TOLERANCE) & (ratio <= band.high + RATIO_TOLERANCE)


def preview(pairs: PricedPairs, grid: Grid, chosen: Sequence[Columns], chance: Floats | None) -> pd.DataFrame:
    """A row a cell: rule, the four limits (null = off), targets, share_bill_rises, revenue_change_cny,
    expected_acceptances, expected_revenue_cny.

    Revenue is the change of the targets' bills a month, if all accept, and as expected if each is pitched once.
    `chance`: P(accepted | pitched), (lines, plans); None leaves the expectations null.
    """
    rows = [_cell(pairs, bands, columns, chance) for bands, columns in zip(grid.cells, chosen, strict=True)]
    numbers = dict.fromkeys((name for name in rows[0] if name != "targets"), "float64")
    return pd.DataFrame(rows).astype(numbers).assign(rule=grid.rule)[["rule", *rows[0]]]


def _cell(
    pairs: PricedPairs, bands: tuple[Band | None, Band | None], columns: Columns, chance: Floats | None
) -> dict[str, float | None]:
    rows = np.flatnonzero(columns >= 0)
    change = pairs.total_after[rows, columns[rows]] - pairs.current_total[rows]
    likely = None if chance is None else np.nan_to_num(chance[rows, columns[rows]])
    return {
        **_limits(bands),
        "targets": len(rows),
        "share_bill_rises": float((change > HALF_A_FEN).mean()) if len(rows) else None,
        "revenue_change_cny": float(change.sum()),
        "expected_acceptances": None if likely is None else float(likely.sum()),
        "expected_revenue_cny": None if likely is None else float(likely @ change),
    }


def _limits(bands: tuple[Band | None, Band | None]) -> dict[str, float | None]:
    named = zip(("total", "rent"), bands, strict=True)
    limits = [(name, band.low, band.high) if band else (name, None, None) for name, band in named]
    return {f"{name}_{end}": value for name, low, high in limits for end, value in (("low", low), ("high", high))}

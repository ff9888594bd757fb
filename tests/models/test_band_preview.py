"""A cell of the preview is what `tariff` would do with the same bands, and wider bands never have fewer targets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.errors import BadInput
from data.known import Known, as_known
from data.lake import open_lake
from data.settings import load_settings
from models.band_preview import Grid, PricedPairs, parse_bands, preview, read_pairs, targets
from models.cartesian import RULES, Band, Rule, TariffOptions
from models.tariff import LAKE_TABLES, tariff

BANDS = (Band(0.6, 1.5), Band(0.9, 1.1), None)
GRIDS = {rule: Grid(rule, BANDS, (Band(1.0, 2.0), Band(0.5, 1.0), None)) for rule in RULES}


@pytest.fixture(scope="module")
def known(operator: Path) -> Known:
    lake = open_lake(operator / "lake", load_settings(), uses=LAKE_TABLES)
    return as_known(lake, lake.default_as_of())


@pytest.fixture(scope="module")
def pairs(known: Known) -> PricedPairs:
    return read_pairs(known, TariffOptions())


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("cell", [0, 4, 8])
def test_a_cell_has_the_targets_and_plans_that_tariff_has(
    known: Known, pairs: PricedPairs, rule: Rule, cell: int
) -> None:
    grid = GRIDS[rule]
    total, rent = grid.cells[cell]
    choices = tariff(known, TariffOptions(rule=rule, total_band=total, rent_band=rent)).choices
    wanted = choices.filter(choices.targeted).select("customer_id", "recommended_plan_id", "total_after").to_pandas()
    columns = targets(pairs, grid)[cell]
    rows = np.flatnonzero(columns >= 0)
    found = dict(zip(pairs.customers[rows], pairs.plans[columns[rows]], strict=True))
    assert found == dict(zip(wanted["customer_id"], wanted["recommended_plan_id"], strict=True))
    assert pairs.total_after[rows, columns[rows]].sum() == pytest.approx(wanted["total_after"].sum())


@pytest.mark.parametrize("rule", RULES)
def test_wider_bands_never_lose_a_target_that_changes_plan(pairs: PricedPairs, rule: Rule) -> None:
    narrow, wide = Grid(rule, (Band(0.8, 1.2),), (None,)), Grid(rule, (Band(0.5, 2.0),), (None,))
    fewer, more = targets(pairs, narrow)[0], targets(pairs, wide)[0]
    lost = (fewer >= 0) & (more < 0)
    assert rule != "min_total" or not lost.any()
    stays = pairs.present[lost]  # the wider band lets the present plan win, or none is lost
    assert (stays >= 0).all()


def test_the_figures_of_a_cell_are_sums_over_its_targets(pairs: PricedPairs) -> None:
    grid = Grid("min_total", (Band(0.6, 1.5),), (Band(1.0, 2.0),))
    columns = targets(pairs, grid)
    chance = np.full(pairs.total_after.shape, 0.25)
    row = preview(pairs, grid, columns, chance).iloc[0]
    rows = np.flatnonzero(columns[0] >= 0)
    change = pairs.total_after[rows, columns[0][rows]] - pairs.current_total[rows]
    assert row["targets"] == len(rows) > 0
    assert row["expected_acceptances"] == pytest.approx(0.25 * len(rows))
    assert row["revenue_change_cny"] == pytest.approx(change.sum())
    assert row["expected_revenue_cny"] == pytest.approx(0.25 * change.sum())
    assert row["share_bill_rises"] == pytest.approx((change > 0.005).mean())


def test_without_any_acceptance_the_expectations_stay_null(pairs: PricedPairs) -> None:
    grid = Grid("min_total", (None,), (None,))
    row = preview(pairs, grid, targets(pairs, grid), None).iloc[0]
    assert row[["expected_acceptances", "expected_revenue_cny", "total_low", "rent_high"]].isna().all()


def test_a_grid_in_which_nobody_is_a_target_is_a_table_too(pairs: PricedPairs) -> None:
    nobody = replace(pairs, candidate=np.zeros(len(pairs.customers), dtype=np.bool_))
    grid = Grid("max_revenue_within_bands", (Band(0.6, 1.5),), (None,))
    row = preview(nobody, grid, targets(nobody, grid), None).iloc[0]
    assert (row["targets"], row["revenue_change_cny"]) == (0, 0.0)
    assert np.isnan(row["share_bill_rises"])


def test_a_band_that_is_none_says_what_was_wanted() -> None:
    with pytest.raises(BadInput, match=r"--total-bands came as '2,1'; wanted 0 <= LOW <= HIGH"):
        parse_bands("1,2;2,1", "--total-bands", ())

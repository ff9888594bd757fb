"""Worlds of another structure, by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.errors import BadInput
from data.lake import inspect_lake
from data.settings import load_settings
from data.simulate import simulate
from data.simulate.worlds import LATE_OFFERS, WORLDS, world_named
from data.verbs import WORLD_NAMES
from tests.data.simulate.simulated import Operator, open_operator

CUSTOMERS, MONTHS, SEED = 1_000, 6, 3


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Operator]:
    folder = tmp_path_factory.mktemp("worlds")
    for name in WORLDS:
        world = world_named(name)
        busy = replace(world, sales=replace(world.sales, pitch_rate=0.4, popup_quiet=0.9))
        simulate(CUSTOMERS, MONTHS, SEED, folder / name, world=busy)
    return {name: open_operator(folder / name) for name in WORLDS}


def test_the_verb_names_them_all() -> None:
    assert WORLD_NAMES.split(", ") == list(WORLDS)


def test_an_unknown_world_is_told_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match="choose one of default, no_elasticity"):
        world_named("mars")


@pytest.mark.parametrize("name", WORLDS)
def test_each_holds_the_contract(worlds: dict[str, Operator], name: str) -> None:
    _, breaches = inspect_lake(worlds[name].folder / "lake", load_settings())
    assert [breach.line() for breach in breaches if breach.severity == "error"] == []


def test_without_elasticity_use_beyond_the_quota_is_hardly_given_up(worlds: dict[str, Operator]) -> None:
    overage = "select avg(data_overage_cny + upgrade_pack_cny) from bills"
    assert worlds["no_elasticity"].number(overage) > 1.5 * worlds["default"].number(overage)


def test_a_new_offer_is_seen_in_its_last_months_alone(worlds: dict[str, Operator]) -> None:
    names = ", ".join(f"'{offer}'" for offer, _ in LATE_OFFERS)
    seen = worlds["new_offer"].sql(f"""
        select min(o.valid_from) as valid_from, min(e.decided_at) as first from offers o
        join exposures e using (offer_id) where o.offer_id in ({names}) group by offer_id""")
    assert len(seen) >= 1
    assert (seen["first"] >= seen["valid_from"]).all()


def test_agents_of_a_confounded_world_pitch_to_open_ears(worlds: dict[str, Operator]) -> None:
    chosen = """
        select corr(e.pitched::int, c.openness) from exposures e join truth_customers c using (customer_id)
        where e.popped_up and not e.randomised"""
    assert worlds["strong_confounding"].number(chosen) > worlds["default"].number(chosen) + 0.05


def test_a_price_war_drives_customers_away_once_it_has_begun(worlds: dict[str, Operator]) -> None:
    risk = "select avg(monthly_hazard) from truth_churn where as_of"
    calm, war = (
        {name: worlds[name].number(f"{risk} {moment}") for name in ("default", "price_shock")}
        for moment in ("< date '2025-09-01'", ">= date '2025-10-01'")
    )
    assert war["price_shock"] > 1.1 * war["default"]
    assert calm["price_shock"] == calm["default"]

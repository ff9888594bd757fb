"""The Cartesian baseline: the seed's row, choice rules, bands, exclusions and counts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.errors import BadInput
from features.pricing_window import PricingOptions
from models.cartesian import RULES, Band, TariffFlags, TariffOptions, parse_band
from models.tariff import CHOICE_COLUMNS, TariffRun, tariff
from tests.features.priced_pairs import priced_pairs
from tests.features.tariff_lakes import (
    MONTHS,
    bills_of,
    known_lake,
    public_packs,
    public_plans,
    random_operator,
    subscribed,
    usage_of,
)


def plan(plan_id: str, fee: float, mb: float, **more: Any) -> dict[str, Any]:
    terms = {"name": plan_id, "family": "4g", "voice_min": 100.0, "data_overage_cny_per_mb": 0.29, "on_sale": True}
    return {
        "plan_id": plan_id,
        "monthly_fee_cny": fee,
        "data_mb": mb,
        "voice_overage_cny_per_min": 0.19,
        **terms,
        **more,
    }


def lake_of(plans: list[dict[str, Any]], lines: dict[str, tuple[str, float]]) -> dict[str, pd.DataFrame]:
    """Lines as plan and MB a month, without bills."""
    return {
        "plans": pd.DataFrame(plans),
        "subscriptions": subscribed({line: plan_id for line, (plan_id, _) in lines.items()}),
        "usage": usage_of({line: (50.0, mb) for line, (_, mb) in lines.items()}),
    }


def run(folder: Path, tables: dict[str, pd.DataFrame], options: TariffOptions | None = None, **known: Any) -> TariffRun:
    return tariff(known_lake(folder, tables, **known), options or TariffOptions())


def rows(result: TariffRun) -> pd.DataFrame:
    return result.choices.execute().set_index("customer_id")


def stage(result: TariffRun, name: str) -> int:
    return int(result.funnel.set_index("stage").loc[name, "lines"])


def seeds_row() -> dict[str, pd.DataFrame]:
    """4G飞享128 with a 30 CNY tier, 220 CNY a month in all, 880 minutes and 1,238 MB (domain A3.3)."""
    old = plan("fx128", 128.0, 1024.0, on_sale=False)
    return {
        "plans": pd.concat([public_plans(), pd.DataFrame([old])], ignore_index=True),
        "packs": public_packs(),
        "subscriptions": subscribed({"c1": "fx128"}),
        "usage": usage_of({"c1": (880.0, 1238.0)}),
        "bills": bills_of({"c1": (128.0, 45.0, 17.0, 30.0, 0.0)}),
        "offers": pd.DataFrame(
            [
                ("o2", "plan", "a", "zx158", dt.date(2020, 1, 1), None),
                ("o1", "plan", "b", "zx158", dt.date(2026, 2, 1), None),
            ],
            columns=["offer_id", "kind", "name", "plan_id", "valid_from", "valid_to"],
        ),
    }


def test_the_seeds_row_holds(tmp_path: Path) -> None:
    row = rows(run(tmp_path, seeds_row())).loc["c1"]
    assert (row["current_plan_id"], row["recommended_plan_id"]) == ("fx128", "zx158")
    after = [row[f"{name}_after"] for name in ("rent", "voice_overage", "data_overage", "flex", "upgrade", "total")]
    assert [round(value) for value in after] == [158, 0, 40, 0, 30, 228]
    assert row["current_total"] == pytest.approx(220.0)
    assert (round(row["total_fee_ratio"], 3), round(row["rent_ratio"], 3)) == (1.036, 1.234)
    assert bool(row["targeted"]) and row["excluded_reason"] is None and row["rule"] == "min_total"
    assert row["offer_id"] == "o2", "o1 is not valid yet"


def test_the_columns_are_the_contracts(tmp_path: Path) -> None:
    assert run(tmp_path, seeds_row()).choices.columns == CHOICE_COLUMNS


def test_the_flex_pack_can_be_left_out_of_what_is_paid_today(tmp_path: Path) -> None:
    tables = seeds_row() | {"bills": bills_of({"c1": (128.0, 45.0, 17.0, 30.0, 15.0)})}
    seed = TariffFlags(flex_in_current="no").options()
    assert rows(run(tmp_path, tables))["current_total"].tolist() == pytest.approx([235.0])
    row = rows(run(tmp_path, tables, seed)).loc["c1"]
    assert (row["current_total"], row["flex_after"]) == pytest.approx((220.0, 15.0))


SMALL, LARGE = plan("small", 50.0, 300.0), plan("large", 80.0, 1000.0)


def test_a_line_on_its_cheapest_plan_is_no_change_and_never_a_target(tmp_path: Path) -> None:
    result = run(tmp_path, lake_of([SMALL, LARGE], {"light": ("small", 100.0), "heavy": ("small", 900.0)}))
    assert rows(result)["excluded_reason"].fillna("target").to_dict() == {
        "light": "NO_CHANGE",
        "heavy": "OUT_OF_TOTAL_BAND",
    }
    assert stage(result, "no change: the present plan stays") == 1


def test_bands_can_be_moved_or_switched_off(tmp_path: Path) -> None:
    tables = lake_of([SMALL, LARGE], {"heavy": ("small", 900.0)})
    for band in (None, Band(0.3, 1.5)):
        row = rows(run(tmp_path, tables, TariffOptions(total_band=band))).loc["heavy"]
        assert row["targeted"] and row["total_fee_ratio"] == pytest.approx(80 / (50 + 600 * 0.29))


def test_each_rule_chooses_as_its_name_says(tmp_path: Path) -> None:
    plans = [
        plan("old", 60.0, 700.0, on_sale=False),
        plan("a", 40.0, 700.0),
        plan("b", 62.0, 700.0),
        plan("c", 75.0, 700.0),
    ]
    tables = lake_of(plans, {"c1": ("old", 600.0)})
    chosen = {rule: rows(run(tmp_path, tables, TariffOptions(rule=rule))).loc["c1"] for rule in RULES}
    assert [chosen[rule]["recommended_plan_id"] for rule in RULES] == ["a", "b", "c"]
    assert [chosen[rule]["excluded_reason"] for rule in RULES] == ["OUT_OF_RENT_BAND", None, None]


def test_both_orders_of_choosing_and_filtering_are_counted_whatever_the_rule(tmp_path: Path) -> None:
    plans = [plan("old", 60.0, 700.0, on_sale=False), plan("a", 40.0, 700.0), plan("b", 62.0, 700.0)]
    for rule in RULES:
        result = run(tmp_path, lake_of(plans, {"c1": ("old", 600.0)}), TariffOptions(rule=rule))
        assert stage(result, "targets if min_total chooses, then bands filter") == 0
        assert stage(result, "targets if bands filter, then min_total chooses") == 1


def test_no_plan_within_the_bands_leaves_no_recommendation(tmp_path: Path) -> None:
    plans = [plan("old", 60.0, 700.0, on_sale=False), plan("dear", 200.0, 700.0)]
    row = rows(run(tmp_path, lake_of(plans, {"c1": ("old", 600.0)}), TariffOptions(rule="min_total_within_bands"))).loc[
        "c1"
    ]
    assert row["recommended_plan_id"] is None and row["excluded_reason"] == "NO_PLAN_IN_BANDS"
    assert pd.isna(row["total_after"]) and row["current_total"] == pytest.approx(60.0)


def test_ties_go_to_the_lower_rent_then_more_data_then_the_plan_id(tmp_path: Path) -> None:
    old = plan("old", 90.0, 900.0, on_sale=False)
    rent = plan("rent", 71.0, 600.0, data_overage_cny_per_mb=0.05)
    plans = [old, plan("z", 66.0, 500.0, data_overage_cny_per_mb=0.05), rent, plan("b", 71.0, 600.0)]
    usage = {"c1": ("old", 600.0)}
    bands_off = TariffOptions(total_band=None, rent_band=None)
    choose = lambda sold: rows(run(tmp_path, lake_of([old, *sold], usage), bands_off)).loc["c1", "recommended_plan_id"]  # noqa: E731 # one line, used below
    assert choose(plans[1:]) == "z"
    assert choose([plan("a", 71.0, 600.0), plan("more", 71.0, 601.0)]) == "more"
    assert choose([plan("b", 71.0, 600.0), plan("a", 71.0, 600.0)]) == "a"
    assert choose([plan("a", 71.0, 600.0), plan("endless", 71.0, None)]) == "endless"


def test_a_retired_plan_is_never_recommended_but_may_be_kept(tmp_path: Path) -> None:
    plans = [plan("old", 40.0, 700.0, on_sale=False), LARGE, plan("gone", 10.0, 700.0, valid_to=dt.date(2026, 1, 1))]
    tables = lake_of(plans, {"c1": ("old", 600.0)})
    assert rows(run(tmp_path, tables)).loc["c1", "recommended_plan_id"] == "large"
    kept = rows(run(tmp_path, tables, TariffOptions(keep_current=True))).loc["c1"]
    assert (kept["recommended_plan_id"], kept["excluded_reason"]) == ("old", "NO_CHANGE")


def test_exclusions_have_their_codes_and_the_line_is_still_priced(tmp_path: Path) -> None:
    plans = [
        SMALL,
        LARGE,
        plan("pupil", 50.0, 300.0, family="student", on_sale=False),
        plan("free", 0.0, 100.0, on_sale=False),
    ]
    lines = {"pupil": ("pupil", 900.0), "idle": ("small", 4.9), "free": ("free", 500.0), "new": ("small", 900.0)}
    tables = lake_of(plans, lines)
    new = tables["subscriptions"]["customer_id"] == "new"
    tables["subscriptions"].loc[new, "starts_on"] = dt.date(2025, 12, 31)
    result = rows(run(tmp_path, tables, TariffOptions(total_band=None)))
    codes = {"pupil": "EXCLUDED_FAMILY", "idle": "LOW_DATA", "free": "ZERO_RENT", "new": "TOO_NEW"}
    assert result["excluded_reason"].to_dict() == codes
    assert result["total_after"].notna().all() and not result["targeted"].any()


def test_only_months_whose_last_day_was_on_the_present_plan_count(tmp_path: Path) -> None:
    tables = lake_of([SMALL, LARGE], {"c1": ("large", 0.0)})
    tables["usage"]["data_mb"] = [5000.0, 900.0, 1100.0]
    tables["subscriptions"] = pd.DataFrame(
        [("c1", "small", dt.date(2024, 1, 1), dt.date(2025, 11, 30)), ("c1", "large", dt.date(2025, 11, 30), None)],
        columns=["customer_id", "plan_id", "starts_on", "ends_on"],
    )
    row = rows(run(tmp_path, tables)).loc["c1"]
    assert row["current_total"] == pytest.approx((80.0 + 80.0 + 100 * 0.29) / 2)
    assert row["excluded_reason"] == "NO_CHANGE"


def test_a_line_without_a_counted_month_is_too_new_and_has_no_price(tmp_path: Path) -> None:
    tables = lake_of([SMALL], {"c1": ("small", 10.0)})
    tables["subscriptions"]["starts_on"] = dt.date(2026, 1, 1)
    row = rows(run(tmp_path, tables)).loc["c1"]
    assert row["excluded_reason"] == "TOO_NEW" and pd.isna(row["total_after"]) and row["recommended_plan_id"] is None


def test_departed_lines_are_left_out(tmp_path: Path) -> None:
    tables = lake_of([SMALL], {"c1": ("small", 10.0), "c2": ("small", 10.0)})
    tables["departures"] = pd.DataFrame(
        [("c1", dt.date(2025, 12, 5), "port_out")], columns=["customer_id", "left_on", "kind"]
    )
    assert rows(run(tmp_path, tables)).index.tolist() == ["c2"]


def test_rerated_packs_are_priced_anew_and_carried_ones_follow_the_line(tmp_path: Path) -> None:
    tables = seeds_row()
    rerated = TariffOptions(total_band=None, rent_band=None, pricing=PricingOptions(packs="rerated"))
    row = rows(run(tmp_path, tables, rerated)).loc["c1"]
    assert (row["recommended_plan_id"], row["upgrade_after"], row["data_overage_after"]) == ("zx158", 50.0, 0.0)
    assert row["total_after"] == pytest.approx(158.0 + 50.0), "638 MB over: past the jump at 500 + 20 / 0.29 MB"


def test_min_total_is_never_dearer_than_any_other_choice(tmp_path: Path) -> None:
    known = known_lake(tmp_path, random_operator(11))
    best = tariff(known, TariffOptions()).choices.execute().set_index("customer_id")["total_after"]
    least = priced_pairs(known).execute().groupby("customer_id")["total_after"].min()
    assert best.to_numpy() == pytest.approx(least.reindex(best.index).to_numpy(), nan_ok=True)


def test_the_figures_say_whose_bill_rises_and_what_it_brings(tmp_path: Path) -> None:
    plans = [plan("old", 60.0, 700.0, on_sale=False), plan("b", 75.0, 700.0)]
    figures = run(tmp_path, lake_of(plans, {"c1": ("old", 600.0), "c2": ("old", 800.0)})).figures
    value = figures.set_index("figure")["value"]
    assert value["targets: share whose bill rises"] == 1.0
    assert value["targets: share whose bill rises by over 20 %"] == 0.5
    assert value["targets: revenue change a month"] == pytest.approx(30.0)
    assert value["all: lines that would pay less on the recommended plan"] == 0
    assert value["all: line-months"] == 6


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"rule": "cheapest"}, "--rule came as 'cheapest'; wanted one of min_total, "),
        ({"total_band": "1.5"}, "--total-band came as '1.5'; wanted LOW,HIGH like 0.6,1.5, or none"),
        ({"rent_band": "2,1"}, "--rent-band came as '2,1'; wanted 0 <= LOW <= HIGH"),
        ({"packs": "new"}, "--packs came as 'new'; wanted one of carried, rerated"),
        ({"months": 0}, "--months came as 0; wanted 1 or more closed months"),
        ({"flex_in_current": "maybe"}, "--flex-in-current came as 'maybe'; wanted one of yes, no"),
    ],
)
def test_a_wrong_flag_is_named_with_what_was_wanted(flags: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message.replace("(", r"\(")):
        TariffFlags(**flags).options()


def test_bands_hold_their_ends() -> None:
    assert parse_band("0.6,1.5", "--total-band") == Band(0.6, 1.5)
    assert parse_band("NONE", "--total-band") is None


def test_a_lake_without_any_usage_says_what_is_missing(tmp_path: Path) -> None:
    tables = lake_of([SMALL], {"c1": ("small", 10.0)})
    del tables["usage"]
    with pytest.raises(BadInput, match="neither usage nor usage_records came"):
        run(tmp_path, tables)


def test_single_calls_are_rounded_up_for_the_plans_that_want_it(tmp_path: Path) -> None:
    exact, rounded = plan("exact", 50.0, 300.0), plan("rounded", 49.0, 300.0, voice_round_min=1.0, on_sale=False)
    tables = lake_of([exact, rounded], {"c1": ("rounded", 100.0)})
    calls = [("c1", dt.datetime(2025, month.month, 3, 12, 0), "voice", 60.2) for month in MONTHS[1:] for _ in range(2)]
    tables["usage_records"] = pd.DataFrame(calls, columns=["customer_id", "at", "kind", "amount"])
    tables["usage"]["voice_min"] = 120.4
    row = rows(run(tmp_path, tables)).loc["c1"]
    assert row["current_total"] == pytest.approx(49.0 + 22.0 * 0.19)
    assert row["voice_overage_after"] == pytest.approx(20.4 * 0.19)

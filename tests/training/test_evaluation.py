"""`nextcall evaluate` on the small embedded operator: policies by the log, beside the truth, and the funnel."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import nextcall
from data.errors import BadInput
from data.lake import Lake, open_lake
from data.settings import Settings
from models.cartesian import RULES
from training.evaluation import on_screen, read_policy_table
from training.funnel import STAGES, funnel
from training.policies import MODEL_POLICIES, listed_policy, one_hot, read_policies
from training.policy_choices import Choices
from training.policy_log import logged_windows
from training.policy_pairs import bound_on
from training.policy_value import MEASURES, as_they_went, checked

MONTHS = 12
POLICIES = {"log", "log, all windows", "random", *MODEL_POLICIES, *(f"cartesian {rule}" for rule in RULES)}
pytestmark = pytest.mark.xdist_group("evaluate")  # one worker makes the module's fixture, once


@pytest.fixture(scope="module")
def lake(operator_settings: Settings) -> Lake:
    return open_lake(operator_settings.lake, operator_settings)


@pytest.fixture(scope="module")
def told(operator_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """What the command writes: the policies, the truth beside them, the funnel."""
    out = tmp_path_factory.mktemp("evaluated") / "policies.parquet"
    words = ["evaluate", "--lake", str(operator_settings.lake), "--months", str(MONTHS), "--out", str(out)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEXTCALL_VAR", str(operator_settings.var))
        done = CliRunner().invoke(nextcall.app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    names = {"policies": out} | {name: out.with_stem(f"policies-{name}") for name in ("truth", "funnel")}
    return {name: pd.read_parquet(path) for name, path in names.items()}


def test_every_policy_stands_in_the_table_with_both_measures(told: dict[str, pd.DataFrame]) -> None:
    table = told["policies"]
    assert set(table["policy"]) == POLICIES
    assert table.groupby("policy")["measure"].apply(set).map(lambda names: names == set(MEASURES)).all()


def test_an_estimate_lies_in_its_interval_and_a_refusal_has_none(told: dict[str, pd.DataFrame]) -> None:
    table = told["policies"]
    judged = table[table["refused"] == ""]
    assert len(judged) > 0
    assert ((judged["low"] <= judged["dr"]) & (judged["dr"] <= judged["high"])).all()
    for method in ("ips", "snips"):
        low, high = judged[f"{method}_low"], judged[f"{method}_high"]
        assert ((low <= judged[method]) & (judged[method] <= high) & (low < high)).all()
    assert (judged["effective"] >= 50).all()
    assert (
        table.loc[table["refused"] != "", ["ips", "snips", "dr", "low", "high", "ips_low", "snips_high"]]
        .isna()
        .all(axis=None)
    )


def test_the_log_judged_by_itself_is_the_mean_of_its_pitches(told: dict[str, pd.DataFrame], lake: Lake) -> None:
    windows = logged_windows(lake, lake.default_as_of(), months=MONTHS)
    slice_ = windows[windows["randomised"] & windows["pitched"]]
    table = told["policies"]
    row = table[(table["policy"] == "log") & (table["measure"] == "accepted per 100")].iloc[0]
    share = windows.loc[windows["randomised"], "offer_id"].notna().mean()
    assert row["naive"] == pytest.approx(100 * slice_["accepted"].mean() * share, rel=0.05)
    assert row["ips"] == pytest.approx(row["naive"], rel=0.05)


def test_the_status_quo_is_the_plain_mean_of_all_windows_pitched_or_not(
    told: dict[str, pd.DataFrame], lake: Lake
) -> None:
    windows = logged_windows(lake, lake.default_as_of(), months=MONTHS)
    table = told["policies"].set_index(["policy", "measure"])
    row = table.loc[("log, all windows", "accepted per 100")]
    for method in ("ips", "snips", "dr", "naive"):
        assert row[method] == pytest.approx(100 * windows["accepted"].mean())
    assert row["low"] < row["dr"] < row["high"]
    assert row["offers"] == pytest.approx(windows["offer_id"].notna().mean())
    assert row["pitched"] == pytest.approx(windows.loc[windows["shown"], "pitched"].mean())
    assert row["pitched"] < table.loc[("log", "accepted per 100"), "pitched"] == 1.0
    assert row["refused"] == ""


def test_what_a_decision_brought_is_the_sum_of_its_rows_and_the_mean_stands_for_a_margin_that_is_not_known() -> None:
    windows = pd.DataFrame(
        {
            "decision": ["d1", "d1", "d2", "d3"],
            "person": ["p", "p", "q", "q"],
            "offer_id": ["o1", "o2", None, "o1"],
            "pitched": [True, True, False, False],
            "accepted": [1.0, 1.0, 0.0, 0.0],
        }
    )
    found = as_they_went(windows, np.array([10.0, np.nan])).to_dict("index")
    assert found["d1"] == {"offers": 1.0, "pitched": 1.0, "person": "p", "accepted per 100": 200.0, "margin CNY": 20.0}
    assert found["d2"]["offers"] == found["d2"]["pitched"] == found["d3"]["margin CNY"] == 0.0
    assert found["d3"]["offers"] == 1.0


def test_beside_the_truth_no_policy_earns_more_than_the_oracle(told: dict[str, pd.DataFrame]) -> None:
    margins = told["truth"][told["truth"]["measure"] == "margin CNY"].set_index("policy")["true"]
    assert set(margins.index) == (POLICIES - {"log", "log, all windows"}) | {"oracle"}
    assert margins["oracle"] == margins.max()
    assert margins["oracle"] > 0
    possible = told["truth"].groupby("policy")["possible"].first()
    assert possible["oracle"] == pytest.approx(1.0)
    assert possible.between(0.3, 1.0 + 1e-9).all()


def test_each_stage_of_the_funnel_is_within_the_one_before(told: dict[str, pd.DataFrame]) -> None:
    counts = told["funnel"][told["funnel"]["dimension"] == "all"].iloc[0]
    reached = counts[list(STAGES)].to_numpy(dtype=float)
    assert (np.diff(reached) <= 0).all()
    assert reached[-1] > 0
    assert counts["pitched_share"] == pytest.approx(counts["pitched"] / counts["popped_up"])


@pytest.mark.parametrize("dimension", ["brand", "area", "team", "offer_id"])
def test_the_parts_of_the_funnel_add_up(told: dict[str, pd.DataFrame], dimension: str) -> None:
    table = told["funnel"]
    whole = table[table["dimension"] == "all"].iloc[0]
    parts = table[table["dimension"] == dimension]
    known = [stage for stage in STAGES if parts[stage].notna().all()]
    assert known[-1] == "accepted"
    assert {stage: int(parts[stage].sum()) for stage in known} == {stage: int(whole[stage]) for stage in known}


def test_the_funnel_wants_contacts(operator: Path, tmp_path: Path, operator_settings: Settings) -> None:
    lake = open_lake(without(operator / "lake", tmp_path / "lake", "contacts"), operator_settings)
    with pytest.raises(BadInput, match="the lake has no contacts"):
        funnel(lake, lake.default_as_of())


def test_a_log_without_propensities_is_refused(operator: Path, tmp_path: Path, operator_settings: Settings) -> None:
    folder = without(operator / "lake", tmp_path / "lake", "exposures")
    exposures = pd.read_parquet(operator / "lake" / "exposures").drop(columns="propensity")
    exposures.to_parquet(folder / "exposures.parquet")
    lake = open_lake(folder, operator_settings)
    with pytest.raises(BadInput, match="hold no decision that was shown, carries a propensity"):
        logged_windows(lake, lake.default_as_of(), months=12)


def test_on_a_screen_a_refused_policy_stands_once_with_its_reason_and_the_funnel_has_a_line_a_stage(
    told: dict[str, pd.DataFrame],
) -> None:
    shown = on_screen(told)
    refused = told["policies"][told["policies"]["refused"] != ""]
    assert sorted(shown["refused"]["policy"]) == sorted(refused["policy"].unique())
    judged = shown["policies by the log"]
    assert "refused" not in judged
    for method in ("ips", "snips", "dr"):
        assert judged[method].str.fullmatch(r"\S+ \(\S+ to \S+\)").all()
    assert len(judged.columns) <= 10  # more do not fit a line
    [funnel_title, _] = [title for title in shown if title.startswith("funnel")]
    assert shown[funnel_title]["stage"].tolist() == list(STAGES)
    assert shown[funnel_title]["of the stage before"].iloc[1:].between(0, 1).all()


def test_a_contract_that_began_after_the_pitch_did_not_bind_before_it() -> None:
    """`customers` is of today: whoever accepted a contract since is bound now, and was not when it was pitched."""
    lines = pd.DataFrame(
        {
            "contract_starts_on": ["2024-07-01", "2025-07-01", "2024-07-01", None],
            "contract_ends_on": ["2026-07-01", "2027-07-01", "2025-06-01", "2027-07-01"],
        }
    )
    assert bound_on(lines, dt.date(2025, 6, 1)).tolist() == [True, False, False, False]


def test_where_every_policy_is_refused_the_command_says_why() -> None:
    table = pd.DataFrame({"policy": ["log", "ours"], "refused": ["", "too thin: the log weighs as 3 decisions"]})
    with pytest.raises(BadInput, match="too little to judge any policy:\n  ours: too thin"):
        checked(table)
    assert len(checked(table.assign(refused=""))) == 2


@pytest.fixture
def choices() -> Choices:
    windows = pd.DataFrame(
        {"customer_id": ["a", "b", "b"], "as_of": pd.to_datetime(["2025-01-01"] * 2 + ["2025-02-01"])}
    )
    offers, full = pd.Index(["o1", "o2"]), np.ones((3, 2))
    allowed = np.array([[True, False], [True, True], [True, True]])
    return Choices(windows, offers, allowed, full, full, full)


def test_a_listed_policy_offers_only_what_is_allowed_and_listed(choices: Choices) -> None:
    table = pd.DataFrame({"customer_id": ["a", "b"], "offer_id": ["o2", "o2"], "as_of": ["2025-01-15", "2025-02-03"]})
    found = read_policies(choices, table.assign(policy="mine"))["mine"]
    assert found.tolist() == one_hot(np.array([-1, -1, 1]), 2).tolist()
    assert listed_policy(choices, table.drop(columns="as_of")).tolist() == one_hot(np.array([-1, 1, 1]), 2).tolist()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame({"customer_id": ["a"]}), "the file lacks offer_id; it has customer_id"),
        (pd.DataFrame({"customer_id": ["a"], "offer_id": ["o9"]}), "offers that the lake does not have: o9"),
    ],
)
def test_a_file_of_policies_that_cannot_be_read_says_why(choices: Choices, table: pd.DataFrame, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read_policies(choices, table)


def test_a_file_of_policies_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"wanted an existing file that ends in \.csv, \.parquet, \.json"):
        read_policy_table(tmp_path / "none.csv")


def without(lake: Path, folder: Path, table: str) -> Path:
    """The same lake by links, lacking one table."""
    folder.mkdir()
    for path in lake.iterdir():
        if path.stem != table:
            (folder / path.name).symlink_to(path)
    return folder

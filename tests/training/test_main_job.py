"""On a small embedded operator: training, comparing, reviewing and the main job, end to end."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from data.errors import BadInput
from data.lake import Lake, open_lake
from data.settings import Settings
from models.artefact import MODEL, PREDICTIONS, Card
from models.churn import ChurnModel
from models.uptake import UptakeModel
from training.compare import compare
from training.fit import train
from training.main_job import Done, main_job, results
from training.policy_table import cartesian_rules, policy_table, read_menu, read_truth
from training.registry import Registry

pytestmark = pytest.mark.xdist_group("main_job")  # one worker makes the module's fixture, once


@pytest.fixture(scope="module")
def done(operator_settings: Settings) -> Done:
    """The main job, once for the module."""
    lake = open_lake(operator_settings.lake, operator_settings)
    return main_job(lake, lake.default_as_of(), operator_settings)


@pytest.fixture(scope="module")
def lake(done: Done, operator_settings: Settings) -> Lake:
    """The lake with the labels that the main job read from its texts."""
    return open_lake(operator_settings.lake, operator_settings)


def test_the_main_job_trains_every_kind_and_sets_the_first_champions(done: Done) -> None:
    assert done.failed == {}
    assert done.champions == {"uptake": 1, "churn": 1, "volume": 1}
    assert results(done)["champion"].tolist() == [1, 1, 1]


def test_every_baseline_stands_beside_the_model(done: Done) -> None:
    tables = {kind: made.table.iloc[:, 0].tolist() for kind, made in done.registered.items()}
    assert tables["uptake"] == ["model", "model_in_bulk", "cartesian_saving", "logistic", "dummy"]
    assert "model_in_bulk" not in results(done).set_index("metric")["baselines"].str.cat()
    assert tables["churn"] == ["model", "logistic", "dummy"]
    assert tables["volume"][0] == "model"
    assert "seasonal_naive" in tables["volume"]


def test_an_artefact_holds_what_a_review_needs_without_a_refit(done: Done) -> None:
    for kind in ("uptake", "churn"):
        folder = done.registered[kind].folder
        card = Card.read(folder)
        assert (card.kind, card.as_of) == (kind, "2026-01-01")
        assert card.trained_by
        assert card.data_fingerprint
        assert len(card.folds) >= 1
        judged = pd.read_parquet(folder / PREDICTIONS)
        assert {"customer_id", "as_of", "y", "p_model", "p_dummy"} <= set(judged)
        written = {path.name for path in folder.rglob("*") if path.is_file()}
        assert {"calibration.png", "gain.png", "importance.png", "shap_report.html", "requirements.txt"} <= written
        assert not [name for name in written if name.endswith((".pkl", ".pickle", ".joblib"))]


def test_the_saved_models_hold_no_offer_id_and_no_sensitive_label(done: Done) -> None:
    uptake = UptakeModel.load(done.registered["uptake"].folder / MODEL)
    churn = ChurnModel.load(done.registered["churn"].folder / MODEL)
    assert not {"offer_id", "offer_plan_id", "age_years", "gender", "handset_months", "port_queries_90d"} & set(
        uptake.schema.names
    )
    assert not {"age_years", "gender", "handset_months"} & set(churn.schema.names)
    assert "port_queries_90d" in churn.schema.names


def test_judged_rows_were_pitched_and_come_once(lake: Lake, done: Done) -> None:
    judged = pd.read_parquet(done.registered["uptake"].folder / PREDICTIONS)
    pitched = lake["exposures"].filter(lambda t: t.pitched).exposure_id.to_pandas()
    assert set(judged["exposure_id"]) <= set(pitched)
    assert not judged["exposure_id"].duplicated().any()


def test_the_model_knows_less_than_the_truth(done: Done, operator: Path) -> None:
    """Far above the true probabilities' AUC would be a leak."""
    from sklearn.metrics import roc_auc_score

    judged = pd.read_parquet(done.registered["uptake"].folder / PREDICTIONS)
    truth = pd.read_parquet(operator / "truth" / "exposures")
    both = judged.merge(truth, on="exposure_id")
    true_auc = roc_auc_score(both["y"], both["accept_probability"])
    assert roc_auc_score(both["y"], both["p_model"]) < true_auc + 0.02


def test_a_second_version_is_compared_on_the_same_rows_as_the_first(
    lake: Lake, done: Done, operator_settings: Settings
) -> None:
    again = train("uptake", lake, lake.default_as_of())
    table = compare("uptake", operator_settings).set_index("learner")
    assert table.index[:2].tolist() == ["version 2", "version 1"]
    assert table.loc["version 1", "alias"] == "champion"
    assert table.loc["version 2", "alias"] == "challenger"
    metrics = ["auc", "log_loss", "ece"]
    pd.testing.assert_series_equal(table.loc["version 1", metrics], table.loc["version 2", metrics], check_names=False)
    assert table.loc["cartesian_saving", "auc"] > 0
    first = Registry(operator_settings).folder(Registry(operator_settings).version("uptake", 1))
    same = [(folder / MODEL / "trees_0.txt").read_text() for folder in (first, again.folder)]
    assert same[0] == same[1]


def test_volume_versions_are_compared_by_origin(done: Done, operator_settings: Settings) -> None:
    table = compare("volume", operator_settings).set_index("learner")
    trained = done.registered["volume"].table.set_index("forecast")
    assert table.loc["version 1", "wape"] == pytest.approx(trained.loc["model", "wape"])
    assert table.loc["seasonal_naive", "wape"] == pytest.approx(trained.loc["seasonal_naive", "wape"])


def test_trials_are_refused_where_nothing_lies_before_a_test_month(lake: Lake) -> None:
    with pytest.raises(BadInput, match=r"too short for a test month.*leave --trials out"):
        train("churn", lake, lake.default_as_of(), trials=2)


def test_the_policy_table_judges_every_policy_on_the_same_customers(lake: Lake, done: Done) -> None:
    model = UptakeModel.load(done.registered["uptake"].folder / MODEL)
    menu = read_menu(lake, lake.default_as_of(), model, most=400)
    table = policy_table(menu, cartesian_rules(lake, lake.default_as_of()))
    assert table.groupby("rule")["customers"].nunique().eq(1).all()
    per_rule = table.set_index(["rule", "policy"])["margin_per_pitch_cny"].unstack()  # noqa: PD010 # no aggregation
    assert {"model", "random", "the dearest plan to all", "oracle"} <= set(per_rule)
    rules = [name for name in per_rule if name.startswith("cartesian")]
    assert (per_rule["oracle"] >= per_rule[rules].max(axis=1) - 1e-9).all()


def test_without_a_truth_beside_the_lake_there_is_no_policy_table(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="wants a simulated lake with its truth beside it"):
        read_truth(tmp_path)


def test_training_runs_on_duckdb_and_says_so(lake: Lake) -> None:
    spark = open_lake(lake.folder, lake.settings)
    spark.settings = lake.settings.model_copy(update={"engine": "spark"})
    with pytest.raises(BadInput, match="training runs on DuckDB; came --engine spark"):
        train("churn", spark, lake.default_as_of())


def test_nothing_registered_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no version of churn is registered; run: nextcall train churn"):
        compare("churn", Settings(var=tmp_path))

"""The bench on anybody's flat table: the protocol, the columns, the document, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import BadInput
from models.boosted import BoostSettings
from tests.public_data import public_path
from training.bench_table import TableBenchOptions, bench_table, print_report

QUICK = BoostSettings(max_rounds=60, patience=10, folds=2, num_threads=1)
OPTIONS = TableBenchOptions(settings=QUICK)
METRICS = {"auc", "average_precision", "log_loss", "ece", "lift_top_decile"}


def calls(rows: int = 600, seed: int = 0) -> pd.DataFrame:
    """A small campaign: who is young says yes."""
    random = np.random.default_rng(seed)
    age = random.integers(18, 80, rows)
    return pd.DataFrame(
        {
            "age": age,
            "plan": random.choice(["a", "b"], rows),
            "bought": np.where(random.random(rows) < 1 / (1 + np.exp((age - 40) / 8)), "Yes", "No"),
        }
    )


def written(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_csv(folder / "table.csv", index=False)
    return folder / "table.csv"


def sample(name: str, folder: Path, rows: int) -> Path:
    """Every n-th row of a public file, in file order."""
    frame = pd.read_csv(public_path(name))
    return written(frame.iloc[:: max(1, len(frame) // rows)], folder)


def test_the_document_is_the_contracts(tmp_path: Path) -> None:
    document = bench_table(written(calls(), tmp_path), "bought", OPTIONS).to_json()
    assert {"rows", "model", "baselines", "seconds"} <= set(document)
    assert document["rows"] == 600
    assert set(document["baselines"]) == {"dummy", "logistic"}
    for scores in (document["model"], *document["baselines"].values()):
        assert set(scores) == METRICS
        assert all(set(value) == {"mean", "sd"} and value["sd"] is not None for value in scores.values())
    assert document["baselines"]["dummy"]["auc"]["mean"] == pytest.approx(0.5)
    assert document["model"]["auc"]["mean"] > 0.75


def test_the_same_file_gives_the_same_figures(tmp_path: Path) -> None:
    table = written(calls(), tmp_path)
    first, second = (bench_table(table, "bought", OPTIONS).scores for _ in range(2))
    assert first == second


@pytest.mark.parametrize("options", [{"ordered": True}, {"time": "age"}])
def test_a_single_split_has_no_spread(tmp_path: Path, options: dict[str, object]) -> None:
    frame = calls().assign(bought=np.tile(["yes", "no"], 300))
    report = bench_table(written(frame, tmp_path), "bought", replace(OPTIONS, **options))
    assert report.protocol["rows_learnt_from"] + report.protocol["rows_judged"] == 600
    assert report.to_json()["model"]["auc"]["sd"] is None
    assert "no measure of noise" in report.verdict


def test_repeats_repeat_the_folds(tmp_path: Path) -> None:
    report = bench_table(written(calls(), tmp_path), "bought", replace(OPTIONS, repeats=2))
    assert len(report.scores["model"]["auc"]) == 10


def test_named_columns_are_never_features(tmp_path: Path) -> None:
    frame = calls().assign(key=range(600), person=np.arange(600) // 2, again=lambda f: f["bought"])
    options = replace(OPTIONS, id_column="key", group=["person"], drop=["again"])
    report = bench_table(written(frame, tmp_path), "bought", options)
    assert report.protocol["features"] == 2
    assert report.scores["model"]["auc"][0] < 0.95


def test_a_column_that_is_the_target_in_disguise_is_pointed_out(tmp_path: Path) -> None:
    frame = calls().assign(contract_signed=lambda f: f["bought"].map({"Yes": "y", "No": "n"}))
    warnings = bench_table(written(frame, tmp_path), "bought", OPTIONS).warnings
    assert len(warnings) == 1
    assert warnings[0].startswith("contract_signed alone has an AUC of 1.000")


def test_what_cannot_be_learnt_from_is_dropped_and_said(tmp_path: Path) -> None:
    frame = calls()
    frame = frame.assign(
        row=[f"R{i}" for i in range(600)],
        same="x",
        nothing=None,
        mixed=np.where(np.arange(600) < 5, "n/k", frame["age"].astype(str)),
        joined=pd.date_range("2020-01-01", periods=600).strftime("%Y-%m-%d"),
    )
    frame.loc[:9, "bought"] = None
    report = bench_table(written(frame, tmp_path), "bought", OPTIONS)
    assert report.rows == 590
    assert report.protocol["rows_left_out"] == 10
    notes = "\n".join(report.notes)
    assert "10 rows without a bought were left out" in notes
    assert "an identifier: row" in notes
    assert "constant: same" in notes
    assert "all null: nothing" in notes
    assert "joined: read as dates" in notes


def test_a_few_words_in_a_column_of_numbers_become_null(tmp_path: Path) -> None:
    frame = calls().assign(mixed=lambda f: f["age"].astype(str).where(f.index > 4, "unknown"))
    notes = bench_table(written(frame, tmp_path), "bought", OPTIONS).notes
    assert "mixed: read as numbers, 5 other values as null" in notes


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"drop": ["nothing"]}, "no such column: --drop nothing; the table has age, plan, bought"),
        ({"bought": "yes"}, {}, "0 rows of the rarer class in 600; wanted at least 10"),
        ({"bought": "maybe"}, {}, r"never is 1, true or yes; its values are maybe \(600\); name one of them"),
        ({}, {"positive": "sold"}, "never is 'sold'"),
        ({"bought": np.tile(["a", "b", "1"], 200)}, {}, "has 3 values .* say with --positive"),
        ({}, {"drop": ["age", "plan"]}, "no column is left to learn from"),
        ({}, {"ordered": True, "time": "age"}, "give one of them"),
        ({}, {"treatment": "plan"}, "--treatment COLUMN --treated VALUE --control VALUE"),
        ({}, {"treatment": "plan", "treated": "c", "control": "a"}, r"--treated 'c' is not in plan; its values are"),
        ({}, {"treatment": "plan", "treated": "a", "control": "A"}, "wanted two different values"),
        ({}, {"time": "plan"}, "--time plan wants numbers or dates .* came '[ab]'"),
        ({"one": 1}, {"time": "one"}, "a single value"),
        ({"g": np.arange(600) % 3}, {"group": ["g"]}, "--group gives 3 groups, wanted at least 5"),
        ({"bought": np.repeat(["yes", "no"], 300)}, {"ordered": True}, "rows of one class only"),
    ],
)
def test_bad_requests_say_what_came_and_what_to_do(
    tmp_path: Path, change: dict[str, object], options: dict[str, object], message: str
) -> None:
    table = written(calls().assign(**change), tmp_path)
    with pytest.raises(BadInput, match=message):
        bench_table(table, "bought", replace(OPTIONS, **options))


def trial(rows: int, effect: float) -> pd.DataFrame:
    """An e-mail that moves the customers of plan b, beside a third arm."""
    frame = calls(rows)
    random = np.random.default_rng(5)
    arm = random.choice(["mail", "none", "other"], rows)
    moved = (arm == "mail") & (frame["plan"] == "b") & (random.random(rows) < effect)
    return frame.assign(arm=arm, bought=np.where(moved, "Yes", frame["bought"]))


TRIAL = replace(OPTIONS, treatment="arm", treated="mail", control="none")


def test_a_treatment_that_moves_some_is_found(tmp_path: Path) -> None:
    report = bench_table(written(trial(3000, effect=0.6), tmp_path), "bought", TRIAL)
    document = report.to_json()
    assert set(document["baselines"]) == {"dummy", "logistic", "response_model", "plain_s_learner"}
    assert set(document["model"]) == METRICS | {"qini", "uplift_at_30"}
    assert document["model"]["qini"]["mean"] > document["baselines"]["response_model"]["qini"]["mean"] + 0.1
    assert document["baselines"]["dummy"]["qini"]["mean"] == pytest.approx(0)
    assert report.protocol["rows_left_out"] == 3000 - report.rows
    assert "finds whom the treatment moves" in report.verdict
    assert {row["against"] for row in document["paired"]} == set(document["baselines"])


def test_an_arm_may_be_called_like_a_null(tmp_path: Path) -> None:
    named = trial(600, effect=0.6).replace({"arm": {"none": "None", "other": None}})
    report = bench_table(written(named, tmp_path), "bought", replace(TRIAL, control="None"))
    assert report.rows == named["arm"].notna().sum()


@pytest.mark.parametrize("learner", ["t", "x", "dr"])
def test_another_learner_of_effects_stands_beside_the_s_learner(learner: str, tmp_path: Path) -> None:
    report = bench_table(written(trial(2000, effect=0.6), tmp_path), "bought", replace(TRIAL, learner=learner))
    qini = {name: np.mean(folds["qini"]) for name, folds in report.scores.items()}
    assert qini["model"] > qini["response_model"] + 0.05
    assert qini["s_learner"] > qini["response_model"] + 0.05


def test_a_learner_that_is_none_is_refused(tmp_path: Path) -> None:
    path = written(trial(200, effect=0.6), tmp_path)
    with pytest.raises(BadInput, match="--learner came as 'r', wanted one of s, t, x, dr"):
        bench_table(path, "bought", replace(TRIAL, learner="r"))
    with pytest.raises(BadInput, match="give --treatment beside it"):
        bench_table(path, "bought", TableBenchOptions(learner="x"))


def test_where_the_treatment_moves_nobody_the_report_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print_report(bench_table(written(trial(1500, effect=0), tmp_path), "bought", TRIAL))
    assert "nothing to learn" in capsys.readouterr().err


def test_ibm_telco_is_learnt_as_well_as_by_the_logistic() -> None:
    document = bench_table(
        public_path("churn/ibm_telco.csv"), "churn", TableBenchOptions(id_column="rownames")
    ).to_json()
    assert document["model"]["auc"]["mean"] > 0.849 - 0.011
    assert document["model"]["log_loss"]["mean"] < document["baselines"]["logistic"]["log_loss"]["mean"]


@pytest.mark.public_data("churn/cell2cell.csv.gz")
def test_cell2cell_beats_the_logistic_on_a_tenth_of_its_rows(tmp_path: Path) -> None:
    path = sample("churn/cell2cell.csv.gz", tmp_path, 6000)
    options = TableBenchOptions(id_column="CustomerID", settings=replace(QUICK, max_rounds=300, patience=30))
    document = bench_table(path, "Churn", options).to_json()
    assert document["model"]["auc"]["mean"] > document["baselines"]["logistic"]["auc"]["mean"] + 0.02


@pytest.mark.public_data("uptake/bank_marketing.csv.gz")
def test_the_banks_calls_are_ranked_on_the_last_fifth() -> None:
    path = public_path("uptake/bank_marketing.csv.gz")
    document = bench_table(path, "y", TableBenchOptions(ordered=True, drop=["duration"])).to_json()
    assert document["model"]["auc"]["mean"] > 0.681 - 0.012
    assert document["model"]["log_loss"]["mean"] < document["baselines"]["dummy"]["log_loss"]["mean"]


@pytest.mark.public_data("uplift/hillstrom.csv.gz")
def test_hillstroms_arms_are_told_apart(tmp_path: Path) -> None:
    path = sample("uplift/hillstrom.csv.gz", tmp_path, 16_000)
    options = replace(TRIAL, treatment="segment", treated="Womens E-Mail", control="No E-Mail")
    report = bench_table(path, "visit", replace(options, drop=["conversion", "spend"]))
    assert report.protocol["average_effect"] == pytest.approx(0.045, abs=0.015)
    assert np.mean(report.scores["model"]["qini"]) > 0

"""Experiments: a config in, a report out, and a results table that is rebuilt from the reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.errors import BadInput, WorkFailed
from training.experiments import list_experiments, rebuild_results, result_table, run_experiments

RESULT = {
    "rows": 5,
    "model": {"auc": {"mean": 0.7, "sd": 0.01}},
    "baselines": {"dummy": {"auc": {"mean": 0.5, "sd": None}}},
}
WRITES = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
FAILS = "raise SystemExit(3)"
CONFIG = """
title = 'T {name}'
command = ['python', '-c', {code}, '{{json}}', {result}]
anchor = {{ auc = 0.69 }}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "q").mkdir()
    result = json.dumps(RESULT).replace("{", "{{").replace("}", "}}")
    for name, code in {"good": WRITES, "bad": FAILS}.items():
        text = CONFIG.format(name=name, code=json.dumps(code), result=json.dumps(result))
        (tmp_path / "q" / f"{name}.toml").write_text(text)
    return tmp_path


def test_a_run_writes_its_config_commit_and_seconds_beside_the_result(folder: Path) -> None:
    run_experiments(["q/good"], folder)
    report = json.loads((folder / "q" / "good" / "report.json").read_text())
    assert set(report) == {"config", "commit", "day", "seconds", "result"}
    assert report["result"]["rows"] == 5


def test_the_results_table_holds_the_baseline_and_the_figure_to_beat(folder: Path) -> None:
    run_experiments(["q/good"], folder)
    text = rebuild_results(folder)
    assert "| model | 0.7000 (sd 0.0100) |\n| dummy | 0.5000 |\n| figure to beat | 0.69 |" in text
    assert "not run yet: `nextcall experiments --run q/bad`" in text
    assert (folder / "RESULTS.md").read_text() == text


def test_a_failing_command_is_told(folder: Path) -> None:
    with pytest.raises(WorkFailed, match=r"experiment q/bad failed \(exit 3\)"):
        run_experiments(["q/bad"], folder)


def test_an_unknown_name_lists_the_known_ones(folder: Path) -> None:
    with pytest.raises(BadInput, match="there are: q/bad, q/good"):
        run_experiments(["nope"], folder)


def test_every_config_of_the_repository_names_a_title_and_a_command() -> None:
    for experiment in list_experiments(Path(__file__).resolve().parents[2] / "experiments"):
        assert {"title", "command"} <= set(experiment.config), experiment.name


def test_the_pit_of_quiet_intervals_is_shown_where_there_are_any() -> None:
    row = {"forecast": "model", "cells": 40, "gap": 0.04}
    shown = "\n".join(result_table(RESULT | {"pit": [row], "pit_tenths": [{"up_to": 0.1, "model": 0.12}]}, {}))
    assert "| model | 40 | 0.04 |" in shown
    assert "| 0.1 | 0.12 |" in shown
    assert "PIT" not in "\n".join(result_table(RESULT | {"pit": [row | {"cells": 0}]}, {}))

"""The verbs over forecast versions as planners meet them: keep, list, show, override, compare, measure."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

import nextcall
from data.errors import BadInput
from data.settings import Settings
from models.forecast_table import Span
from serving.forecast_versions import Asked, save_version
from tests.serving.planned import COUNTS, DAYS, GOAL, START, planned
from tests.tiny_lake import write_lake

CHANGE = "queue,centre,starts_at,ends_at,factor\nbilling,hz,2025/9/10 10:00,2025-09-11,1.5\n"


@pytest.fixture
def version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in {"VAR": tmp_path, "USER": "王", "TODAY": "2026-01-01"}.items():
        monkeypatch.setenv(f"NEXTCALL_{name}", str(value))
    monkeypatch.setattr("data.console.output.width", 200)
    saved = save_version(Settings(var=tmp_path), planned(), Asked(START.date(), Span(START, DAYS), GOAL), "国庆")
    return str(saved.version_id)


def run(*words: str) -> Result:
    return CliRunner().invoke(nextcall.app, list(words))


def told(*words: str) -> str:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.output


def overridden(folder: Path, version: str, encoding: str = "utf-8") -> str:
    (folder / "change.csv").write_text(CHANGE, encoding=encoding)
    return told("forecasts", "override", version, "--rows", str(folder / "change.csv"), "--reason", "短信活动")


def test_an_override_is_a_new_version_that_the_list_explains(tmp_path: Path, version: str) -> None:
    assert "overrides version 1; made by 王: 短信活动" in overridden(tmp_path, version)
    listed = told("forecasts", "list")
    assert all(word in listed for word in ("国庆", "短信活动", "王"))


def test_the_rows_of_an_override_may_come_from_a_chinese_excel(tmp_path: Path, version: str) -> None:
    assert "overrides version 1" in overridden(tmp_path, version, "gb18030")


def test_what_differs_is_written(tmp_path: Path, version: str) -> None:
    overridden(tmp_path, version)
    told("forecasts", "diff", "1", "2", "--out", str(tmp_path / "diff.csv"))
    rows = pd.read_csv(tmp_path / "diff.csv").query("queue == 'billing' and centre == 'hz'")
    assert len(rows) == 7
    assert (rows["calls_new"] / rows["calls_old"]).to_list() == pytest.approx([1.5] * 7)


def test_a_version_is_shown_and_written_as_a_workbook(tmp_path: Path, version: str) -> None:
    assert "agent_hours" in told("forecasts", "show", version)
    told("forecasts", "show", version, "--out", str(tmp_path / "v.xlsx"), "--lang", "en")
    assert load_workbook(tmp_path / "v.xlsx").sheetnames[1] == "Forecast"


def test_accuracy_is_written_once_calls_are_known(tmp_path: Path, version: str) -> None:
    overridden(tmp_path, version)
    lake = write_lake(tmp_path / "lake", {"call_volumes": COUNTS.assign(abandoned=0.0)})
    out = str(tmp_path / "accuracy.parquet")
    told("forecasts", "accuracy", "--lake", str(lake), "--as-of", "2025-09-12", "--out", out)
    rows = pd.read_parquet(out)
    assert rows.groupby("version").size().to_dict() == {1: 8, 2: 8}
    assert rows["changed_cells"].max() == 7


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show", "9"], "there is none"),
        (["accuracy", "--versions", "1,9"], "--versions 9: none such"),
        (["show", "1", "--out", "v.docx"], "wanted a name that ends in"),
        (["override", "1", "--rows", "none.csv", "--reason", "why"], "does not exist"),
    ],
)
def test_bad_input_is_told(version: str, words: list[str], message: str) -> None:
    result = run("forecasts", *words)
    assert isinstance(result.exception, BadInput)
    assert message in str(result.exception)


def test_forecast_keeps_its_answer(operator: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = f"sqlite:///{tmp_path / 'nextcall.db'}"
    for name, value in {"VAR": operator.var, "LAKE": operator.lake, "SERVING__STORE": store}.items():
        monkeypatch.setenv(f"NEXTCALL_{name}", str(value))
    monkeypatch.setenv("NEXTCALL_TODAY", str(operator.today))
    days = ("--days", "2", "--as-of", str(operator.as_of))
    assert "kept as version 1 (week 1)" in told(
        "forecast", *days, "--save", "week 1", "--out", str(tmp_path / "f.xlsx")
    )
    told("forecasts", "show", "1", "--out", str(tmp_path / "f.parquet"))
    told("forecast", *days, "--out", str(tmp_path / "g.parquet"))
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "f.parquet"), pd.read_parquet(tmp_path / "g.parquet"))
    assert load_workbook(tmp_path / "f.xlsx").sheetnames[0] == "概要"

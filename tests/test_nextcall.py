"""The verbs as their users meet them: exit codes and messages."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import nextcall
from data.errors import BadInput, LakeError
from data.flags import parse_date
from tests.tiny_lake import small_tables, write_lake


def test_check_lists_a_sound_lake_and_its_audit(tmp_path: Path) -> None:
    lake = write_lake(tmp_path / "lake", small_tables())
    told = CliRunner().invoke(nextcall.app, ["check", "--lake", str(lake), "--json", str(tmp_path / "b.json")])
    assert told.exit_code == 0, told.output
    assert "5 tables hold the contract; 0 findings" in told.output
    assert "data_overage_cny" in told.output
    assert json.loads((tmp_path / "b.json").read_text()) == []


def test_check_writes_every_breach_as_json_before_it_fails(tmp_path: Path) -> None:
    tables = small_tables()
    tables["plans"].loc[0, "monthly_fee_cny"] = -1.0
    lake = write_lake(tmp_path / "lake", tables)
    told = CliRunner().invoke(nextcall.app, ["check", "--lake", str(lake), "--json", str(tmp_path / "b.json")])
    assert isinstance(told.exception, LakeError)
    [breach] = json.loads((tmp_path / "b.json").read_text())
    assert breach == {
        "table": "plans",
        "column": "monthly_fee_cny",
        "rule": "negative",
        "severity": "error",
        "came": "-1.0",
        "wanted": "at least 0",
        "rows": 1,
        "examples": ["fx58"],
    }


def test_bad_input_is_one_message_and_exit_code_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["nextcall", "check", "--lake", str(tmp_path / "none")])
    with pytest.raises(SystemExit) as stopped:
        nextcall.main()
    assert stopped.value.code == 2
    assert "there is no lake at" in capsys.readouterr().err


def test_a_date_that_is_none_is_told() -> None:
    with pytest.raises(BadInput, match="--as-of came as 'tomorrow'; wanted a date like 2026-01-01"):
        parse_date("tomorrow")


def test_indicators_take_the_last_closed_month_from_usage(tmp_path: Path) -> None:
    tables = small_tables()
    calls = pd.DataFrame(
        {
            "contact_id": ["1", "2"],
            "channel": ["hotline", "hotline"],
            "started_at": [dt.datetime(2025, 12, 3, 9), dt.datetime(2026, 2, 3, 9)],
            "abandoned": [False, False],
        }
    )
    lake = write_lake(tmp_path / "lake", {**tables, "contacts": calls})
    told = CliRunner().invoke(
        nextcall.app, ["indicators", "--lake", str(lake), "--out", str(tmp_path / "i.csv"), "--minimum-group", "1"]
    )
    assert told.exit_code == 0, told.output
    assert "2025-12-01 to 2026-01-01" in told.output

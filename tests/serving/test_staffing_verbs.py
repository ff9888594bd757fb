"""The verbs watch, shifts and balance: from files and a lake to tables, and messages for what cannot be read."""

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import nextcall
from data.errors import BadInput
from models.balance import Rules
from serving.roster import balance_files, coverage, read_need, roster


@pytest.fixture
def forecast(tmp_path: Path) -> Path:
    """Two centres of one queue, each hour of 08:00 to 20:00 of two days."""
    starts = [pd.Timestamp("2026-01-05") + pd.Timedelta(days=d, hours=h) for d in (0, 1) for h in range(8, 20)]
    rows = [
        {"queue": "billing", "centre": c, "starts_at": s, "agents_on_phone": 4} for c in ("hz", "wh") for s in starts
    ]
    rows += [{"queue": "billing", "centre": "ALL", "starts_at": s, "agents_on_phone": 8} for s in starts]
    path = tmp_path / "forecast.csv"
    pd.DataFrame(rows).assign(queue="billing").to_csv(path, index=False)
    return path


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    path = tmp_path / "templates.csv"
    path.write_text("name,start,hours,breaks\nmorning,08:00,6,\nafternoon,14:00,6,\n", encoding="utf-8")
    return path


def test_shifts_are_counted_by_day_and_template(forecast: Path, templates: Path, tmp_path: Path) -> None:
    made, table = roster(read_need(forecast), ("billing", "ALL"), templates, None)
    assert table["agents"].tolist() == [8, 8, 8, 8]
    assert table["begins_at"].dt.hour.tolist() == [8, 14, 8, 14]
    assert coverage(made).startswith("32 shifts cover 100.0% of the need, 0.0% of it too much")
    out = tmp_path / "shifts.csv"
    flags = ["--forecast", str(forecast), "--templates", str(templates), "--queue", "billing", "--out", str(out)]
    done = CliRunner().invoke(nextcall.app, ["shifts", *flags])
    assert done.exit_code == 0, done.output
    assert len(pd.read_csv(out)) == 4


def test_absent_people_are_rostered_too(forecast: Path, templates: Path, tmp_path: Path) -> None:
    need = read_need(forecast)
    made, table = roster(need, ("billing", "ALL"), templates, None, absence=0.1)
    assert table["agents"].tolist() == [9, 9, 9, 9], "8 / 0.9, rounded up"
    assert coverage(made, 0.1).endswith("agents on the phone with 10.0% of those rostered absent")
    assert roster(need, ("billing", "ALL"), templates, None, absence=0.2)[1]["agents"].tolist() == [10, 10, 10, 10]
    flags = ["--forecast", str(forecast), "--templates", str(templates), "--queue", "billing", "--absence", "0.2"]
    done = CliRunner().invoke(nextcall.app, ["shifts", *flags, "--out", str(tmp_path / "shifts.csv")])
    assert done.exit_code == 0, done.output
    assert "20.0% of those rostered absent" in " ".join(done.output.split())
    assert pd.read_csv(tmp_path / "shifts.csv")["agents"].tolist() == [10, 10, 10, 10]


@pytest.mark.parametrize("absence", [-0.1, 1.0, float("nan")])
def test_an_absence_that_is_no_share_is_named(forecast: Path, templates: Path, absence: float) -> None:
    with pytest.raises(BadInput, match="--absence"):
        roster(read_need(forecast), ("billing", "ALL"), templates, None, absence)


def test_balance_lends_from_the_idle_centre(forecast: Path, tmp_path: Path) -> None:
    need = read_need(forecast)
    there = need[need["centre"] != "ALL"].assign(agents=lambda x: x["centre"].map({"hz": 2, "wh": 7}))
    path = tmp_path / "there.csv"
    there.drop(columns="agents_on_phone").to_csv(path, index=False)
    moves, left = balance_files(forecast, path, Rules())
    assert moves[["from_centre", "to_centre", "agents"]].drop_duplicates().values.tolist() == [["wh", "hz", 2.0]]
    assert (left["missing_before"].sum(), left["missing_after"].sum()) == (48, 0)
    done = CliRunner().invoke(nextcall.app, ["balance", "--forecast", str(forecast), "--available", str(path)])
    assert done.exit_code == 0, done.output
    assert "48.0 agent-intervals are missing before, 0.0 after" in done.output


def test_what_cannot_be_read_is_named(forecast: Path, templates: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="billing/hz"):
        roster(read_need(forecast), ("x", "ALL"), templates, None)
    by_day = tmp_path / "days.csv"
    pd.read_csv(forecast).assign(starts_at="2026-01-05").to_csv(by_day, index=False)
    with pytest.raises(BadInput, match="by interval"):
        read_need(by_day)
    with pytest.raises(BadInput, match="agents_on_phone"):
        read_need(templates)

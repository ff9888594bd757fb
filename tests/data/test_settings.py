"""Settings: flags before environment before file before defaults, and errors that name the field."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import BadInput
from data.settings import load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_flags_beat_the_environment_which_beats_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().value.margin_share == 0.45
    (folder / "nextcall.toml").write_text("engine = 'spark'\n[value]\nmargin_share = 0.1\nhorizon_months = 6\n")
    assert load_settings().value.margin_share == 0.1
    monkeypatch.setenv("NEXTCALL_VALUE__MARGIN_SHARE", "0.2")
    settings = load_settings(engine="duckdb")
    assert (settings.engine, settings.value.margin_share, settings.value.horizon_months) == ("duckdb", 0.2, 6)


def test_a_guard_can_be_switched_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTCALL_GUARD__MAX_TOTAL_RATIO", "null")
    assert load_settings().guard.max_total_ratio is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("engine = 'oracle'", "engine: Input should be 'duckdb' or 'spark'"),
        ("[value]\nmargin = 1", "value.margin: Extra inputs are not permitted"),
        ("colour = 1", "colour: Extra inputs are not permitted"),
        ("engine = ", "no valid TOML"),
    ],
)
def test_a_wrong_setting_is_named(folder: Path, text: str, told: str) -> None:
    (folder / "nextcall.toml").write_text(text)
    with pytest.raises(BadInput, match=told):
        load_settings()


def test_a_named_file_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTCALL_CONFIG", "nowhere.toml")
    with pytest.raises(BadInput, match=r"nowhere\.toml, which is no file"):
        load_settings()

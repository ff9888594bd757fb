"""`nextcall tariff` as a person meets it: what it prints, what it writes, how it fails."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import nextcall
from models.tariff import CHOICE_COLUMNS
from tests.tiny_lake import small_tables, write_lake


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit code of `nextcall tariff` with these words."""
    monkeypatch.setattr("sys.argv", ["nextcall", "tariff", *words])
    with pytest.raises(SystemExit) as stopped:
        nextcall.main()
    return int(stopped.value.code or 0)


def test_it_writes_the_contracts_columns_and_prints_funnel_bills_and_reconciliation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lake, out = write_lake(tmp_path / "lake", small_tables()), tmp_path / "choices.csv"
    assert run(monkeypatch, "--lake", str(lake), "--out", str(out)) == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel wants the mark to show Chinese"
    written = pd.read_csv(out)
    assert tuple(written.columns) == CHOICE_COLUMNS
    assert written["excluded_reason"].tolist() == ["NO_CHANGE", "NO_CHANGE"]
    printed = capsys.readouterr()
    assert "targets if bands filter, then min_total chooses" in printed.out
    assert "100.00% of 6 bills lie within 0.10 CNY of the rating" in " ".join(printed.err.split())


@pytest.mark.parametrize(
    ("words", "wanted"),
    [(("--rule", "cheapest"), "wanted one of min_total"), (("--out", "choices.xlsx"), "wanted a name that ends in")],
)
def test_a_wrong_flag_is_bad_input(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    wanted: str,
) -> None:
    lake = write_lake(tmp_path / "lake", small_tables())
    assert run(monkeypatch, "--lake", str(lake), *words) == 2
    assert wanted in " ".join(capsys.readouterr().err.split())

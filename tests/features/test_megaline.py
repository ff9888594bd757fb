"""A real tariff: Megaline's single usage records, rounded per call and per month, through the column mapping."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.known import as_known
from data.lake import open_lake
from data.settings import load_settings
from features.pricing_window import PricingOptions
from models.cartesian import TariffOptions
from models.tariff import LAKE_TABLES, NEEDED_TABLES, tariff
from tests.public_data import public_path

CONFIG = Path(__file__).parents[2] / "experiments" / "tariff_megaline" / "nextcall.toml"


@pytest.mark.public_data("tariff/megaline")
def test_two_in_five_are_on_the_dearer_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTCALL_CONFIG", str(CONFIG))
    settings = load_settings(var=tmp_path)
    lake = open_lake(public_path("tariff/megaline"), settings, needs=NEEDED_TABLES, uses=LAKE_TABLES)
    run = tariff(as_known(lake, lake.default_as_of()), TariffOptions(pricing=PricingOptions(months=12)))
    value = run.figures.set_index("figure")["value"]
    assert value["all: lines priced"] == 490
    assert value["all: line-months"] == 2293
    assert value["all: lines that would pay less on the recommended plan"] == 198
    assert value["all: paid over these months"] == pytest.approx(147_557, abs=0.5)
    assert value["all: paid if those who save had moved"] == pytest.approx(116_785, abs=0.5)
    assert value["all: saved per line-month"] == pytest.approx(13.42, abs=0.005)
    assert value["all: saved a month, mean over lines"] == pytest.approx(14.08, abs=0.005)

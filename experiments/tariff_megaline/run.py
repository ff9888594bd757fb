"""Megaline's 2018 usage records on its two plans: who pays more than on the other plan, and what moving would save."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from data.console import print_table
from data.known import as_known
from data.lake import open_lake
from data.settings import load_settings
from features.pricing_window import PricingOptions
from models.cartesian import TariffOptions
from models.tariff import LAKE_TABLES, NEEDED_TABLES, tariff

MONTHS = 12


def main() -> None:
    """Price, print, write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lake", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    os.environ["NEXTCALL_CONFIG"] = str(Path(__file__).with_name("nextcall.toml"))
    settings = load_settings(lake=asked.lake)
    lake = open_lake(settings.lake, settings, needs=NEEDED_TABLES, uses=LAKE_TABLES)
    options = TariffOptions(total_band=None, rent_band=None, pricing=PricingOptions(months=MONTHS))
    figures = tariff(as_known(lake, lake.default_as_of()), options).figures
    priced = figures[figures["figure"].str.startswith("all: ")]
    print_table(priced, "Megaline, 12 months (USD)")
    if asked.json:
        asked.json.write_text(json.dumps({"table": json.loads(priced.to_json(orient="records"))}))


if __name__ == "__main__":
    main()

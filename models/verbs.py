"""Verbs that compute without training: tariff."""

from __future__ import annotations

from typing import Annotated

import typer

from data.console import say
from data.flags import AsOfOption, EngineOption, LakeOption, OutOption, settings_of

app = typer.Typer()


@app.command()
def tariff(
    lake: LakeOption = None,
    as_of: AsOfOption = None,
    out: OutOption = None,
    rule: Annotated[
        str, typer.Option(help="min_total, min_total_within_bands or max_revenue_within_bands")
    ] = "min_total",
    total_band: Annotated[str, typer.Option(help="new / old bill, LOW,HIGH or none")] = "0.6,1.5",
    rent_band: Annotated[str, typer.Option(help="new / old rent, LOW,HIGH or none")] = "1,2",
    packs: Annotated[str, typer.Option(help="carried (fees as paid) or rerated (priced anew)")] = "carried",
    keep_current: Annotated[
        bool, typer.Option("--keep-current", help="a present plan that is no longer sold is a candidate too")
    ] = False,
    months: Annotated[int, typer.Option(help="closed months that are priced")] = 3,
    flex_in_current: Annotated[str, typer.Option(help="yes, or no (the seed): is the flex pack paid today?")] = "yes",
    engine: EngineOption = None,
) -> None:
    """The Cartesian baseline: every line priced on every plan on sale, one plan chosen, lines filtered by two bands."""
    from data.known import as_known
    from data.lake import open_lake
    from data.outputs import check_ending, write_table
    from features.reconcile import reconcile
    from models.cartesian import TariffFlags
    from models.tariff import LAKE_TABLES, NEEDED_TABLES
    from models.tariff import tariff as run_tariff
    from models.tariff_report import print_reconciliation, print_tariff

    options = TariffFlags(rule, total_band, rent_band, packs, keep_current, months, flex_in_current).options()
    settings = settings_of(lake, engine, as_of)
    if out:
        check_ending(out)
    opened = open_lake(settings.lake, settings, needs=NEEDED_TABLES, uses=LAKE_TABLES)
    known = as_known(opened, settings.as_of or opened.default_as_of())
    run = run_tariff(known, options)
    print_tariff(run)
    if known.has("bills"):
        print_reconciliation(reconcile(known))
    if out:
        write_table(run.choices, out)
        say(f"wrote {out}")

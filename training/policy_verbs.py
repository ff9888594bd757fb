"""Verbs that say beforehand what a policy would do: bands, evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data.console import print_table, say
from data.flags import AsOfOption, LakeOption, OutOption, checked_out, settings_of, write_rows

app = typer.Typer()


@app.command()
def bands(
    lake: LakeOption = None,
    as_of: AsOfOption = None,
    rule: Annotated[
        str, typer.Option(help="min_total, min_total_within_bands or max_revenue_within_bands")
    ] = "min_total",
    total_bands: Annotated[str | None, typer.Option(help="new / old bill: LOW,HIGH;LOW,HIGH;none")] = None,
    rent_bands: Annotated[str | None, typer.Option(help="new / old rent: LOW,HIGH;LOW,HIGH;none")] = None,
    plot: Annotated[Path | None, typer.Option(help="a .png or .svg file")] = None,
    out: OutOption = None,
) -> None:
    """Preview the two bands: targets, bills that rise, revenue and expected acceptances of every pair of bands."""
    from data.lake import open_lake
    from models.band_preview import RENT_BANDS, TOTAL_BANDS, Grid, parse_bands
    from models.cartesian import TariffFlags
    from models.tariff import NEEDED_TABLES
    from training.band_report import band_report, plot_ending, write_plot

    totals = parse_bands(total_bands, "--total-bands", TOTAL_BANDS)
    rents = parse_bands(rent_bands, "--rent-bands", RENT_BANDS)
    grid = Grid(TariffFlags(rule).options().rule, totals, rents)
    settings, path, picture = settings_of(lake, None, as_of), checked_out(out), plot_ending(plot)
    opened = open_lake(settings.lake, settings, needs=NEEDED_TABLES)
    day = settings.as_of or opened.default_as_of()
    report = band_report(opened, day, grid)
    title = f"Bands under {rule} as of {day}; acceptance by {report.acceptance_by}"
    if path:
        write_rows(report.table, path, title)
    else:
        print_table(report.table.drop(columns="rule"), title)
    if picture:
        write_plot(report, picture)
        say(f"wrote {picture}")


@app.command()
def evaluate(
    lake: LakeOption = None,
    as_of: AsOfOption = None,
    months: Annotated[int, typer.Option(min=1, help="of decisions whose outcome is known")] = 12,
    policies: Annotated[
        Path | None, typer.Option(help="judge these too: a table of customer_id, offer_id, as_of?, policy?")
    ] = None,
    out: OutOption = None,
) -> None:
    """What each policy would have brought, from the exposure log: IPS, self-normalised, doubly robust; the funnel."""
    from data.lake import open_lake
    from training.evaluation import PARTS, evaluation, on_screen, read_policy_table
    from training.policy_value import NEEDS

    settings, path = settings_of(lake, None, as_of), checked_out(out)
    listed = read_policy_table(policies) if policies else None
    opened = open_lake(settings.lake, settings, needs=NEEDS)
    day = settings.as_of or opened.default_as_of()
    told = evaluation(opened, day, months, listed)
    if path:
        for title, table in told.items():
            write_rows(table, path.with_stem(f"{path.stem}-{title}") if title != "policies" else path, title)
    for title, table in on_screen(told).items():
        if not path or not title.startswith(PARTS):
            print_table(table, f"{title}, as known on {day}")

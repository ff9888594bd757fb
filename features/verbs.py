"""Verbs that describe customers and the centre: labels, indicators."""

from __future__ import annotations

from typing import Annotated

import typer

from data.console import print_table, say
from data.flags import AsOfOption, EngineOption, LakeOption, OutOption, columns_of, parse_date, settings_of

app = typer.Typer()


@app.command()
def labels(
    lake: LakeOption = None,
    as_of: AsOfOption = None,
    out: OutOption = None,
    engine: EngineOption = None,
    catalogue: Annotated[bool, typer.Option("--catalogue", help="print every label's definition and stop")] = False,
) -> None:
    """User labels (用户标签): one row a line present at the as-of date, from nothing dated later."""
    from data.known import as_known
    from data.lake import open_lake
    from data.outputs import check_ending, write_table
    from features.label_table import NEEDS, USES, build_labels, label_catalogue, label_summary

    if out:
        check_ending(out)
    if catalogue:
        print_table(label_catalogue(), "User labels (用户标签)")
        return
    settings = settings_of(lake, engine, as_of)
    opened = open_lake(settings.lake, settings, needs=NEEDS, uses=USES)
    day = settings.as_of or opened.default_as_of()
    table = build_labels(as_known(opened, day)).order_by("customer_id")
    if out:
        write_table(table, out)
        say(f"wrote {out}: every line present at {day}")
    else:
        print_table(label_summary(table.to_pandas()), f"Labels as of {day}; --out FILE writes them")


@app.command()
def indicators(
    lake: LakeOption = None,
    first: Annotated[str | None, typer.Option("--from", help="YYYY-MM-DD; default: the last closed month")] = None,
    end: Annotated[str | None, typer.Option("--to", help="YYYY-MM-DD, excluded; default: its end")] = None,
    by: Annotated[str, typer.Option(help="any of queue,centre,team,agent,area,offer")] = "",
    out: OutOption = None,
    minimum_group: Annotated[int, typer.Option(min=1, help="persons below whom figures are withheld")] = 10,
    catalogue: Annotated[bool, typer.Option("--catalogue", help="print every indicator's definition and stop")] = False,
) -> None:
    """Operating indicators (运营指标库) by month and any of the lake's dimensions."""
    from data.lake import open_lake
    from data.outputs import check_ending, write_table
    from features.indicators.table import DATED_BY, USES, indicator_catalogue, left_out, wanted_of
    from features.indicators.table import indicators as build

    if out:
        check_ending(out)
    if catalogue:
        print_table(indicator_catalogue(), "Operating indicators (运营指标库)")
        return
    settings = settings_of(lake)
    opened = open_lake(settings.lake, settings, uses=(*USES, *DATED_BY))
    span = (parse_date(first, "--from"), parse_date(end, "--to"))
    wanted = wanted_of(opened, span, columns_of(by), minimum_group)
    table = build(opened, wanted)
    if missing := left_out(opened, wanted.by):
        say(f"not to be had from this lake by these dimensions: {', '.join(missing)}")
    if out:
        write_table(table, out)
        say(f"wrote {out}: {wanted.first} to {wanted.end} (excluded)")
    else:
        print_table(table.to_pandas(), f"Operating indicators, {wanted.first} to {wanted.end} (excluded)")

"""Verbs over forecast versions: list, show, diff, override, accuracy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data.console import output, print_table
from data.flags import AsOfOption, LakeOption, columns_of, settings_of, write_rows
from data.settings import load_settings
from serving.forecast_files import LangOption, PlannerOutOption, checked_planner_out, write_version

app = typer.Typer(no_args_is_help=True, help="Forecast versions: kept for ever, overridden only by a new one.")

VersionArgument = Annotated[int, typer.Argument(help="the version's number")]


@app.command("list")
def list_versions() -> None:
    """All versions, the newest first: what, when, by whom, why."""
    from serving.forecast_versions import version_list, with_store

    print_table(version_list(with_store(load_settings()).heads()), "Forecast versions")


@app.command()
def show(version: VersionArgument, out: PlannerOutOption = None, lang: LangOption = "zh") -> None:
    """A version as it was made: its days, or all of it into a file."""
    from serving.forecast_days import by_queue
    from serving.forecast_versions import version_list, with_store

    path = checked_planner_out(out)
    head, table = with_store(load_settings()).version(version)
    if path:
        write_version(head, table, path, lang)
        return
    print_table(version_list([head]).T.reset_index().set_axis(["", "value"], axis=1), f"Forecast version {version}")
    rows = by_queue(table) if head.settings["interval"] not in ("day", "month") else table.head(20)
    print_table(rows, "calls and agents over its span; --out FILE writes all rows")


@app.command()
def diff(old: VersionArgument, new: VersionArgument, out: PlannerOutOption = None) -> None:
    """The rows in which two versions differ, in calls and agents."""
    from data.flags import checked_out
    from serving.forecast_versions import difference, with_store

    path, store = checked_out(out), with_store(load_settings())
    table = difference(store.version(old)[1], store.version(new)[1])
    write_rows(table, path, f"{len(table):,} rows differ between versions {old} and {new}")


@app.command()
def override(
    version: VersionArgument,
    rows: Annotated[Path, typer.Option(help="CSV: queue, centre, starts_at, mean or factor; optional ends_at")],
    reason: Annotated[str, typer.Option(help="why; kept with the new version")],
) -> None:
    """Keep a new version with changed volumes and the agents they take; the old one stays as it is."""
    from data.flat_table import read_flat_table
    from serving.forecast_override import override as run
    from serving.forecast_versions import difference, with_store

    settings = load_settings()
    head = run(settings, version, read_flat_table(rows), reason)
    store = with_store(settings)
    print_table(difference(store.version(version)[1], store.version(head.version_id)[1]).head(10), "the first changes")
    output.print(f"version {head.version_id} overrides version {version}; made by {head.made_by}: {head.reason}")


@app.command()
def accuracy(
    versions: Annotated[str | None, typer.Option(help="numbers, comma-separated; default: all")] = None,
    lake: LakeOption = None,
    as_of: AsOfOption = None,
    out: PlannerOutOption = None,
) -> None:
    """Error, bias and coverage of versions whose calls are known by now, and whether overrides helped."""
    from data.flags import checked_out
    from data.known import as_known
    from data.lake import open_lake
    from features.call_counts import call_counts
    from serving.forecast_accuracy import accuracy as run
    from serving.forecast_verb import USES
    from serving.forecast_versions import chosen, with_store

    settings = settings_of(lake, None, as_of)
    path, store = checked_out(out), with_store(settings)
    heads = chosen(store, columns_of(versions))
    opened = open_lake(settings.lake, settings, uses=USES)
    day = settings.as_of or opened.default_as_of()
    write_rows(run(store, heads, call_counts(as_known(opened, day))), path, f"Forecast versions by calls before {day}")

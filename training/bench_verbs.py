"""The verb bench: the same model code on anybody's flat table or series."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data.flags import JsonOption, columns_of, parse_date, write_json

app = typer.Typer()
bench_app = typer.Typer(no_args_is_help=True, help="The same model code on anybody's flat table or series.")
app.add_typer(bench_app, name="bench")


def bench_table(
    table: Annotated[Path, typer.Option(help="CSV (may be gzipped, , or ;) or Parquet")],
    target: Annotated[str, typer.Option(help="the outcome's column")],
    positive: Annotated[str | None, typer.Option(help="the positive value; default 1, true or yes")] = None,
    id_column: Annotated[str | None, typer.Option("--id", help="identifies a row; never a feature")] = None,
    time: Annotated[str | None, typer.Option(help="test on the last 20 % by this column")] = None,
    group: Annotated[str | None, typer.Option(help="columns a,b whose rows stay in one fold")] = None,
    ordered: Annotated[bool, typer.Option("--ordered", help="test on the last 20 % by file order")] = False,
    drop: Annotated[str | None, typer.Option(help="columns a,b that are no features")] = None,
    treatment: Annotated[str | None, typer.Option(help="the treatment's column: Qini and uplift@30 %")] = None,
    treated: Annotated[str | None, typer.Option(help="its treated value")] = None,
    control: Annotated[str | None, typer.Option(help="its control value")] = None,
    learner: Annotated[str, typer.Option(help="how effects are learnt: s, t, x or dr; others stand beside s")] = "s",
    repeats: Annotated[int, typer.Option(min=1, help="repeat the 5 folds")] = 1,
    json_file: JsonOption = None,
) -> None:
    """Our model beside a dummy and a logistic baseline (or a response model) on anybody's flat table."""
    from training.bench_table import TableBenchOptions, bench_table, print_report

    options = TableBenchOptions(
        positive=positive,
        id_column=id_column,
        time=time,
        group=columns_of(group),
        ordered=ordered,
        drop=columns_of(drop),
        treatment=treatment,
        treated=treated,
        control=control,
        learner=learner,
        repeats=repeats,
    )
    report = bench_table(table, target, options)
    print_report(report)
    if json_file:
        write_json(json_file, report.to_json())


bench_app.command("churn")(bench_table)
bench_app.command("uptake")(bench_table)


@bench_app.command("volume")
def bench_volume(
    table: Annotated[Path, typer.Option(help="CSV (may be gzipped, , or ;) or Parquet")],
    time: Annotated[str, typer.Option(help="the column of interval starts")],
    count: Annotated[str, typer.Option(help="the column of calls")],
    horizon_days: Annotated[int, typer.Option(min=1, help="open days ahead")],
    series: Annotated[str | None, typer.Option(help="the column that tells series apart")] = None,
    interval: Annotated[int | None, typer.Option(help="minutes; default: the data's own")] = None,
    test_from: Annotated[str | None, typer.Option(help="the first test day")] = None,
    every: Annotated[int, typer.Option(min=1, help="every N-th open day is an origin")] = 1,
    country: Annotated[str | None, typer.Option(help="holidays of this country, e.g. CN")] = None,
    json_file: JsonOption = None,
) -> None:
    """Our forecaster beside seasonal naive, the six-week average and ETS on anybody's series."""
    from training.bench_volume import VolumeBenchOptions, bench_volume, print_report

    options = VolumeBenchOptions(
        time=time,
        count=count,
        series=series,
        interval=interval,
        horizon_days=horizon_days,
        test_from=parse_date(test_from, "--test-from"),
        every=every,
        country=country,
    )
    report = bench_volume(table, options)
    print_report(report)
    if json_file:
        write_json(json_file, report.to_json())

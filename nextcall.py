"""The one command `nextcall`: verbs only; each parses, calls one function, prints. Long, because it holds all flags."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # LightGBM's waiting threads cost more than they bring on few cores
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")

from data.console import console, output, print_plain, print_table, say
from data.errors import BadInput, LakeError, NextcallError
from data.settings import Settings, load_settings

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help=__doc__)
bench_app = typer.Typer(no_args_is_help=True, help="The same model code on anybody's flat table or series.")
train_app = typer.Typer(no_args_is_help=True, help="Fit, back-test against the baselines, log, register a version.")
app.add_typer(bench_app, name="bench")
app.add_typer(train_app, name="train")


class Engine(StrEnum):
    """Where Ibis expressions run."""

    duckdb = "duckdb"
    spark = "spark"


class Task(StrEnum):
    """What a model predicts."""

    uptake = "uptake"
    churn = "churn"
    volume = "volume"


LakeOption = Annotated[Path | None, typer.Option("--lake", help="the lake's folder (default var/demo/lake)")]
EngineOption = Annotated[Engine | None, typer.Option("--engine", help="duckdb (default) or spark")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="YYYY-MM-DD; default: after the last closed month")]
OutOption = Annotated[Path | None, typer.Option("--out", help="a .parquet, .csv or .json file")]
JsonOption = Annotated[Path | None, typer.Option("--json", help="write the report as JSON here")]
TolerateOption = Annotated[bool, typer.Option("--tolerate", help="row errors become findings")]


def main() -> None:
    """Run a verb; errors of ours become one message and their exit code."""
    try:
        app()
    except NextcallError as error:
        console.print(f"[bold red]error:[/] {type(error).__name__}", highlight=False)
        console.print(str(error), markup=False, highlight=False)
        sys.exit(error.exit_code)


def parse_date(text: str | None, flag: str = "--as-of") -> dt.date | None:
    """A date from a flag.

    >>> parse_date("2026-01-01")
    datetime.date(2026, 1, 1)
    """
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{flag} came as {text!r}; wanted a date like 2026-01-01") from error


def settings_of(
    lake: Path | None = None, engine: Engine | None = None, as_of: str | None = None, tolerate: bool = False
) -> Settings:
    """The settings with the flags that every verb shares."""
    return load_settings(
        lake=lake, engine=engine.value if engine else None, as_of=parse_date(as_of), tolerate=tolerate or None
    )


def write_json(path: Path, content: object) -> None:
    """Write a JSON file, Chinese as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")


@app.command()
def simulate(
    customers: Annotated[int, typer.Option(min=10)] = 20_000,
    months: Annotated[int, typer.Option(min=2)] = 15,
    seed: int = 7,
    out: Annotated[Path, typer.Option(help="writes OUT/lake and OUT/truth")] = Path("var/demo"),
) -> None:
    """Make the embedded operator: a lake of N customers and M months, and the hidden truth beside it."""
    from data.simulate import simulate as run

    run(customers=customers, months=months, seed=seed, out=out)
    say(f"wrote {out / 'lake'} and {out / 'truth'}; next: nextcall check --lake {out / 'lake'}")


@app.command()
def check(
    lake: LakeOption = None,
    engine: EngineOption = None,
    tolerate: TolerateOption = False,
    json_file: JsonOption = None,
    tables: Annotated[bool, typer.Option("--tables", help="print the contract's tables as Markdown and stop")] = False,
) -> None:
    """Hold a lake to the contract: every breach of every table at once, then the data audit."""
    import pandas as pd

    from data.audit import audit
    from data.lake import inspect_lake
    from data.lake_page import lake_page

    if tables:
        print_plain(lake_page())
        return
    settings = settings_of(lake, engine, tolerate=tolerate)
    opened, breaches = inspect_lake(settings.lake, settings)
    if json_file:
        write_json(json_file, [breach.as_dict() for breach in breaches])
    errors = [breach for breach in breaches if breach.severity == "error"]
    if breaches:
        rows = [{**breach.as_dict(), "examples": "; ".join(breach.examples)} for breach in breaches]
        print_table(pd.DataFrame(rows), "Breaches of the contract")
    if opened.names:
        print_table(audit(opened), "Data audit (数据审核)")
    if errors:
        raise LakeError(errors)
    output.print(f"{len(opened.names)} tables hold the contract; {len(breaches)} findings (shown above, values nulled)")


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
    from features.indicators.table import USES, indicator_catalogue, left_out, wanted_of
    from features.indicators.table import indicators as build

    if out:
        check_ending(out)
    if catalogue:
        print_table(indicator_catalogue(), "Operating indicators (运营指标库)")
        return
    settings = settings_of(lake)
    opened = open_lake(settings.lake, settings, uses=USES)
    span = (parse_date(first, "--from"), parse_date(end, "--to"))
    wanted = wanted_of(opened, span, _columns(by), minimum_group)
    table = build(opened, wanted)
    if missing := left_out(opened, wanted.by):
        say(f"not to be had from this lake by these dimensions: {', '.join(missing)}")
    if out:
        write_table(table, out)
        say(f"wrote {out}: {wanted.first} to {wanted.end} (excluded)")
    else:
        print_table(table.to_pandas(), f"Operating indicators, {wanted.first} to {wanted.end} (excluded)")


def _columns(text: str | None) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()] if text else []


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
    repeats: Annotated[int, typer.Option(min=1, help="repeat the 5 folds")] = 1,
    json_file: JsonOption = None,
) -> None:
    """Our model beside a dummy and a logistic baseline (or a response model) on anybody's flat table."""
    from training.bench_table import TableBenchOptions, bench_table, print_report

    options = TableBenchOptions(
        positive=positive,
        id_column=id_column,
        time=time,
        group=_columns(group),
        ordered=ordered,
        drop=_columns(drop),
        treatment=treatment,
        treated=treated,
        control=control,
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


@app.command()
def experiments(
    run: Annotated[
        list[str] | None, typer.Option(help="run these first, by name or its beginning; all = every one")
    ] = None,
) -> None:
    """Rebuild experiments/RESULTS.md from the report folders; with --run, run experiments before."""
    from training.experiments import rebuild_results, run_experiments

    if run:
        run_experiments(run)
    print_plain(rebuild_results())


@app.command()
def score(
    lake: LakeOption = None,
    as_of: AsOfOption = None,
    engine: EngineOption = None,
    out: OutOption = None,
    limit: Annotated[int, typer.Option(min=0, help="offers a line; 0 = all eligible, also those that lose money")] = 3,
    channel: Annotated[str, typer.Option(help="one or more channels, comma-separated: a ranking each")] = "hotline",
) -> None:
    """Next best offers of every line, by the champion: one row an offer, or one that says why there is none."""
    from data.lake import open_lake
    from serving.bulk import score as run
    from serving.publish import NEEDS

    settings = settings_of(lake, engine, as_of)
    path = _checked_out(out)
    opened = open_lake(settings.lake, settings, NEEDS)
    day = settings.as_of or opened.default_as_of()
    _write_rows(run(opened, day, settings, limit, _columns(channel)), path, f"Next best offers as of {day}")


@app.command("churn-scores")
def churn_scores(
    lake: LakeOption = None, as_of: AsOfOption = None, engine: EngineOption = None, out: OutOption = None
) -> None:
    """The probability of every line to leave within 90 days, by the champion, with its band and why."""
    from data.lake import open_lake
    from serving.bulk import churn_scores as run
    from serving.publish import NEEDS

    settings = settings_of(lake, engine, as_of)
    path = _checked_out(out)
    opened = open_lake(settings.lake, settings, NEEDS)
    day = settings.as_of or opened.default_as_of()
    _write_rows(run(opened, day, settings), path, f"Risk of leaving as of {day}")


@app.command()
def forecast(
    days: Annotated[int, typer.Option(min=1)],
    lake: LakeOption = None,
    start: Annotated[str | None, typer.Option("--from", help="a day or time; default: the as-of day")] = None,
    as_of: AsOfOption = None,
    interval: Annotated[str | None, typer.Option(help="5, 15, 30, 60, day or month; default: as the data")] = None,
    service_level: Annotated[str, typer.Option(help="share of offered calls answered, within seconds")] = "0.8,30",
    shrinkage: Annotated[float, typer.Option(help="share of paid time that is not on the phone")] = 0.30,
    patience_s: Annotated[
        float | None, typer.Option(help="mean seconds until a caller hangs up; default never")
    ] = None,
    max_occupancy: Annotated[str, typer.Option(help="a share, or none")] = "0.85",
    engine: EngineOption = None,
    out: OutOption = None,
) -> None:
    """Calls by queue, centre and interval with quantiles, agents and causes, by the champion."""
    from data.lake import open_lake
    from models.forecast_table import Span
    from serving.forecast_verb import USES, GoalFlags, forecast_lake, parse_interval, parse_moment

    settings = settings_of(lake, engine, as_of)
    path, moment = _checked_out(out), parse_moment(start) if start else None
    goal = GoalFlags(service_level, shrinkage, patience_s, max_occupancy).goal()
    opened = open_lake(settings.lake, settings, uses=USES)
    day = settings.as_of or (moment.date() if moment else opened.default_as_of())
    span = Span(moment or parse_moment(day.isoformat()), days, parse_interval(interval))
    _write_rows(forecast_lake(opened, day, span, goal), path, f"Calls of {days} days as known on {day}")


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 3000, workers: Annotated[int, typer.Option(min=1)] = 1
) -> None:
    """Serve the web API with BentoML; without keys in the settings only callers on this machine are answered."""
    from serving.launch import serve as run

    run(load_settings(), port, workers)


def _train(kind: str, lake: Path | None, as_of: str | None, engine: Engine | None, trials: int = 0) -> None:
    from data.lake import open_lake
    from training.fit import train
    from training.tasks import needs_of

    settings = settings_of(lake, engine, as_of)
    opened = open_lake(settings.lake, settings, needs_of(kind))
    made = train(kind, opened, settings.as_of or opened.default_as_of(), trials)
    print_table(made.table, f"{made.version}: back-test beside the baselines (sd over folds)")
    say(f"registered {made.version} as challenger; report and evidence: {made.folder}")
    say(f"next: nextcall compare {kind}; nextcall promote {kind}")


TrialsOption = Annotated[int, typer.Option(min=0, help="Optuna trials in all, on the past only; resumed")]


@train_app.command("uptake")
def train_uptake(
    lake: LakeOption = None, as_of: AsOfOption = None, engine: EngineOption = None, trials: TrialsOption = 0
) -> None:
    """P(accepted | pitched) of customer x offer."""
    _train("uptake", lake, as_of, engine, trials)


@train_app.command("churn")
def train_churn(
    lake: LakeOption = None, as_of: AsOfOption = None, engine: EngineOption = None, trials: TrialsOption = 0
) -> None:
    """P(left within 90 days) of every active line."""
    _train("churn", lake, as_of, engine, trials)


@train_app.command("volume")
def train_volume(lake: LakeOption = None, as_of: AsOfOption = None, engine: EngineOption = None) -> None:
    """Calls per queue, centre and interval, with quantiles."""
    _train("volume", lake, as_of, engine)


@app.command()
def compare(kind: Task) -> None:
    """Every registered version and every baseline on the same back-test, in one table; nothing is refitted."""
    from training.compare import compare as run

    print_table(run(kind.value, load_settings()), f"{kind.value}: versions and baselines on shared test rows")


VersionOption = Annotated[int | None, typer.Option("--version", help="default: the challenger")]
ByOption = Annotated[str | None, typer.Option("--by", help="who decides; default NEXTCALL_USER, else the login name")]
CommentOption = Annotated[str, typer.Option("--comment", help="kept with the version")]


@app.command()
def promote(
    kind: Task,
    version: VersionOption = None,
    by: ByOption = None,
    bootstrap: Annotated[
        bool, typer.Option("--bootstrap", help="the first champion of a registry without one")
    ] = False,
) -> None:
    """Make an approved version the champion that serving loads."""
    from training.identity import current_user
    from training.registry import Registry
    from training.review import promote as run

    registry = Registry(load_settings())
    champion = run(registry, registry.version(kind.value, version), by or current_user(), bootstrap)
    output.print(f"{champion} is champion")


class ReviewStep(StrEnum):
    """What a person does with a version under review."""

    list = "list"
    show = "show"
    submit = "submit"
    approve = "approve"
    reject = "reject"
    request_changes = "request-changes"


@app.command()
def review(
    step: ReviewStep, kind: Task, version: VersionOption = None, by: ByOption = None, comment: CommentOption = ""
) -> None:
    """The review in front of the champion: list, show, submit, approve, reject, request-changes."""
    from training.identity import current_user
    from training.registry import Registry
    from training.review import review_step

    registry = Registry(load_settings())
    print_table(review_step(registry, step.value, (kind.value, version), by or current_user(), comment), "reviews")


@app.command("run")
def run_all(lake: LakeOption = None, as_of: AsOfOption = None, tolerate: TolerateOption = False) -> None:
    """The main job: check, labels, train all, compare, reports, register, publish for serving."""
    from data.lake import open_lake
    from serving.champions import champion_versions
    from serving.publish import publish
    from training.main_job import main_job, results

    settings = settings_of(lake, None, as_of, tolerate)
    opened = open_lake(settings.lake, settings)
    day = settings.as_of or opened.default_as_of()
    say(f"{len(opened.names)} tables of {settings.lake} hold the contract; as of {day}")
    done = main_job(opened, day, settings)
    if {"uptake", "churn"} <= set(champion_versions(settings)):
        publish(open_lake(settings.lake, settings), day, settings)
    for kind, table in done.comparisons.items():
        print_table(table, f"{kind}: versions and baselines on shared test rows")
    print_table(results(done), "what was made")
    for kind, made in done.registered.items():
        output.print(f"{kind}: model, evidence and SHAP report in {made.folder}")
    output.print(f"tracking: {settings.tracking_uri}; next: nextcall serve, or nextcall score --out offers.csv")


def _checked_out(out: Path | None) -> Path | None:
    from data.outputs import check_ending

    return check_ending(out) if out else None


def _write_rows(frame: pd.DataFrame, out: Path | None, title: str) -> None:
    """Write the table, or print its first rows."""
    from data.outputs import write_table

    if out is None:
        print_table(frame.head(20), f"{title}: the first rows (--out FILE writes all {len(frame):,})")
        return
    write_table(frame, out)
    output.print(f"wrote {len(frame):,} rows to {out}")


if __name__ == "__main__":
    main()

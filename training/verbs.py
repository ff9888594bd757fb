"""Verbs that make and judge models: train, compare, review, promote, experiments."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from data.console import output, print_plain, print_table, say
from data.flags import AsOfOption, Engine, EngineOption, LakeOption, settings_of
from data.settings import load_settings

app = typer.Typer()
train_app = typer.Typer(no_args_is_help=True, help="Fit, back-test against the baselines, log, register a version.")
app.add_typer(train_app, name="train")

TrialsOption = Annotated[int, typer.Option(min=0, help="Optuna trials in all, on the past only; resumed")]
VersionOption = Annotated[int | None, typer.Option("--version", help="default: the challenger")]
ByOption = Annotated[str | None, typer.Option("--by", help="who decides; default NEXTCALL_USER, else the login name")]
CommentOption = Annotated[str, typer.Option("--comment", help="kept with the version")]


class Task(StrEnum):
    """What a model predicts."""

    uptake = "uptake"
    churn = "churn"
    volume = "volume"


class ReviewStep(StrEnum):
    """What a person does with a version under review."""

    list = "list"
    show = "show"
    submit = "submit"
    approve = "approve"
    reject = "reject"
    request_changes = "request-changes"


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
    from data.person import current_user
    from training.registry import Registry
    from training.review import promote as run

    registry = Registry(load_settings())
    champion = run(registry, registry.version(kind.value, version), by or current_user(), bootstrap)
    output.print(f"{champion} is champion")


@app.command()
def review(
    step: ReviewStep, kind: Task, version: VersionOption = None, by: ByOption = None, comment: CommentOption = ""
) -> None:
    """The review in front of the champion: list, show, submit, approve, reject, request-changes."""
    from data.person import current_user
    from training.registry import Registry
    from training.review import review_step

    registry = Registry(load_settings())
    print_table(review_step(registry, step.value, (kind.value, version), by or current_user(), comment), "reviews")


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


@app.command("forecast-report")
def forecast_report(
    out: Annotated[Path, typer.Option(help="the .html file to write")],
    lake: LakeOption = None,
    as_of: AsOfOption = None,
    days: Annotated[int, typer.Option(min=1, max=91, help="days ahead that are drawn")] = 28,
    origins: Annotated[int, typer.Option(min=1, help="past days from which the forecast is replayed")] = 8,
) -> None:
    """The planner's page (Chinese, English on a switch): fans, causes, agents, and how good such forecasts were."""
    from data.lake import open_lake
    from training.champion_report import USES, report_champion

    settings = settings_of(lake, None, as_of)
    opened = open_lake(settings.lake, settings, uses=USES)
    path = report_champion(opened, settings.as_of or opened.default_as_of(), out, (days, origins))
    output.print(f"wrote {path}")

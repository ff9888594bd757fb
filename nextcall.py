"""The one command `nextcall`: verbs only; each parses, calls one function, prints. The verbs stand in `*/verbs.py`."""

from __future__ import annotations

import os
import sys

import typer

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # LightGBM's waiting threads cost more than they bring on few cores
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")

import data.verbs
import features.verbs
import models.verbs
import serving.cause_verbs
import serving.staffing_verbs
import serving.verbs
import training.bench_verbs
import training.policy_verbs
import training.verbs
from data.console import console, output, print_table, say
from data.errors import NextcallError
from data.flags import AsOfOption, LakeOption, TolerateOption, settings_of

FAMILIES = (
    data.verbs,
    features.verbs,
    models.verbs,
    training.verbs,
    training.policy_verbs,
    training.bench_verbs,
    serving.verbs,
    serving.cause_verbs,
    serving.staffing_verbs,
)

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help=__doc__)
for family in FAMILIES:
    app.add_typer(family.app)


def main() -> None:
    """Run a verb; errors of ours become one message and their exit code."""
    try:
        app()
    except NextcallError as error:
        console.print(f"[bold red]error:[/] {type(error).__name__}", highlight=False)
        console.print(str(error), markup=False, highlight=False)
        sys.exit(error.exit_code)


@app.command("run")
def run_all(lake: LakeOption = None, as_of: AsOfOption = None, tolerate: TolerateOption = False) -> None:
    """The main job: check, labels, train all, compare, reports, register, publish for serving."""
    from data.lake import open_lake
    from data.store import Store
    from serving.champions import champion_versions
    from serving.publish import publish
    from serving.queue_load import publish_forecast_rates
    from training.main_job import main_job, results

    settings = settings_of(lake, None, as_of, tolerate)
    opened = open_lake(settings.lake, settings)
    day = settings.as_of or opened.default_as_of()
    say(f"{len(opened.names)} tables of {settings.lake} hold the contract; as of {day}")
    done = main_job(opened, day, settings)
    champions = set(champion_versions(settings))
    if {"uptake", "churn"} <= champions:
        again = open_lake(settings.lake, settings)
        publish(again, day, settings)
        if "volume" in champions:
            publish_forecast_rates(again, day, Store(settings.store_url))
    for kind, table in done.comparisons.items():
        print_table(table, f"{kind}: versions and baselines on shared test rows")
    print_table(results(done), "what was made")
    for kind, made in done.registered.items():
        output.print(f"{kind}: model, evidence and SHAP report in {made.folder}")
    output.print(f"tracking: {settings.tracking_uri}; next: nextcall serve, or nextcall score --out offers.csv")


if __name__ == "__main__":
    main()

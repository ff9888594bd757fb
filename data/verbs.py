"""Verbs over a lake itself: simulate, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data.console import output, print_plain, print_table, say
from data.errors import LakeError
from data.flags import EngineOption, JsonOption, LakeOption, TolerateOption, settings_of, write_json

WORLD_NAMES = "default, no_elasticity, strong_confounding, new_offer, price_shock"

app = typer.Typer()


@app.command()
def simulate(
    customers: Annotated[int, typer.Option(min=10)] = 20_000,
    months: Annotated[int, typer.Option(min=2)] = 15,
    seed: int = 7,
    out: Annotated[Path, typer.Option(help="writes OUT/lake and OUT/truth")] = Path("var/demo"),
    world: Annotated[str, typer.Option(help=f"one of {WORLD_NAMES}")] = "default",
    workers: Annotated[int | None, typer.Option(min=1, help="processes; all cores if not given")] = None,
) -> None:
    """Make the embedded operator: a lake of N customers and M months, and the hidden truth beside it."""
    from data.simulate import simulate as run
    from data.simulate.worlds import world_named

    run(customers, months, seed, out, world=world_named(world), workers=workers)
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

"""What a tariff run and a reconciliation print."""

from __future__ import annotations

from data.console import print_table, say, warn
from features.reconcile import LOUD_BELOW, MONTHS, TOLERANCE_CNY, ReconcileReport
from models.tariff import TariffRun


def print_tariff(run: TariffRun) -> None:
    """The funnel, and what the run would do to bills."""
    options = run.options
    print_table(run.funnel, f"Funnel ({options.rule}, packs {options.pricing.packs})")
    print_table(run.figures, "What it would do to bills (CNY)")


def print_reconciliation(report: ReconcileReport) -> None:
    """The share that agrees and the worst line-months; loud where the rating engine does not know these bills."""
    if not report.line_months:
        warn("no bill could be compared with the rating engine: no month has a bill, a plan in force and its usage")
        return
    print_table(report.components, f"Bills against the rating engine, last {MONTHS} closed months")
    if len(report.worst):
        print_table(report.worst, f"The {len(report.worst)} that differ most: bill minus rating, CNY")
    if report.left_out:
        say(f"{report.left_out:,} bills were left out: no plan in force or no usage in their month")
    message = f"{report.share:.2%} of {report.line_months:,} bills lie within {TOLERANCE_CNY:.2f} CNY of the rating"
    if report.share < LOUD_BELOW:
        warn(
            f"[bold red]{message}[/], below {LOUD_BELOW:.0%}: the lake does not say how these bills were made. Prices "
            "under other plans are as wrong; look at the components above and correct plans, packs or holdings."
        )
    else:
        say(message)

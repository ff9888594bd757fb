"""What a tariff run comes to: the funnel of lines, and what it would do to bills and revenue.

A reviewer asks for the share of targets whose bill rises before anything else (domain.md A3.4).
"""

from __future__ import annotations

import ibis.expr.types as ir
import pandas as pd

HALF_A_FEN = 0.005
RISES_MUCH = 1.2  # of today's bill
EXCLUSIONS = ("EXCLUDED_FAMILY", "TOO_NEW", "LOW_DATA", "ZERO_RENT")


def funnel(judged: ir.Table) -> pd.DataFrame:
    """Lines by stage: what the exclusions took, what stayed as it is, targets, and targets under both orders."""
    candidate = judged.excluded_first.isnull()
    changes = judged.min_total_within_bands != judged.current_rank
    stages = {
        "lines with a plan in force": judged.count(),
        **{f"excluded: {code}": judged.count(where=judged.excluded_reason == code) for code in EXCLUSIONS},
        "candidates priced": judged.count(where=candidate),
        "no change: the present plan stays": judged.count(where=judged.excluded_reason == "NO_CHANGE"),
        "out of bands": judged.count(
            where=judged.excluded_reason.isin(["OUT_OF_TOTAL_BAND", "OUT_OF_RENT_BAND", "NO_PLAN_IN_BANDS"])
        ),
        "targets": judged.count(where=judged.targeted),
        "targets if min_total chooses, then bands filter": judged.count(
            where=candidate & changes & (judged.min_total == judged.min_total_within_bands)
        ),
        "targets if bands filter, then min_total chooses": judged.count(where=candidate & changes),
    }
    counts = judged.agg(**{f"stage_{i}": count for i, count in enumerate(stages.values())}).execute()
    return pd.DataFrame({"stage": list(stages), "lines": counts.iloc[0].astype("int64").to_numpy()})


def figures(judged: ir.Table) -> pd.DataFrame:
    """What the run would do to bills: among the targets, and if every line that would pay less moved.

    A line pays less when its recommended plan would have cost less by more than half a fen.
    """
    change = judged.total_after - judged.current_total
    target, months = judged.targeted, judged.months_counted
    saves = change < -HALF_A_FEN
    saved = saves.fill_null(False).ifelse(-change * months, 0.0)
    rises, rises_much = (change > HALF_A_FEN).cast("float64"), (judged.total_fee_ratio > RISES_MUCH).cast("float64")
    values = {
        "targets: mean total ratio": judged.total_fee_ratio.mean(where=target),
        "targets: share whose bill rises": rises.mean(where=target),
        "targets: share whose bill rises by over 20 %": rises_much.mean(where=target),
        "targets: revenue change a month": change.sum(where=target),
        "targets: revenue change, share of their bills": change.sum(where=target)
        / judged.current_total.sum(where=target).nullif(0.0),
        "all: lines priced": judged.count(where=months > 0),
        "all: line-months": months.sum(),
        "all: lines that would pay less on the recommended plan": judged.count(where=saves),
        "all: paid over these months": (judged.current_total * months).sum(),
        "all: paid if those who save had moved": (judged.current_total * months).sum() - saved.sum(),
        "all: saved per line-month": saved.sum() / months.sum().nullif(0),
        "all: saved a month, mean over lines": (saved / months.nullif(0)).mean(),
    }
    row = judged.agg(**{f"figure_{i}": value.cast("float64") for i, value in enumerate(values.values())}).execute()
    return pd.DataFrame({"figure": list(values), "value": row.iloc[0].to_numpy()})

"""The data funnel (数据漏斗) of one month's target list, from imported lines to accepted offers.

Each line counts once a stage and only if it reached the stage before. Stages as in domain.md A7: computed lines are the
Cartesian candidates, called is an answered hotline call in the list's month, the rest is the log's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import pairwise

import ibis
import pandas as pd
from ibis import _

from data.errors import BadInput
from data.known import as_known
from data.lake import Lake
from features.label_table import lines_present
from features.outcomes import accepted, accepted_known_after_days
from features.windows import add_months
from models.cartesian import TariffOptions
from models.tariff import tariff
from models.tariff_counts import EXCLUSIONS

STAGES = ("imported", "computed", "target", "called", "popped_up", "pitched", "accepted")
CHINESE = dict(zip(STAGES, ("导入", "计算", "目标", "来电", "弹窗", "推荐", "办理"), strict=True))
BY = ("brand", "area", "team", "offer_id")
SINCE = {"team": "called", "offer_id": "target"}  # the first stage at which a line has one


def funnel_month(lake: Lake, as_of: dt.date) -> dt.date:
    """The newest month all of whose pitches have a known outcome at the start of `as_of`."""
    last = as_of - dt.timedelta(days=accepted_known_after_days(lake))
    return add_months(last.replace(day=1), -1)


def funnel(lake: Lake, as_of: dt.date) -> pd.DataFrame:
    """dimension, value, STAGES: the whole ("all") and by brand, area, team and offer; null before a stage has one.

    Lists come from `targets`, else from the Cartesian rule of the month's first day. BadInput without contacts.
    """
    month = funnel_month(lake, as_of)
    if not lake.has("contacts"):
        raise BadInput("the funnel counts calls: the lake has no contacts")
    lines = reached(lake, as_of, month).to_pandas()
    return pd.concat([_counts(lines, dimension) for dimension in ("all", *BY)], ignore_index=True)


def reached(lake: Lake, as_of: dt.date, month: dt.date) -> ibis.Table:
    """A row a line present on the month's first day: brand, area, team, offer_id, and how far it got (1 to 7)."""
    known = as_known(lake, month)
    choices = tariff(known, TariffOptions()).choices
    candidates = choices.filter(~choices.excluded_reason.isin(EXCLUSIONS).fill_null(False))
    lines = lines_present(known).inner_join(known["customers"].select("customer_id", "brand", "area"), "customer_id")
    lines = lines.select("customer_id", "brand", "area").left_join(_listed(lake, choices, month), "customer_id")
    lines = lines.drop("customer_id_right")
    for facts in (candidates.select("customer_id", computed=True), _calls(lake, month), _log(lake, as_of, month)):
        lines = lines.left_join(facts, "customer_id").drop("customer_id_right")
    depth = ibis.literal(1)
    holds = ibis.literal(True)
    for condition in (lines.computed, ~lines.offer_id.isnull(), lines.called, lines.popped, lines.pitched, lines.yes):
        holds = holds & condition.fill_null(False)
        depth = depth + holds.cast("int64")
    return lines.select("customer_id", "brand", "area", "team", "offer_id", reached=depth)


def _listed(lake: Lake, choices: ibis.Table, month: dt.date) -> ibis.Table:
    """customer_id, offer_id of the month's target list."""
    targets = lake.optional("targets")
    ends = ibis.literal(add_months(month, 1)).cast("date")
    mine = targets.filter(targets.scored_on >= ibis.literal(month).cast("date"), targets.scored_on < ends)
    if not lake.has("targets") or not int(mine.count().to_pandas()):
        mine = choices.filter(choices.targeted).select("customer_id", offer_id=choices.offer_id.fill_null("–"))
    return mine.group_by("customer_id").aggregate(offer_id=_.offer_id.min())


def _calls(lake: Lake, month: dt.date) -> ibis.Table:
    contacts = _within(lake["contacts"], "started_at", month)
    answered = contacts.filter(contacts.channel == "hotline", ~contacts.abandoned, ~contacts.customer_id.isnull())
    teams = lake.optional("agents").select("team", agent="agent_id")
    named = answered.left_join(teams, answered.agent_id == teams.agent)
    first = named.group_by("customer_id").aggregate(team=_.team.argmin(_.started_at))
    return first.mutate(called=True)


def _log(lake: Lake, as_of: dt.date, month: dt.date) -> ibis.Table:
    exposures = _within(lake.optional("exposures"), "decided_at", month)
    outcomes = accepted(lake, as_of).select("exposure_id", outcome="accepted") if lake.has("exposures") else None
    if outcomes is None:
        outcomes = exposures.select("exposure_id", outcome=ibis.null("int64"))
    joined = exposures.left_join(outcomes, "exposure_id").drop("exposure_id_right")
    yes = (joined.outcome == 1).fill_null(False)
    return (
        joined.mutate(yes=yes)
        .group_by("customer_id")
        .aggregate(popped=_.popped_up.any(), pitched=_.pitched.any(), yes=_.yes.any())
    )


def _within(table: ibis.Table, column: str, month: dt.date) -> ibis.Table:
    start, end = (ibis.literal(dt.datetime.combine(day, dt.time())) for day in (month, add_months(month, 1)))
    return table.filter(table[column] >= start, table[column] < end)


def _counts(lines: pd.DataFrame, dimension: str) -> pd.DataFrame:
    values = lines[dimension] if dimension in lines else pd.Series("all", lines.index)
    first = STAGES.index(SINCE.get(dimension, STAGES[0])) + 1
    there = lines[lines["reached"] >= first]
    depth = there["reached"].groupby(values.fillna("–").rename("value"), sort=True)
    counts = {
        stage: depth.agg(_at_least(place)) if place >= first else None for place, stage in enumerate(STAGES, start=1)
    }
    return pd.DataFrame(counts).reset_index().assign(dimension=dimension)[["dimension", "value", *STAGES]]


def _at_least(place: int) -> Callable[[pd.Series], int]:
    return lambda depth: int((depth >= place).sum())


def rates(counts: pd.DataFrame) -> pd.DataFrame:
    """The same with each stage's share of the stage before, from computed on."""
    shares = {
        f"{stage}_share": pd.to_numeric(counts[stage]) / pd.to_numeric(counts[before]).where(counts[before] != 0)
        for before, stage in pairwise(STAGES)
    }
    return counts.assign(**shares)


def by_stage(counts: pd.DataFrame) -> pd.DataFrame:
    """stage, 中文, lines, of the stage before: the whole funnel from above to below."""
    whole = counts[counts["dimension"] == "all"].iloc[0]
    lines = [int(whole[stage]) for stage in STAGES]
    shares = [None, *(after / before if before else None for before, after in pairwise(lines))]
    columns = {"stage": STAGES, "中文": [CHINESE[stage] for stage in STAGES], "lines": lines}
    return pd.DataFrame(columns | {"of the stage before": pd.Series(shares, dtype="float64")})

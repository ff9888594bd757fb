"""What each policy would have brought from the decisions of the log, side by side.

A value is one decision's, if the agent had pitched what the policy offers: acceptances per 100 decisions, and the
contract's margin over the horizon in CNY. A decision in which a policy offers nothing counts, with 0. Two selections
are undone, the window's by the logged propensity and the agent's by a modelled chance of being pitched. Where a slice
of the log is randomised it alone is asked, all arms of its draw: the ordinary window never shows most of what
another policy would offer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.console import say
from data.errors import BadInput
from data.lake import Lake
from features.snapshots import Snapshots
from models.feature_schema import Floats
from models.uptake import UptakeModel
from training.off_policy import Estimate, Log, Overlap, Target, all_estimates, estimates, overlap
from training.person_folds import fold_of
from training.pitch_chance import pitch_chances
from training.policies import cartesian_policies, model_policies, random_policy, read_policies
from training.policy_choices import Choices, fold_models, read_choices
from training.policy_log import logged_windows

MEASURES = {"accepted per 100": 100.0, "margin CNY": 1.0}
NEEDS = ("customers", "plans", "subscriptions", "usage", "offers", "exposures")
LOG = "log"  # its asked decisions, as if each were pitched
WHOLE = "log, all windows"  # what all of it brought as it went: the status quo


@dataclass(frozen=True)
class Judging:
    """The log, ready to be asked: decisions x offers, and each decision's chance of being logged and pitched.

    believers: those that believed what `choices` says, one a fold of persons. whole: `as_they_went` of all windows.
    """

    choices: Choices
    chance: Floats
    left_out: int
    believers: Sequence[UptakeModel] = ()
    whole: pd.DataFrame | None = None


def all_policies(lake: Lake, choices: Choices, listed: pd.DataFrame | None = None) -> dict[str, Floats]:
    """Chance, the Cartesian rules, the model's policies, and those of a file."""
    built_in = {"random": random_policy(choices), **cartesian_policies(lake, choices), **model_policies(choices)}
    return built_in | (read_policies(choices, listed) if listed is not None else {})


def read_judging(lake: Lake, as_of: dt.date, months: int) -> Judging:
    """The decisions with a known outcome, priced and pitched; those whose offer could not be rated are left out."""
    every, snapshots = logged_windows(lake, as_of, months), Snapshots(lake)
    windows, believers = asked(every), fold_models(lake, as_of, snapshots)
    choices = read_choices(lake, windows, believers, snapshots)
    rated = ~np.isnan(_of_logged(choices, choices.probability) + _of_logged(choices, choices.value))
    kept = choices.of(rated & choices.allowed.any(axis=1))
    pitched = pitch_chances(kept.windows, fold_of(kept.windows["person"]))
    chance = kept.windows["propensity"].to_numpy(dtype=np.float64) * pitched
    yes = every[every["accepted"] > 0].reset_index(drop=True)
    worth = read_choices(lake, yes, believers, snapshots) if len(yes) else None
    whole = as_they_went(every, _of_logged(worth, worth.value) if worth else np.zeros(0))
    return Judging(kept, chance, int((~rated).sum()), believers, whole)


def as_they_went(windows: pd.DataFrame, worth: Floats) -> pd.DataFrame:
    """A row a decision of the log: person, offers and pitched (0 or 1), and MEASURES of what was accepted.

    worth: CNY of each accepted row, in their order; the mean stands for what could not be rated.
    """
    value = np.zeros(len(windows))
    known = np.isfinite(worth)
    value[windows["accepted"] > 0] = np.where(known, worth, worth[known].mean() if known.any() else np.nan)
    rows = windows[["decision", "person", "pitched"]].assign(offers=windows["offer_id"].notna())
    rows[list(MEASURES)] = np.column_stack([windows["accepted"], value])
    whole = rows.groupby("decision", sort=False)
    told = whole[["offers", "pitched"]].max().astype(np.float64).join(whole["person"].first())
    return told.join(whole[list(MEASURES)].sum() * pd.Series(MEASURES))


def asked(windows: pd.DataFrame) -> pd.DataFrame:
    """The randomised decisions where there are any, else all. Randomised is a context, not an arm that came of it."""
    drawn = windows["randomised"].to_numpy(dtype=np.bool_)
    whole = f"{len(windows):,} decisions with a known outcome, {int(windows['pitched'].sum()):,} pitched"
    rows = f"'{LOG}' is as if each asked one were pitched, '{WHOLE}' what all brought as they went, pitched or not"
    if not drawn.any():
        say(f"{whole}; none was randomised, all are asked: {rows}")
        return windows
    say(f"{whole}; the {int(drawn.sum()):,} randomised ones are asked: {rows}")
    return windows[drawn].reset_index(drop=True)


def policy_table(judging: Judging, policies: Mapping[str, Floats], seed: int = 0) -> pd.DataFrame:
    """A row a policy and measure, the log first: LOG is what is asked, WHOLE the plain means over all its decisions.

    offers: share of decisions with an offer. pitched: share of those that were pitched. ips, snips, dr (each with its
    95 % interval: ips_low, ips_high, snips_low, snips_high; low and high are of dr), model, naive: see
    `off_policy.estimates`. matched, likely, effective, covered: see `off_policy.Overlap`. refused: why nothing is
    estimated.
    """
    names = [(name, measure) for name in (LOG, *policies) for measure in MEASURES]
    logs, unsound = {measure: log_of(judging, measure) for measure in MEASURES}, unsound_log(judging)
    asked = [(logs[m], target_of(judging, m, policies.get(name))) for name, m in names]
    told = [overlap(log, target) for log, target in asked]
    refused = [(unsound if name != LOG else "") or one.too_thin for (name, _), one in zip(names, told, strict=True)]
    fit = [place for place, reason in enumerate(refused) if not reason]
    found = dict(zip(fit, all_estimates([asked[place] for place in fit], seed), strict=True))
    rows = [
        _row(logs[m], asked[i][1], told[i], found.get(i)) | {"refused": refused[i]} for i, (_, m) in enumerate(names)
    ]
    table = pd.DataFrame([{"policy": p, "measure": m, **row} for (p, m), row in zip(names, rows, strict=True)])
    windows = judging.choices.windows
    table.insert(3, "pitched", windows[windows["shown"]].groupby("decision")["pitched"].max().mean())
    if judging.whole is None:
        return table
    whole = pd.DataFrame([_whole_row(judging.whole, measure, seed) for measure in MEASURES])
    return pd.concat([table[: len(MEASURES)], whole, table[len(MEASURES) :]], ignore_index=True)


def unsound_log(judging: Judging) -> str:
    """Why the log's propensities cannot be those of its decisions, by the policy that offers all alike; empty: can be.

    One policy's weights may happen to add up where some offers weigh too much and others too little.
    """
    measure = next(iter(MEASURES))
    alike = target_of(judging, measure, random_policy(judging.choices))
    return overlap(log_of(judging, measure), alike).unsound


def checked(table: pd.DataFrame) -> pd.DataFrame:
    """The table, unless every policy beside the log was refused."""
    asked = table[~table["policy"].isin([LOG, WHOLE])]
    if (asked["refused"] != "").all():
        told = "\n  ".join(sorted({f"{row.policy}: {row.refused}" for row in asked.itertuples()}))
        raise BadInput(
            f"the log says too little to judge any policy:\n  {told}\nlog more decisions with an exploring share"
        )
    return table


def _row(log: Log, target: Target, told: Overlap, found: Mapping[str, Estimate] | None) -> dict[str, object]:
    def value(method: str) -> float:
        return found[method].value if found else np.nan

    return {
        "offers": float((target.offers * log.share).sum() / log.share.sum()),
        **{method: value(method) for method in ("ips", "snips", "dr")},
        "low": found["dr"].low if found else np.nan,
        "high": found["dr"].high if found else np.nan,
        **{f"{method}_low": found[method].low if found else np.nan for method in ("ips", "snips")},
        **{f"{method}_high": found[method].high if found else np.nan for method in ("ips", "snips")},
        **{method: value(method) for method in ("model", "naive")},
        "matched": told.matched,
        "likely": told.likely,
        "effective": told.effective,
        "covered": told.covered,
    }


def _whole_row(whole: pd.DataFrame, measure: str, seed: int) -> dict[str, object]:
    """The row of WHOLE: every estimate is the plain mean, an unpitched decision counts with 0."""
    reward, offers = whole[measure].to_numpy(), whole["offers"].to_numpy()
    people = pd.factorize(whole["person"])[0].astype(np.int64)
    log = Log(reward, np.ones(len(whole)), offers > 0, people)
    mean, likely = (
        offers * values.sum() / max(offers.sum(), 1.0) for values in (reward, whole["accepted per 100"] / 100)
    )
    target = Target(np.ones(len(whole)), offers, mean, mean, likely)
    row = {"policy": WHOLE, "measure": measure, **_row(log, target, overlap(log, target), estimates(log, target, seed))}
    return row | {"pitched": whole.loc[offers > 0, "pitched"].mean(), "refused": ""}


def log_of(judging: Judging, measure: str) -> Log:
    """The log with the rewards of a measure; a decision counts as observed where it was pitched."""
    windows = judging.choices.windows
    reward = windows["accepted"].to_numpy(dtype=np.float64) * MEASURES[measure]
    if measure == "margin CNY":
        reward = reward * _of_logged(judging.choices, judging.choices.value)
    people, decision = (pd.factorize(windows[name])[0].astype(np.int64) for name in ("person", "decision"))
    return Log(reward, judging.chance, windows["pitched"].to_numpy(dtype=np.bool_), people, decision)


def target_of(judging: Judging, measure: str, policy: Floats | None) -> Target:
    """A policy on the log's decisions; None is the logging policy itself, one of each decision's offers pitched."""
    choices = judging.choices
    worth = 1.0 if measure != "margin CNY" else choices.value
    modelled = np.nan_to_num(choices.probability * worth) * MEASURES[measure]
    logged, likely = _of_logged(choices, modelled), _of_logged(choices, choices.probability)
    if policy is None:
        together = choices.windows["decision"].map(choices.windows["decision"].value_counts())
        one_of = (choices.windows["propensity"] / together).to_numpy(dtype=np.float64)
        return Target(one_of, (choices.logged >= 0).astype(np.float64), logged, logged, likely)
    return Target(_of_logged(choices, policy), policy.sum(axis=1), (policy * modelled).sum(axis=1), logged, likely)


def _of_logged(choices: Choices, values: Floats) -> Floats:
    """The value at the logged offer; 0 for a control, NaN for an offer that was not in force."""
    columns = choices.logged
    found = np.where(columns >= 0, values[np.arange(len(columns)), columns], np.nan)
    return np.where(choices.windows["offer_id"].isna().to_numpy(), 0.0, found)

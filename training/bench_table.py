"""The model code on anybody's flat table, beside its baselines, on rows that it has not seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.console import track
from data.errors import BadInput
from data.flat_table import need_columns, read_flat_table
from models.base import ProbabilityModel, Rows
from models.baselines import BaseRate, Logistic
from models.boosted import BoostedClassifier, BoostSettings
from models.feature_schema import FeatureSchema, Floats
from models.meta_learners import DRLearner, TLearner, XLearner
from models.metrics import probability_metrics, qini, uplift_at
from models.uplift import UpliftModel
from training.bench_columns import leak_hints, make_features
from training.bench_report import BenchReport, Folds, print_report
from training.bench_splits import Split, check_classes, fold_splits, group_numbers, last_split, time_numbers
from training.bench_target import in_arm, positives
from training.plain_s_learner import plain_outcomes

__all__ = ["BenchReport", "TableBenchOptions", "bench_table", "print_report"]

UPLIFT_SHARE = 0.3
LEARNERS: dict[str, type[UpliftModel | TLearner]] = {"s": UpliftModel, "t": TLearner, "x": XLearner, "dr": DRLearner}


@dataclass(frozen=True)
class TableBenchOptions:
    """The flags of `nextcall bench churn|uptake`; column names as they stand in the table."""

    positive: str | None = None
    id_column: str | None = None
    time: str | None = None
    group: Sequence[str] = ()
    ordered: bool = False
    drop: Sequence[str] = ()
    treatment: str | None = None
    treated: str | None = None
    control: str | None = None
    repeats: int = 1
    learner: str = "s"
    settings: BoostSettings = field(default_factory=BoostSettings)

    def columns(self, target: str) -> dict[str, str]:
        """Every column that is named, with its flag: none of them is a feature."""
        single = {self.id_column: "--id", self.time: "--time", self.treatment: "--treatment", target: "--target"}
        several = dict.fromkeys(self.group, "--group") | dict.fromkeys(self.drop, "--drop")
        return several | {name: flag for name, flag in single.items() if name is not None}


@dataclass(frozen=True)
class Task:
    """A table made ready: features, 0/1 outcome, and what else is known of each row."""

    features: pd.DataFrame
    outcome: Floats
    rows: Rows

    @property
    def treated(self) -> Floats | None:
        return None if self.rows.treated is None else np.asarray(self.rows.treated, dtype=np.float64)


@dataclass(frozen=True)
class Judged:
    """Test rows: probability of the outcome, and the score by which one would choose whom to treat."""

    probability: Floats
    score: Floats


Contender = Callable[[Task, Split], Judged]


def bench_table(table: Path, target: str, options: TableBenchOptions | None = None) -> BenchReport:
    """Fit and judge the model and its baselines on each split of the table; BadInput where that cannot be done."""
    started, options = time.perf_counter(), options or TableBenchOptions()
    _check_options(options)
    frame = read_flat_table(table, [options.treatment] if options.treatment else ())  # an arm may be called None
    need_columns(frame, options.columns(target))
    notes: list[str] = []
    kept = _usable_rows(frame, target, options, notes)
    task, notes = _task(kept, target, options, notes)
    splits = _splits(task, options)
    scores = _judge_all(task, splits, options)
    return BenchReport(
        rows=len(kept),
        protocol=_protocol(task, options, splits) | {"rows_left_out": len(frame) - len(kept)},
        scores=scores,
        seconds=time.perf_counter() - started,
        notes=notes,
        warnings=leak_hints(task.features, task.outcome),
    )


def _check_options(options: TableBenchOptions) -> None:
    if options.time and options.ordered:
        raise BadInput("--time and --ordered are two ways to say what is last; give one of them")
    arms = (options.treatment, options.treated, options.control)
    if any(arms) and not all(arm is not None for arm in arms):
        raise BadInput("--treatment wants its two values beside it: --treatment COLUMN --treated VALUE --control VALUE")
    if options.learner not in LEARNERS:
        raise BadInput(f"--learner came as {options.learner!r}, wanted one of {', '.join(LEARNERS)}")
    if options.learner != "s" and not options.treatment:
        raise BadInput(f"--learner {options.learner} learns what a treatment adds: give --treatment beside it")


def _usable_rows(frame: pd.DataFrame, target: str, options: TableBenchOptions, notes: list[str]) -> pd.DataFrame:
    """Rows whose target and time are known and, with a treatment, of one of the two arms; the others are counted."""
    keep = {f"without a {name}": frame[name].notna() for name in (target, options.time) if name}
    if options.treatment and options.treated is not None and options.control is not None:
        arms = frame[options.treatment]
        treated, control = in_arm(arms, options.treated, "--treated"), in_arm(arms, options.control, "--control")
        if (treated & control).any():
            raise BadInput(f"--treated and --control are both {options.treated!r}; wanted two different values")
        keep["of other arms"] = treated | control
    for reason, mask in keep.items():
        if not mask.all():
            notes.append(f"{int((~mask).sum()):,} rows {reason} were left out")
    return frame[np.logical_and.reduce([mask.to_numpy() for mask in keep.values()])].reset_index(drop=True)


def _task(kept: pd.DataFrame, target: str, options: TableBenchOptions, notes: list[str]) -> tuple[Task, list[str]]:
    outcome = positives(kept[target], options.positive)
    made = make_features(kept.drop(columns=list(options.columns(target))))
    groups = group_numbers(kept[list(options.group)], notes) if options.group else None
    times = np.arange(len(kept)) if options.ordered else None
    if options.time:
        times = time_numbers(kept[options.time], f"--time {options.time}")
    treated = None
    if options.treatment and options.treated is not None:
        treated = in_arm(kept[options.treatment], options.treated, "--treated").to_numpy(dtype=np.float64)
    return Task(made.frame, outcome, Rows(groups=groups, times=times, treated=treated)), notes + made.notes


def _splits(task: Task, options: TableBenchOptions) -> list[Split]:
    groups = None if task.rows.groups is None else np.asarray(task.rows.groups)
    if task.rows.times is not None:
        splits = [last_split(np.asarray(task.rows.times), groups)]
    else:
        strata = task.outcome if task.treated is None else task.outcome + 2 * task.treated
        splits = fold_splits(strata, groups, options.repeats, options.settings.seed)
    check_classes(task.outcome, splits)
    return splits


def _judge_all(task: Task, splits: list[Split], options: TableBenchOptions) -> dict[str, Folds]:
    settings = options.settings
    response, effects = _response(lambda: BoostedClassifier(settings)), _uplift(options.learner, settings)
    contenders: dict[str, Contender] = {
        "model": response if task.treated is None else effects,
        "dummy": _response(BaseRate),
        "logistic": _response(Logistic),
    }
    if task.treated is not None:
        contenders |= {"response_model": response, "plain_s_learner": _plain_effects}
    if options.learner != "s":
        contenders["s_learner"] = _uplift("s", settings)
    scores: dict[str, Folds] = {name: {} for name in contenders}
    for split in track(splits, "folds"):
        for name, contender in contenders.items():
            for metric, value in _metrics(task, split[1], contender(task, split)).items():
                scores[name].setdefault(metric, []).append(value)
    return scores


def _response(make: Callable[[], ProbabilityModel]) -> Contender:
    """A model of the outcome that knows of no treatment; who is likeliest to say yes would be treated first."""

    def judge(task: Task, split: Split) -> Judged:
        learn, held = split
        model = make().fit(task.features.iloc[learn], task.outcome[learn], task.rows.take(learn))
        probability = model.predict(task.features.iloc[held])
        return Judged(probability, probability)

    return judge


def _uplift(learner: str, settings: BoostSettings) -> Contender:
    def judge(task: Task, split: Split) -> Judged:
        learn, held = split
        model = LEARNERS[learner](settings)
        model.fit(task.features.iloc[learn], task.outcome[learn], task.rows.take(learn))
        matrix = model.schema.encode(task.features.iloc[held])
        control, treated = model.outcomes_matrix(matrix)
        return Judged(_own_arm(task, held, control, treated), model.predict_matrix(matrix))

    return judge


def _plain_effects(task: Task, split: Split) -> Judged:
    learn, held = split
    schema = FeatureSchema.of(task.features.iloc[learn])
    known, asked = (schema.encode(task.features.iloc[rows]) for rows in (learn, held))
    control, treated = plain_outcomes(schema, known, task.outcome[learn], task.rows.take(learn), asked)
    return Judged(_own_arm(task, held, control, treated), treated - control)


def _own_arm(task: Task, held: np.ndarray, control: Floats, treated: Floats) -> Floats:
    return np.where(np.asarray(task.rows.treated)[held] == 1, treated, control)


def _metrics(task: Task, held: np.ndarray, judged: Judged) -> dict[str, float]:
    outcome = task.outcome[held]
    found = probability_metrics(outcome, judged.probability)
    if task.treated is None:
        return found
    treated = task.treated[held]
    return found | {
        "qini": qini(outcome, treated, judged.score),
        "uplift_at_30": uplift_at(UPLIFT_SHARE, outcome, treated, judged.score),
    }


def _protocol(task: Task, options: TableBenchOptions, splits: list[Split]) -> dict[str, Any]:
    split = f"{'' if not options.group else 'grouped '}5-fold x {options.repeats}"
    if options.time or options.ordered:
        split = f"last 20 % by {options.time or 'file order'}"
    protocol = {
        "split": split,
        "features": task.features.shape[1],
        "rows_learnt_from": len(splits[0][0]),
        "rows_judged": len(splits[0][1]),
        "positive_share": float(task.outcome.mean()),
    }
    if task.treated is not None:
        arms = task.treated == 1
        protocol["average_effect"] = float(task.outcome[arms].mean() - task.outcome[~arms].mean())
    return protocol

"""Experiments: one TOML config in, one report folder out, and the results table rebuilt from the folders.

`experiments/<question>/<name>.toml` holds a title, a command that writes its report as JSON to `{json}`, and figures to
beat; running it writes `experiments/<question>/<name>/report.json` with the config, the commit, the day, the metrics
with their spread and the seconds. `{public}` stands for the folder of public data.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.console import say, track
from data.errors import BadInput, WorkFailed

FOLDER = Path("experiments")
PUBLIC = Path("../shared/data")


@dataclass(frozen=True)
class Experiment:
    """One config; `name` is `<question>/<name>`."""

    name: str
    path: Path
    config: Mapping[str, Any]

    @property
    def report_path(self) -> Path:
        """Where the report lies."""
        return self.path.with_suffix("") / "report.json"

    def report(self) -> dict[str, Any] | None:
        """The last report, or none."""
        return json.loads(self.report_path.read_text("utf-8")) if self.report_path.is_file() else None


def list_experiments(folder: Path = FOLDER) -> list[Experiment]:
    """Every experiment below `folder`, by name."""
    paths = sorted(folder.glob("*/*.toml"))
    if not paths:
        raise BadInput(f"{folder} holds no <question>/<name>.toml; run this in the repository's root")
    parsed = ((path, tomllib.loads(path.read_text("utf-8"))) for path in paths)
    return [
        Experiment(f"{path.parent.name}/{path.stem}", path, config) for path, config in parsed if "command" in config
    ]


def run_experiments(names: Sequence[str], folder: Path = FOLDER) -> None:
    """Run the experiments whose name starts with one of `names` (`all` = every one) and write their reports."""
    found = list_experiments(folder)
    chosen = [e for e in found if "all" in names or any(e.name.startswith(name) for name in names)]
    if not chosen:
        raise BadInput(f"no experiment is named {', '.join(names)}; there are: {', '.join(e.name for e in found)}")
    for experiment in track(chosen, "experiments"):
        say(f"running {experiment.name}")
        run(experiment)


def run(experiment: Experiment) -> None:
    """Run one experiment's command in a process of its own and write its report."""
    path = experiment.report_path
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = path.with_name("raw.json")
    public = os.environ.get("NEXTCALL_PUBLIC_DATA", str(PUBLIC))
    command = [word.format(json=raw, public=public) for word in experiment.config["command"]]
    started = time.perf_counter()
    done = subprocess.run(_resolved(command), capture_output=True, text=True, check=False)
    if done.returncode or not raw.is_file():
        raise WorkFailed(
            f"experiment {experiment.name} failed (exit {done.returncode}): {' '.join(command)}\n{done.stderr[-2000:]}"
        )
    content = {
        "config": dict(experiment.config),
        "commit": _commit(),
        "day": dt.date.today().isoformat(),
        "seconds": round(time.perf_counter() - started, 1),
        "result": json.loads(raw.read_text("utf-8")),
    }
    raw.unlink()
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _resolved(command: list[str]) -> list[str]:
    if command[0] == "python":
        return [sys.executable, *command[1:]]
    beside = Path(sys.executable).with_name(command[0])
    return [str(beside if beside.exists() else command[0]), *command[1:]]


def _commit() -> str:
    told = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"


def rebuild_results(folder: Path = FOLDER) -> str:
    """The results table of all reports as Markdown, also written to `<folder>/RESULTS.md`."""
    lines = [
        "# Results",
        "",
        "Rebuilt from the report folders by `nextcall experiments`; each row names its config.",
        "",
    ]
    questions: dict[str, list[Experiment]] = {}
    for experiment in list_experiments(folder):
        questions.setdefault(experiment.path.parent.name, []).append(experiment)
    for question, experiments in questions.items():
        lines += [f"## {question.replace('_', ' ')}", ""]
        for experiment in experiments:
            lines += [*_section(experiment), ""]
    text = "\n".join(lines)
    (folder / "RESULTS.md").write_text(text, "utf-8")
    return text


def _section(experiment: Experiment) -> Iterator[str]:
    report = experiment.report()
    yield f"### {experiment.config['title']}"
    yield ""
    if report is None:
        yield f"not run yet: `nextcall experiments --run {experiment.name}`"
        return
    shown = " ".join(experiment.config["command"]).replace(" --json {json}", "").replace("{public}", str(PUBLIC))
    yield f"`{shown}` ({report['seconds']:.0f} s, {report['day']}, commit {report['commit']})"
    yield ""
    yield from result_table(report["result"], experiment.config.get("anchor", {}))


def result_table(result: Mapping[str, Any], anchor: Mapping[str, float]) -> Iterator[str]:
    """A Markdown table: the model, its baselines and the figures to beat; or the result's own `rows` of records."""
    if "table" in result or "tables" in result:
        for name, rows in result.get("tables", {"": result.get("table")}).items():
            yield from [f"{name}:", ""] if name else []
            yield from [*_records(rows), ""]
        return
    metrics = list(result["model"])
    yield "| | " + " | ".join(metrics) + " |"
    yield "|---|" + "---|" * len(metrics)
    for name, values in {"model": result["model"], **result["baselines"]}.items():
        yield f"| {name} | " + " | ".join(_with_sd(values.get(metric)) for metric in metrics) + " |"
    if anchor:
        yield "| figure to beat | " + " | ".join(str(anchor.get(metric, "")) for metric in metrics) + " |"
    if "paired" in result:
        intervals = ", 90 % interval" if "low" in result["paired"][0] else ""
        yield from ["", f"What the model gains on each, paired over folds or origins{intervals}:", ""]
        yield from _records(result["paired"])
    if result.get("horizons"):
        yield from ["", "Beside the six-week average, by open days ahead:", ""]
        yield from _records(result["horizons"])
    if any(row["cells"] for row in result.get("pit", [])):
        yield from ["", "Randomised PIT where the median is below 20 calls, its gap to uniform and the noise:", ""]
        yield from _records(result["pit"])
        yield from ["", "Its share in each tenth:", "", *_records(result["pit_tenths"])]
    if "verdict" in result:
        yield from ["", f"It says: {result['verdict']}."]


def _records(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    columns = list(rows[0])
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield "| " + " | ".join(_plain(row.get(column)) for column in columns) + " |"


def _plain(value: object) -> str:
    return f"{value:,.4g}" if isinstance(value, float) else "–" if value is None else str(value)


def _with_sd(value: Mapping[str, float | None] | None) -> str:
    """A metric with its spread.

    >>> _with_sd({"mean": 0.68512, "sd": 0.0051}), _with_sd({"mean": 0.5, "sd": None}), _with_sd(None)
    ('0.6851 (sd 0.0051)', '0.5000', '–')
    """
    if value is None or value["mean"] is None:
        return "–"
    spread = f" (sd {value['sd']:.4f})" if value.get("sd") is not None else ""
    return f"{value['mean']:.4f}{spread}"

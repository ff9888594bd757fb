"""The text models on public Chinese sets, which only measure: character n-grams beside jieba's words and the majority.

`--test` names a file of its own for the test (an official split); without it `--train-rows` and `--test-rows` are drawn
three times. Where the setting `encoder` names a folder, the encoder beside the characters is measured too.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

from data.console import print_table
from data.contact_text import clean_texts
from data.settings import load_settings
from models.text_encoder import load_encoder
from training.text_scores import Fold, compare_on_folds

SEEDS = (0, 1, 2)
MODEL = "characters"
METRICS = ("accuracy", "macro_f1")


def main() -> None:
    """Read, measure, write the report."""
    given = _arguments()
    train = _read(given.train, given)
    test = _read([given.test], given) if given.test else None
    rows = train if test is None else pd.concat([train, test], ignore_index=True)
    folds = _drawn(len(rows), given) if test is None else [_official(len(train), len(rows))]
    settings = load_settings()
    table = compare_on_folds(rows, folds, load_encoder(settings.encoder) if settings.encoder else None)
    print_table(table)
    given.json.write_text(json.dumps(_report(table, len(rows)), ensure_ascii=False, indent=1), "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, nargs="+", required=True)
    parser.add_argument("--test", type=Path)
    parser.add_argument("--text", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--train-rows", type=int, default=3_000)
    parser.add_argument("--test-rows", type=int, default=1_000)
    parser.add_argument("--characters", type=int, default=1_000)
    parser.add_argument("--json", type=Path, required=True)
    return parser.parse_args()


def _read(paths: list[Path], given: argparse.Namespace) -> pd.DataFrame:
    frame = pd.concat([pd.read_csv(path) for path in paths], ignore_index=True)
    texts = clean_texts(frame[given.text].str[: given.characters])
    rows = pd.DataFrame({"text": texts, "target": frame[given.target].astype(str)})
    return rows if given.test else rows.drop_duplicates("text", ignore_index=True)


def _official(train: int, rows: int) -> Fold:
    return np.arange(train), np.arange(train, rows)


def _drawn(rows: int, given: argparse.Namespace) -> list[Fold]:
    orders = [np.random.default_rng(seed).permutation(rows) for seed in SEEDS]
    last = given.train_rows + given.test_rows
    return [(order[: given.train_rows], order[given.train_rows : last]) for order in orders]


def _report(table: pd.DataFrame, rows: int) -> dict[str, object]:
    """The form of `bench --json`; a single split has no spread."""
    scores = {
        row["model"]: {m: {"mean": row[m], "sd": row[f"{m}_sd"] if row["folds"] > 1 else None} for m in METRICS}
        for row in table.to_dict("records")
    }
    return {"rows": rows, "model": scores.pop(MODEL), "baselines": scores}


if __name__ == "__main__":
    main()

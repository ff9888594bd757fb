"""What a trained model is on disk: a folder with `card.json` (what it is, where it comes from) and `model/`.

Training writes such a folder, the registry keeps it, serving reads it; this file is all that the two share.

    card.json            the card below
    model/               what the model's `save` wrote: texts and JSON, no pickle
    out_of_fold.parquet  predictions of the back-test, so that a review needs no refit
    metrics.csv …        tables and plots for people
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from data.errors import BadInput

CARD = "card.json"
MODEL = "model"
PREDICTIONS = "out_of_fold.parquet"
CHAMPION, CHALLENGER = "champion", "challenger"


@dataclass(frozen=True)
class Card:
    """Where a model comes from.

    `as_of`: it knows nothing from that day on. `recipe`: the settings it was fitted with. `facts`: rows, positives,
    package versions and the like, for people. `leaving_effect`: of uptake, what acceptances did to leaving, as
    `models.leaving_effect` reads it.
    """

    kind: str
    as_of: str
    trained_by: str
    trained_at: str
    data_fingerprint: str
    label_schema_hash: str
    feature_schema_hash: str
    recipe: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    folds: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    leaving_effect: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write `card.json` into the folder (made where missing)."""
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, default=str)
        (folder / CARD).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Card:
        """The card of an artefact; BadInput where the folder has none."""
        path = folder / CARD
        if not path.is_file():
            raise BadInput(f"{folder} holds no {CARD}; wanted the artefact of a trained model (nextcall train …)")
        known = {f.name for f in fields(cls)}
        return cls(**{k: v for k, v in json.loads(path.read_text(encoding="utf-8")).items() if k in known})


def registered_name(prefix: str, kind: str) -> str:
    """The name of a kind of model in the registry.

    >>> registered_name("nextcall", "uptake")
    'nextcall-uptake'
    """
    return f"{prefix}-{kind}"


def folder_sha256(folder: Path) -> str:
    """One hash over the names and bytes of all files below the folder."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()

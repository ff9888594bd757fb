"""A sentence encoder from a local folder, for text models that are given one; nothing is imported until then."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from data.errors import BadInput
from models.feature_schema import Floats

Encoder = Callable[[Sequence[str]], Floats]


def load_encoder(folder: Path) -> Encoder:
    """Texts -> (texts, dimensions) of unit length, by sentence-transformers (7 s CPU and 1 GB with torch).

    About 20 ms CPU a text of 60 characters; a text that came before is remembered.
    """
    if not (folder / "modules.json").is_file():
        raise BadInput(f"encoder came as {folder}, which has no modules.json; wanted a sentence-transformers folder")
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging
    except ImportError as error:
        raise BadInput(
            "an encoder is set, but sentence-transformers is not installed: pip install '.[text]'"
        ) from error
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call] # transformers has no hints here
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    model = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": torch.float32})

    return remembering(lambda texts: model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False))


def remembering(encoder: Encoder) -> Encoder:
    """The encoder, asked for each different text once."""
    known: dict[str, np.ndarray] = {}

    def encode(texts: Sequence[str]) -> Floats:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, np.asarray(encoder(new), dtype=np.float32), strict=True))
        return np.array([known[text] for text in texts], dtype=np.float64)

    return encode

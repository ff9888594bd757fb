"""Root-cause terms: the words that set one topic's texts apart from all others'."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer

from data.text_terms import content_words
from models.base import Vector

PRIOR_TEXTS = 100.0  # weight of the whole corpus in each topic's counts: rare words shrink to nothing special


def root_cause_terms(texts: Sequence[str], topics: Vector, count: int = 10) -> pd.DataFrame:
    """topic, term, texts (of the topic that hold the term), share (of the topic's texts), z: the highest z first.

    Log odds of the term inside the topic against outside, with the corpus as an informative Dirichlet prior, over its
    standard deviation (Monroe, Colaresi, Quinn 2008, eq. 16, 20 and 22). Terms in fewer than three texts are left out.
    """
    words = CountVectorizer(analyzer=content_words, binary=True, min_df=min(3, len(texts)))
    there = words.fit_transform(texts)
    names, codes = np.unique(np.asarray(topics).astype(str), return_inverse=True)
    inside = np.stack([np.asarray(there[codes == code].sum(axis=0)).ravel() for code in range(len(names))])
    z = _z_scores(inside.astype(np.float64))
    best = np.argsort(-z, axis=1, kind="stable")[:, :count]
    counts = np.take_along_axis(inside, best, axis=1)
    found = pd.DataFrame(
        {
            "topic": np.repeat(names, best.shape[1]),
            "term": words.get_feature_names_out()[best].ravel(),
            "texts": counts.ravel(),
            "share": (counts / np.bincount(codes)[:, None]).ravel(),
            "z": np.take_along_axis(z, best, axis=1).ravel(),
        }
    )
    return found[(found.z > 0) & (found.texts > 0)].reset_index(drop=True)


def _z_scores(inside: np.ndarray) -> np.ndarray:
    """(topics, terms) from counts of the same shape."""
    total = inside.sum(axis=0)
    prior = PRIOR_TEXTS * total / total.sum()
    with_prior, against = inside + prior, total - inside + prior
    odds = with_prior / (with_prior.sum(axis=1, keepdims=True) - with_prior)
    odds_against = against / (against.sum(axis=1, keepdims=True) - against)
    return np.asarray((np.log(odds) - np.log(odds_against)) / np.sqrt(1 / with_prior + 1 / against))

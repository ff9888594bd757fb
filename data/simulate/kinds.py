"""The array types of the simulator, and the two missing values that integers need."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Words = NDArray[np.object_]

NONE = -1
NEVER = np.iinfo(np.int64).min


def sigmoid(logit: Floats) -> Floats:
    """Logistic function, shape as given.

    >>> float(sigmoid(np.array([0.0]))[0])
    0.5
    """
    return np.asarray(1.0 / (1.0 + np.exp(-logit)), dtype=np.float64)

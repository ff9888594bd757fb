"""What features are called in a report: 中文名 and group, from the catalogue of labels and the terms of offers."""

from __future__ import annotations

from features.labels import GROUPS
from features.offer_features import CHINESE


def feature_names() -> dict[str, tuple[str, str]]:
    """Feature -> (中文名, group), for `ReportInputs.names`.

    >>> feature_names()["saving_cny"]
    ('月均节省', '产品 offer')
    """
    labels = {label.name: (label.chinese, f"{g.chinese} {g.name}") for g in GROUPS for label in g.labels}
    return labels | {name: (chinese, "产品 offer") for name, chinese in CHINESE.items()}

"""What a channel brings: which lines an offer gets to on it, what the contact costs, which channel is best for each.

The dispatch of domain A8 (customer, product, channel): value of a contact = reach x expected value of its first offer −
cost of the contact. Lines that have not used a channel lately are less likely to be met there, so that targets who do
not call go to the channels that they use.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.settings import Settings
from features.sales_pressure import CHANNEL_BITS
from models.feature_schema import Floats
from serving.layout import Lines


def reach_of(lines: Lines, channel: str, settings: Settings) -> Floats:
    """(lines,): the assumed share of such lines that an offer on the channel gets to within a month."""
    terms = settings.channel(channel)
    used = np.nan_to_num(lines.fact("channels_used")).astype(np.int64)
    bit = 2 ** CHANNEL_BITS.index(channel) if channel in CHANNEL_BITS else 0
    return np.where(used & bit, terms.reach_used, terms.reach)


def best_channels(rows: pd.DataFrame) -> pd.DataFrame:
    """Of rows with line, turn (the channel's), rank, contact_value_cny: those of each line's most valuable channel.

    Ties go to the channel named first. A line without an offer on any channel keeps the row of the first channel.

    >>> rows = pd.DataFrame({"line": 0, "turn": [0, 1], "rank": 1, "contact_value_cny": [1.0, 2.0]})
    >>> best_channels(rows)["turn"].tolist()
    [1]
    """
    first = rows[rows["rank"].fillna(1) == 1].assign(worth=lambda r: r["contact_value_cny"].fillna(-np.inf))
    first = first.sort_values(["line", "worth", "turn"], ascending=[True, False, True], kind="stable")
    chosen = first.drop_duplicates("line").set_index("line")["turn"]
    return rows[rows["turn"].to_numpy() == chosen.loc[rows["line"]].to_numpy()]

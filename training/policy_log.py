"""The exposure log as decisions to judge policies by: who could be shown what, with which chance, and what came of it.

Two selections stand before an acceptance: the window's (a logged propensity) and the agent's (pitched or not, modelled
in `pitch_chance`). A window that a rule suppressed, whatever its offer, is no decision of a policy and is left out.
"""

from __future__ import annotations

import datetime as dt

import ibis
import pandas as pd
from ibis import _

from data.errors import BadInput
from data.known import Known
from data.lake import Lake
from features.outcomes import accepted, accepted_known_after_days
from features.snapshots import training_as_ofs
from features.windows import add_months

WINDOW_COLUMNS = (
    "exposure_id",
    "decision",
    "customer_id",
    "person",
    "as_of",
    "offer_id",
    "arm",
    "agent_id",
    "propensity",
    "randomised",
    "shown",
    "pitched",
    "accepted",
)


class OfLines(Known):
    """The lake as known at a day, of some lines alone: tables with a customer_id keep only theirs."""

    def __init__(self, lake: Lake, as_of: dt.date, customers: pd.Series) -> None:
        super().__init__(lake, as_of)
        self._wanted = ibis.memtable(pd.DataFrame({"customer_id": customers.unique()}))

    def __getitem__(self, name: str) -> ibis.Table:
        """The table as it was known."""
        table = super().__getitem__(name)
        return table.semi_join(self._wanted, "customer_id") if "customer_id" in table.columns else table


def logged_windows(lake: Lake, as_of: dt.date, months: int) -> pd.DataFrame:
    """WINDOW_COLUMNS of the decisions of the last `months` months whose outcome was known at the start of `as_of`.

    A row an offer: those of one `decision` were shown together (an exposure without decision_id is one of its own).
    as_of: the first of the decision's month. offer_id: null = held back as control. accepted: 1.0 or 0.0, 0 where
    nothing was pitched. BadInput where the log holds no propensities.
    """
    wait = ibis.interval(days=accepted_known_after_days(lake))
    exposures = lake["exposures"]
    mature = (exposures.decided_at.cast("date") + wait).cast("date") <= ibis.literal(as_of).cast("date")
    since = ibis.literal(add_months(as_of.replace(day=1), -months)).cast("date")
    rows = exposures.filter(mature, exposures.suppressed_reason.isnull(), ~exposures.propensity.isnull())
    rows = rows.mutate(as_of=rows.decided_at.truncate("M").cast("date"), shown=rows.popped_up).filter(_.as_of >= since)
    outcomes = accepted(lake, as_of).select("exposure_id", outcome="accepted")
    people = lake["customers"].group_by("customer_id").aggregate(person=_.person_id.max())
    joined = rows.left_join(outcomes, "exposure_id").drop("exposure_id_right")
    joined = joined.left_join(people, "customer_id").drop("customer_id_right")
    named = joined.mutate(
        decision=ibis.coalesce(joined.decision_id, joined.exposure_id),
        person=ibis.coalesce(joined.person, joined.customer_id),
        accepted=joined.outcome.fill_null(0).cast("float64"),
    )
    frame = named.select(*WINDOW_COLUMNS).order_by("as_of", "exposure_id").to_pandas()
    frame["as_of"] = pd.to_datetime(frame["as_of"])
    frame = frame[frame["as_of"].isin(pd.to_datetime(training_as_ofs(lake, as_of)))]
    return _checked(frame[frame["shown"] | frame["offer_id"].isna()].reset_index(drop=True), as_of)


def _checked(frame: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    if not len(frame):
        raise BadInput(
            f"the exposures before {as_of} hold no decision that was shown, carries a propensity and has a known "
            "outcome; a policy can be judged only by a log that says with which probability each offer was chosen "
            "(column propensity of exposures). Let an exploring share log it first ([exploration] share)"
        )
    if not frame["pitched"].any():
        raise BadInput(
            f"none of {len(frame):,} logged decisions was pitched; nothing is known of any offer's acceptance"
        )
    return frame

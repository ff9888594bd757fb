"""The handset and how long it has been in use; only where its date is known and past: an undated one is today's.

For an agent's eyes, not for models. In a snapshot of `customers` a handset taken into use after the as-of date hides
the one before it, so that "unknown" tells of a later purchase: on the embedded operator 98 % of the pitched handsets
whose customer has no known handset were accepted, none of the others.
"""

from __future__ import annotations

import ibis
from ibis import _

from data.known import Known
from features.catalogue import Label, LabelGroup
from features.labels.lifecycle import MONTH_DAYS
from features.windows import days_ago

RENEWAL_MONTHS = 24


def handset_rows(known: Known) -> ibis.Table:
    """One row a customer: the handset, null unless taken into use before the as-of day or versioned."""
    customers = known["customers"].mutate(handset_days=days_ago(_.handset_since, known.as_of))
    dated = (_.handset_days >= 0).fill_null(False)
    known_then = dated | _.valid_from.notnull()
    return customers.mutate(
        model=ibis.ifelse(known_then, _.handset_model, None),
        generation=ibis.ifelse(known_then, _.handset_generation, None),
        handset_months=ibis.ifelse(dated, _.handset_days / MONTH_DAYS, None),
    )


DEVICE = LabelGroup(
    name="device",
    chinese="终端",
    sources=("customers",),
    rows=handset_rows,
    purpose="profile; never a model's: in a snapshot, no known handset tells of a later one",
    sensitivity="sensitive",
    one_row_each=True,
    labels=(
        Label("handset_model", "终端型号", "Model of the handset in use", "", "as of", _.model, "category"),
        Label(
            "handset_generation",
            "终端网络制式",
            "Newest network the handset can use (2G–5G)",
            "",
            "as of",
            _.generation,
            "category",
        ),
        Label(
            "handset_months", "终端使用月数", "Months the handset has been in use", "months", "as of", _.handset_months
        ),
        Label(
            "is_4g_capable",
            "4G终端",
            "The handset can use 4G or 5G",
            "",
            "as of",
            _.generation.isin(("4G", "5G")),
            "bool",
        ),
        Label(
            "is_handset_due",
            "换机期",
            f"In use for {RENEWAL_MONTHS} months or longer",
            "",
            "as of",
            _.handset_months >= RENEWAL_MONTHS,
            "bool",
        ),
    ),
)

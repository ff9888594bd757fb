"""The first layer: may this line have this offer at all? Consent, contract, exclusions, one plan change a month."""

from __future__ import annotations

import datetime as dt

import numpy as np

from models.arbitration import Flags
from serving.clock import cycle_end
from serving.layout import Layout, Lines
from serving.situation import Situation

LAST_CHANGE_HOUR = 19  # no plan change after 19:00 on the month's last day (domain A5; cq.10086)


def line_conditions(lines: Lines, situation: Situation) -> dict[str, Flags]:
    """(lines,) by code: nothing at all may be offered."""
    return {
        "DO_NOT_MARKET": lines.flag("do_not_market"),
        "NO_CONSENT": ~lines.flag("marketing_consent"),
        "PORT_OUT_REQUESTED": lines.flag("port_out_requested") | situation.asked_to_port,
        "SUSPENDED": lines.flag("suspended"),
        "NO_PLAN": np.isnan(lines.fact("present_plan")),
    }


def pair_conditions(lines: Lines, situation: Situation) -> dict[str, Flags]:
    """(lines or 1, offers) by code."""
    changes = changes_plan(lines.layout)
    pending = (lines.fact("plan_change_on") > situation.day.toordinal())[:, None]
    return {
        "PRESENT_PLAN": _is_present(lines) & changes,
        "ALREADY_HELD": lines.pair("held") == 1.0,
        "EXCLUDED_BY_PACK": lines.pair("held") == 2.0,
        "PLAN_CHANGE_PENDING": changes & pending,
        "CHANGE_CLOSED": changes & _closed(situation.at),
        "UNDER_CONTRACT": _under_contract(lines, situation.day),
    }


def changes_plan(layout: Layout) -> Flags:
    """(1, offers): plan offers."""
    return of_offers([offer.kind == "plan" for offer in layout.offers])


def of_offers(flags: list[bool]) -> Flags:
    """(1, offers)."""
    return np.array(flags, dtype=np.bool_)[None, :]


def _closed(at: dt.datetime) -> bool:
    return at.hour >= LAST_CHANGE_HOUR and cycle_end(at.date()) == at.date() + dt.timedelta(days=1)


def _is_present(lines: Lines) -> Flags:
    places = {plan.plan_id: place for place, plan in enumerate(lines.layout.plans)}
    wanted = [places.get(offer.plan_id or "", -1) for offer in lines.layout.offers]
    return np.asarray(lines.fact("present_plan")[:, None] == np.array(wanted, dtype=np.float64)[None, :])


def _under_contract(lines: Lines, day: dt.date) -> Flags:
    """A running contract allows neither a plan with a lower fee nor another contract (assumed: operators' practice)."""
    runs = (lines.fact("contract_ends_on") > day.toordinal())[:, None]
    binds = of_offers([offer.contract_months > 0 for offer in lines.layout.offers])
    lower = lines.pair("rent_after") < lines.fact("current_rent")[:, None]
    return np.asarray(runs & (binds | (lower & changes_plan(lines.layout))))

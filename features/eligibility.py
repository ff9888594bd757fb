"""What decides today whether a line may get an offer: consents, suspension, port-out, contract, plan change, packs.

These are facts of the as-of day, never labels: a snapshot of `customers` may say what holds today.
"""

from __future__ import annotations

import datetime as dt

import ibis
from ibis import _

from data.known import Known
from features.contact_terms import with_terms
from features.label_table import lines_present
from features.outcomes import SUSPENDED

PORT_OUT_DAYS = 90  # how long an authorisation code (SQXZ) keeps offers away; the code itself holds 30 days
HELD, EXCLUDED = 1, 2


def line_eligibility(known: Known) -> ibis.Table:
    """One row a line not departed: customer_id, three consents, suspended, port_out_requested, two dates.

    Flags are never null. contract_ends_on may be; plan_change_on is the first day of an accepted plan change that is
    not in force yet, else null.
    """
    lines = lines_present(known).inner_join(_consents(known), "customer_id")
    for facts in (_suspended(known), _port_out(known), _plan_changes(known)):
        lines = lines.left_join(facts, "customer_id").drop("customer_id_right")
    flags = ("suspended", "port_out_requested")
    return lines.mutate(**{name: lines[name].fill_null(False) for name in flags})


def _consents(known: Known) -> ibis.Table:
    return known["customers"].select(
        "customer_id",
        "marketing_consent",
        "personalisation_consent",
        "contract_ends_on",
        do_not_market=_.do_not_market.fill_null(False),
    )


def _suspended(known: Known) -> ibis.Table:
    newest = ibis.row_number().over(ibis.window(group_by="customer_id", order_by=ibis.desc("starts_on")))
    latest = known.optional("statuses").mutate(turn=newest).filter(_.turn == 0)
    return latest.select("customer_id", suspended=_.status.isin(SUSPENDED))


def _port_out(known: Known) -> ibis.Table:
    since = dt.datetime.combine(known.as_of, dt.time()) - dt.timedelta(days=PORT_OUT_DAYS)
    asked = with_terms(known.optional("contacts")).filter(_.port_code, _.customer_id.notnull(), _.started_at >= since)
    return asked.select("customer_id").distinct().mutate(port_out_requested=True)


def _plan_changes(known: Known) -> ibis.Table:
    plans = known.optional("offers").filter(_.kind == "plan").select("offer_id")
    changes = known.optional("exposures").filter(_.accepted, _.reversed_at.isnull()).semi_join(plans, "offer_id")
    ahead = changes.filter(_.effective_on > ibis.literal(known.as_of).cast("date"))
    return ahead.group_by("customer_id").aggregate(plan_change_on=_.effective_on.max())


def pack_conflicts(known: Known) -> ibis.Table:
    """customer_id, offer_id, held: pack offers whose pack the line holds (1), or that a held pack excludes (2)."""
    today = ibis.literal(known.as_of).cast("date")
    groups = known.optional("packs").group_by("pack_id").aggregate(exclusion_group=_.exclusion_group.min())
    in_force = known.optional("holdings").filter((_.ends_on > today).fill_null(True))
    held = in_force.select("customer_id", "pack_id").inner_join(groups, "pack_id")
    held = held.select("customer_id", held_pack=_.pack_id, held_group=_.exclusion_group)
    offered = known.optional("offers").filter(_.pack_id.notnull()).inner_join(groups, "pack_id")
    offered = offered.select("offer_id", "pack_id", "exclusion_group")
    pairs = held.cross_join(offered)
    same = pairs.held_pack == pairs.pack_id
    clash = pairs.filter(same | (pairs.held_group == pairs.exclusion_group).fill_null(False))
    code = ibis.ifelse(clash.held_pack == clash.pack_id, HELD, EXCLUDED)
    return clash.group_by("customer_id", "offer_id").aggregate(held=code.min())

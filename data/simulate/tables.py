"""The tables that are written once: `plans`, `packs`, `offers`, `agents`, and each chunk's `customers`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from data.simulate.catalogue import fact_table
from data.simulate.chunk import Chunk
from data.simulate.happenings import area_names
from data.simulate.kinds import NEVER, Ints
from data.simulate.people import GENDERS
from data.simulate.rows import codes, counts, dates, flags, identifiers
from data.simulate.setting import CENTRES, Setting

BRANDS = {"shenzhouxing": "神州行", "student": "动感地带", "internet_card": "互联网卡", "global_tone": "全球通"}
OTHER_BRAND = "和4G"


def plans_table() -> pa.Table:
    """`plans` with an explicit null for what is unlimited."""
    plans = fact_table("plans").drop(columns="source").astype({"sms": "Int64"})
    return pa.Table.from_pandas(plans, preserve_index=False)


def packs_table() -> pa.Table:
    """`packs`."""
    table = fact_table("packs").drop(columns="source").astype({"voice_min": float, "fee_cny": float})
    return pa.Table.from_pandas(table, preserve_index=False)


def offers_table(setting: Setting) -> pa.Table:
    """`offers`, most of them valid from before the window."""
    table = fact_table("offers").astype({"contract_months": "Int64", "monthly_margin_cny": float})
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    arrow = arrow.append_column("valid_from", dates(setting.opened_days()))
    return arrow.append_column("valid_to", dates(np.full(len(table), NEVER)))


def agents_table(setting: Setting) -> pa.Table:
    """`agents`; the last team runs the pilot."""
    staff = setting.staff
    teams = [f"T{number + 1}" for number in range(setting.world.teams)]
    return pa.table(
        {
            "agent_id": identifiers("A", np.arange(staff.team.size), 4),
            "team": codes(staff.team, teams),
            "department": codes(np.zeros(staff.team.size, dtype=np.int64), ["客户服务部"]),
            "centre": codes(staff.centre, CENTRES),
            "hired_on": dates(staff.hired_day),
        }
    )


def write_customers(chunk: Chunk) -> None:
    """`customers`: a snapshot at the window's end."""
    seen, state = chunk.people.visible, chunk.state
    models = fact_table("handsets")
    person = chunk.people.first + seen.person
    chunk.parts.add(
        "customers",
        {
            "customer_id": identifiers("U", chunk.people.number, 8),
            "account_id": identifiers("N", person, 8),
            "person_id": identifiers("H", person, 8),
            "joined_on": dates(seen.joined_day),
            "brand": _brands(chunk),
            "area": codes(seen.area, area_names()),
            "birth_year": counts(seen.birth_year),
            "gender": codes(seen.gender, GENDERS),
            "handset_model": codes(state.handset, models["handset_model"].tolist()),
            "handset_since": dates(np.maximum(state.handset_since, seen.joined_day)),
            "handset_generation": codes(state.handset, models["handset_generation"].tolist()),
            "contract_starts_on": dates(_begun(state.contract_start, chunk)),
            "contract_ends_on": dates(state.contract_end),
            "fixed_mobile_bundle": flags(seen.bundle),
            "vip": flags(seen.vip),
            "marketing_consent": flags(seen.marketing_consent),
            "personalisation_consent": flags(seen.personalisation_consent),
            "do_not_market": flags(seen.do_not_market),
        },
    )


def _begun(start: Ints, chunk: Chunk) -> Ints:
    return np.where(start == NEVER, NEVER, np.maximum(start, chunk.people.visible.joined_day))


def _brands(chunk: Chunk) -> pa.Array:
    """A line's brand is its first plan's family's."""
    families = pd.Series(chunk.setting.catalogue.plans.families).map(BRANDS).fillna(OTHER_BRAND)
    return pa.array(families.to_numpy(), pa.string()).take(pa.array(chunk.state.plan))

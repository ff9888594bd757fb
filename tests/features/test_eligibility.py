"""Eligibility as of a day: consents, suspension, port-out, scheduled plan changes, packs that exclude each other."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from data.known import Known, as_known
from data.lake import open_lake
from data.settings import Settings
from features.eligibility import EXCLUDED, HELD, line_eligibility, pack_conflicts
from tests.tiny_lake import small_tables, write_lake

AS_OF = dt.date(2026, 1, 1)
OFFER = {"valid_from": dt.date(2025, 1, 1)}
PACK = {"tier": 1, "fee_cny": 10.0, "data_mb": 100.0, "effective": "now"}


def contact(number: int, intent: str, at: dt.datetime) -> dict[str, object]:
    return {
        "contact_id": str(number),
        "customer_id": "c1",
        "channel": "sms",
        "started_at": at,
        "abandoned": False,
        "intent": intent,
    }


def exposure(customer: str, offer: str, **more: object) -> dict[str, object]:
    yes = {"randomised": False, "popped_up": True, "pitched": True, "accepted": True}
    at = {"channel": "hotline", "decided_at": dt.datetime(2025, 12, 10), "accepted_at": dt.datetime(2025, 12, 10)}
    exposure = {"exposure_id": f"{customer}{offer}", "customer_id": customer, "offer_id": offer}
    return {**exposure, **yes, **at, "effective_on": dt.date(2026, 2, 1), "reversed_at": None, **more}


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    tables = small_tables()
    tables["packs"] = pd.DataFrame(
        [
            {"pack_id": "d10", "kind": "data", "name": "流量包10元", "exclusion_group": "day", **PACK},
            {"pack_id": "d20", "kind": "data", "name": "流量包20元", "exclusion_group": "day", **PACK},
            {"pack_id": "d30", "kind": "data", "name": "流量包30元", "exclusion_group": None, **PACK},
        ]
    )
    tables["holdings"] = pd.DataFrame({"customer_id": ["c1"], "pack_id": ["d10"], "starts_on": [dt.date(2025, 5, 1)]})
    offers = [{"offer_id": "plan", "kind": "plan", "name": "飞享88元", "plan_id": "fx88", "pack_id": None, **OFFER}]
    packs = ("d10", "d20", "d30")
    offers += [{"offer_id": p, "kind": "data_pack", "name": p, "plan_id": None, "pack_id": p, **OFFER} for p in packs]
    tables["offers"] = pd.DataFrame(offers)
    return tables


def known(tables: dict[str, pd.DataFrame], folder: Path) -> Known:
    settings = Settings(today=dt.date(2026, 3, 1), var=folder / "var")
    return as_known(open_lake(write_lake(folder / "lake", tables), settings), AS_OF)


def facts(tables: dict[str, pd.DataFrame], folder: Path) -> pd.DataFrame:
    return line_eligibility(known(tables, folder)).to_pandas().set_index("customer_id").sort_index()


def test_missing_tables_leave_consents_and_nothing_against_an_offer(tmp_path: Path) -> None:
    found = facts(small_tables(), tmp_path)
    assert found["marketing_consent"].all()
    assert found["personalisation_consent"].tolist() == [True, False]
    assert not found[["do_not_market", "suspended", "port_out_requested"]].any(axis=None)
    assert found[["plan_change_on", "contract_ends_on"]].isna().all(axis=None)


def test_an_authorisation_code_counts_a_query_or_an_old_one_does_not(
    tables: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    asked = [contact(1, "CXXZ", dt.datetime(2025, 12, 20)), contact(2, "SQXZ", dt.datetime(2025, 9, 1))]
    tables["contacts"] = pd.DataFrame(asked)
    assert not facts(tables, tmp_path / "a").loc["c1", "port_out_requested"]
    tables["contacts"] = pd.DataFrame([*asked, contact(3, "SQXZ", dt.datetime(2025, 12, 20))])
    assert facts(tables, tmp_path / "b").loc["c1", "port_out_requested"]


def test_the_latest_status_before_the_day_tells_who_is_suspended(
    tables: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    tables["statuses"] = pd.DataFrame(
        [
            ("c1", dt.date(2025, 10, 1), "suspended_arrears"),
            ("c1", dt.date(2025, 11, 1), "active"),
            ("c2", dt.date(2025, 11, 1), "suspended_request"),
            ("c2", dt.date(2026, 1, 5), "active"),
        ],
        columns=["customer_id", "starts_on", "status"],
    )
    assert facts(tables, tmp_path)["suspended"].tolist() == [False, True]


def test_an_accepted_plan_is_a_pending_change_a_pack_or_a_reversed_one_is_not(
    tables: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    tables["exposures"] = pd.DataFrame([exposure("c1", "plan"), exposure("c2", "d20")])
    assert str(facts(tables, tmp_path / "a").loc["c1", "plan_change_on"])[:10] == "2026-02-01"
    assert pd.isna(facts(tables, tmp_path / "a").loc["c2", "plan_change_on"])
    tables["exposures"] = pd.DataFrame([exposure("c1", "plan", reversed_at=dt.datetime(2025, 12, 20))])
    assert pd.isna(facts(tables, tmp_path / "b").loc["c1", "plan_change_on"])


def test_a_held_pack_is_held_and_excludes_its_group(tables: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    found = pack_conflicts(known(tables, tmp_path)).to_pandas()
    assert {(r.customer_id, r.offer_id): r.held for r in found.itertuples()} == {
        ("c1", "d10"): HELD,
        ("c1", "d20"): EXCLUDED,
    }

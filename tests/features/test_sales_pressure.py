"""Who is tired of offers, complains or asked: by person, and only from what was known."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from data.known import Known, as_known
from data.lake import open_lake
from data.settings import load_settings
from features.pitch_time import pitch_time
from features.sales_pressure import CHANNEL_BITS, refusals, sales_pressure, shared_people
from tests.tiny_lake import small_tables, write_lake

AS_OF = dt.date(2026, 1, 1)
CALL = {"abandoned": False, "talk_s": 100.0, "hold_s": 0.0, "after_call_s": 0.0, "queue": "q", "intent": "overage"}


def at(days: int) -> dt.datetime:
    return dt.datetime.combine(AS_OF, dt.time(10)) - dt.timedelta(days=days)


def exposure(number: int, customer: str, days: int, **more: object) -> dict[str, object]:
    base = {"exposure_id": f"e{number}", "customer_id": customer, "offer_id": "o", "channel": "hotline"}
    flags = {"randomised": False, "popped_up": True, "pitched": True, "accepted": False}
    return {**base, **flags, "decided_at": at(days), "rejected_at": None, "contact_id": None, **more}


def lake_of(folder: Path, exposures: list[dict[str, object]], **tables: pd.DataFrame) -> Known:
    base = small_tables()
    base["customers"] = base["customers"].assign(person_id="p")
    offers = pd.DataFrame({"offer_id": ["o"], "kind": "plan", "name": "o", "plan_id": "fx88", "valid_from": AS_OF})
    given = {**base, "offers": offers, "exposures": pd.DataFrame(exposures), **tables}
    write_lake(folder, given)
    return as_known(open_lake(folder, load_settings(lake=folder, today=AS_OF)), AS_OF)


def test_pitches_and_refusals_count_for_every_line_of_the_person(tmp_path: Path) -> None:
    known = lake_of(
        tmp_path,
        [exposure(1, "c1", 9), exposure(2, "c2", 4, rejected_at=at(4)), exposure(3, "c1", 2, pitched=False)],
    )
    found = sales_pressure(known).to_pandas().set_index("customer_id")
    for customer in ("c1", "c2"):
        days = pd.to_datetime(found.loc[customer, ["pitched_on_1", "pitched_on_2", "pitched_on_3"]])
        assert [str(day)[:10] for day in days] == ["2025-12-28", "2025-12-23", "NaT"]
    said_no = refusals(known).to_pandas()
    assert sorted(said_no["customer_id"]) == ["c1", "c2"]
    assert {str(day)[:10] for day in said_no["rejected_on"]} == {"2025-12-28"}
    assert shared_people(known).to_pandas().to_numpy().tolist() == [["c1", "p"], ["c2", "p"]]


def test_interest_channels_and_open_complaints_are_the_lines_own(tmp_path: Path) -> None:
    contacts = pd.DataFrame(
        [
            {"contact_id": "1", "customer_id": "c1", "channel": "app", "started_at": at(3), **CALL},
            {"contact_id": "2", "customer_id": "c1", "channel": "hotline", "started_at": at(80), **CALL},
            {"contact_id": "3", "customer_id": "c2", "channel": "outbound", "started_at": at(3), **CALL},
            {"contact_id": "4", "customer_id": "c2", "channel": "web", "started_at": at(200), **CALL},
        ]
    )
    base = {"complaint_id": "k", "customer_id": "c2", "area": "a", "category": "network", "opened_at": at(5)}
    complaints = pd.DataFrame([{**base, "closed_at": None}, {**base, "complaint_id": "l", "closed_at": at(1)}])
    known = lake_of(tmp_path, [exposure(1, "c1", 9)], contacts=contacts, complaints=complaints)
    found = sales_pressure(known).to_pandas().set_index("customer_id")
    assert found["interest"].tolist() == [True, False]
    bits = 2 ** CHANNEL_BITS.index("app") + 2 ** CHANNEL_BITS.index("hotline")
    assert found["channels_used"].tolist() == [bits, 0]
    assert [str(day)[:10] for day in pd.to_datetime(found["complaint_opened_on"])] == ["NaT", "2025-12-27"]


@pytest.mark.parametrize(("calls", "wanted"), [(150, 70.0), (50, None)])
def test_a_pitch_takes_what_calls_of_the_same_kind_last_longer(
    tmp_path: Path, calls: int, wanted: float | None
) -> None:
    rows, shown = [], []
    for number in range(2 * calls):
        long = number % 2 == 0
        kind = {"queue": "q", "intent": "overage"} if number < calls else {"queue": "r", "intent": "cancel"}
        seconds = (300.0 if number < calls else 600.0) + (70.0 if long else 0.0)
        own = {"contact_id": f"k{number}", "customer_id": "c1", "channel": "hotline", "started_at": at(3)}
        rows.append({**CALL, **own, **kind, "talk_s": seconds})
        shown.append(exposure(number, "c1", 3, contact_id=f"k{number}", pitched=long))
    found = pitch_time(lake_of(tmp_path, shown, contacts=pd.DataFrame(rows)))
    assert (found and found.seconds) == wanted

"""Small lakes from pandas frames, for tests."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.schema import TABLES

ARROW = {
    "str": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "ts": pa.timestamp("us"),
}


def write_lake(folder: Path, tables: dict[str, pd.DataFrame]) -> Path:
    """Write the frames as Parquet in the contract's types; columns that a frame lacks stay absent."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        fields = [pa.field(c, ARROW[TABLES[name].fields[c].kind]) for c in frame.columns if c in TABLES[name].fields]
        table = pa.Table.from_pandas(
            frame[[f.name for f in fields]].astype(object).where(frame[[f.name for f in fields]].notna(), None),
            schema=pa.schema(fields),
            preserve_index=False,
        )
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def small_tables() -> dict[str, pd.DataFrame]:
    """A sound lake of two customers and two plans over three months."""
    months = [dt.date(2025, m, 1) for m in (10, 11, 12)]
    who = ["c1", "c2"]
    usage = pd.DataFrame(
        [(c, m, 100.0, 5, 600.0) for c in who for m in months],
        columns=["customer_id", "month", "voice_min", "sms", "data_mb"],
    )
    bills = usage[["customer_id", "month"]].assign(
        rent_cny=58.0,
        voice_overage_cny=0.0,
        data_overage_cny=29.0,
        upgrade_pack_cny=0.0,
        flex_pack_cny=0.0,
        other_cny=0.0,
        total_cny=87.0,
        arrears_cny=0.0,
    )
    return {
        "customers": pd.DataFrame(
            {
                "customer_id": who,
                "joined_on": [dt.date(2020, 1, 5), dt.date(2024, 3, 1)],
                "marketing_consent": [True, True],
                "personalisation_consent": [True, False],
            }
        ),
        "plans": pd.DataFrame(
            {
                "plan_id": ["fx58", "fx88"],
                "name": ["飞享58元", "飞享88元"],
                "family": ["4g", "4g"],
                "monthly_fee_cny": [58.0, 88.0],
                "data_mb": [500.0, 700.0],
                "voice_min": [100.0, 220.0],
                "data_overage_cny_per_mb": [0.29, 0.29],
                "voice_overage_cny_per_min": [0.19, 0.19],
                "on_sale": [True, True],
            }
        ),
        "subscriptions": pd.DataFrame(
            {"customer_id": who, "plan_id": ["fx58", "fx58"], "starts_on": [dt.date(2025, 1, 1)] * 2}
        ),
        "usage": usage,
        "bills": bills,
    }

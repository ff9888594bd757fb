"""Speeds and peak memory of the main steps at 100,000 customers, each in a process of its own: `make bench`.

Seconds are the whole process (imports and the check at the door included); peak memory is the largest resident set of
the process by the operating system's count. The last rows price the same pairs with plain pandas, for a ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

from data.console import print_table, say

ROOT = Path(__file__).resolve().parents[2]
PLANS_ON_SALE = 18
ALTERNATIVE_CUSTOMERS = 5_000


def measured(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Wall seconds and peak memory (GB) of a command; its failure stops the benchmark."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"speed: {' '.join(command)} failed")
    return time.perf_counter() - started, usage.ru_maxrss / 1024**2


def steps(folder: Path, customers: int, months: int) -> list[tuple[str, list[str], float, str]]:
    """The steps as (name, command, things made, unit)."""
    nextcall = str(Path(sys.executable).with_name("nextcall"))
    lake = ["--lake", str(folder / "lake")]
    pairs = float(customers * PLANS_ON_SALE)
    size = ["--customers", str(customers), "--months", str(months)]
    return [
        (
            "simulate",
            [nextcall, "simulate", *size, "--seed", "11", "--out", str(folder)],
            float(customers),
            "customers",
        ),
        ("labels", [nextcall, "labels", *lake, "--out", str(folder / "labels.parquet")], 0.0, "labels"),
        ("tariff", [nextcall, "tariff", *lake, "--out", str(folder / "tariff.parquet")], pairs, "pairs"),
        ("train uptake", [nextcall, "train", "uptake", *lake], 0.0, ""),
        ("train churn", [nextcall, "train", "churn", *lake], 0.0, ""),
        ("train volume", [nextcall, "train", "volume", *lake], 0.0, ""),
        ("promote", [sys.executable, "-c", _promote()], 0.0, ""),
        ("score", [nextcall, "score", *lake, "--out", str(folder / "scores.parquet")], 0.0, "scores"),
        (
            "pandas pairs",
            [sys.executable, __file__, "--pandas", str(folder / "lake")],
            float(ALTERNATIVE_CUSTOMERS * PLANS_ON_SALE),
            "pairs",
        ),
    ]


def _promote() -> str:
    return (
        "import subprocess,sys,pathlib;n=pathlib.Path(sys.executable).with_name('nextcall');"
        "[subprocess.run([n,'promote',k,'--bootstrap'],check=True) for k in ('uptake','churn','volume')]"
    )


def things_made(name: str, folder: Path, expected: float) -> float:
    """How many labels or scores a step wrote; `expected` for the others."""
    if name == "labels":
        frame = pd.read_parquet(folder / "labels.parquet")
        return float(frame.shape[0] * (frame.shape[1] - 2))
    if name == "score":
        return float(len(pd.read_parquet(folder / "scores.parquet", columns=["customer_id"])))
    return expected


def price_with_pandas(lake: Path) -> None:
    """The obvious alternative: rent and overages of a sample of customers on every plan by a pandas cross merge."""
    usage = pd.read_parquet(lake / "usage")
    last = sorted(usage["month"].unique())[-3:]
    chosen = usage["customer_id"].drop_duplicates().head(ALTERNATIVE_CUSTOMERS)
    usage = usage[usage["month"].isin(last) & usage["customer_id"].isin(chosen)]
    plans = pd.read_parquet(lake / "plans.parquet").query("on_sale")
    pairs = usage.merge(plans, how="cross", suffixes=("", "_quota"))
    voice = (pairs["voice_min"] - pairs["voice_min_quota"]).clip(lower=0) * pairs["voice_overage_cny_per_min"]
    data = (pairs["data_mb"] - pairs["data_mb_quota"]).clip(lower=0) * pairs["data_overage_cny_per_mb"]
    pairs["total"] = pairs["monthly_fee_cny"] + voice.fillna(0) + data.fillna(0)
    mean = pairs.groupby(["customer_id", "plan_id"])["total"].mean().reset_index()
    mean.sort_values("total").groupby("customer_id").head(1)


def main() -> None:
    """Run all steps, print the table, write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--months", type=int, default=15)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--pandas", type=Path, help="only price with pandas from this lake")
    asked = parser.parse_args()
    if asked.pandas:
        price_with_pandas(asked.pandas)
        return
    folder = ROOT / "var" / "speed"
    shutil.rmtree(folder, ignore_errors=True)  # an earlier run's labels and champions would be found ready
    rows: list[dict[str, Any]] = []
    for name, command, expected, unit in steps(folder, asked.customers, asked.months):
        say(f"measuring {name}")
        seconds, peak = measured(command, {"NEXTCALL_VAR": str(folder / "var")})
        made = things_made(name, folder, expected)
        per_second = f"{made / seconds:,.0f} {unit}/s" if made else ""
        rows.append(
            {
                "step": name,
                "seconds": round(seconds, 1),
                "peak_gb": round(peak, 2),
                "made": int(made),
                "speed": per_second,
            }
        )
    print_table(pd.DataFrame(rows), f"{asked.customers:,} customers x {asked.months} months")
    if asked.json:
        asked.json.write_text(json.dumps({"table": rows}, indent=1))


if __name__ == "__main__":
    main()

"""One million customers x 18 months: seconds, peak memory of all processes together, and what was written.

The load of the machine beside it is in the report, since seconds on a shared machine say little without it.
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

import pandas as pd
import pyarrow.dataset as ds

from data.console import print_table

ROOT = Path(__file__).resolve().parents[2]
TICK_S = 0.5


def resident_gb(process: int) -> float:
    """Resident memory of a process and all its children, GB (pages that they share are counted in each)."""
    children = subprocess.run(["ps", "--ppid", str(process), "-o", "pid="], capture_output=True, text=True, check=False)
    own = Path(f"/proc/{process}/status")
    lines = own.read_text().splitlines() if own.exists() else []
    here = sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return here / 1024**2 + sum(resident_gb(int(child)) for child in children.stdout.split())


def measured(command: list[str]) -> dict[str, float]:
    """Wall and CPU seconds and the peak of `resident_gb`; the program's failure stops the run."""
    started, peak, load = time.perf_counter(), 0.0, []
    before = os.times()
    process = subprocess.Popen(command, cwd=ROOT)
    while process.poll() is None:
        peak = max(peak, resident_gb(process.pid))
        load.append(os.getloadavg()[0])
        time.sleep(TICK_S)
    if process.returncode:
        raise SystemExit(f"simulate_million: {' '.join(command)} failed")
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    seconds = time.perf_counter() - started
    return {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(used, 1),
        "peak_gb": round(peak, 2),
        "load": round(sum(load) / max(len(load), 1), 2),
        "cores": float(len(os.sched_getaffinity(0))),
    }


def rows_written(folder: Path) -> int:
    """Rows of all tables of the lake."""
    return sum(ds.dataset(path, format="parquet").count_rows() for path in (folder / "lake").iterdir())


def main() -> None:
    """Simulate, print the table, write JSON where asked; the lake is removed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--months", type=int, default=18)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    folder = ROOT / "var" / "million"
    size = ["--customers", str(asked.customers), "--months", str(asked.months), "--seed", "11"]
    nextcall = str(Path(sys.executable).with_name("nextcall"))
    figures = measured([nextcall, "simulate", *size, "--out", str(folder)])
    disk = sum(path.stat().st_size for path in folder.rglob("*.parquet")) / 1024**3
    row = {"customers": asked.customers, "months": asked.months, **figures, "rows": rows_written(folder)}
    row["disk_gb"] = round(disk, 2)
    shutil.rmtree(folder)
    print_table(pd.DataFrame([row]), "The embedded operator at full size")
    if asked.json:
        asked.json.write_text(json.dumps({"table": [row]}, indent=1))


if __name__ == "__main__":
    main()

"""One seed, one lake."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import BadInput
from data.simulate import simulate
from data.simulate.parameters import Parameters

SMALL = replace(Parameters(), chunk=300)


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        simulate(300, 3, seed, tmp_path / name, world=SMALL)
    first, again, other = (digests(tmp_path / name) for name in ("first", "again", "other"))
    assert first == again
    same = {name for name in first if first[name] == other.get(name)}
    assert same == {"lake/plans.parquet", "lake/packs.parquet", "lake/offers.parquet"}


def test_a_chunk_does_not_depend_on_the_chunks_beside_it(tmp_path: Path) -> None:
    simulate(300, 3, 1, tmp_path / "one", world=SMALL)
    simulate(600, 3, 1, tmp_path / "two", world=SMALL)
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    parts = [name for name in one if name.endswith("part-0000.parquet")]
    assert len(parts) > 15
    assert all(one[name] == two[name] for name in parts)


def test_the_number_of_workers_does_not_matter(tmp_path: Path) -> None:
    for workers in (1, 2):
        simulate(900, 3, 1, tmp_path / str(workers), world=SMALL, workers=workers)
    alone, together = (digests(tmp_path / str(workers)) for workers in (1, 2))
    assert len(alone) > 40
    assert alone == together


def test_the_clock_does_not_matter_the_last_month_does(tmp_path: Path) -> None:
    simulate(300, 3, 1, tmp_path / "later", world=SMALL, last_month="2024-06")
    simulate(300, 3, 1, tmp_path / "default", world=SMALL)
    later, default = digests(tmp_path / "later"), digests(tmp_path / "default")
    assert later["lake/usage/part-0000.parquet"] != default["lake/usage/part-0000.parquet"]


def test_a_real_lake_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "bills.parquet").write_bytes(b"real")
    with pytest.raises(BadInput, match="was not simulated"):
        simulate(300, 2, 1, tmp_path, world=SMALL)
    assert (tmp_path / "lake" / "bills.parquet").read_bytes() == b"real"


def test_a_simulated_lake_is_replaced(tmp_path: Path) -> None:
    simulate(600, 2, 1, tmp_path, world=SMALL)
    simulate(300, 2, 1, tmp_path, world=SMALL)
    assert [path.name for path in (tmp_path / "lake" / "usage").iterdir()] == ["part-0000.parquet"]


def test_an_operator_needs_customers_and_months(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="0 customers"):
        simulate(0, 3, 1, tmp_path)

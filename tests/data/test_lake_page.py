"""The lake's docs page is what the schema says."""

from __future__ import annotations

from pathlib import Path

from data.lake_page import lake_page
from data.schema import TABLES


def test_the_page_is_fresh() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "lake.md"
    assert page.read_text("utf-8") == lake_page(), "run: nextcall check --tables > docs/lake.md"


def test_every_table_and_column_stands_on_it() -> None:
    text = lake_page()
    for table in TABLES.values():
        assert f"## {table.name}\n" in text
        assert all(f"| {name}" in text or f"| **{name}**" in text for name in table.fields)

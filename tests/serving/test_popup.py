"""Manual pop-up priorities: the last row that holds counts, the history is kept, a wrong file is told line by line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from data.decision_settings import PopupSettings
from data.errors import BadInput
from data.lake import Lake
from data.settings import Settings
from data.store import Store
from serving.layout import Layout
from serving.popup import COLUMNS, Override, UsualLevels, levels_on, read_overrides, refuse_rewritten
from serving.publish import publish
from tests.serving.conftest import with_store
from tests.serving.small_service import AS_OF

USUAL = UsualLevels({"data_pack": 1, "plan": 2, "handset": 3}, 21)
OFFERS = [("pack", "data_pack"), ("big", "plan"), ("phone", "handset")]
HEADER = ",".join(COLUMNS)
PHONE_FIRST = "phone,1,2026-01-05,2026-01-10,li,2026-01-04T09:00,stock clearance"


def override(level: int | None, from_day: str, to_day: str = "") -> Override:
    return Override("phone", level, from_day, to_day, "li", "2026-01-01", "a reason")


def test_an_override_counts_on_its_days_and_the_last_one_wins() -> None:
    rows = [override(1, "2026-01-05", "2026-01-10"), override(2, "2026-01-08"), override(None, "2026-01-20")]
    levels = {day: levels_on(dt.date(2026, 1, day), OFFERS, USUAL, rows) for day in (4, 5, 8, 20, 21)}
    assert levels == {4: [1, 2, 3], 5: [1, 2, 1], 8: [1, 2, 2], 20: [1, 2, 3], 21: [2, 1, 3]}


def test_a_file_is_read_and_every_wrong_line_is_told(tmp_path: Path) -> None:
    file = tmp_path / "first.csv"
    file.write_text(f"{HEADER}\n{PHONE_FIRST}\n", encoding="utf-8-sig")
    assert read_overrides(file, ["phone"])[0].level == 1
    file.write_text(f"{HEADER}\nfax,0,2026-01-05,,li,2026-01-04,why\nphone,1,05.01.2026,,,2026-01-04,\n")
    with pytest.raises(BadInput) as error:
        read_overrides(file, ["phone"])
    for told in ("line 2: offer_id 'fax'", "line 2: level", "line 3: who is empty", "line 3: why", "line 3: from_day"):
        assert told in str(error.value)
    file.write_text("offer,level\n")
    with pytest.raises(BadInput, match="wanted offer_id, level"):
        read_overrides(file, ["phone"])
    with pytest.raises(BadInput, match="cannot be read"):
        read_overrides(tmp_path / "none.csv", ["phone"])


def test_what_was_published_is_neither_changed_nor_taken_away() -> None:
    first, second = override(1, "2026-01-05"), override(2, "2026-02-01")
    refuse_rewritten([first], [first, second])
    for now in ([], [second]):
        with pytest.raises(BadInput, match="the history is kept"):
            refuse_rewritten([first], now)


def test_a_publication_keeps_the_rows_it_was_made_with(operator: Settings, lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "first.csv"
    settings = with_store(operator, tmp_path).model_copy(update={"popup": PopupSettings(overrides=file)})
    file.write_text(f"{HEADER}\nphone_a,1,2026-01-05,,li,2026-01-04,stock\n")
    first = publish(lake, AS_OF, settings)
    assert Layout.from_json(first.layout).overrides == read_overrides(file, ["phone_a"])
    assert publish(lake, AS_OF, settings) == first
    with file.open("a") as more:
        more.write("phone_a,,2026-01-20,,li,2026-01-19,sold out\n")
    assert len(publish(lake, AS_OF, settings).layout["overrides"]) == 2
    file.write_text(f"{HEADER}\n")
    with pytest.raises(BadInput, match="the history is kept"):
        publish(lake, AS_OF, settings)
    assert (Store(settings.store_url).newest_id() or 0) > first.publication_id

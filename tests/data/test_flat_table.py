"""Anybody's file is read, or refused with a reason."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from data.errors import BadInput
from data.flat_table import need_columns, read_flat_table

TEXT = '"age, years";"city";"y"\n30;"北京";"yes"\n41;?;"no"\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("zipped", [True, False])
def test_separator_encoding_and_gzip_are_found_out(tmp_path: Path, encoding: str, zipped: bool) -> None:
    content = TEXT.encode(encoding)
    (tmp_path / "t.csv").write_bytes(gzip.compress(content) if zipped else content)
    frame = read_flat_table(tmp_path / "t.csv")
    assert frame.columns.tolist() == ["age, years", "city", "y"]
    assert frame["city"].tolist()[0] == "北京"
    assert frame["city"].isna().tolist() == [False, True]


def test_parquet_is_read_as_it_is(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": pd.to_datetime(["2026-01-01", None])})
    frame.to_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(read_flat_table(tmp_path / "t.parquet"), frame)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"", "cannot be read as CSV"),
        ("t.csv", b"a,b\n", "has 0 rows"),
        ("t.csv", b"a,b\n1,2\n1,2,3,4\n", "line 3"),
        ("t.csv", b"\x1f\x8b broken", "cannot be read as CSV"),
        ("t.csv", b"a,b\n\xff\xff,1\n", "neither UTF-8 nor GB18030"),
        ("t.parquet", b"PAR1 broken", "cannot be read as Parquet"),
    ],
)
def test_a_broken_file_is_refused_with_a_reason(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=message):
        read_flat_table(tmp_path / name)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        read_flat_table(tmp_path / "none.csv")


def test_all_missing_columns_are_named_at_once() -> None:
    with pytest.raises(BadInput, match="no such column: --target y, --id key; the table has a, b"):
        need_columns(pd.DataFrame(columns=["a", "b"]), {"y": "--target", "key": "--id", "a": "--drop"})


def test_a_column_taken_as_written_keeps_words_that_elsewhere_mean_null(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("arm,word\nNone,None\nmail,NA\n")
    frame = read_flat_table(tmp_path / "t.csv", ["arm"])
    assert frame["arm"].tolist() == ["None", "mail"]
    assert frame["word"].isna().all()

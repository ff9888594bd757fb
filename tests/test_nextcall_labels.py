"""`nextcall labels` and `nextcall indicators` as a person types them."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from data.errors import BadInput
from features.label_table import LABELS
from nextcall import app
from tests.features.random_lake import random_tables
from tests.tiny_lake import small_tables, write_lake

RUNNER = CliRunner()


@pytest.fixture
def lake(tmp_path):
    return str(write_lake(tmp_path / "lake", small_tables()))


def run(*arguments):
    return RUNNER.invoke(app, arguments, catch_exceptions=False)


def test_labels_are_written_for_excel_in_key_order(lake, tmp_path):
    out = tmp_path / "labels.csv"
    assert run("labels", "--lake", lake, "--out", str(out)).exit_code == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    frame = pd.read_csv(out, encoding="utf-8-sig")
    assert frame.customer_id.tolist() == ["c1", "c2"] and len(frame.columns) == 2 + len(LABELS)


def test_without_out_the_labels_are_summed_up(lake):
    assert run("labels", "--lake", lake, "--as-of", "2025-12-01").exit_code == 0


@pytest.mark.parametrize("verb", ["labels", "indicators"])
def test_the_catalogue_needs_no_lake(verb):
    assert run(verb, "--catalogue").exit_code == 0


def test_indicators_are_written_by_month_and_dimension(tmp_path):
    lake = write_lake(tmp_path / "lake", random_tables(seed=2, customers=30))
    out = tmp_path / "indicators.parquet"
    span = ("--from", "2025-09-01", "--to", "2025-11-01")
    assert run("indicators", "--lake", str(lake), *span, "--by", "area", "--out", str(out)).exit_code == 0
    frame = pd.read_parquet(out)
    assert {"answer_rate", "complaints_per_10000_lines"} <= set(frame.indicator)
    assert set(frame.area.dropna()) == {"east", "west"} and frame.period_start.nunique() == 2


@pytest.mark.parametrize(
    "arguments, message",
    [(("--as-of", "yesterday"), "wanted a date like"), (("--out", "labels.xlsx"), "wanted a name that ends in")],
)
def test_a_bad_request_says_what_was_wanted(lake, arguments, message):
    with pytest.raises(BadInput, match=message):
        run("labels", "--lake", lake, *arguments)

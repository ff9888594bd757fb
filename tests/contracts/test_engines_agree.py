"""DuckDB and Spark give the same labels, tariff choices and scores from the same expressions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import ibis
import pandas as pd
import pytest
from pandas.testing import assert_series_equal

from data.known import as_known
from data.lake import Lake, open_lake
from data.settings import Settings, load_settings
from features.label_table import LABELS, NEEDS, USES, build_labels
from models.cartesian import TariffOptions
from models.tariff import LAKE_TABLES, NEEDED_TABLES, tariff
from serving.bulk import Listing, score
from tests.serving.small_service import AS_OF, build

LEAST_LINES = 2_000
LEAST_OFFERS = 1_000
RELATIVE = 1e-6


def labels(lake: Lake) -> ibis.Table:
    return build_labels(as_known(lake, lake.default_as_of()))


def choices(lake: Lake) -> ibis.Table:
    return tariff(as_known(lake, lake.default_as_of()), TariffOptions()).choices


def on(engine: str, folder: Path, tables: tuple[str, ...], make: Callable[[Lake], ibis.Table]) -> pd.DataFrame:
    lake = open_lake(folder, load_settings(engine=engine), uses=tables)
    frame = make(lake).to_pandas().sort_values("customer_id", ignore_index=True)
    return frame.apply(as_plain)


def as_plain(column: pd.Series) -> pd.Series:
    """Numbers as float64, anything else as text: engines differ in how they spell dates and nullable integers."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.astype("float64")
    text = column.map(lambda value: str(value)[:10] if hasattr(value, "year") else str(value), na_action="ignore")
    return text.astype(object).where(column.notna(), None)


@pytest.mark.xdist_group("spark")
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # py4j leaves its sockets to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the same, told by pytest
@pytest.mark.parametrize(
    ("tables", "make"),
    [((*NEEDS, *USES), labels), ((*NEEDED_TABLES, *LAKE_TABLES), choices)],
    ids=["labels", "tariff"],
)
def test_spark_agrees_with_duckdb(operator: Path, tables: tuple[str, ...], make: Callable[[Lake], ibis.Table]) -> None:
    duckdb, spark = (on(engine, operator / "lake", tables, make) for engine in ("duckdb", "spark"))
    assert len(duckdb) >= LEAST_LINES
    assert duckdb["customer_id"].tolist() == spark["customer_id"].tolist()
    assert {name: told for name in duckdb if (told := difference(duckdb[name], spark[name]))} == {}


def difference(left: pd.Series, right: pd.Series) -> str:
    """What differs between two columns, in words; empty where they agree."""
    try:
        assert_series_equal(left, right, check_dtype=False, rtol=RELATIVE, atol=1e-9)
    except AssertionError as error:
        return str(error)[-60:]
    return ""


@pytest.mark.xdist_group("spark")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_score_on_spark_is_score_on_duckdb(small: Settings) -> None:
    """One champion asked by both engines: the same offers in the same order, for the same reasons."""
    duckdb, spark = (scores(engine, small) for engine in ("duckdb", "spark"))
    assert duckdb["offer_id"].notna().sum() >= LEAST_OFFERS
    assert {name: told for name in duckdb if (told := difference(duckdb[name], spark[name]))} == {}


def scores(engine: str, settings: Settings) -> pd.DataFrame:
    store = f"sqlite:///{settings.var / engine}.db"
    serving = settings.serving.model_copy(update={"store": store})
    own = settings.model_copy(update={"engine": engine, "serving": serving})
    rows = score(open_lake(own.lake, own), AS_OF, own, Listing(limit=0))
    return rows.assign(reasons=rows["reasons"].map(json.dumps)).apply(as_plain)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return build(tmp_path_factory.mktemp("small"))


def test_every_label_is_compared(operator: Path) -> None:
    columns = on("duckdb", operator / "lake", (*NEEDS, *USES), labels).columns
    assert list(columns) == ["customer_id", "as_of", *(label.name for label in LABELS)]

"""The door: what a lake must be, and what the errors say when it is not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import BadInput, Breach, LakeError
from data.lake import Lake, inspect_lake, open_lake
from data.schema import TABLES
from data.settings import TableSource, load_settings
from tests.tiny_lake import small_tables, write_lake

Tables = dict[str, pd.DataFrame]


@pytest.fixture
def tables() -> Tables:
    return small_tables()


def breaches(folder: Path, tables: Tables, **flags: object) -> list[Breach]:
    write_lake(folder, tables)
    return inspect_lake(folder, load_settings(**flags))[1]


def only(found: list[Breach], rule: str) -> Breach:
    named = [b for b in found if b.rule == rule]
    assert len(named) == 1, found
    return named[0]


def test_a_sound_lake_has_no_breach(tmp_path: Path, tables: Tables) -> None:
    assert breaches(tmp_path, tables) == []


def test_tables_have_the_contracts_columns_and_types_whatever_came(tmp_path: Path, tables: Tables) -> None:
    lake = open_lake(write_lake(tmp_path, tables), load_settings())
    assert lake.names == list(tables)
    for name in tables:
        wanted = {field.name: field.kind for field in TABLES[name].fields.values()}
        assert lake[name].columns == tuple(wanted)
    assert lake["customers"].birth_year.type().is_integer()
    assert lake.default_as_of() == dt.date(2026, 1, 1)


def test_a_missing_table_that_is_needed_is_named(tmp_path: Path, tables: Tables) -> None:
    del tables["plans"]
    write_lake(tmp_path, tables)
    with pytest.raises(
        LakeError, match=r"plans: missing table: came nothing, wanted plans\.parquet or a folder plans/"
    ):
        open_lake(tmp_path, load_settings(), needs=["plans", "usage"])


def test_all_breaches_of_all_tables_come_in_one_report(tmp_path: Path, tables: Tables) -> None:
    tables["plans"].loc[0, "monthly_fee_cny"] = -58.0
    tables["subscriptions"].loc[1, "plan_id"] = "nope"
    tables["usage"] = pd.concat([tables["usage"], tables["usage"].head(1)])
    tables["bills"] = tables["bills"].drop(columns="rent_cny")
    found = breaches(tmp_path, tables)
    assert {(b.table, b.column, b.rule, b.severity) for b in found} == {
        ("plans", "monthly_fee_cny", "negative", "error"),
        ("subscriptions", "plan_id", "unknown plan_id", "error"),
        ("usage", "customer_id, month", "duplicate key", "error"),
        ("bills", "rent_cny", "required column", "error"),
    }
    unknown = only(found, "unknown plan_id")
    assert (unknown.came, unknown.rows, unknown.examples) == ("nope", 1, ["c2/nope/2025-01-01"])


@pytest.mark.parametrize(
    ("table", "column", "value", "rule"),
    [
        ("usage", "month", dt.date(2099, 1, 1), "after today"),
        ("customers", "joined_on", dt.date(2099, 1, 1), "after today"),
        ("usage", "customer_id", None, "null key"),
        ("usage", "month", dt.date(2025, 10, 7), "not a month's first day"),
    ],
)
def test_a_row_that_breaks_a_rule_is_an_error(
    tmp_path: Path, tables: Tables, table: str, column: str, value: object, rule: str
) -> None:
    tables[table].loc[0, column] = value
    assert only(breaches(tmp_path, tables), rule).severity == "error"


def test_odd_values_are_findings_and_nulled_while_their_rows_stay(tmp_path: Path, tables: Tables) -> None:
    tables["customers"]["gender"] = ["X", "F"]
    tables["customers"]["birth_year"] = [0, 1990]
    tables["bills"].loc[0, "total_cny"] = -420.0
    tables["usage"].loc[len(tables["usage"])] = ["stranger", dt.date(2025, 12, 1), 1.0, 0, 1.0]
    write_lake(tmp_path, tables)
    lake, found = inspect_lake(tmp_path, load_settings())
    assert {(b.table, b.column, b.severity) for b in found} == {
        ("customers", "gender", "finding"),
        ("customers", "birth_year", "finding"),
        ("bills", "total_cny", "finding"),
        ("usage", "customer_id", "finding"),
    }
    assert lake["customers"].order_by("customer_id").gender.to_pandas().tolist() == [None, "F"]
    assert lake["bills"].total_cny.isnull().sum().to_pandas() == 1
    assert lake["usage"].count().to_pandas() == 7
    assert lake["usage"].customer_id.isnull().sum().to_pandas() == 1


def test_tolerate_turns_row_errors_into_findings_and_keeps_the_good_rows(tmp_path: Path, tables: Tables) -> None:
    tables["usage"] = pd.concat([tables["usage"], tables["usage"].head(1)])
    tables["subscriptions"].loc[1, "plan_id"] = "nope"
    write_lake(tmp_path, tables)
    lake = open_lake(tmp_path, load_settings(tolerate=True))
    assert {b.severity for b in lake.breaches} == {"finding"}
    assert lake["usage"].count().to_pandas() == 6


def test_a_contact_after_departure_is_a_finding(tmp_path: Path, tables: Tables) -> None:
    tables["departures"] = pd.DataFrame(
        {"customer_id": ["c1"], "left_on": [dt.date(2025, 11, 3)], "kind": ["port_out"]}
    )
    tables["contacts"] = pd.DataFrame(
        {
            "contact_id": ["k1", "k2"],
            "customer_id": ["c1", "c1"],
            "channel": ["hotline"] * 2,
            "abandoned": [False] * 2,
            "started_at": [dt.datetime(2025, 11, 3, 9), dt.datetime(2025, 11, 4, 9)],
        }
    )
    write_lake(tmp_path, tables)
    lake, found = inspect_lake(tmp_path, load_settings())
    assert only(found, "contact after departure").examples == ["k2"]
    assert lake["contacts"].order_by("contact_id").customer_id.to_pandas().tolist() == ["c1", None]


def _plans(tmp_path: Path, tables: Tables, column: str, values: pa.Array) -> list[Breach]:
    write_lake(tmp_path, tables)
    table = pq.read_table(tmp_path / "plans.parquet")
    pq.write_table(table.set_column(table.column_names.index(column), column, values), tmp_path / "plans.parquet")
    return inspect_lake(tmp_path, load_settings())[1]


@pytest.mark.parametrize("values", [pa.array([58, 88], pa.int16()), pa.array([58, 88]).cast(pa.decimal128(24, 2))])
def test_any_numeric_type_is_accepted_for_a_float(tmp_path: Path, tables: Tables, values: pa.Array) -> None:
    assert _plans(tmp_path, tables, "monthly_fee_cny", values) == []


def test_an_all_null_column_may_have_any_type(tmp_path: Path, tables: Tables) -> None:
    assert _plans(tmp_path, tables, "voice_min", pa.array([None, None], pa.string())) == []


def test_text_in_a_number_column_is_a_wrong_type(tmp_path: Path, tables: Tables) -> None:
    breach = only(_plans(tmp_path, tables, "monthly_fee_cny", pa.array(["58", "88"])), "type")
    assert (breach.table, breach.column, breach.came, breach.wanted) == (
        "plans",
        "monthly_fee_cny",
        "string, e.g. 88",
        "float",
    )


def test_a_date_with_a_time_of_day_is_a_wrong_type(tmp_path: Path, tables: Tables) -> None:
    write_lake(tmp_path, tables)
    frame = tables["usage"].assign(month=pd.to_datetime(tables["usage"].month).astype("datetime64[us]"))
    frame.to_parquet(tmp_path / "usage.parquet")
    assert inspect_lake(tmp_path, load_settings())[1] == []
    frame.assign(month=frame.month + pd.Timedelta(hours=1)).to_parquet(tmp_path / "usage.parquet")
    assert only(inspect_lake(tmp_path, load_settings())[1], "type").column == "month"


def test_part_files_and_hive_partitions_are_one_table(tmp_path: Path, tables: Tables) -> None:
    write_lake(tmp_path, tables)
    usage = pq.read_table(tmp_path / "usage.parquet")
    (tmp_path / "usage.parquet").unlink()
    pq.write_to_dataset(
        usage.append_column("year", pa.array(["2025"] * 6)), tmp_path / "usage", partition_cols=["year"]
    )
    assert open_lake(tmp_path, load_settings())["usage"].count().to_pandas() == 6


@pytest.mark.parametrize("content", [b"", b"PAR1 this is no Parquet"])
def test_an_empty_or_corrupt_part_is_named(tmp_path: Path, tables: Tables, content: bytes) -> None:
    write_lake(tmp_path, tables)
    (tmp_path / "usage").mkdir()
    (tmp_path / "usage.parquet").rename(tmp_path / "usage" / "part-0.parquet")
    (tmp_path / "usage" / "part-1.parquet").write_bytes(content)
    found = only(inspect_lake(tmp_path, load_settings())[1], "unreadable")
    assert found.table == "usage"
    assert "part-1.parquet" in found.came


def test_a_part_with_a_damaged_page_is_unreadable(tmp_path: Path, tables: Tables) -> None:
    write_lake(tmp_path, tables)
    path = tmp_path / "usage.parquet"
    whole = bytearray(path.read_bytes())
    whole[4:200] = bytes(196)
    path.write_bytes(bytes(whole))
    assert only(inspect_lake(tmp_path, load_settings())[1], "unreadable").table == "usage"


def test_a_table_without_rows_is_told(tmp_path: Path, tables: Tables) -> None:
    tables["usage"] = tables["usage"].head(0)
    assert only(breaches(tmp_path, tables), "no rows").severity == "error"


def test_there_must_be_a_lake(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"there is no lake at .*nothing"):
        open_lake(tmp_path / "nothing", load_settings())


def test_another_schema_is_mapped_by_settings_alone(tmp_path: Path, tables: Tables) -> None:
    del tables["usage"]
    write_lake(tmp_path, tables)
    text = "USER_ID,FLUX_KB,ACCT_MONTH,MIN,S\nc1,614400,202510,100,1\nc2,307200,202511,\\N,2\n"
    (tmp_path / "flux.csv").write_bytes(("\ufeff" + text).encode("utf-8"))
    mapping = {
        "path": "flux.csv",
        "columns": {
            "customer_id": "USER_ID",
            "data_mb": {"from": "FLUX_KB", "unit": "KB"},
            "month": {"from": "ACCT_MONTH", "format": "%Y%m"},
            "voice_min": {"from": "MIN", "null": ["\\N"]},
            "sms": {"sql": "S * 10"},
        },
    }
    lake: Lake = open_lake(tmp_path, load_settings(tables={"usage": TableSource.model_validate(mapping)}))
    rows = lake["usage"].order_by("customer_id").to_pandas()
    assert rows.data_mb.tolist() == [600.0, 300.0]
    assert rows.sms.tolist() == [10, 20]
    assert [str(m)[:10] for m in rows.month] == ["2025-10-01", "2025-11-01"]
    assert rows.voice_min.isna().tolist() == [False, True]


def test_a_code_list_may_lead_to_flags(tmp_path: Path, tables: Tables) -> None:
    plans = tables.pop("plans").assign(on_sale=["01", "02"])
    write_lake(tmp_path, tables)
    plans.to_csv(tmp_path / "plans.csv", index=False)
    codes = {"01": True, "02": False}
    mapping = {"path": "plans.csv", "columns": {"on_sale": {"from": "on_sale", "values": codes}}}
    lake = open_lake(tmp_path, load_settings(tables={"plans": TableSource.model_validate(mapping)}))
    assert lake["plans"].order_by("plan_id").on_sale.to_pandas().tolist() == [True, False]


def test_csv_in_gb18030_and_several_sources_of_one_table(tmp_path: Path, tables: Tables) -> None:
    plans = tables.pop("plans")
    write_lake(tmp_path, tables)
    for i in range(2):
        plans.iloc[[i]].to_csv(tmp_path / f"p{i}.csv", index=False, encoding="gb18030")
    lake = open_lake(tmp_path, load_settings(tables={"plans": [{"path": "p0.csv"}, {"path": "p1.csv"}]}))
    assert sorted(lake["plans"].name.to_pandas()) == ["飞享58元", "飞享88元"]
    assert lake["plans"].on_sale.all().to_pandas()


def test_a_mapped_value_that_cannot_be_read_is_a_type_error_with_an_example(tmp_path: Path, tables: Tables) -> None:
    plans = tables.pop("plans")
    write_lake(tmp_path, tables)
    plans.assign(monthly_fee_cny=["58", "a lot"]).to_csv(tmp_path / "plans.csv", index=False)
    breach = only(inspect_lake(tmp_path, load_settings())[1], "type")
    assert (breach.column, breach.rows, breach.examples) == ("monthly_fee_cny", 1, ["a lot"])


def test_a_departure_that_is_recorded_later_takes_no_contact_from_its_line_before(
    tmp_path: Path, tables: Tables
) -> None:
    tables["departures"] = pd.DataFrame({"customer_id": ["c1"], "left_on": [dt.date(2025, 9, 1)], "kind": ["silent"]})
    tables["contacts"] = pd.DataFrame(
        {
            "contact_id": ["k1", "k2"],
            "customer_id": ["c1", "c1"],
            "channel": ["hotline"] * 2,
            "abandoned": [False] * 2,
            "started_at": [dt.datetime(2025, 11, 3, 9), dt.datetime(2025, 12, 4, 9)],
        }
    )
    write_lake(tmp_path, tables)
    lake, found = inspect_lake(tmp_path, load_settings())
    assert only(found, "contact after departure").rows == 2
    assert lake["contacts"].order_by("contact_id").customer_id.to_pandas().tolist() == ["c1", None]


def test_an_absent_table_can_be_read_as_an_empty_one(tmp_path: Path, tables: Tables) -> None:
    empty = open_lake(write_lake(tmp_path, tables), load_settings()).optional("offers")
    assert empty.columns == tuple(TABLES["offers"].fields)
    assert empty.count().to_pandas() == 0


def test_usage_is_counted_from_single_records_where_it_is_missing(tmp_path: Path, tables: Tables) -> None:
    del tables["usage"], tables["bills"]
    rows = [("c1", 10, "voice", 2.5), ("c1", 10, "voice", 1.0), ("c1", 10, "sms", 1.0), ("c2", 11, "data", 300.0)]
    tables["usage_records"] = pd.DataFrame(
        [(who, dt.datetime(2025, month, 3, 12), kind, amount) for who, month, kind, amount in rows],
        columns=["customer_id", "at", "kind", "amount"],
    )
    lake = open_lake(write_lake(tmp_path, tables), load_settings(), needs=("usage",), uses=("customers",))
    usage = lake["usage"].order_by("customer_id").to_pandas()
    assert tuple(usage.columns) == tuple(TABLES["usage"].fields)
    assert usage[["voice_min", "sms", "data_mb"]].to_numpy().tolist() == [[3.5, 1, 0.0], [0.0, 0, 300.0]]
    assert usage["rollover_mb"].isna().all()
    assert lake.default_as_of() == dt.date(2025, 12, 1)

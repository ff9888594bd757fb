"""`score` and `churn-scores`: the contract's columns, one answer for each line, the same bytes, the guards held."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import BadInput
from data.lake import Lake, open_lake
from data.outputs import write_table
from data.settings import Settings, load_settings
from serving.bulk import SCORE_COLUMNS, Listing, churn_scores, score
from serving.publish import LINE_NEEDS, NEEDS
from serving.room import Room
from tests.serving.conftest import with_store
from tests.serving.small_service import AS_OF


@pytest.fixture(scope="module")
def everything(room: Room, lake: Lake) -> pd.DataFrame:
    return score(lake, AS_OF, room.settings, Listing(limit=0))


@pytest.fixture(scope="module")
def recommended(room: Room, lake: Lake) -> pd.DataFrame:
    return score(lake, AS_OF, room.settings)


@pytest.fixture(scope="module")
def customers(lake: Lake) -> pd.DataFrame:
    return lake["customers"].to_pandas().set_index("customer_id")


def test_every_line_not_departed_is_there_once_or_ranked_without_gaps(
    recommended: pd.DataFrame, customers: pd.DataFrame, lake: Lake
) -> None:
    left = set(lake["departures"].to_pandas()["customer_id"])
    assert set(recommended["customer_id"]) == set(customers.index) - left
    assert tuple(recommended.columns) == SCORE_COLUMNS
    ranks = recommended[recommended["offer_id"].notna()].groupby("customer_id")["rank"].apply(list)
    assert all(found == list(range(1, len(found) + 1)) and len(found) <= 3 for found in ranks)
    without = recommended[recommended["offer_id"].isna()]
    assert without["customer_id"].is_unique
    assert (without["reasons"].map(len) == 1).all()
    assert not set(without["customer_id"]) & set(ranks.index)


def test_a_recommendation_has_value_and_the_full_list_falls_in_value(
    recommended: pd.DataFrame, everything: pd.DataFrame
) -> None:
    personal = recommended["accept_probability"].notna()
    assert (recommended.loc[personal, "expected_value_cny"] > 0).all()
    listed = everything[everything["accept_probability"].notna()]
    assert (listed.groupby("customer_id")["expected_value_cny"].diff().dropna() <= 0).all()
    assert (listed["expected_value_cny"] < 0).any()
    assert listed["accept_probability"].between(0, 1).all()


def test_the_value_of_plain_re_rated_bills_is_the_difference_of_the_totals(room: Room, lake: Lake) -> None:
    plain = room.settings.value.model_copy(update={"response": "rerated"})
    everything = score(lake, AS_OF, room.settings.model_copy(update={"value": plain}), Listing(limit=0))
    rows = everything[everything["accept_probability"].notna()]
    margin = 0.45 * 12 * (rows["expected_total_cny"] - rows["current_total_cny"])
    np.testing.assert_allclose(rows["expected_value_cny"], rows["accept_probability"] * margin, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(rows["margin_uplift_cny"], rows["expected_value_cny"], rtol=1e-12, atol=1e-12)


def test_restrained_use_only_lowers_the_value_and_leaves_the_totals(room: Room, lake: Lake) -> None:
    restrained = room.settings.value.model_copy(update={"response": "restrained"})
    everything = score(lake, AS_OF, room.settings.model_copy(update={"value": restrained}), Listing(limit=0))
    rows = everything[everything["accept_probability"].notna()]
    by_totals = 0.45 * 12 * (rows["expected_total_cny"] - rows["current_total_cny"]) * rows["accept_probability"]
    assert (rows["expected_value_cny"] <= by_totals + 1e-9).all()
    same_use = rows["kind"].isin(["handset", "retention"])
    assert (~same_use | (rows["expected_value_cny"] > by_totals - 1e-9)).all()
    assert (rows["expected_value_cny"] < by_totals - 1e-9).any()


def test_no_offer_raises_the_bill_or_the_rent_above_the_guard(everything: pd.DataFrame) -> None:
    assert not (everything["total_fee_ratio"] > 1.5).any()
    assert not (everything["rent_ratio"] > 2.0).any()


def test_consent_decides_who_gets_an_offer_and_who_a_personal_one(
    everything: pd.DataFrame, customers: pd.DataFrame
) -> None:
    people = customers.loc[everything["customer_id"]].reset_index()
    codes = everything["reasons"].map(lambda why: why[0])
    quiet = people["do_not_market"].fillna(False).astype(bool)
    closed = ~people["marketing_consent"] | quiet
    assert everything.loc[closed.to_numpy(), "offer_id"].isna().all()
    assert set(codes[closed.to_numpy()]) == {"NO_CONSENT", "DO_NOT_MARKET"}
    plain = (~people["personalisation_consent"] & ~closed).to_numpy() & everything["offer_id"].notna().to_numpy()
    assert plain.any()
    numbers = ["accept_probability", "expected_value_cny", "margin_uplift_cny"]
    assert everything.loc[plain, numbers].isna().all(axis=None)
    assert set(codes[plain]) == {"UNPERSONALISED"}


def test_the_unpersonalised_order_is_one_order(everything: pd.DataFrame) -> None:
    plain = everything[everything["reasons"].map(lambda why: why == ["UNPERSONALISED"])]
    lists = plain.groupby("customer_id")["offer_id"].apply(list)
    longest = max(lists, key=len)
    everybody = longest + sorted({offer for found in lists for offer in found} - set(longest))
    for found in lists:
        places = [everybody.index(offer) for offer in found if offer in longest]
        assert places == sorted(places)


@pytest.mark.parametrize("ending", ["parquet", "csv", "json"])
def test_the_same_input_gives_the_same_bytes(room: Room, lake: Lake, tmp_path: Path, ending: str) -> None:
    for name in ("a", "b"):
        write_table(score(lake, AS_OF, room.settings), tmp_path / f"{name}.{ending}")
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


def test_channels_are_ranked_each_and_a_wrong_one_is_refused(
    room: Room, lake: Lake, customers: pd.DataFrame, recommended: pd.DataFrame
) -> None:
    both = score(lake, AS_OF, room.settings, Listing(channels=["app", "sms"]))
    assert both["channel"].value_counts().tolist() == [len(recommended)] * 2
    assert both["decision_id"].nunique() == 2 * both["customer_id"].nunique()
    with pytest.raises(BadInput, match="fax"):
        score(lake, AS_OF, room.settings, Listing(channels=["fax"]))


def test_a_capacity_goes_to_the_lines_of_most_worth_and_other_lines_next_offers_move_up(
    room: Room, lake: Lake, everything: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.publish.PIECE", 50)
    first = everything[everything["rank"] == 1]
    first = first[first["accept_probability"].notna() & (first["expected_value_cny"] > 0)]
    scarce = first["offer_id"].value_counts().index[0]
    settings = with_store(room.settings, tmp_path).model_copy(update={"capacity": {scarce: 2, "unheard of": 1}})
    one = score(lake, AS_OF, settings, Listing(limit=1)).set_index("customer_id")
    most = first[first["offer_id"] == scarce].nlargest(2, "expected_value_cny", keep="first")["customer_id"]
    assert set(one.index[one["offer_id"] == scarce]) == set(most)
    lost = first.loc[(first["offer_id"] == scarce) & ~first["customer_id"].isin(most), "customer_id"]
    worth = everything[(everything["offer_id"] != scarce) & (everything["expected_value_cny"] > 0)]
    following = worth.drop_duplicates("customer_id").set_index("customer_id")["offer_id"].reindex(lost)
    assert len(lost) > 2
    assert one.loc[lost, "offer_id"].fillna("").tolist() == following.fillna("").tolist()
    assert all(why == ["CAPACITY"] for why in one.loc[following.index[following.isna()], "reasons"])
    assert tuple(score(lake, AS_OF, settings).columns) == SCORE_COLUMNS
    every = score(lake, AS_OF, settings, Listing(limit=0, channels=["app", "sms"]))
    assert every.loc[every["offer_id"] == scarce, "customer_id"].nunique() == 2


def test_a_capacity_that_is_enough_changes_nothing(room: Room, lake: Lake, recommended: pd.DataFrame) -> None:
    settings = room.settings.model_copy(update={"capacity": dict.fromkeys(recommended["offer_id"].dropna(), 10**6)})
    pd.testing.assert_frame_equal(score(lake, AS_OF, settings), recommended)


def test_churn_scores_have_a_row_for_each_line_and_none_without_consent(
    room: Room, lake: Lake, customers: pd.DataFrame, recommended: pd.DataFrame
) -> None:
    found = churn_scores(lake, AS_OF, room.settings)
    assert found.columns.tolist() == ["customer_id", "churn_probability", "band", "reasons"]
    assert set(found["customer_id"]) == set(recommended["customer_id"])
    refused = ~customers.loc[found["customer_id"], "personalisation_consent"].to_numpy()
    assert found["churn_probability"].isna().tolist() == refused.tolist()
    assert all(why == ["UNPERSONALISED"] for why in found.loc[refused, "reasons"])
    ordered = found[~refused].sort_values("churn_probability")["band"].map({"low": 0, "medium": 1, "high": 2})
    assert ordered.is_monotonic_increasing
    assert len(set(ordered)) > 1


def test_churn_scores_need_no_offers(room: Room, lake: Lake, tmp_path: Path) -> None:
    without = tmp_path / "lake"
    without.mkdir()
    for part in lake.folder.iterdir():
        if part.stem != "offers":
            (without / part.name).symlink_to(part.resolve())
    settings = with_store(room.settings, tmp_path)
    found = churn_scores(open_lake(without, settings, LINE_NEEDS), AS_OF, settings)
    assert found["customer_id"].tolist() == churn_scores(lake, AS_OF, settings)["customer_id"].tolist()
    assert found["churn_probability"].notna().any()


def test_a_lake_in_which_nobody_gets_an_offer_has_a_row_a_line_with_the_reason(
    room: Room, lake: Lake, tmp_path: Path, recommended: pd.DataFrame
) -> None:
    asked = tmp_path / "lake"
    asked.mkdir()
    for part in lake.folder.iterdir():
        if part.stem != "customers":
            (asked / part.name).symlink_to(part.resolve())
    lake["customers"].mutate(do_not_market=True).drop("valid_from").to_parquet(asked / "customers.parquet")
    settings = with_store(room.settings, tmp_path)
    found = score(open_lake(asked, settings, NEEDS), AS_OF, settings)
    assert tuple(found.columns) == SCORE_COLUMNS
    assert found["customer_id"].tolist() == sorted(recommended["customer_id"].unique())
    assert found["offer_id"].isna().all()
    assert {tuple(why) for why in found["reasons"]} <= {("DO_NOT_MARKET",), ("NO_CONSENT",)}


def test_without_a_champion_the_error_says_what_to_run(operator: Settings, lake: Lake, tmp_path: Path) -> None:
    empty = load_settings(lake=operator.lake, var=tmp_path)
    with pytest.raises(BadInput, match=r"no champion of uptake yet; run: nextcall run --lake DIR"):
        score(lake, AS_OF, empty)
    with pytest.raises(BadInput, match=r"nextcall promote churn --bootstrap"):
        churn_scores(lake, AS_OF, empty)

"""The report of a model: one file that needs nothing beside it, says its figures, and hides nothing or nobody."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import BadInput
from features.labels import GROUPS
from features.offer_features import OFFER_FEATURES
from models.boosted import BoostedClassifier, BoostSettings
from models.volume import VolumeModel
from training.report import ReportInputs, write_report
from training.report.importance import direction
from training.report.names import feature_names
from training.report.reliability import reliability
from training.report.svg import Scale
from training.report.volume import volume_inputs


@pytest.fixture(scope="module")
def inputs() -> ReportInputs:
    draw = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "fee_cny": draw.normal(80, 20, 800),
            "tenure_months": np.where(draw.random(800) < 0.2, np.nan, draw.integers(0, 90, 800)),
            "brand": draw.choice(["全球通", "动感地带", "<b>", None], 800),
            "empty": np.full(800, np.nan),
            "constant": 1.0,
        }
    )
    target = (frame.fee_cny - 0.3 * frame.tenure_months.fillna(0) + draw.normal(0, 10, 800) > 70).astype(int)
    model = BoostedClassifier(BoostSettings(max_rounds=40)).fit(frame, target)
    metrics = pd.DataFrame({"model": ["dummy", "boosted"], "auc": [0.5, 0.8123]})
    names = {"fee_cny": ("月费", "bills"), "tenure_months": ("在网时长", "lifecycle"), "brand": ("品牌", "lifecycle")}
    facts = {"as of": "2026-01-01", "trainer": "A & <B>"}
    return ReportInputs("流失 churn", model, frame, metrics, names, facts, target, model.predict(frame))


@pytest.fixture(scope="module")
def page(inputs: ReportInputs, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = write_report(inputs, tmp_path_factory.mktemp("report"))
    assert path.name == "shap_report.html" and path.stat().st_size < 3_000_000
    return path.read_text("utf-8")


def test_nothing_is_fetched_from_anywhere(page: str) -> None:
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|<script|https?://", page)


def test_chinese_names_are_text(page: str) -> None:
    assert 'lang="zh-CN"' in page and 'charset="utf-8"' in page
    assert all(word in page for word in ("月费 fee_cny", "在网时长 tenure_months", "全球通", "lifecycle"))


def test_words_from_the_data_are_escaped(page: str) -> None:
    assert "A &amp; &lt;B&gt;" in page and "&lt;b&gt;" in page
    assert "<b>" not in page and "<B>" not in page


def test_it_shows_metrics_with_baselines_ten_cases_and_the_additive_check(page: str) -> None:
    assert "dummy" in page and "0.8123" in page
    assert page.count("<summary>Case ") == 10
    assert float(re.search(r"rows is ([\d.e-]+)\.", page)[1]) < 1e-9


def test_every_svg_is_well_formed(page: str) -> None:
    from xml.etree import ElementTree

    drawings = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(drawings) == 1 + 5 + 10
    for drawing in drawings:
        assert "nan" not in drawing
        ElementTree.fromstring(drawing)


def test_the_same_inputs_give_the_same_bytes(inputs: ReportInputs, page: str, tmp_path: Path) -> None:
    assert write_report(inputs, tmp_path).read_text("utf-8") == page


def test_without_out_of_fold_rows_there_is_no_calibration(inputs: ReportInputs, tmp_path: Path) -> None:
    bare = ReportInputs(inputs.title, inputs.model, inputs.sample.head(3), inputs.metrics)
    written = write_report(bare, tmp_path).read_text("utf-8")
    assert "校准" not in written and "fee_cny" in written
    assert written.count("<summary>Case ") == 3


def test_bad_inputs_are_named(inputs: ReportInputs, tmp_path: Path) -> None:
    shared = (inputs.title, inputs.model, inputs.sample, inputs.metrics, {}, {})
    with pytest.raises(BadInput, match="without rows"):
        write_report(ReportInputs(inputs.title, inputs.model, inputs.sample.head(0), inputs.metrics), tmp_path)
    with pytest.raises(BadInput, match="together"):
        write_report(ReportInputs(*shared, target=[1, 0]), tmp_path)
    with pytest.raises(BadInput, match="2 targets, 1 probabilities"):
        write_report(ReportInputs(*shared, target=[1, 0], probability=[0.5]), tmp_path)


def test_calibration_bins_hold_all_rows_and_their_intervals_the_frequency() -> None:
    draw = np.random.default_rng(6)
    probability = draw.random(5000)
    bins = reliability((draw.random(5000) < probability).astype(float), probability)
    assert bins.rows.sum() == 5000 and len(bins) == 10 and bins.said.is_monotonic_increasing
    assert ((bins.low <= bins.happened) & (bins.happened <= bins.high)).all()
    assert (bins.said.between(bins.low, bins.high)).sum() >= 8


def test_direction_is_the_sign_of_the_effect_and_null_for_words() -> None:
    values = pd.Series([1.0, 2.0, None, 4.0])
    assert direction(values, pd.Series([0.1, 0.2, 9.0, 0.4])) == pytest.approx(1.0)
    assert direction(values, pd.Series([0.4, 0.2, 9.0, 0.1])) == pytest.approx(-1.0)
    assert direction(pd.Series(["a", "b"]), pd.Series([0.0, 1.0])) is None
    assert direction(pd.Series([1.0, 1.0]), pd.Series([0.0, 1.0])) is None


def test_a_scale_without_extent_puts_all_in_its_middle() -> None:
    flat = Scale(3.0, 3.0, 0.0, 10.0)
    assert flat.all([3.0, 4.0]) == [5.0, 5.0] and flat.ticks() == [3.0]


def test_every_label_and_offer_feature_has_a_name_and_a_group() -> None:
    names = feature_names()
    assert set(OFFER_FEATURES) <= set(names)
    assert {label.name for group in GROUPS for label in group.labels} <= set(names)
    assert all(chinese and group for chinese, group in names.values())


def test_the_trees_of_call_volume_are_explained(tmp_path: Path) -> None:
    at = pd.date_range("2025-01-06", periods=150 * 4, freq="6h")
    draw = np.random.default_rng(2)
    calls = draw.poisson(40 + 15 * (at.hour == 12) + 20 * (at.dayofweek < 5))
    shared = {"queue": "billing", "centre": "north", "starts_at": at.astype("datetime64[us]")}
    counts = pd.DataFrame(shared | {"offered": calls, "answered": calls, "handle_s": calls * 300.0})
    model = VolumeModel().fit(counts)
    made = volume_inputs(model, counts, pd.DataFrame({"model": ["naive"], "wape": [0.2]}), {"as of": "2025-06-05"})
    assert made is not None
    written = write_report(made, tmp_path).read_text("utf-8")
    assert "话务量" in written and "√calls" in written and "last_week" in written
    assert float(re.search(r"rows is ([\d.e-]+)\.", written)[1]) < 1e-9


def test_a_volume_model_without_trees_has_no_report() -> None:
    assert volume_inputs(VolumeModel(), pd.DataFrame(), pd.DataFrame(), {}) is None

"""An offer as its terms and as what it does to the customer's bill: no offer id, so a new offer needs no retraining."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from features.plan_terms import ENDLESS

NUMBERS = (
    "offer_fee_cny",
    "offer_price_cny",
    "offer_discount_cny",
    "offer_contract_months",
    "offer_quota_mb",
    "offer_quota_min",
    "current_total",
    "total_after",
    "saving_cny",
    "restrained_saving_cny",
    "worst_month_saving_cny",
    "total_fee_ratio",
    "rent_ratio",
    "rent_rise_cny",
    "overage_saved_cny",
    "overage_after_cny",
    "data_headroom_ratio",
    "months_counted",
)
KIND = "offer_kind"
OFFER_FEATURES = (KIND, *NUMBERS)
MONOTONE = {
    "saving_cny": 1,
    "restrained_saving_cny": 1,
    "worst_month_saving_cny": 1,
    "total_fee_ratio": -1,
    "total_after": -1,
}
CHINESE = {
    "offer_kind": "产品类型",
    "offer_fee_cny": "产品月费",
    "offer_price_cny": "产品一次性价格",
    "offer_discount_cny": "产品每月优惠",
    "offer_contract_months": "产品合约月数",
    "offer_quota_mb": "产品流量额度",
    "offer_quota_min": "产品语音额度",
    "current_total": "当前月均费用",
    "total_after": "推荐后月均费用",
    "saving_cny": "月均节省",
    "restrained_saving_cny": "节制用量下的月均节省",
    "worst_month_saving_cny": "最差月节省",
    "total_fee_ratio": "总费变化率",
    "rent_ratio": "月租变化率",
    "rent_rise_cny": "月租增加额",
    "overage_saved_cny": "节省的套外费",
    "overage_after_cny": "推荐后套外费",
    "data_headroom_ratio": "流量余量比",
    "months_counted": "可计算月数",
}


def with_offer_features(pairs: ir.Table) -> ir.Table:
    """The pairs of `offer_pairs` with every column of OFFER_FEATURES; money in CNY a month, a saving is positive.

    Unlimited quotas become null. data_headroom_ratio: quota beside (of a pack: beyond) the mean use, per MB used.
    restrained_saving_cny: the saving if customers do not go further beyond a smaller quota than they do today; re-rated
    use does not react to its price, and makes smaller plans look dearer than they turn out to be.
    """
    months = [name.removeprefix("new_cny_") for name in pairs.columns if name.startswith("new_cny_m")]
    savings = [pairs[f"current_cny_{m}"] - pairs[f"new_cny_{m}"] for m in months]
    overage_now = pairs.current_voice_overage + pairs.current_data_overage + pairs.current_upgrade
    overage_then = pairs.voice_overage_after + pairs.data_overage_after + pairs.upgrade_after
    quota_mb = _unless_endless(pairs.offer_quota_mb)
    saving, overage_saved = pairs.current_total - pairs.total_after, overage_now - overage_then
    return pairs.mutate(
        offer_quota_mb=quota_mb,
        offer_quota_min=_unless_endless(pairs.offer_quota_min),
        saving_cny=saving,
        restrained_saving_cny=saving + (overage_saved < 0.0).ifelse(-overage_saved, 0.0),
        worst_month_saving_cny=ibis.least(*savings) if len(savings) > 1 else savings[0],
        rent_rise_cny=pairs.rent_after - pairs.current_rent,
        overage_saved_cny=overage_saved,
        overage_after_cny=overage_then,
        data_headroom_ratio=quota_mb / ibis.greatest(pairs.mean_data_mb, 1.0),
        months_counted=pairs.months_counted.cast("float64"),
    )


def _unless_endless(quota: ir.NumericValue) -> ir.NumericValue:
    return (quota < ENDLESS).ifelse(quota, ibis.null("float64"))

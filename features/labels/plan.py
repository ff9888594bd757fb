"""The plan in force, how long it has been held, what came before, and the packs and services beside it."""

from __future__ import annotations

import ibis
from ibis import _

from data.known import Known
from features.catalogue import Label, LabelGroup
from features.labels.rows import YEAR_DAYS, ranked, spells
from features.windows import days_ago

IN_FORCE = _.spell_rank == 0
BEFORE = _.spell_rank == 1


def plan_rows(known: Known) -> ibis.Table:
    """Every spell on a plan, the one in force ranked 0."""
    rows = spells(known).mutate(days_since_start=days_ago(_.starts_on, known.as_of))
    return ranked(rows, spell_rank=[ibis.desc("starts_on"), "plan_id"])


def _of_plan(column: str) -> ibis.Deferred:
    return _[column].max(where=IN_FORCE)


PLAN = LabelGroup(
    name="plan",
    chinese="套餐",
    sources=("subscriptions", "plans"),
    rows=plan_rows,
    purpose="marketing",
    sensitivity="ordinary",
    labels=(
        Label("plan_id", "当前套餐", "Plan in force", "", "as of", _of_plan("plan_id"), "category"),
        Label(
            "plan_family", "套餐系列", "Family of the plan in force", "", "as of", _of_plan("plan_family"), "category"
        ),
        Label("plan_fee_cny", "套餐月租", "Monthly fee of the plan", "CNY", "as of", _of_plan("plan_monthly_fee_cny")),
        Label(
            "plan_data_quota_mb",
            "套餐流量额度",
            "Data in the plan; null = unlimited",
            "MB",
            "as of",
            _of_plan("plan_data_mb"),
        ),
        Label(
            "plan_voice_quota_min",
            "套餐语音额度",
            "Voice in the plan; null = unlimited",
            "min",
            "as of",
            _of_plan("plan_voice_min"),
        ),
        Label(
            "plan_sms_quota",
            "套餐短信额度",
            "Messages in the plan; null = not stated",
            "SMS",
            "as of",
            _of_plan("plan_sms"),
        ),
        Label(
            "plan_voice_price_cny_per_min",
            "套外语音单价",
            "Price of a minute beyond the quota",
            "CNY/min",
            "as of",
            _of_plan("plan_voice_overage_cny_per_min"),
        ),
        Label(
            "plan_fee_cny_per_gb",
            "套内流量单价",
            "Monthly fee over the data in the plan",
            "CNY/GB",
            "as of",
            _of_plan("plan_monthly_fee_cny") / (_of_plan("plan_data_mb") / 1024).nullif(0),
        ),
        Label(
            "plan_is_on_sale",
            "套餐在售",
            "The plan can still be bought",
            "",
            "as of",
            _.plan_on_sale.any(where=IN_FORCE),
            "bool",
        ),
        Label(
            "plan_rolls_over",
            "流量可结转",
            "Unused data is carried into the next month",
            "",
            "as of",
            _.plan_data_rolls_over.fill_null(False).any(where=IN_FORCE),
            "bool",
        ),
        Label(
            "plan_has_overage_cap",
            "套外封顶",
            "Overage of the plan is capped by a staircase",
            "",
            "as of",
            _.plan_overage_cap_cny.notnull().any(where=IN_FORCE),
            "bool",
        ),
        Label(
            "plan_age_days",
            "当前套餐在用天数",
            "Days since the plan in force began",
            "days",
            "as of",
            _of_plan("days_since_start"),
        ),
        Label(
            "plan_changes_12m",
            "近一年换套餐次数",
            "Changes of plan; the first plan is none",
            "changes",
            "365 days",
            _.count(where=_.days_since_start <= YEAR_DAYS) - (_.days_since_start.max() <= YEAR_DAYS).cast("int64"),
            zero=True,
        ),
        Label(
            "plan_fee_step_cny",
            "最近换套餐月租变化",
            "Fee of the plan in force minus that of the plan before; null without one",
            "CNY",
            "all",
            _of_plan("plan_monthly_fee_cny") - _.plan_monthly_fee_cny.max(where=BEFORE),
        ),
        Label("plans_held", "历史套餐数", "Different plans ever held", "plans", "all", _.plan_id.nunique(), zero=True),
    ),
)


def pack_rows(known: Known) -> ibis.Table:
    """Holdings that began before the as-of day, with name, kind and first-tier fee and data of the pack."""
    first_tier = {name: _[name].argmin(_.tier) for name in ("name", "kind", "fee_cny", "data_mb")}
    facts = known["packs"].group_by("pack_id").aggregate(**first_tier)
    day = known.as_of
    rows = known["holdings"].filter(_.starts_on <= day).join(facts, "pack_id")
    return rows.mutate(
        held=_.ends_on.isnull() | (_.ends_on > day),
        start_days=days_ago(_.starts_on, day),
        end_days=days_ago(_.ends_on, day),
    )


PACKS = LabelGroup(
    name="packs",
    chinese="已开通业务",
    sources=("holdings", "packs"),
    rows=pack_rows,
    purpose="marketing",
    labels=(
        Label(
            "data_packs_held",
            "在用流量包数",
            "Data packs in force",
            "packs",
            "as of",
            _.count(where=_.held & (_.kind == "data")),
            zero=True,
        ),
        Label(
            "flex_packs_held",
            "在用随意玩数",
            "Flex packs in force",
            "packs",
            "as of",
            _.count(where=_.held & (_.kind == "flex")),
            zero=True,
        ),
        Label(
            "services_held",
            "已开通服务数",
            "Subscribed services in force",
            "services",
            "as of",
            _.count(where=_.held & (_.kind == "service")),
            zero=True,
        ),
        Label(
            "has_fixed_mobile_bundle",
            "融合标识",
            "A service of the fixed-mobile bundle (name with 融合 or 宽带) is in force",
            "",
            "as of",
            (_.held & (_.kind == "service") & (_.name.contains("融合") | _.name.contains("宽带"))).any(),
            "bool",
            zero=True,
        ),
        Label(
            "has_auto_upgrade",
            "开通自动升档",
            "The auto-upgrade pack is in force",
            "",
            "as of",
            (_.held & (_.kind == "auto_upgrade")).any(),
            "bool",
            zero=True,
        ),
        Label(
            "packs_fee_cny",
            "在用业务月费",
            "Fees of packs and services in force (auto-upgrade: first tier)",
            "CNY",
            "as of",
            _.fee_cny.sum(where=_.held),
            zero=True,
        ),
        Label(
            "packs_data_mb",
            "在用包内流量",
            "Data in the packs in force (auto-upgrade: first tier)",
            "MB",
            "as of",
            _.data_mb.sum(where=_.held),
            zero=True,
        ),
        Label(
            "packs_started_12m",
            "近一年开通业务数",
            "Packs and services begun",
            "packs",
            "365 days",
            _.count(where=_.start_days <= YEAR_DAYS),
            zero=True,
        ),
        Label(
            "packs_ended_12m",
            "近一年退订业务数",
            "Packs and services that ended",
            "packs",
            "365 days",
            _.count(where=~_.held & (_.end_days <= YEAR_DAYS)),
            zero=True,
        ),
        Label(
            "days_since_pack_start",
            "距最近开通天数",
            "Days since the last pack or service began",
            "days",
            "all",
            _.start_days.min(),
        ),
    ),
)

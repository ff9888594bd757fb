"""The lake's tables: columns, keys, closed lists, references and dates, declared once.

A column is written `name`, `name?` (may be null or absent) or `name:int?` (a type of its own in this table). The rules
here drive the check at the door (`data.check`), the cut in time (`data.known`) and the docs page of the lake.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from data.columns import COLUMNS, IBIS_TYPES, Kind


@dataclass(frozen=True)
class Field:
    """A column of one table; `nullable` also means that the whole column may be absent."""

    name: str
    kind: Kind
    nullable: bool

    @property
    def ibis_type(self) -> str:
        """The column's type in Ibis."""
        return IBIS_TYPES[self.kind]


@dataclass(frozen=True)
class Table:
    """One table of the lake.

    Errors: `values` (closed lists), `references` to plans and offers, `past` (must not lie after today), `ordered`
    (start <= end), `fees` (a plan's fee is not negative). Findings: `codes` (closed lists), `ranges` (both ends
    included), references to customers and packs, `non_negative`, `refundable` (negative by a refund).
    """

    name: str
    key: tuple[str, ...]
    declared: str
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    references: dict[str, tuple[str, str]] = field(default_factory=dict)
    past: tuple[str, ...] = ()
    ordered: tuple[tuple[str, str], ...] = ()
    fees: tuple[str, ...] = ()
    non_negative: tuple[str, ...] = ()
    refundable: tuple[str, ...] = ()

    @cached_property
    def fields(self) -> dict[str, Field]:
        """The columns by name, in the contract's order."""
        return {item.name: item for item in map(_field, self.declared.split())}

    @property
    def required(self) -> list[str]:
        """The columns that must be there."""
        return [item.name for item in self.fields.values() if not item.nullable]


def _field(word: str) -> Field:
    nullable = word.endswith("?")
    name, _, kind = word.rstrip("?").partition(":")
    return Field(name, cast(Kind, kind) if kind else COLUMNS[name].kind, nullable)


CUSTOMER = {"customer_id": ("customers", "customer_id")}
DEPARTURE_KINDS = ("port_out", "cancelled", "silent", "arrears")

_TABLES = (
    Table(
        "customers",
        ("customer_id",),
        "customer_id account_id? person_id? main_line_id? joined_on brand? area? birth_year? gender? handset_model? "
        "handset_since? handset_generation? contract_starts_on? contract_ends_on? fixed_mobile_bundle? vip? "
        "marketing_consent personalisation_consent do_not_market? valid_from?",
        values={"handset_generation": ("2G", "3G", "4G", "5G")},
        codes={"gender": ("F", "M")},
        ranges={"birth_year": (1900, 2100)},
        past=("joined_on",),
        ordered=(("contract_starts_on", "contract_ends_on"),),
    ),
    Table(
        "plans",
        ("plan_id",),
        "plan_id name family monthly_fee_cny data_mb? voice_min? data_overage_cny_per_mb? voice_overage_cny_per_min? "
        "on_sale valid_from? valid_to? overage_cap_cny? overage_cap_mb? data_rolls_over? sms? sms_overage_cny? "
        "voice_round_min? data_round_mb?",
        ordered=(("valid_from", "valid_to"),),
        fees=("monthly_fee_cny",),
        non_negative=(
            "data_mb",
            "voice_min",
            "data_overage_cny_per_mb",
            "voice_overage_cny_per_min",
            "overage_cap_cny",
            "overage_cap_mb",
            "sms",
            "sms_overage_cny",
            "voice_round_min",
            "data_round_mb",
        ),
    ),
    Table(
        "packs",
        ("pack_id", "tier"),
        "pack_id tier name kind fee_cny data_mb? voice_min? effective exclusion_group?",
        values={"kind": ("data", "auto_upgrade", "flex", "service"), "effective": ("now", "next_cycle")},
        non_negative=("fee_cny", "data_mb", "voice_min"),
    ),
    Table(
        "holdings",
        ("customer_id", "pack_id", "starts_on"),
        "customer_id pack_id starts_on ends_on?",
        references={**CUSTOMER, "pack_id": ("packs", "pack_id")},
        ordered=(("starts_on", "ends_on"),),
    ),
    Table(
        "offers",
        ("offer_id",),
        "offer_id kind name plan_id? pack_id? monthly_fee_cny? price_cny? discount_cny? data_mb? contract_months? "
        "monthly_margin_cny? script? valid_from valid_to?",
        values={"kind": ("plan", "data_pack", "handset", "retention")},
        references={"plan_id": ("plans", "plan_id"), "pack_id": ("packs", "pack_id")},
        ordered=(("valid_from", "valid_to"),),
        non_negative=("monthly_fee_cny", "price_cny", "discount_cny", "data_mb", "contract_months"),
    ),
    Table(
        "subscriptions",
        ("customer_id", "plan_id", "starts_on"),
        "customer_id plan_id starts_on ends_on?",
        references={**CUSTOMER, "plan_id": ("plans", "plan_id")},
        ordered=(("starts_on", "ends_on"),),
    ),
    Table(
        "statuses",
        ("customer_id", "starts_on"),
        "customer_id starts_on status",
        values={"status": ("active", "suspended_arrears", "suspended_request", "pre_cancelled")},
        references=CUSTOMER,
    ),
    Table(
        "usage",
        ("customer_id", "month"),
        "customer_id month voice_min sms data_mb rollover_mb? active_days?",
        references=CUSTOMER,
        past=("month",),
        non_negative=("voice_min", "sms", "data_mb", "rollover_mb", "active_days"),
    ),
    Table(
        "usage_days",
        ("customer_id", "day"),
        "customer_id day voice_min sms data_mb",
        references=CUSTOMER,
        past=("day",),
        non_negative=("voice_min", "sms", "data_mb"),
    ),
    Table(
        "usage_records",
        (),
        "customer_id at kind amount",
        values={"kind": ("voice", "data", "sms")},
        references=CUSTOMER,
        past=("at",),
        non_negative=("amount",),
    ),
    Table(
        "bills",
        ("customer_id", "month"),
        "customer_id month rent_cny voice_overage_cny data_overage_cny upgrade_pack_cny flex_pack_cny other_cny "
        "total_cny paid_on? arrears_cny balance_cny?",
        references=CUSTOMER,
        past=("month",),
        refundable=(
            "rent_cny",
            "voice_overage_cny",
            "data_overage_cny",
            "upgrade_pack_cny",
            "flex_pack_cny",
            "total_cny",
        ),
    ),
    Table(
        "contacts",
        ("contact_id",),
        "contact_id customer_id? channel started_at queue? centre? agent_id? wait_s? talk_s? hold_s? after_call_s? "
        "abandoned transfers? resolved? satisfaction? intent? text?",
        values={
            "channel": (
                "hotline",
                "ivr",
                "app",
                "web",
                "wechat",
                "weibo",
                "sms",
                "email",
                "store",
                "outbound",
            )
        },
        ranges={"satisfaction": (1, 5)},
        references=CUSTOMER,
        past=("started_at",),
        non_negative=("wait_s", "talk_s", "hold_s", "after_call_s", "transfers"),
    ),
    Table(
        "complaints",
        ("complaint_id",),
        "complaint_id customer_id? contact_id? complained_line? area category status? opened_at handled_at? closed_at? "
        "revisited_at? accepted_by? handled_by? closed_by? revisited_by? agent_id? owner_department? level? "
        "revisit_satisfaction? text?",
        ranges={"level": (1, 3), "revisit_satisfaction": (1, 5)},
        references=CUSTOMER,
        past=("opened_at",),
    ),
    Table(
        "exposures",
        ("exposure_id",),
        "exposure_id decision_id? campaign_id? customer_id contact_id? offer_id? channel decided_at arm? propensity? "
        "randomised suppressed_reason? popped_up pitched accepted accepted_at? rejected_at? reject_reason? "
        "confirmed_at? effective_on? reversed_at? agent_id?",
        values={"arm": ("exploit", "explore", "control")},
        references={**CUSTOMER, "offer_id": ("offers", "offer_id")},
        past=("decided_at",),
    ),
    Table(
        "targets",
        ("run_id", "customer_id", "offer_id"),
        "run_id customer_id offer_id scored_on",
        references={**CUSTOMER, "offer_id": ("offers", "offer_id")},
    ),
    Table(
        "departures",
        ("customer_id", "left_on"),
        "customer_id left_on kind recorded_on?",
        values={"kind": DEPARTURE_KINDS},
        references=CUSTOMER,
        past=("left_on",),
    ),
    Table(
        "call_volumes",
        ("queue", "centre", "starts_at"),
        "queue centre starts_at offered answered? abandoned:int? handle_s? answered_in_target? target_s? agents?",
        non_negative=("offered", "answered", "abandoned", "handle_s", "answered_in_target", "target_s", "agents"),
    ),
    Table(
        "events",
        ("event_id",),
        "event_id kind area? queue? size? starts_at ends_at announced_at",
        values={
            "kind": (
                "holiday",
                "campaign",
                "outage",
                "maintenance",
                "price_change",
                "launch",
                "big_event",
                "bill_day",
                "bill_sms",
                "weather",
                "school_start",
                "other",
            )
        },
        ordered=(("starts_at", "ends_at"),),
    ),
    Table("agents", ("agent_id",), "agent_id team department? centre hired_on?"),
    Table(
        "posts",
        ("post_id",),
        "post_id posted_at platform customer_id? area? text",
        references=CUSTOMER,
    ),
    Table("payments", (), "customer_id paid_at amount_cny", references=CUSTOMER),
    Table(
        "model_labels",
        ("customer_id", "known_at", "label"),
        "customer_id known_at label label_value? label_text? model_version",
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}

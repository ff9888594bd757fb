"""What was shown and pitched to a customer, with what answer, and how lately (contract: `exposures`, `targets`)."""

from __future__ import annotations

import ibis
from ibis import _

from data.known import Known
from features.catalogue import Label, LabelGroup
from features.labels.rows import commonest, ranked, recent, share

OFFER_KINDS = {"plan": "套餐", "data_pack": "流量包", "handset": "终端", "retention": "维系"}
QUARTER = _.days_ago <= 90


def exposure_rows(known: Known) -> ibis.Table:
    """A year of decisions beside the offer's kind, with the ranks of the newest pitch and the newest rejection."""
    kinds = known["offers"].select("offer_id", "kind", "price_cny", "monthly_fee_cny")
    rows = recent(known["exposures"], "decided_at", known.as_of).left_join(kinds, "offer_id")
    rows = rows.mutate(rejected=_.rejected_at.notnull(), reversed=_.reversed_at.notnull())
    newest = [ibis.desc("decided_at"), "exposure_id"]
    rows = ranked(
        rows,
        pitch_rank=[ibis.desc("pitched"), *newest],
        reject_rank=[ibis.desc("rejected"), *newest],
    )
    return commonest(rows, "suppressed_reason")


def _of_kind(kind: str, chinese: str) -> tuple[Label, ...]:
    of_kind = _.kind == kind
    times = {"pitched": ("推荐", "Pitches"), "accepted": ("接受", "Acceptances"), "rejected": ("拒绝", "Rejections")}
    return tuple(
        Label(
            f"{kind}_{stage}_12m",
            f"{chinese}{word}次数",
            f"{noun} of {kind} offers",
            "times",
            "365 days",
            _.count(where=of_kind & _[stage]),
            zero=True,
        )
        for stage, (word, noun) in times.items()
    )


OFFERS = LabelGroup(
    name="marketing",
    chinese="营销历史",
    sources=("exposures", "offers"),
    rows=exposure_rows,
    purpose="marketing",
    labels=(
        Label(
            "popups_90d",
            "近90天弹窗次数",
            "Offers shown to an agent",
            "times",
            "90 days",
            _.count(where=QUARTER & _.popped_up),
            zero=True,
        ),
        Label(
            "suppressed_90d",
            "近90天弹窗抑制次数",
            "Offers held back by a rule",
            "times",
            "90 days",
            _.count(where=QUARTER & _.suppressed_reason.notnull()),
            zero=True,
        ),
        Label(
            "top_suppressed_reason",
            "主要抑制原因",
            "Commonest reason for holding back",
            "",
            "365 days",
            _.suppressed_reason.max(where=_.suppressed_reason_rank == 0),
            "category",
        ),
        Label(
            "pitches_90d",
            "近90天推荐次数",
            "Pitches of any offer",
            "times",
            "90 days",
            _.count(where=QUARTER & _.pitched),
            zero=True,
        ),
        *(label for kind, chinese in OFFER_KINDS.items() for label in _of_kind(kind, chinese)),
        Label(
            "acceptance_share_12m",
            "营销接受率",
            "Accepted over pitched",
            "ratio",
            "365 days",
            share(_.accepted, _.pitched),
        ),
        Label(
            "pitch_share_12m", "弹窗推荐率", "Pitched over shown", "ratio", "365 days", share(_.pitched, _.popped_up)
        ),
        Label(
            "reversals_12m",
            "撤销次数",
            "Acceptances taken back",
            "times",
            "365 days",
            _.count(where=_.reversed),
            zero=True,
        ),
        Label(
            "days_since_pitch",
            "距最近推荐天数",
            "Days since the last pitch",
            "days",
            "365 days",
            _.days_ago.min(where=_.pitched),
        ),
        Label(
            "days_since_acceptance",
            "距最近接受天数",
            "Days since the last pitch that was accepted",
            "days",
            "365 days",
            _.days_ago.min(where=_.accepted),
        ),
        Label(
            "last_pitched_kind",
            "最近推荐类型",
            "Kind of the offer pitched last",
            "",
            "365 days",
            _.kind.max(where=_.pitched & (_.pitch_rank == 0)),
            "category",
        ),
        Label(
            "last_reject_reason",
            "最近拒绝原因",
            "Reason of the last rejection",
            "",
            "365 days",
            _.reject_reason.max(where=_.rejected & (_.reject_rank == 0)),
            "category",
        ),
        Label(
            "offers_pitched_12m",
            "推荐过的产品数",
            "Different offers pitched",
            "offers",
            "365 days",
            _.offer_id.nunique(where=_.pitched),
            zero=True,
        ),
        Label(
            "pitched_fee_cny_max",
            "推荐最高月费",
            "Dearest monthly fee pitched",
            "CNY",
            "365 days",
            _.monthly_fee_cny.max(where=_.pitched),
        ),
    ),
)


def target_rows(known: Known) -> ibis.Table:
    """A year of target lists."""
    return recent(known["targets"], "scored_on", known.as_of)


TARGETS = LabelGroup(
    name="targets",
    chinese="目标清单",
    sources=("targets",),
    rows=target_rows,
    purpose="marketing",
    labels=(
        Label(
            "target_lists_12m",
            "入选目标清单次数",
            "Target lists the customer was on",
            "lists",
            "365 days",
            _.run_id.nunique(),
            zero=True,
        ),
        Label(
            "target_offers_12m",
            "目标产品数",
            "Different offers the customer was listed for",
            "offers",
            "365 days",
            _.offer_id.nunique(),
            zero=True,
        ),
        Label(
            "days_since_target",
            "距最近入选天数",
            "Days since the customer was last listed",
            "days",
            "365 days",
            _.days_ago.min(),
        ),
    ),
)


def outbound_rows(known: Known) -> ibis.Table:
    """A year of contacts that we began."""
    return recent(known["contacts"].filter(_.channel == "outbound"), "started_at", known.as_of)


OUTBOUND = LabelGroup(
    name="outbound",
    chinese="外呼",
    sources=("contacts",),
    rows=outbound_rows,
    purpose="marketing",
    labels=(
        Label(
            "outbound_contacts_90d",
            "近90天外呼次数",
            "Contacts that we began",
            "contacts",
            "90 days",
            _.count(where=QUARTER),
            zero=True,
        ),
    ),
)

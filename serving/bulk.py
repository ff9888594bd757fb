"""`score` and `churn-scores`: every line of a publication, by the same functions as one request, in pieces."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.console import track
from data.errors import BadInput
from data.lake import Lake
from data.outcome_log import told
from data.settings import Settings
from data.store import Store
from models.arbitration import ratio
from serving.allotment import allot
from serving.answer import effective_on
from serving.capacity import left_over
from serving.champions import Champion, need_champion
from serving.decide import NAMESPACE
from serving.explain import shown_reasons
from serving.layers import layer_of
from serving.layout import Layout, Lines
from serving.news import with_news
from serving.publish import publish
from serving.reach import best_channels, reach_of
from serving.risk import RiskModel
from serving.schemas import CHANNELS
from serving.scoring import Scored, Uptake, score_lines
from serving.situation import Situation

SCORE_COLUMNS = (
    "decision_id",
    "as_of",
    "customer_id",
    "rank",
    "offer_id",
    "kind",
    "channel",
    "accept_probability",
    "margin_uplift_cny",
    "churn_uplift",
    "expected_value_cny",
    "current_total_cny",
    "expected_total_cny",
    "total_fee_ratio",
    "rent_ratio",
    "effective_on",
    "popup_priority",
    "reasons",
    "model_version",
)


FACTOR_COLUMNS = ("context", "lever", "priority", "layer", "reach", "contact_cost_cny", "contact_value_cny")


@dataclass(frozen=True)
class Listing:
    """How `score` lists: offers a line (0 = all eligible), channels, factors beside, only each line's best channel."""

    limit: int = 3
    channels: Sequence[str] = ("hotline",)
    factors: bool = False
    one_channel: bool = False


def score(lake: Lake, as_of: dt.date, settings: Settings, listing: Listing | None = None) -> pd.DataFrame:
    """Next best offers of every line not departed: SCORE_COLUMNS, by customer_id, channel (as given) and rank.

    A line without an offer has one row a channel with a null offer_id and the reason. `limit` 0 lists all eligible
    offers, also those that lose money. `factors` adds FACTOR_COLUMNS.
    An offer with a `[capacity]` is listed for at most as many lines as the month's acceptances have left of it
    (`serving.allotment`). Raises BadInput without a champion, WorkFailed where the registry fails.
    """
    listing = listing or Listing()
    check_channels(listing.channels)
    champion = need_champion(settings, "uptake")
    store = Store(settings.store_url)
    publication = publish(lake, as_of, settings, store)
    layout = Layout.from_json(publication.layout)
    left = left_over(settings.capacity, store, as_of)
    scarce = {offer.offer_id: left[offer.offer_id] for offer in layout.offers if left.get(offer.offer_id)}
    scorer = _Scorer(_longer(listing, len(scarce)), settings, champion, Uptake.of(champion, layout))
    news, people = told(store), store.people(publication.publication_id)
    at, full = dt.datetime.combine(as_of, dt.time()), frozenset(offer for offer, more in left.items() if not more)
    situations = [Situation(at, channel, full=full) for channel in listing.channels]
    pieces = [
        scorer.rows(with_news(lines, news, people), situations)
        for lines in _pieces(store, publication.publication_id, layout)
    ]
    columns = [*SCORE_COLUMNS, *(FACTOR_COLUMNS if listing.factors else ())]
    if not pieces:
        return pd.DataFrame(columns=columns)
    rows = pd.concat(pieces, ignore_index=True)
    return allot(rows, scarce, listing.limit)[columns] if scarce else rows


def _longer(listing: Listing, scarce: int) -> Listing:
    """Lists from which so many offers can be taken away, with the priority that decides about it."""
    more = listing.limit + scarce if listing.limit else 0
    return replace(listing, limit=more, factors=True) if scarce else listing


def churn_scores(lake: Lake, as_of: dt.date, settings: Settings) -> pd.DataFrame:
    """customer_id, churn_probability, band, reasons of every line not departed, by customer_id."""
    champion = need_champion(settings, "churn")
    store = Store(settings.store_url)
    publication = publish(lake, as_of, settings, store)
    layout = Layout.from_json(publication.layout)
    model = RiskModel.of(champion, layout)
    frames = []
    for lines in _pieces(store, publication.publication_id, layout):
        risk = model.risk(lines)
        codes = [[code for code, _ in why] for why in risk.reasons]
        columns = {"churn_probability": risk.probability, "band": risk.bands, "reasons": codes}
        frames.append(pd.DataFrame({"customer_id": lines.customers, **columns}))
    return pd.concat(frames, ignore_index=True)


def check_channels(channels: Sequence[str]) -> None:
    """Raise BadInput unless each channel is one of the contract's, once."""
    wrong = [channel for channel in channels if channel not in CHANNELS]
    if wrong or not channels or len(set(channels)) != len(channels):
        raise BadInput(f"--channel came as {', '.join(channels)}; wanted each once, of {', '.join(CHANNELS)}")


def _pieces(store: Store, publication_id: int, layout: Layout) -> Iterator[Lines]:
    for customers, raw in track(store.lines(publication_id), "scoring", total=store.pieces(publication_id)):
        yield Lines.read(layout, customers, raw)


@dataclass(frozen=True)
class _Scorer:
    listing: Listing
    settings: Settings
    champion: Champion
    uptake: Uptake

    def rows(self, lines: Lines, situations: Sequence[Situation]) -> pd.DataFrame:
        """The rows of some lines, by line, channel and rank."""
        each = [self._on_channel(lines, turn, situation) for turn, situation in enumerate(situations)]
        rows = pd.concat(each).sort_values(["line", "turn", "rank"], kind="stable", ignore_index=True)
        if self.listing.one_channel:
            rows = best_channels(rows)
        customers = np.array(lines.customers, dtype=object)[rows["line"]]
        keys = rows["channel"] + f"\n{lines.layout.as_of}\n{self.champion.version}\n" + customers
        ids = {key: str(uuid.uuid5(NAMESPACE, key)) for key in keys.unique()}
        rows = rows.assign(
            decision_id=keys.map(ids),
            as_of=lines.layout.as_of,
            customer_id=customers,
            current_total_cny=lines.fact("current_total")[rows["line"]],
            model_version=self.champion.version,
        )
        return rows[[*SCORE_COLUMNS, *(FACTOR_COLUMNS if self.listing.factors else ())]]

    def _on_channel(self, lines: Lines, turn: int, situation: Situation) -> pd.DataFrame:
        scored = score_lines(lines, situation, self.uptake, self.settings)
        shown = _shown(scored, self.listing.limit)
        without = _unshown(scored, shown["line"])
        rows = pd.concat([shown, without]) if len(shown) else without.reindex(columns=shown.columns)
        reach, cost = (
            reach_of(lines, situation.channel, self.settings),
            self.settings.channel(situation.channel).cost_cny,
        )
        rows = rows.assign(channel=situation.channel, turn=turn, reach=reach[rows["line"]], contact_cost_cny=cost)
        return rows.assign(contact_value_cny=rows["reach"] * rows["expected_value_cny"] - cost)


def _shown(scored: Scored, limit: int) -> pd.DataFrame:
    lines, book = scored.lines, scored.lines.layout.offers
    owners, ranks, offers = scored.shown(limit)
    after, rent_after = lines.pair("total_after")[owners, offers], lines.pair("rent_after")[owners, offers]
    return pd.DataFrame(
        {
            "line": owners,
            "rank": pd.array(ranks, dtype="Int64"),
            "offer_id": np.array([offer.offer_id for offer in book], dtype=object)[offers],
            "kind": np.array([offer.kind for offer in book], dtype=object)[offers],
            "accept_probability": scored.probability[owners, offers],
            "margin_uplift_cny": scored.margin_uplift[owners, offers],
            "churn_uplift": scored.churn_uplift[owners, offers],
            "expected_value_cny": scored.expected_value[owners, offers],
            "expected_total_cny": after,
            "total_fee_ratio": ratio(after, lines.fact("current_total")[owners]),
            "rent_ratio": ratio(rent_after, lines.fact("current_rent")[owners]),
            "effective_on": np.array([effective_on(offer, scored.situation.day) for offer in book], dtype=object)[
                offers
            ],
            "layer": None,
            "popup_priority": pd.array(np.array(scored.levels)[offers], dtype="Int64"),
            "context": scored.factors.context[owners, offers],
            "lever": scored.factors.lever[owners, offers],
            "priority": scored.factors.priority[owners, offers],
            "reasons": [[code for code, _ in why] for why in shown_reasons(scored, owners, offers)],
        }
    )


def _unshown(scored: Scored, shown: pd.Series) -> pd.DataFrame:
    without = np.setdiff1d(np.arange(len(scored.lines)), shown)
    reasons = [[scored.no_offer_reason(line)] for line in without.tolist()]
    return pd.DataFrame({"line": without, "reasons": reasons, "layer": [layer_of(why[0]) for why in reasons]})

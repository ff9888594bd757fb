"""What answers need at hand: the store, the newest publication, and the champions bound to it."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from data.errors import BadInput
from data.settings import Settings
from data.store import Publication, Store
from serving.capacity import used_up
from serving.champions import KINDS, Champion, load_champions, what_to_run
from serving.layout import Layout, Lines
from serving.risk import RiskModel
from serving.scoring import Uptake

PUBLICATION = "publication"  # a need beside the champions: the published lines and offers
READY = (*KINDS, PUBLICATION)  # what the whole room needs
BOUND = ("uptake", "churn")  # the champions that read published rows
TO_PUBLISH = (
    "nothing is published yet; run: nextcall run --lake DIR "
    "(or: nextcall score --lake DIR --out FILE, nextcall churn-scores --lake DIR --out FILE)"
)
LOOK_AGAIN_S = 5.0  # how often a worker asks whether there is a newer publication


class UnknownCustomer(BadInput):
    """The line is in no published row."""


@dataclass(frozen=True)
class Published:
    """A publication; each champion is bound to it where it is first needed.

    `uptake` and `churn` raise BadInput where there is no such champion, or where its features are not those that are
    published.
    """

    publication: Publication
    layout: Layout
    champions: Mapping[str, Champion]

    @cached_property
    def uptake(self) -> Uptake:
        """The uptake champion, bound."""
        return Uptake.of(self._champion("uptake"), self.layout)

    @cached_property
    def churn(self) -> RiskModel:
        """The churn champion, bound."""
        return RiskModel.of(self._champion("churn"), self.layout)

    def _champion(self, kind: str) -> Champion:
        if kind not in self.champions:
            raise BadInput(what_to_run([kind]))
        return self.champions[kind]


class Room:
    """One worker's room. Threads share it; a newer publication is taken up while answers go on."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.store_url)
        self.champions = load_champions(settings)
        self._published: Published | None = None
        self._looked = 0.0
        self._lock = threading.Lock()

    @property
    def versions(self) -> dict[str, str]:
        """The champions' versions by kind."""
        return {kind: champion.version for kind, champion in self.champions.items()}

    def missing(self, needs: Sequence[str] = READY) -> str | None:
        """What keeps the room from an answer with these needs, and what to run; None where it can answer.

        A need is a champion's kind or `publication`; with both, the champion has to fit what is published.
        """
        kinds = [kind for kind in KINDS if kind in needs]
        absent = [kind for kind in kinds if kind not in self.champions]
        published = self._newest() if PUBLICATION in needs else None
        told = [what_to_run(absent)] if absent else []
        told += [TO_PUBLISH] if PUBLICATION in needs and published is None else []
        if told or published is None:
            return "; ".join(told) or None
        return _misfit(published, kinds)

    def published(self) -> Published:
        """The newest publication; BadInput says what to run where there is none."""
        published = self._newest()
        if published is None:
            raise BadInput(TO_PUBLISH)
        return published

    def line(self, customer_id: str) -> tuple[Published, Lines]:
        """One line of the newest publication."""
        published = self.published()
        raw = self.store.line(published.publication.publication_id, customer_id)
        if raw is None:
            raise UnknownCustomer(f"customer_id {customer_id} is not among the lines of {published.layout.as_of}")
        return published, Lines.read(published.layout, [customer_id], raw)

    def is_busy(self, queue: str | None, at: dt.datetime) -> bool:
        """Whether the queue answers fewer calls in time than wanted, where its rate is known."""
        least = self.settings.popup.busy_below
        rate = self.store.answer_rate(queue, at) if queue is not None and least is not None else None
        return rate is not None and least is not None and rate < least

    def used_up(self, day: dt.date) -> frozenset[str]:
        """The offers whose capacity of the day's month is used up by acceptances."""
        return used_up(self.settings.capacity, self.store, day)

    def _newest(self) -> Published | None:
        now = time.monotonic()
        if now - self._looked > LOOK_AGAIN_S or self._published is None:
            with self._lock:
                self._take_up()
                self._looked = now
        return self._published

    def _take_up(self) -> None:
        number = self.store.newest_id()
        if number is None or (self._published and self._published.publication.publication_id == number):
            return
        publication = self.store.newest()
        if publication is not None:
            self._published = Published(publication, Layout.from_json(publication.layout), self.champions)


def _misfit(published: Published, kinds: Sequence[str]) -> str | None:
    """How a champion of `kinds` does not fit what is published; None where all do."""
    try:
        for kind in BOUND:
            if kind in kinds:
                getattr(published, kind)
    except BadInput as error:
        return str(error)
    return None

"""What answers need at hand: the store, the newest publication, and the champions bound to it."""

from __future__ import annotations

import datetime as dt
import threading
import time
from dataclasses import dataclass

from data.errors import BadInput
from data.settings import Settings
from data.store import Publication, Store
from serving.capacity import used_up
from serving.champions import KINDS, Champion, load_champions, what_to_run
from serving.layout import Layout, Lines
from serving.risk import RiskModel
from serving.scoring import Uptake

LOOK_AGAIN_S = 5.0  # how often a worker asks whether there is a newer publication


class UnknownCustomer(BadInput):
    """The line is in no published row."""


@dataclass(frozen=True)
class Published:
    """A publication with its champions bound."""

    publication: Publication
    layout: Layout
    uptake: Uptake
    churn: RiskModel

    @classmethod
    def of(cls, publication: Publication, champions: dict[str, Champion]) -> Published:
        """Bind the champions; BadInput where their features are not those that are published."""
        layout = Layout.from_json(publication.layout)
        uptake, churn = Uptake.of(champions["uptake"], layout), RiskModel.of(champions["churn"], layout)
        return cls(publication, layout, uptake, churn)


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

    def missing(self) -> str | None:
        """What keeps the room from answering and what to run; None where it is ready."""
        missing = [kind for kind in KINDS if kind not in self.champions]
        if missing:
            return what_to_run(missing)
        try:
            newest = self._newest()
        except BadInput as error:  # the champions do not fit what is published
            return str(error)
        if newest is None:
            return "nothing is published yet; run: nextcall run --lake DIR (or: nextcall score --lake DIR --out FILE)"
        return None

    def published(self) -> Published:
        """The newest publication; BadInput says what to run where there is none."""
        missing = self.missing()
        if missing or self._published is None:
            raise BadInput(missing or "nothing is published yet; run: nextcall run --lake DIR")
        return self._published

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
            self._published = Published.of(publication, self.champions)

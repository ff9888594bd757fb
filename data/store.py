"""Published label rows, decisions and outcomes in any database that SQLAlchemy knows; SQLite by default.

On SQLite outcomes and publications are on the disk before a commit returns (WAL, synchronous = FULL): what was
acknowledged survives a kill and a power cut. A publication is written in pieces, so that outcomes never wait for a long
one, and counts only once it is whole.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.store_tables import DECISIONS, LINES, META, OUTCOMES, PEOPLE, PUBLICATIONS, QUEUE_RATES

KEEP = 2  # publications whose rows stay: the one that is served, and the one before
CHUNK = 5_000  # rows in one read or write
BUSY_MS = 10_000  # how long a writer waits for another
THREADS = 16  # connections that are kept open: opening one costs more than most answers


@dataclass(frozen=True)
class Publication:
    """The head of one published as-of: `layout` says what the numbers of each line's row mean."""

    publication_id: int
    as_of: dt.date
    fingerprint: str
    layout: dict[str, Any]


class Store:
    """One database. Safe to share between threads.

    Decisions are committed without waiting for the disk: they survive a kill, and a power cut once any outcome was
    acknowledged after them, since both stand in the same log, which that outcome had written through.
    """

    def __init__(self, url: str) -> None:
        self.engine = connect(url)
        self.decisions = connect(url, synchronous="NORMAL")
        META.create_all(self.engine)

    def close(self) -> None:
        """Give the connections back."""
        for engine in (self.engine, self.decisions):
            engine.dispose()

    def checkpoint(self) -> None:
        """Move what stands in SQLite's log into its file as far as nobody waits for it."""
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as con:
                con.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def publish(
        self,
        as_of: dt.date,
        fingerprint: str,
        layout: Mapping[str, Any],
        rows: Iterator[tuple[Sequence[str], Any]],
        people: Sequence[tuple[str, str]] = (),
    ) -> Publication:
        """Write one row a line from pieces of (customer ids, (lines, numbers) float64); forget old publications.

        `people`: (customer, person) of lines whose person has several.
        """
        number = self._begin(as_of, fingerprint, layout)
        for customers, numbers in rows:
            keys = zip(customers, numbers, strict=True)
            piece = [{"publication_id": number, "customer_id": c, "numbers": n.tobytes()} for c, n in keys]
            for start in range(0, len(piece), CHUNK):
                with self.engine.begin() as con:
                    con.execute(LINES.insert(), piece[start : start + CHUNK])
        with self.engine.begin() as con:
            if people:
                named = [{"publication_id": number, "customer_id": c, "person": p} for c, p in people]
                con.execute(PEOPLE.insert(), named)
            con.execute(PUBLICATIONS.update().where(PUBLICATIONS.c.publication_id == number).values(whole=True))
        self._forget_old()
        self._settle()
        return Publication(number, as_of, fingerprint, json.loads(json.dumps(layout)))

    def _begin(self, as_of: dt.date, fingerprint: str, layout: Mapping[str, Any]) -> int:
        head = {"as_of": as_of, "fingerprint": fingerprint, "layout": json.dumps(layout, ensure_ascii=False)}
        with self.engine.begin() as con:
            insert = PUBLICATIONS.insert().values(**head, published_at=_now(), whole=False)
            return int(con.execute(insert.returning(PUBLICATIONS.c.publication_id)).scalar_one())

    def _forget_old(self) -> None:
        c = PUBLICATIONS.c
        with self.engine.begin() as con:
            kept = con.execute(sa.select(c.publication_id).where(c.whole).order_by(c.publication_id.desc()).limit(KEEP))
            oldest = min(kept.scalars())
            for table in (LINES, PEOPLE):
                con.execute(table.delete().where(table.c.publication_id < oldest))

    def _settle(self) -> None:
        """Move what was written from SQLite's log into its file now, or the next small write would have to."""
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as con:
                con.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def newest(self, as_of: dt.date | None = None, fingerprint: str | None = None) -> Publication | None:
        """The publication made last (of that as-of, of that input), if there is one with its rows."""
        c = PUBLICATIONS.c
        query = sa.select(c.publication_id, c.as_of, c.fingerprint, c.layout).where(c.whole)
        if as_of is not None:
            query = query.where(c.as_of == as_of)
        if fingerprint is not None:
            query = query.where(c.fingerprint == fingerprint)
        query = query.where(sa.exists().where(LINES.c.publication_id == c.publication_id))
        with self.engine.connect() as con:
            found = con.execute(query.order_by(c.publication_id.desc()).limit(1)).first()
        return Publication(found[0], found[1], found[2], json.loads(found[3])) if found else None

    def newest_id(self) -> int | None:
        """The number of the publication made last."""
        c = PUBLICATIONS.c
        with self.engine.connect() as con:
            return con.execute(sa.select(sa.func.max(c.publication_id)).where(c.whole)).scalar()

    def line(self, publication_id: int, customer_id: str) -> bytes | None:
        """One line's numbers (float64, native order); None where it is not in the publication."""
        with self.engine.connect() as con:
            return con.execute(_LINE, {"publication": publication_id, "customer": customer_id}).scalar()

    def lines(self, publication_id: int) -> Iterator[tuple[list[str], bytes]]:
        """All lines in order of customer_id, in pieces of (ids, their numbers one after another)."""
        after = ""
        while True:
            with self.engine.connect() as con:
                found = con.execute(_LINES_AFTER, {"publication": publication_id, "after": after, "n": CHUNK}).all()
            if not found:
                return
            yield [row[0] for row in found], b"".join(row[1] for row in found)
            after = found[-1][0]

    def pieces(self, publication_id: int) -> int:
        """How many pieces `lines` gives."""
        query = sa.select(sa.func.count()).where(LINES.c.publication_id == publication_id)
        with self.engine.connect() as con:
            return -(-con.execute(query).scalar_one() // CHUNK)

    def add_decision(self, decision: Mapping[str, Any]) -> bool:
        """Store a decision; False where its request_id or decision_id is stored already."""
        return self._add(self.decisions, DECISIONS, decision)

    def decision_of_request(self, request_id: str) -> dict[str, Any] | None:
        """The record of the decision that answered a request."""
        return self._record(DECISIONS.c.request_id == request_id)

    def decision(self, decision_id: str) -> dict[str, Any] | None:
        """The record of a decision."""
        return self._record(DECISIONS.c.decision_id == decision_id)

    def add_outcome(self, outcome: Mapping[str, Any]) -> bool:
        """Store an outcome; False where its idempotency_key is stored already."""
        return self._add(self.engine, OUTCOMES, {**outcome, "received_at": _now()})

    def outcome(self, idempotency_key: str) -> dict[str, Any] | None:
        """The stored outcome of a key."""
        with self.engine.connect() as con:
            found = con.execute(sa.select(OUTCOMES).where(OUTCOMES.c.idempotency_key == idempotency_key)).first()
        return dict(found._mapping) if found else None

    def person_lines(self, publication_id: int, customer_id: str) -> list[str]:
        """The lines of the customer's person, at least the line itself."""
        with self.engine.connect() as con:
            found = con.execute(_PERSON, {"publication": publication_id, "customer": customer_id}).scalars()
            return list(found) or [customer_id]

    def people(self, publication_id: int) -> dict[str, str]:
        """The person of each line whose person has several."""
        query = sa.select(PEOPLE.c.customer_id, PEOPLE.c.person).where(PEOPLE.c.publication_id == publication_id)
        with self.engine.connect() as con:
            return {row[0]: row[1] for row in con.execute(query)}

    def put_answer_rates(self, source: str, rates: Sequence[Mapping[str, Any]]) -> None:
        """Replace the rates of a source (`forecast` or `measured`): queue, starts_at, ends_at, answer_rate (0 to 1)."""
        with self.engine.begin() as con:
            con.execute(QUEUE_RATES.delete().where(QUEUE_RATES.c.source == source))
            if rates:
                con.execute(QUEUE_RATES.insert(), [{**rate, "source": source} for rate in rates])

    def answer_rate(self, queue: str, at: dt.datetime) -> float | None:
        """The share answered in time of the queue at that moment: measured, else forecast, else None."""
        with self.engine.connect() as con:
            return con.execute(_RATE, {"queue": queue, "at": at}).scalar()

    def _record(self, condition: sa.ColumnElement[bool]) -> dict[str, Any] | None:
        with self.engine.connect() as con:
            text = con.execute(sa.select(DECISIONS.c.record).where(condition)).scalar()
        return json.loads(text) if text else None

    def _add(self, engine: sa.Engine, table: sa.Table, row: Mapping[str, Any]) -> bool:
        try:
            with engine.begin() as con:
                con.execute(table.insert(), dict(row))
        except sa.exc.IntegrityError:
            return False
        return True


_LINE = sa.select(LINES.c.numbers).where(
    LINES.c.publication_id == sa.bindparam("publication"), LINES.c.customer_id == sa.bindparam("customer")
)
_LINES_AFTER = (
    sa.select(LINES.c.customer_id, LINES.c.numbers)
    .where(LINES.c.publication_id == sa.bindparam("publication"), LINES.c.customer_id > sa.bindparam("after"))
    .order_by(LINES.c.customer_id)
    .limit(sa.bindparam("n"))
)

_RATE = (
    sa.select(QUEUE_RATES.c.answer_rate)
    .where(QUEUE_RATES.c.queue == sa.bindparam("queue"))
    .where(QUEUE_RATES.c.starts_at <= sa.bindparam("at"), QUEUE_RATES.c.ends_at > sa.bindparam("at"))
    .order_by(QUEUE_RATES.c.source.desc(), QUEUE_RATES.c.starts_at.desc())  # measured before forecast
    .limit(1)
)

_ALSO = PEOPLE.alias()
_PERSON = (
    sa.select(_ALSO.c.customer_id)
    .join(PEOPLE, (PEOPLE.c.person == _ALSO.c.person) & (PEOPLE.c.publication_id == _ALSO.c.publication_id))
    .where(PEOPLE.c.publication_id == sa.bindparam("publication"), PEOPLE.c.customer_id == sa.bindparam("customer"))
)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def connect(url: str, synchronous: str = "FULL") -> sa.Engine:
    """An engine for any database; SQLite's file and folder are made where missing.

    `synchronous`: with FULL, SQLite's commits are on the disk before they return.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    wait = {"check_same_thread": False, "timeout": BUSY_MS / 1000}
    pooled = {"pool_size": THREADS} if parsed.database else {}
    engine = sa.create_engine(url, connect_args=wait, **pooled)

    def set_pragmas(connection: Any, _: Any) -> None:
        for pragma in ("journal_mode = WAL", f"synchronous = {synchronous}", f"busy_timeout = {BUSY_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    sa.event.listen(engine, "connect", set_pragmas)
    return engine

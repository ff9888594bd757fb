"""Forecast versions in any database that SQLAlchemy knows: written once, never changed, and held to their digest.

On SQLite a trigger refuses changes; in every database a version whose content no longer fits its digest is not read.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.errors import BadInput, WorkFailed
from data.store import connect

_META = sa.MetaData()
VERSIONS = sa.Table(
    "forecast_versions",
    _META,
    sa.Column("version_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("head", sa.Text, nullable=False),
    sa.Column("rows", sa.LargeBinary, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
)
for _verb in ("UPDATE", "DELETE"):
    _refuse = sa.DDL(  # type: ignore[no-untyped-call] # untyped in SQLAlchemy 2.1
        f"CREATE TRIGGER forecast_versions_no_{_verb.lower()} BEFORE {_verb} ON forecast_versions "
        "BEGIN SELECT RAISE(ABORT, 'forecast versions are never changed'); END"
    )
    sa.event.listen(VERSIONS, "after_create", _refuse.execute_if(dialect="sqlite"))


@dataclass(frozen=True)
class VersionHead:
    """What a version says about itself.

    settings: span and staffing goal; changes: the override's rows as they were given (empty: a model's own answer).
    """

    name: str | None
    made_at: dt.datetime
    made_by: str
    as_of: dt.date
    model_version: str
    settings: dict[str, Any]
    row_count: int
    parent_id: int | None = None
    reason: str | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    version_id: int = 0

    def to_text(self) -> str:
        """Canonical JSON without the number, which the database gives."""
        content = {name: value for name, value in vars(self).items() if name != "version_id"}
        return json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)

    @classmethod
    def from_text(cls, version_id: int, text: str) -> VersionHead:
        """What `to_text` wrote."""
        content = json.loads(text)
        content["made_at"] = dt.datetime.fromisoformat(content["made_at"])
        content["as_of"] = dt.date.fromisoformat(content["as_of"])
        return cls(version_id=version_id, **content)


class ForecastStore:
    """The versions of one database."""

    def __init__(self, url: str) -> None:
        self.engine = connect(url)
        _META.create_all(self.engine)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def add(self, head: VersionHead, rows: pd.DataFrame) -> VersionHead:
        """Write a version; the head comes back with its number."""
        text, packed = head.to_text(), _packed(rows)
        row = {"head": text, "rows": packed, "digest": _digest(text, packed)}
        with self.engine.begin() as con:
            number = con.execute(VERSIONS.insert().values(**row).returning(VERSIONS.c.version_id)).scalar_one()
        return replace(head, version_id=int(number))

    def heads(self) -> list[VersionHead]:
        """All versions, the newest first."""
        query = sa.select(VERSIONS.c.version_id, VERSIONS.c.head).order_by(VERSIONS.c.version_id.desc())
        with self.engine.connect() as con:
            return [VersionHead.from_text(number, text) for number, text in con.execute(query)]

    def version(self, version_id: int) -> tuple[VersionHead, pd.DataFrame]:
        """A version with its rows; BadInput where there is none, WorkFailed where it was changed after it was made."""
        with self.engine.connect() as con:
            found = con.execute(sa.select(VERSIONS).where(VERSIONS.c.version_id == version_id)).first()
        if found is None:
            raise BadInput(f"forecast version {version_id}: there is none; nextcall forecasts list shows all.")
        if _digest(found.head, found.rows) != found.digest:
            raise WorkFailed(f"forecast version {version_id} was changed after it was made; it is not used.")
        return VersionHead.from_text(version_id, found.head), pd.read_parquet(io.BytesIO(found.rows))


def _packed(rows: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    rows.to_parquet(buffer, index=False, coerce_timestamps="us", compression="zstd")
    return buffer.getvalue()


def _digest(head: str, rows: bytes) -> str:
    return hashlib.sha256(head.encode() + b"\0" + rows).hexdigest()

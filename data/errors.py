"""The exceptions that users meet.

NextcallError            exit 1
├── WorkFailed           exit 1: the input was fine, the work itself failed
└── BadInput             exit 2: what came, what was wanted, what to do
    └── LakeError        exit 2: every breach of the lake's contract, in all tables at once
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field


class NextcallError(Exception):
    """Anything that `nextcall` reports as one clear message instead of a traceback."""

    exit_code = 1


class WorkFailed(NextcallError):
    """The work itself failed on sound input."""


class BadInput(NextcallError):
    """The input breaks a rule; the message says what came, what was wanted and what to do."""

    exit_code = 2


@dataclass(frozen=True)
class Breach:
    """One rule of the contract that one column of one table breaks.

    `severity` is `error` (the work stops) or `finding` (counted and shown, the value nulled); `rows` counts the
    breaking rows (0 for a whole column or table); `examples` are up to three keys.
    """

    table: str
    column: str
    rule: str
    severity: str
    came: str
    wanted: str
    rows: int = 0
    examples: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """The breach as the `check --json` record."""
        return asdict(self)

    def line(self) -> str:
        """The breach in one line.

        >>> Breach("usage", "month", "required column", "error", "absent", "date").line()
        'usage.month: required column: came absent, wanted date'
        """
        where = f"{self.table}.{self.column}" if self.column else self.table
        rows = f" ({self.rows:,} rows, e.g. {'; '.join(self.examples)})" if self.rows else ""
        return f"{where}: {self.rule}: came {self.came}, wanted {self.wanted}{rows}"


class LakeError(BadInput):
    """The lake breaks its contract; carries every breach of every table."""

    def __init__(self, breaches: Sequence[Breach]) -> None:
        self.breaches = list(breaches)
        lines = "\n".join(f"  {breach.line()}" for breach in self.breaches)
        super().__init__(f"the lake breaks its contract in {len(self.breaches)} places:\n{lines}")

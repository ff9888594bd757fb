"""Conversions into the contract's units, for mapped columns."""

from __future__ import annotations

from data.errors import BadInput

FACTORS: dict[str, dict[str, float]] = {
    "MB": {"B": 1 / 1024**2, "KB": 1 / 1024, "MB": 1.0, "GB": 1024.0, "TB": 1024.0**2},
    "minutes": {"s": 1 / 60, "sec": 1 / 60, "seconds": 1 / 60, "min": 1.0, "minutes": 1.0, "h": 60.0, "hours": 60.0},
    "seconds": {"ms": 1e-3, "s": 1.0, "sec": 1.0, "seconds": 1.0, "min": 60.0, "minutes": 60.0},
    "CNY": {"fen": 0.01, "jiao": 0.1, "yuan": 1.0, "CNY": 1.0, "USD": 1.0},
    "months": {"days": 12 / 365.25, "months": 1.0, "years": 12.0},
    "days": {"days": 1.0, "hours": 1 / 24},
}


def factor(unit: str, wanted: str, where: str) -> float:
    """The number that a value in `unit` is multiplied with to be in `wanted`; USD is taken as the currency as is.

    >>> factor("KB", "MB", "usage.data_mb"), factor("fen", "CNY/month", "plans.fee_cny")
    (0.0009765625, 0.01)
    """
    known = FACTORS.get(wanted.split("/")[0], {})
    if unit not in known:
        listed = ", ".join(known) or "none (the column has no unit)"
        raise BadInput(f"nextcall.toml: {where}: unit came as {unit!r}, wanted one of {listed}")
    return known[unit]

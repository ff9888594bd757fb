"""The answer of `churn_risk`: one line's probability to leave, its band, and why."""

from __future__ import annotations

from typing import Any

from features.label_table import LABELS
from models.reasons import text_of
from serving.answer import number
from serving.risk import BANDS
from serving.room import Room
from serving.schemas import Lang, LineRequest

TEXTS = {label.name: {"zh": label.chinese, "en": label.definition} for label in LABELS}


def churn_risk(request: LineRequest, room: Room) -> dict[str, Any]:
    """The answer of `churn_risk`; raises UnknownCustomer, and BadInput where nothing can answer."""
    published, line = room.line(request.customer_id)
    model = published.churn
    risk = model.risk(line)
    reasons = [{"code": code, "text": reason_text(code, request.lang), "weight": w} for code, w in risk.reasons[0]]
    return {
        "customer_id": request.customer_id,
        "probability": number(risk.probability[0]),
        "band": risk.bands[0],
        "band_limits": dict(zip(BANDS[1:], model.limits, strict=True)),
        "horizon_days": room.settings.outcomes.churn_days,
        "as_of": published.layout.as_of.isoformat(),
        "model_version": model.champion.version,
        "reasons": reasons,
    }


def reason_text(code: str, lang: Lang) -> str:
    """The text of a reason: of a label, or of the published codes."""
    return TEXTS[code][lang] if code in TEXTS else text_of(code, lang)

"""The operating-indicator library (运营指标库): `GROUPS` is the registry, `table.indicators` computes.

Reading order: definition, records, calls, complaints, marketing, volumes, table.
"""

from features.indicators.calls import CALL_INDICATORS, CALLS_PER_LINE, CHANNEL_INDICATORS
from features.indicators.complaints import COMPLAINT_INDICATORS, COMPLAINTS_PER_LINE
from features.indicators.marketing import MARKETING_INDICATORS, TARGET_INDICATORS
from features.indicators.volumes import VOLUME_INDICATORS

GROUPS = (
    CALL_INDICATORS,
    CHANNEL_INDICATORS,
    CALLS_PER_LINE,
    VOLUME_INDICATORS,
    COMPLAINT_INDICATORS,
    COMPLAINTS_PER_LINE,
    MARKETING_INDICATORS,
    TARGET_INDICATORS,
)

"""User labels (用户标签), one file a subject; `GROUPS` is the registry, in the order of the label table's columns.

Reading order: rows, plan, usage, quota, cycle, bills, payments, lifecycle, service, channel, portability, complaints,
marketing, device, surroundings, text; then activity and segments, which are made of the labels before them.
"""

from features.labels.activity import ACTIVITY
from features.labels.bills import BILLS
from features.labels.channel import CHANNEL
from features.labels.complaints import COMPLAINTS
from features.labels.cycle import CYCLE
from features.labels.device import DEVICE
from features.labels.lifecycle import CONTRACT, CUSTOMER, STATUS
from features.labels.marketing import OFFERS, OUTBOUND, TARGETS
from features.labels.payments import PAYMENTS
from features.labels.plan import PACKS, PLAN
from features.labels.portability import PORTABILITY
from features.labels.quota import QUOTA
from features.labels.segments import CARE_SEGMENTS, FIT_SEGMENTS, USE_SEGMENTS, VALUE_SEGMENTS
from features.labels.service import SERVICE
from features.labels.surroundings import AREA, EVENTS, POSTS
from features.labels.text import TEXT
from features.labels.usage import USAGE

_PLAN_AND_USE = (PLAN, PACKS, USAGE, QUOTA, CYCLE)
_VALUE_AND_LIFE = (BILLS, PAYMENTS, CUSTOMER, STATUS, CONTRACT, DEVICE)
_SERVICE = (SERVICE, CHANNEL, PORTABILITY, COMPLAINTS, TEXT, POSTS, EVENTS, AREA)
_MARKETING = (OFFERS, TARGETS, OUTBOUND)
_MADE_OF_LABELS = (ACTIVITY, VALUE_SEGMENTS, USE_SEGMENTS, FIT_SEGMENTS, CARE_SEGMENTS)

GROUPS = (*_PLAN_AND_USE, *_VALUE_AND_LIFE, *_SERVICE, *_MARKETING, *_MADE_OF_LABELS)

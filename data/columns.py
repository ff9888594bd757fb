"""Every column of the lake once: its type, its unit and what it says.

A name has one type and one unit wherever it stands; the unit is in the name where there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["str", "int", "float", "bool", "date", "ts"]


@dataclass(frozen=True)
class Column:
    """A column: `kind` is its type, `unit` may be empty, `meaning` says what it holds."""

    name: str
    kind: Kind
    unit: str
    meaning: str


IBIS_TYPES: dict[Kind, str] = {
    "str": "string",
    "int": "int64",
    "float": "float64",
    "bool": "boolean",
    "date": "date",
    "ts": "timestamp(6)",
}

_DECLARED = """
abandoned              bool  -        the caller gave up before an answer (call_volumes counts them)
accepted               bool  -        the customer said yes to the pitched offer
accepted_at            ts    -        when the customer said yes
accepted_by            str   -        who took the complaint (受理)
account_id             str   -        the paying account (账户)
active_days            int   days     days of the month with any use
after_call_s           float seconds  work after the call (话后处理)
agent_id               str   -        the agent (坐席)
agents                 float agents   agents on the phone
amount                 float -        minutes for voice, MB for data, 1 for a message
amount_cny             float CNY      money paid
announced_at           ts    -        when the event became known
answered               int   calls    calls answered by a person
answered_in_target     int   calls    calls answered within target_s
area                   str   -        the area (区域)
arm                    str   -        exploit, explore or control
arrears_cny            float CNY      unpaid from earlier months when this bill was issued
balance_cny            float CNY      account balance
birth_year             int   year     year of birth
brand                  str   -        the brand (品牌)
campaign_id            str   -        the campaign
category               str   -        what the complaint is about
centre                 str   -        the call centre's site
channel                str   -        the channel of the contact
closed_at              ts    -        complaint closed (结案)
closed_by              str   -        who closed the complaint
complained_line        str   -        the number that is complained about
complaint_id           str   -        the complaint
confirmed_at           ts    -        second confirmation by message (二次确认)
contact_id             str   -        the contact
contract_ends_on       date  -        end of the contract
contract_months        int   months   length of the contract that the offer binds to
contract_starts_on     date  -        start of the contract
customer_id            str   -        one line (用户)
data_mb                float MB       data: quota of a plan or pack, use in a month or day
data_overage_cny       float CNY      out-of-plan data
data_overage_cny_per_mb float CNY/MB  price of out-of-plan data
data_rolls_over        bool  -        unused data may be used next month
data_round_mb          float MB       the month's total is rounded up to a multiple
day                    date  -        the day
decided_at             ts    -        when the offer was decided
decision_id            str   -        the decision that showed the offer
department             str   -        the agent's department
discount_cny           float CNY/month off the monthly bill
do_not_market          bool  -        never to be marketed to (免打扰)
effective              str   -        now or next_cycle
effective_on           date  -        when the accepted offer takes effect
ends_at                ts    -        end, exclusive
ends_on                date  -        end, exclusive
event_id               str   -        the event
exclusion_group        str   -        packs of one group exclude one another
exposure_id            str   -        one showing (or control) of one offer
family                 str   -        the plan's family
fee_cny                float CNY/month the pack's fee
fixed_mobile_bundle    bool  -        bundled with fixed line (融合)
flex_pack_cny          float CNY      optional data packs (随意玩)
gender                 str   -        F or M
handle_s               float seconds  sum of handle time
handled_at             ts    -        complaint handled (处理)
handled_by             str   -        who handled the complaint
handset_generation     str   -        2G to 5G
handset_model          str   -        the handset's model
handset_since          date  -        when the handset was first seen
hired_on               date  -        when the agent was hired
hold_s                 float seconds  on hold
intent                 str   -        why the customer called
joined_on              date  -        when the line was opened
kind                   str   -        which kind
known_at               ts    -        when a model made the label
label                  str   -        the name of a model-made label
label_text             str   -        the label's value, where it is a word
label_value            float -        the label's value, where it is a number
left_on                date  -        when the line left
level                  int   -        complaint level 1 to 3
main_line_id           str   -        the line whose quota this one shares (副卡)
marketing_consent      bool  -        agreed to marketing
model_version          str   -        the model and version that made the label
month                  date  -        the month's first day
monthly_fee_cny        float CNY/month rent
monthly_margin_cny     float CNY/month margin that overrides the computed one
name                   str   -        the name
offer_id               str   -        the offer
offered                int   calls    calls that asked for a person
on_sale                bool  -        may be recommended
opened_at              ts    -        complaint taken (受理)
other_cny              float CNY      other charges and refunds
overage_cap_cny        float CNY      each step of data overage costs at most this
overage_cap_mb         float MB       each step of data overage covers this
owner_department       str   -        the department that owns the cause
pack_id                str   -        the pack
paid_at                ts    -        when the payment came
paid_on                date  -        when the bill was paid
person_id              str   -        the person (客户)
personalisation_consent bool -        agreed to automated personal decisions
pitched                bool  -        the agent pitched the offer
plan_id                str   -        the plan (套餐)
platform               str   -        where it was posted
popped_up              bool  -        the window was shown to the agent
post_id                str   -        the post
posted_at              ts    -        when it was posted
price_cny              float CNY      paid once
propensity             float -        probability with which the logging policy showed this offer
queue                  str   -        the queue (技能组)
randomised             bool  -        drawn at random: chance could have shown another offer, or none
recorded_on            date  -        when the departure became known
reject_reason          str   -        why the customer said no
rejected_at            ts    -        when the customer said no
rent_cny               float CNY      monthly fee billed
resolved               bool  -        the contact solved it
reversed_at            ts    -        the acceptance was taken back
revisit_satisfaction   int   -        1 to 5 in the follow-up call
revisited_at           ts    -        follow-up call (回访)
revisited_by           str   -        who made the follow-up call
rollover_mb            float MB       unused in-plan data carried out of the month
run_id                 str   -        the run that made the target list
satisfaction           int   -        1 to 5
scored_on              date  -        when the target list was made
script                 str   -        what the agent says
size                   float people   people addressed or affected
sms                    int   messages messages: quota of a plan, use in a month or day
sms_overage_cny        float CNY      price of one out-of-plan message
started_at             ts    -        when the contact (the request for a person) began
starts_at              ts    -        start, inclusive
starts_on              date  -        start, inclusive
status                 str   -        the state
suppressed_reason      str   -        why the offer was not shown
talk_s                 float seconds  talking
target_s               int   seconds  the answer target
team                   str   -        the agent's team
text                   str   -        what was said or written
tier                   int   -        the pack's step
total_cny              float CNY      the bill's total
transfers              int   -        times handed on
upgrade_pack_cny       float CNY      auto-upgrade packs (自动升档包)
valid_from             date  -        first day
valid_to               date  -        last day
vip                    bool  -        VIP customer
voice_min              float minutes  voice: quota of a plan or pack, use in a month or day
voice_overage_cny      float CNY      out-of-plan voice
voice_overage_cny_per_min float CNY/min price of out-of-plan voice
voice_round_min        float minutes  each call is rounded up to a multiple
wait_s                 float seconds  waiting
at                     ts    -        when
"""


def _parse(declared: str) -> dict[str, Column]:
    rows = (line.split(None, 3) for line in declared.strip().splitlines())
    return {
        name: Column(name, kind, "" if unit == "-" else unit, meaning)  # type: ignore[arg-type] # the kinds are tested
        for name, kind, unit, meaning in rows
    }


COLUMNS: dict[str, Column] = _parse(_DECLARED)

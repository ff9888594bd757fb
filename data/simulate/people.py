"""Who the customers are: what the lake shows of them, and what only the truth knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.calendar import Calendar
from data.simulate.catalogue import fact_table
from data.simulate.kinds import NONE, Bools, Floats, Ints
from data.simulate.parameters import Parameters, PeopleParameters, UsageParameters

GENDERS = ("F", "M", "2")
ODD_GENDER = 2
ODD_BIRTH_YEAR = 1890


@dataclass(frozen=True)
class Visible:
    """Columns of `customers` that do not change."""

    joined_day: Ints
    join_month: Ints
    person: Ints
    area: Ints
    birth_year: Ints
    gender: Ints
    marketing_consent: Bools
    personalisation_consent: Bools
    do_not_market: Bools
    vip: Bools
    bundle: Bools
    prepaid: Bools


@dataclass(frozen=True)
class Latent:
    """What drives a customer; written to the truth only."""

    data_need_mb: Floats
    data_growth: Floats
    voice_need_min: Floats
    voice_growth: Floats
    sms_need: Floats
    data_fear: Floats
    price_sensitivity: Floats
    patience: Floats
    openness: Floats
    contact_frailty: Floats
    digital: Floats
    bad_payer: Bools
    coverage: Floats


@dataclass(frozen=True)
class People:
    """`size` lines whose numbers start at `first`."""

    first: int
    size: int
    visible: Visible
    latent: Latent

    @property
    def number(self) -> Ints:
        """Line numbers: the digits of customer_id."""
        return np.arange(self.first, self.first + self.size, dtype=np.int64)


def draw_people(rng: np.random.Generator, first: int, size: int, calendar: Calendar, world: Parameters) -> People:
    """All lines of a chunk, those that join within the window included."""
    areas = fact_table("areas")
    area = rng.choice(len(areas), size, p=areas["weight"].to_numpy() / areas["weight"].sum())
    visible = _visible(rng, area.astype(np.int64), calendar, world.people)
    coverage = areas["coverage"].to_numpy(np.float64)[area] + rng.normal(0.0, 0.7, size)
    return People(first, size, visible, _latent(rng, visible, coverage, world))


def _visible(rng: np.random.Generator, area: Ints, calendar: Calendar, people: PeopleParameters) -> Visible:
    size = area.size
    joined = _joined(rng, size, calendar, people)
    return Visible(
        joined_day=joined,
        join_month=calendar.month_of_day(joined),
        person=np.cumsum(rng.random(size) < 1.0 / people.lines_per_person),
        area=area,
        birth_year=_birth_year(rng, size, calendar, people),
        gender=_gender(rng, size, people),
        marketing_consent=rng.random(size) < people.marketing_consent,
        personalisation_consent=rng.random(size) < people.personalisation_consent,
        do_not_market=rng.random(size) < people.do_not_market,
        vip=rng.random(size) < people.vip_share,
        bundle=rng.random(size) < people.bundle_share,
        prepaid=rng.random(size) < people.prepaid_share,
    )


def _joined(rng: np.random.Generator, size: int, calendar: Calendar, people: PeopleParameters) -> Ints:
    """Log-normal tenure before the window; joiners of the window start on a month's first day."""
    months = np.exp(rng.normal(people.tenure_log_median, people.tenure_log_sd, size))
    before = calendar.day(0) - 1 - (np.clip(months, 0.5, people.tenure_max) * 30.44).astype(np.int64)
    share = min(people.joiner_share_max, people.joiner_share_a_month * calendar.months)
    firsts = np.array([calendar.day(month) for month in range(calendar.months)])
    within = firsts[rng.integers(0, calendar.months, size)]
    return np.where(rng.random(size) < share, within, before)


def _birth_year(rng: np.random.Generator, size: int, calendar: Calendar, people: PeopleParameters) -> Ints:
    age = people.age_shift + rng.gamma(people.age_gamma_shape, people.age_gamma_scale, size)
    year = calendar.year(0) - np.clip(age, 12, 92).astype(np.int64)
    odd = rng.random(size) < 0.001
    missing = rng.random(size) < people.birth_year_missing
    return np.where(missing, NONE, np.where(odd, ODD_BIRTH_YEAR, year))


def _gender(rng: np.random.Generator, size: int, people: PeopleParameters) -> Ints:
    gender = (rng.random(size) < 0.55).astype(np.int64)
    gender[rng.random(size) < people.odd_gender_share] = ODD_GENDER
    gender[rng.random(size) < people.gender_missing] = NONE
    return gender


def _latent(rng: np.random.Generator, visible: Visible, coverage: Floats, world: Parameters) -> Latent:
    size, usage = coverage.size, world.usage
    frailty = world.contacts.frailty_shape
    return Latent(
        data_need_mb=_data_need(rng, visible, usage),
        data_growth=rng.normal(usage.data_growth, usage.data_growth_sd, size),
        voice_need_min=np.exp(rng.normal(usage.voice_log_median, usage.voice_log_sd, size)),
        voice_growth=rng.normal(usage.voice_growth, usage.voice_growth_sd, size),
        sms_need=usage.sms_median * np.exp(rng.normal(0.0, 0.9, size)),
        data_fear=_fear(rng, size, usage),
        price_sensitivity=np.exp(rng.normal(-0.1, 0.45, size)),
        patience=rng.normal(0.0, 1.0, size),
        openness=rng.normal(0.0, 1.0, size),
        contact_frailty=rng.gamma(frailty, 1.0 / frailty, size),
        digital=rng.beta(2.0, 2.2, size),
        bad_payer=rng.random(size) < world.people.bad_payer_share,
        coverage=coverage,
    )


def _fear(rng: np.random.Generator, size: int, usage: UsageParameters) -> Floats:
    fear = rng.beta(usage.fear_alpha, usage.fear_beta, size)
    return np.where(rng.random(size) < usage.stop_share, 1.0, fear)


def _data_need(rng: np.random.Generator, visible: Visible, usage: UsageParameters) -> Floats:
    """Log-normal, lower for older people; a share of the lines never uses data."""
    size = visible.area.size
    decades = np.where(visible.birth_year > 1900, (1990 - visible.birth_year) / 10.0, 0.0)
    need = np.exp(rng.normal(usage.data_log_median, usage.data_log_sd, size) - 0.15 * decades)
    without = rng.random(size) < usage.no_data_share * np.clip(1.0 + 0.4 * decades, 0.3, 3.0)
    return np.where(without, 0.0, np.minimum(need, usage.data_need_max_mb))

"""Drawings as text: a scale, an axis, and the few shapes that the report needs. Text stays text, so Chinese renders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from markupsafe import Markup, escape
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from data.console import cell


@dataclass(frozen=True)
class Scale:
    """Values between `low` and `high` to pixels between `start` and `end`.

    >>> Scale(0, 10, 100, 0)(2.5)
    75.0
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of a value; a scale without extent puts all in its middle."""
        span = self.high - self.low
        share = (value - self.low) / span if span > 0 else 0.5
        return float(self.start + share * (self.end - self.start))

    def all(self, values: ArrayLike) -> list[float]:
        """The pixels of values, those outside the scale at its ends."""
        return [self(value) for value in np.clip(np.asarray(values, dtype=np.float64), self.low, self.high)]

    def ticks(self, count: int = 5) -> list[float]:
        """Round values inside the scale."""
        if not self.high > self.low:
            return [self.low]
        return [t for t in MaxNLocator(count).tick_values(self.low, self.high) if self.low <= t <= self.high]


@dataclass
class Drawing:
    """An inline SVG of `width` by `height` pixels; looks come from the page's style sheet by class."""

    width: int
    height: int
    title: str
    parts: list[Markup] = field(default_factory=list)

    def line(self, ends: tuple[float, float, float, float], look: str) -> None:
        """A straight line (x1, y1, x2, y2)."""
        self._add('<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" class="{}"/>', *ends, look)

    def box(self, place: tuple[float, float, float, float], look: str, style: str = "") -> None:
        """A rectangle (x, y, width, height); `style` where its look comes from a number."""
        form = '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" class="{}"'
        self._add(form + (' style="{}"/>' if style else "/>"), *place, look, *([style] if style else []))

    def text(self, at: tuple[float, float], words: str, look: str = "") -> None:
        """Words that start at (x, y), or end or stand in the middle there, by the class `end` or `middle`."""
        self._add('<text x="{:.1f}" y="{:.1f}" class="{}">{}</text>', *at, look, words)

    def dots(self, xs: list[float], ys: list[float], look: str) -> None:
        """Many dots as one path."""
        self._path(" ".join(f"M{x:.1f} {y:.1f}h0" for x, y in zip(xs, ys, strict=True)), look)

    def curve(self, xs: list[float], ys: list[float], look: str) -> None:
        """A line through points."""
        self._path(" ".join(f"{'ML'[i > 0]}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(zip(xs, ys, strict=True))), look)

    def area(self, xs: list[float], low: list[float], high: list[float], look: str) -> None:
        """What lies between two lines over the same points."""
        around = [*zip(xs, high, strict=True), *reversed(list(zip(xs, low, strict=True)))]
        self._path(" ".join(f"{'ML'[i > 0]}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(around)) + "Z", look)

    def axis_below(self, scale: Scale, y: float, words: str) -> None:
        """A horizontal axis at `y` with its ticks, and what it shows."""
        self.line((scale.start, y, scale.end, y), "axis")
        for tick in scale.ticks():
            self.text((scale(tick), y + 14), cell(float(tick)), "middle tick")
        self.text(((scale.start + scale.end) / 2, y + 30), words, "middle")

    def axis_left(self, scale: Scale, x: float) -> None:
        """A vertical axis at `x` with its ticks."""
        self.line((x, scale.start, x, scale.end), "axis")
        for tick in scale.ticks(4):
            self.text((x - 4, scale(tick) + 4), cell(float(tick)), "end tick")

    def svg(self) -> Markup:
        """The drawing as an element of the page."""
        size = Markup('viewBox="0 0 {0} {1}" width="{0}" height="{1}"').format(self.width, self.height)
        opening = Markup('<svg {} role="img" aria-label="{}">').format(size, self.title)
        return opening + Markup("").join(self.parts) + Markup("</svg>")

    def _path(self, steps: str, look: str) -> None:
        self._add('<path d="{}" class="{}"/>', steps, look)

    def _add(self, form: str, *values: Any) -> None:
        self.parts.append(Markup(form.format(*[escape(v) if isinstance(v, str) else v for v in values])))

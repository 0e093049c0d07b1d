"""One set of colours for every picture of the book, each with one meaning.

Blue, vermillion and bluish green are from the Okabe-Ito set (Okabe and Ito, "Color Universal
Design", 2008, https://jfly.uni-koeln.de/color/); that set's lighter colours do not reach the
3 : 1 that thin lines need on white, so plum and brown stand in for them. Every pair stays
apart under protanopia, deuteranopia and tritanopia (tests/show/style/test_palette.py
computes it).

>>> from genlib.show.style import palette
>>> palette.generator
'#009e73'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.colors import LinearSegmentedColormap

data = "#2f3640"
"""What was observed: near-black, as data points are in most papers."""
model = "#0072b2"
"""What a model says: its density, its bound, its samples."""
discriminator = "#d55e00"
"""The second player: discriminator or critic."""
generator = "#009e73"
"""The first player: the generator and what it makes."""
accent = "#a8327d"
"""The one thing in a picture to look at."""
extra = "#734a0d"
"""A sixth colour, for a sixth curve."""

plate = "#ffffff"
"""The ground that every picture brings with it."""
ink = "#24292f"
"""Text and titles."""
grey = "#5c636b"
"""Axes, ticks and reference lines."""
light = "#d9dde1"
"""Grid lines and whatever should recede."""

cycle = (model, discriminator, generator, accent, data, extra)
"""The order in which curves without a role take colours."""
density_anchors = (plate, "#dcebf7", "#a9cfea", "#66a9d8", "#2f80bd", "#0a5a96", "#083462")
"""From no probability (the plate) to much of it (deep blue), in even steps of lightness."""
diverging_anchors = ("#bb4800", "#dc8141", "#efc4a3", "#f7f7f7", "#aed3ee", "#53a4d9", "#1d77b5")
"""From vermillion over near-white to blue: discriminator below, model above."""


def colour(name: str, position: int = 0) -> str:
    """Colour of a curve: that of the role its name begins with, else of its place in the cycle.

    ``"discriminator/loss"`` and ``"discriminator"`` both give the discriminator's colour.
    """
    roles = {
        "data": data,
        "model": model,
        "discriminator": discriminator,
        "critic": discriminator,
        "generator": generator,
    }
    return roles.get(name.split("/")[0].lower(), cycle[position % len(cycle)])


def colours(names: list[str]) -> list[str]:
    """Distinct colours for up to six curves: roles first, the cycle's unused colours after."""
    taken = [colour(name) if _has_role(name) else None for name in names]
    spare = [shade for shade in cycle if shade not in taken] or list(cycle)
    places = iter(range(len(names)))
    return [shade or spare[next(places) % len(spare)] for shade in taken]


def density_map() -> LinearSegmentedColormap:
    """Sequential colormap for densities: lightness falls evenly as probability rises."""
    return _colormap("genlib-density", density_anchors)


def diverging_map() -> LinearSegmentedColormap:
    """Colormap for a quantity with a middle, such as D(x) about one half."""
    return _colormap("genlib-diverging", diverging_anchors)


def _has_role(name: str) -> bool:
    return colour(name, 0) == colour(name, 1)


def _colormap(name: str, anchors: tuple[str, ...]) -> LinearSegmentedColormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(name, anchors)

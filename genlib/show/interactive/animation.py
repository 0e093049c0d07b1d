"""Pictures in a row, with a button that plays them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from genlib.show.interactive.frames import Alt, Control, controls, render, settings
from genlib.show.interactive.viewer import html

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Animation:
    """What ``animate`` returns; it shows itself when a cell ends in it."""

    def __init__(
        self,
        draw: Callable[..., Figure],
        control: Control,
        interval: int,
        alt: Alt = None,
        title: str | None = None,
    ) -> None:
        """Remember what to draw; nothing is drawn yet."""
        self.draw, self.control, self.interval = draw, control, interval
        self.alt, self.title = alt, title

    def html(self) -> str:
        """Draw every picture and return the viewer.

        Raises:
            TypeError: if ``draw`` does not return a matplotlib figure.
            ValueError: if the pictures are too large together.
        """
        name = self.control.name
        frames = [
            render(lambda **value: self.draw(value[name]), setting, self.alt)
            for setting in settings([self.control])
        ]
        return html([self.control], frames, self.title, self.interval)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Return the viewer, with or without a kernel: there is nothing to compute anew."""
        return {"text/plain": repr(self), "text/html": self.html()}

    def __repr__(self) -> str:
        """Name what moves and count the pictures."""
        return f"<Animation: {self.control.title}, {len(self.control.values)} frames>"


def animate(
    draw: Callable[[object], Figure],
    frames: Sequence[object],
    *,
    name: str = "step",
    interval: float = 0.5,
    alt: Alt = None,
    title: str | None = None,
) -> Animation:
    """Show ``draw(frame)`` for one frame after the other, with a play button and a slider.

    Nothing moves until *Play* is pressed; where the reader asked for reduced motion, pictures
    then change once a second at most. The slider goes to any picture, and stops the playing.

    >>> animate(lambda step: ..., frames=[0, 1, 2, 5, 20], name="iteration")
    <Animation: iteration, 5 frames>

    Args:
        draw: takes one of ``frames`` and returns a matplotlib figure.
        frames: numbers or strings, in the order of time; at most 120.
        name: what the frames count, shown beside the slider.
        interval: seconds from one picture to the next.
        alt: what is seen: a sentence, to which the frame is added, or a function of the frame
            (by the name ``name``) that returns one. By default the figure's own.
        title: stands above.

    Raises:
        ValueError: if there are no frames, too many, or the interval is not positive; when
            shown, if the pictures exceed 400 kB together.
    """
    if not 0 < interval < float("inf"):
        raise ValueError(f"interval must be a positive number of seconds, got {interval}")
    (control,) = controls({name: frames}, {})
    return Animation(draw, control, round(1000 * interval), alt, title)

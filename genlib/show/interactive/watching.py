"""One figure that is drawn again while a model trains."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from genlib.nn import evaluating
from genlib.runtime import rank, seeded
from genlib.show.interactive.explorer import in_kernel
from genlib.show.interactive.frames import Alt, Frame, render
from genlib.storage import write_atomic

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import nn


class Watch:
    """What ``watch`` returns: a callback of ``fit``."""

    def __init__(
        self, draw: Callable[[nn.Module], Figure], every: int, path: Path | None, alt: Alt
    ) -> None:
        """Remember what to draw; nothing is drawn yet."""
        self.draw, self.every, self.path, self.alt = draw, every, path, alt
        self.shown = None  # the place in the notebook, once there is one

    def __call__(self, model: nn.Module, step: int) -> None:
        """Draw the model anew if it is time, in the first process alone."""
        if step % self.every or rank() > 0:
            return
        frame = self.frame(model, step)
        if self.path is not None:
            write_atomic(self.path, frame.png)
        if in_kernel():
            self.put(frame)

    def frame(self, model: nn.Module, step: int) -> Frame:
        """Return the picture, always drawn with the same random numbers."""
        device = next(model.parameters()).device
        with evaluating(model), torch.no_grad(), seeded(0, device):
            return render(lambda step: self.draw(model), {"step": step}, self.alt)

    def put(self, frame: Frame) -> None:
        """Show the picture in the place of the one before."""
        from IPython.display import display

        image = base64.b64encode(frame.png).decode()
        content = {"text/plain": f"<Figure: {frame.alt}>", "image/png": image}
        options = {"raw": True, "metadata": {"image/png": {"alt": frame.alt}}}
        if self.shown is None:
            self.shown = display(content, display_id=True, **options)
        else:
            self.shown.update(content, **options)


def watch(
    draw: Callable[[nn.Module], Figure],
    *,
    every: int = 500,
    path: str | Path | None = None,
    alt: Alt = None,
) -> Watch:
    """Draw ``draw(model)`` again and again while ``fit`` trains: ``fit(..., callbacks=[this])``.

    In a notebook it is one figure, whose picture is replaced; a collapse is seen while it happens.
    Every picture is drawn with the same random numbers, so that a code keeps its place in a grid
    of samples, and the run's own numbers stay as they are.

    >>> watch(lambda model: show.grid(model.sample(64), low=-1), every=200)  # doctest: +SKIP

    Args:
        draw: takes the model, in evaluation mode and without gradients, and returns a figure.
        every: rounds from one picture to the next.
        path: a PNG file that holds the newest picture, for runs without a notebook.
        alt: what is seen: a sentence, to which the round is added, or a function of ``step`` that
            returns one. By default the figure's own.

    Raises:
        ValueError: if ``every`` is not a whole number from 1.
        TypeError: while training, if ``draw`` does not return a matplotlib figure.
    """
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise ValueError(f"every={every!r}, wanted a whole number of rounds, at least 1")
    return Watch(draw, every, None if path is None else Path(path), alt)

"""Interactive figures: sliders over pictures, with a kernel or without."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from genlib.runtime import static_output
from genlib.show.interactive.frames import Alt, Control, Frame, controls, render, settings
from genlib.show.interactive.viewer import html

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure

WIDGET = "application/vnd.jupyter.widget-view+json"


class Explorer:
    """What ``explore`` returns; it shows itself when a cell ends in it."""

    def __init__(
        self,
        draw: Callable[..., Figure],
        chosen: Sequence[Control],
        alt: Alt = None,
        title: str | None = None,
    ) -> None:
        """Remember what to draw; nothing is drawn yet."""
        self.draw, self.controls, self.alt, self.title = draw, chosen, alt, title

    def html(self) -> str:
        """Draw every picture and return the viewer that needs no kernel.

        Raises:
            TypeError: if ``draw`` does not return a matplotlib figure.
            ValueError: if the pictures are too large together.
        """
        return html(
            self.controls, [self._frame(one) for one in settings(self.controls)], self.title
        )

    def widget(self) -> VBox:
        """Return sliders that call ``draw`` anew, for a running notebook (ipywidgets)."""
        import ipywidgets

        sliders = {one.name: _slider(one) for one in self.controls}
        picture = ipywidgets.HTML()

        def update(_: object = None) -> None:
            frame = self._frame({name: slider.value for name, slider in sliders.items()})
            picture.value = _image(frame)

        for slider in sliders.values():
            slider.observe(update, names="value")
        update()
        heading = [ipywidgets.HTML(f"<b>{escape(self.title)}</b>")] if self.title else []
        return ipywidgets.VBox([*heading, picture, *sliders.values()])

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        """Return widgets where a kernel runs them, else the viewer; always a text that stays."""
        text = {"text/plain": repr(self)}
        if not live():
            return text | {"text/html": self.html()}
        view = {"version_major": 2, "version_minor": 0, "model_id": self.widget().model_id}
        return text | {WIDGET: view}

    def __repr__(self) -> str:
        """Name the sliders and count their positions."""
        grids = ", ".join(f"{one.title} ({len(one.values)} values)" for one in self.controls)
        return f"<Explorer: {grids}>"

    def _frame(self, setting: Mapping[str, object]) -> Frame:
        return render(self.draw, setting, self.alt)


def explore(
    draw: Callable[..., Figure],
    *,
    alt: Alt = None,
    start: Mapping[str, object] | None = None,
    title: str | None = None,
    **values: Sequence[object],
) -> Explorer:
    """Show ``draw(**values)`` with a slider for each value.

    In a running notebook a slider calls ``draw`` again. Everywhere else, and always when the
    environment has ``GENLIB_STATIC=1``, the pictures for all combinations are drawn beforehand
    and stand in a viewer of plain HTML that works without a kernel and without a network.

    >>> explore(lambda sigma: ..., sigma=[0.1, 0.3, 1.0], start={"sigma": 0.3})
    <Explorer: sigma (3 values)>

    Args:
        draw: takes the values by name and returns a matplotlib figure.
        alt: what is seen: a sentence, to which the values are added, or a function of the
            values that returns one. By default the figure's own.
        start: values to begin with, by name; the others begin with their first.
        title: stands above.
        values: for each slider its positions, numbers or strings. An underscore in a name is
            shown as a space.

    Raises:
        ValueError: if there are no values, more than 120 combinations, or a start is not among
            its values; when shown, if the pictures exceed 400 kB together.
    """
    return Explorer(draw, controls(values, start or {}), alt, title)


def live() -> bool:
    """Whether a notebook's kernel is running here and may answer sliders."""
    return in_kernel() and not static_output()


def in_kernel() -> bool:
    """Whether this runs in a notebook, which can show pictures."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None


def _slider(control: Control) -> object:
    import ipywidgets

    return ipywidgets.SelectionSlider(
        options=list(zip(control.labels, control.values, strict=True)),
        index=control.start,
        description=control.title,
        continuous_update=False,
        style={"description_width": "initial"},
        layout=ipywidgets.Layout(width="min(100%, 36rem)"),
    )


def _image(frame: Frame) -> str:
    source = base64.b64encode(frame.png).decode()
    style = "max-width: 100%; height: auto"
    return f'<img alt="{escape(frame.alt)}" style="{style}" src="data:image/png;base64,{source}">'

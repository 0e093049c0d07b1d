"""The figure that every drawing function returns, and the look that they share.

Figures stand on their own white plate with rounded corners. Ink on a transparent ground was the
other choice, and it cannot be read on both kinds of page: on white, text needs a luminance of
at most 0.18 for a contrast of 4.5; on #121212 it needs at least 0.20. So the ground comes with
the picture. On a light page the white plate disappears; on a dark page it is a card, and every
colour keeps the contrast that ``genlib.show.style.palette`` was chosen for.

This is the one module here that imports matplotlib when it is imported; the drawing functions
import it when they are called. No pyplot: a figure is shown because a cell ends in it.
"""

from __future__ import annotations

import base64

from cycler import cycler
from matplotlib.figure import Figure

from genlib.show.style import palette, png

WIDTH = 6.0
MARGIN = 0.1
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": palette.ink,
    "axes.titlepad": 8,
    "axes.labelsize": 12,
    "axes.labelcolor": palette.ink,
    "axes.edgecolor": palette.grey,
    "axes.facecolor": palette.plate,
    "axes.linewidth": 0.9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=palette.cycle),
    "axes.unicode_minus": True,
    "figure.facecolor": palette.plate,
    "grid.color": palette.light,
    "grid.linewidth": 0.7,
    "image.cmap": "gray",
    "legend.fontsize": 11.5,
    "legend.frameon": False,
    "legend.labelcolor": palette.ink,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
    "text.color": palette.ink,
    "text.parse_math": True,
    "xtick.color": palette.grey,
    "xtick.labelcolor": palette.ink,
    "xtick.labelsize": 11,
    "ytick.color": palette.grey,
    "ytick.labelcolor": palette.ink,
    "ytick.labelsize": 11,
}


class Picture(Figure):
    """A matplotlib figure that shows itself as a palette PNG of a few kilobytes.

    Attributes:
        alt: what is seen, in a sentence, for those who do not see it. It goes out with the
            picture as the ``alt`` of its output's metadata.
    """

    def __init__(self, width: float = WIDTH, height: float = 3.4, alt: str = "") -> None:
        """Make an empty plate of ``width`` by ``height`` inches."""
        super().__init__(figsize=(width, height), dpi=png.DPI, layout="constrained")
        self.get_layout_engine().set(w_pad=MARGIN, h_pad=MARGIN)
        self.alt = alt

    def png(self) -> bytes:
        """Return the picture as the bytes of a palette PNG, the same for the same picture."""
        return png.encode(self)

    def _ipython_display_(self) -> None:
        """Show the palette PNG.

        A method of this name comes before the PNG formatter that matplotlib registers for all
        figures; one called ``_repr_png_`` or ``_repr_mimebundle_`` would come after it.
        """
        from IPython.display import display

        content = {"text/plain": repr(self), "image/png": base64.b64encode(self.png()).decode()}
        display(content, raw=True, metadata={"image/png": {"alt": self.alt}} if self.alt else {})

    def __repr__(self) -> str:
        """Say what is seen; sizes and addresses would differ from run to run."""
        return f"<Figure: {self.alt}>" if self.alt else "<Figure>"

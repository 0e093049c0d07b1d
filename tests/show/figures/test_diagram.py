"""Boxes, and arrows between them."""

import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from genlib.show.figures.diagram import APART, SIZE, Arrow, Box, diagram

ROW = {"a": Box("a", 0), "b": Box("b", 2), "c": Box("c", 4, 1)}


def drawn(arrows: list[Arrow]) -> tuple[dict[str, FancyBboxPatch], list[FancyArrowPatch]]:
    """Draw ``ROW``; return its outlines and arrows."""
    picture = diagram(ROW, arrows, alt="three boxes")
    picture.canvas.draw()
    patches = picture.axes[0].patches
    outlines = [patch for patch in patches if isinstance(patch, FancyBboxPatch)]
    lines = [patch for patch in patches if isinstance(patch, FancyArrowPatch)]
    return dict(zip(ROW, outlines, strict=True)), lines


def middle(box: FancyBboxPatch) -> np.ndarray:
    return np.array([box.get_x() + box.get_width() / 2, box.get_y() + box.get_height() / 2])


def nearest(arrow: FancyArrowPatch, box: FancyBboxPatch) -> np.ndarray:
    """Return the point of an arrow that is nearest to the middle of a box, in inches."""
    vertices = arrow.get_path().vertices
    return vertices[np.linalg.norm(vertices - middle(box), axis=1).argmin()]


@pytest.mark.parametrize(("start", "end"), [("a", "b"), ("b", "a"), ("a", "c"), ("c", "b")])
def test_an_arrow_leaves_one_outline_and_stops_at_the_other(start: str, end: str) -> None:
    boxes, (arrow,) = drawn([Arrow(start, end)])
    for box in (boxes[start], boxes[end]):
        point = nearest(arrow, box)
        low = np.array([box.get_x(), box.get_y()])
        size = np.array([box.get_width(), box.get_height()])
        outside = np.maximum(low - point, point - low - size)
        assert -0.01 < outside.max() < 0.12


def test_opposite_arrows_run_side_by_side() -> None:
    _, arrows = drawn([Arrow("a", "b"), Arrow("b", "a", kind="gradient")])
    heights = [arrow.get_path().vertices[:-1, 1] for arrow in arrows]  # the last one only closes
    forward, back = ((each.min() + each.max()) / 2 for each in heights)
    assert back - forward == pytest.approx(2 * APART, abs=1e-3)  # the axis points down
    solid, dashed = (arrow.get_linestyle() for arrow in arrows)
    assert solid == "-"
    assert dashed != "-"


def test_a_cut_crosses_the_arrow_midway_between_the_outlines() -> None:
    picture = diagram(ROW, [Arrow("a", "b", cut=True)])
    boxes = [patch for patch in picture.axes[0].patches if isinstance(patch, FancyBboxPatch)]
    (bar,) = picture.axes[0].lines
    gap = boxes[0].get_x() + boxes[0].get_width(), boxes[1].get_x()
    assert np.allclose(bar.get_xdata(), np.mean(gap))


def test_texts_are_large_enough_for_a_phone_and_inside_the_picture() -> None:
    picture = diagram(ROW, [Arrow("a", "b", "text")], notes={"a note": (4, 0)}, title="Title")
    picture.canvas.draw()
    for text in picture.axes[0].texts:
        assert text.get_fontsize() >= SIZE - 2
        extent = text.get_window_extent()
        assert picture.bbox.x0 <= extent.x0
        assert extent.x1 <= picture.bbox.x1


@pytest.mark.parametrize(
    ("boxes", "arrows", "message"),
    [
        ({}, [], "no boxes"),
        (ROW, [Arrow("a", "d")], "an arrow names 'd', wanted one of a, b, c"),
        (ROW, [Arrow("a", "b", kind="loss")], "kind 'loss', wanted one of flow, gradient"),
        ({"a": Box("a", 0), "b": Box("b", 0.5)}, [], "'a' and 'b' overlap"),
        ({"a": Box("a", 0), "b": Box("b", 0, 0.3)}, [], "'a' and 'b' overlap"),
    ],
)
def test_what_cannot_be_drawn_is_refused(boxes: dict, arrows: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        diagram(boxes, arrows)

import numpy as np
import pytest
import torch

from genlib import show


def test_bars_are_means_with_whiskers_and_dots():
    figure = show.bars({"a": [1.0, 3.0], "b": (4.0, 0.5), "c": 2}, xlabel="error (%)")
    axes = figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [2, 4, 2]
    spans = [w.get_children()[-1].get_segments()[0][:, 0] for w in axes.containers if "E" in str(w)]
    np.testing.assert_allclose(spans, [[2 - 2**0.5, 2 + 2**0.5], [3.5, 4.5]])
    dots = np.concatenate([c.get_offsets() for c in axes.collections if hasattr(c, "get_sizes")])
    assert dots[:, 0].tolist() == [1, 3]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["a", "b", "c"]


@pytest.mark.parametrize("values", [{}, {"a": float("nan")}, {"a": []}, {"a": "text"}])
def test_what_is_no_bar_is_refused(values):
    with pytest.raises(ValueError, match=r"empty|not finite|numbers"):
        show.bars(values)


def test_seeds_in_a_tensor_and_references():
    axes = show.bars({"a": torch.tensor([1.0, 3.0]).bfloat16()}, references={"paper": 5}).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [2]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["paper"]


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ([1, 2], {}, r"values must be named, such as .*; got list"),
        ({1: 2.0}, {}, "1 cannot name what is drawn"),
        ({"a": (1.0, -0.5)}, {}, "'a': the error is -0.5, wanted at least 0"),
        ({"a": np.ones((2, 2))}, {}, r"one a seed, got the shape \(2, 2\)"),
        ({"a": 1.0}, {"references": {"a": 2.0}}, "each name may stand once, but a stands twice"),
        ({"a": 1.0}, {"references": {"b": float("nan")}}, "reference 'b' is not finite"),
        ({"a": 1.0}, {"axes": np.zeros(2)}, "axes must be one matplotlib Axes, got ndarray"),
    ],
)
def test_what_would_be_drawn_wrongly_is_refused(values, options, message):
    with pytest.raises(ValueError, match=message):
        show.bars(values, **options)

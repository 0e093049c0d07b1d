import numpy as np
import pytest
import torch

from genlib import show
from genlib.history import History
from genlib.show import palette


def run(**columns):
    """A history of three steps."""
    history = History()
    for step in range(3):
        history.add(10 * (step + 1), {n.replace("__", "/"): v[step] for n, v in columns.items()})
    return history


def drawn(figure, line=0):
    return [list(map(float, part)) for part in figure.axes[0].lines[line].get_data()]


def test_y_alone_is_drawn_against_its_index():
    assert drawn(show.curves({"a": [5, 6, 7]})) == [[0, 1, 2], [5, 6, 7]]


def test_x_and_y():
    assert drawn(show.curves({"a": ([1, 10], torch.tensor([2.0, 3.0]))})) == [[1, 10], [2, 3]]


def test_seeds_become_their_mean_and_a_band_of_one_standard_deviation():
    y = np.array([[1.0, 2.0], [3.0, 6.0], [5.0, 4.0]])
    figure = show.curves({"a": ([0, 1], y)})
    assert drawn(figure) == [[0, 1], [3, 4]]
    band = figure.axes[0].collections[0].get_paths()[0].vertices
    assert {tuple(point) for point in band} >= {(0, 1), (0, 5), (1, 2), (1, 6)}


def test_a_history_is_drawn_against_its_steps():
    history = run(loss=[3, 2, 1], accuracy=[0.1, 0.5, 0.9])
    assert drawn(show.curves({"a": history})) == [[10, 20, 30], [3, 2, 1]]
    assert drawn(show.curves({"a": history}, column="accuracy"))[1] == [0.1, 0.5, 0.9]


def test_histories_of_several_seeds_become_a_mean():
    histories = [run(loss=[3, 2, 1]), run(loss=[5, 2, 3])]
    assert drawn(show.curves({"a": histories})) == [[10, 20, 30], [4, 2, 2]]


def test_histories_at_different_steps_are_refused():
    later = History()
    later.add(7, {"loss": 1.0})
    with pytest.raises(ValueError, match="different steps"):
        show.curves({"a": [run(loss=[3, 2, 1]), later]})


def test_logarithmic_axes_references_labels_and_a_legend():
    figure = show.curves(
        {"a": [1, 2]},
        xlabel="step",
        ylabel="loss (nats)",
        title="T",
        logy=True,
        references={"bound": 1.5},
    )
    axes = figure.axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "log")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "loss (nats)")
    assert drawn(figure, 1)[1] == [1.5, 1.5]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "bound"]


def test_a_single_curve_needs_no_legend():
    assert show.curves({"a": [1, 2]}).axes[0].get_legend() is None


def test_roles_and_given_colours():
    figure = show.curves({"generator": [1], "other": [2]}, colours={"other": "#123456"})
    assert [line.get_color() for line in figure.axes[0].lines] == [palette.generator, "#123456"]


@pytest.mark.parametrize(
    ("series", "message"),
    [
        ({}, "series is empty"),
        ({"a": []}, "'a': y is empty"),
        ({"a": ([1, 2], [1, 2, 3])}, r"got \(2,\) and \(1, 3\)"),
        ({"a": "text"}, "must be numbers"),
        ({"a": np.zeros((2, 2, 2))}, r"\(2, 2, 2\)"),
    ],
)
def test_what_is_no_curve_is_refused(series, message):
    with pytest.raises(ValueError, match=message):
        show.curves(series)


def test_history_puts_alike_columns_in_one_panel():
    history = run(generator__loss=[3, 2, 1], discriminator__loss=[1, 1, 1], seen=[0, 1, 2])
    losses, seen = show.history(history).axes
    assert [line.get_label() for line in losses.lines] == ["generator", "discriminator"]
    assert [line.get_color() for line in losses.lines] == [
        palette.generator,
        palette.discriminator,
    ]
    assert seen.get_ylabel() == "seen"


def test_history_draws_named_columns_only():
    assert len(show.history(run(loss=[3, 2, 1], seen=[0, 1, 2]), "seen").axes) == 1


def test_an_empty_history_is_refused():
    with pytest.raises(ValueError, match="no numbers yet"):
        show.history(History())


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

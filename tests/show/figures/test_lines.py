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


def test_limits_and_ticks():
    axes = show.curves({"a": [1, 2]}, xlim=(-1, 3), ylim=(5, 0), yticks=(0, 0.5, -1)).axes[0]
    assert (axes.get_xlim(), axes.get_ylim()) == ((-1, 3), (5, 0))
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["0", "0.5", "\N{MINUS SIGN}1"]


def test_ticks_of_a_logarithmic_axis_bear_plain_numbers_and_none_stand_between():
    figure = show.curves({"a": ([2, 300], [1, 2])}, logx=True, xticks=[3, 50, 1000])
    figure.canvas.draw()
    axis = figure.axes[0].xaxis
    assert [tick.get_text() for tick in axis.get_ticklabels()] == ["3", "50", "1000"]
    assert axis.get_minorticklocs().size == 0


def test_markers_are_drawn_without_a_line_and_seeds_with_whiskers():
    y = np.array([[1.0, 2.0], [3.0, 6.0], [5.0, 4.0]])
    axes = show.curves({"a": [1, 2], "b": ([0, 1], y)}, markers={"b": "^"}).axes[0]
    line, marks = axes.lines[:2]
    assert (line.get_marker(), line.get_linestyle()) == ("None", "-")
    assert (marks.get_marker(), marks.get_linestyle()) == ("^", "None")
    assert list(marks.get_ydata()) == [3, 4]
    (whiskers,) = axes.collections
    np.testing.assert_allclose([s[:, 1] for s in whiskers.get_segments()], [[1, 5], [2, 6]])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]


def test_dashed_lines():
    axes = show.curves({"a": [1, 2], "b": [2, 3]}, dashed=["b"]).axes[0]
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--"]


def test_a_legend_can_be_left_out_or_placed():
    series = {"a": [1, 2], "b": [2, 3]}
    assert show.curves(series, legend=False).axes[0].get_legend() is None
    legend = show.curves(series, legend={"ncols": 2, "loc": "lower right"}).axes[0].get_legend()
    assert (legend._ncols, legend._loc) == (2, 4)


def test_what_is_not_finite_leaves_a_gap():
    line = show.curves({"a": [1, float("nan"), 3]}).axes[0].lines[0]
    np.testing.assert_array_equal(line.get_ydata(), [1, np.nan, 3])


def test_a_single_point_is_seen():
    assert show.curves({"a": 3.0}).axes[0].lines[0].get_marker() == "o"


@pytest.mark.parametrize(
    "y",
    [
        torch.tensor([1, 2]),
        torch.tensor([1.0, 2.0]).bfloat16(),
        torch.tensor([1.0, 2.0], requires_grad=True),
        [torch.tensor(1.0, requires_grad=True), torch.tensor(2.0).half()],
        range(1, 3),
    ],
)
def test_numbers_of_any_kind(y):
    assert drawn(show.curves({"a": y}))[1] == [1, 2]


def test_huge_values_are_drawn():
    assert show.curves({"a": [1e300, -1e300, 1e-300]}).png()


@pytest.mark.parametrize(
    ("series", "options", "message"),
    [
        ([1, 2], {}, r"series must be named, such as .*; got list"),
        ({1: [1, 2]}, {}, "1 cannot name what is drawn"),
        ({"_a": [1, 2]}, {}, "'_a' cannot name what is drawn"),
        ({"a": [1, 2]}, {"references": {"a": 1}}, "each name may stand once, but a stands twice"),
        ({"a": [1, 2]}, {"references": {"b": None}}, "reference 'b' is not finite"),
        ({"a": [float("nan")] * 3}, {}, "'a': y has no finite value"),
        ({"a": ([1, float("nan")], [1, 2])}, {}, "'a': x is not finite"),
        ({"a": torch.ones(2, dtype=torch.complex64)}, {}, "must be numbers, real"),
        ({"a": [0, 2]}, {"logy": True}, "logy=True wants positive numbers, but 'a' goes down to 0"),
        ({"a": [1, 2]}, {"logx": True}, "logx=True wants positive numbers, but 'a' goes down to 0"),
        ({"a": [1, 2]}, {"xlim": (1, 1)}, r"xlim=\(1, 1\), wanted two different numbers"),
        ({"a": [1, 2]}, {"ylim": (1,)}, r"ylim=\(1,\), wanted two different numbers"),
        ({"a": [1, 2]}, {"ylim": (0, float("inf"))}, "ylim is not finite"),
        ({"a": [1, 2]}, {"xticks": []}, "xticks is empty"),
        ({"a": [1, 2]}, {"markers": {"b": "o"}}, r"markers names \['b'\], but the curves are"),
        ({"a": [1, 2]}, {"dashed": ["b"]}, r"dashed names \['b'\], but the curves are"),
        ({"a": [1, 2]}, {"axes": np.zeros(2)}, "axes must be one matplotlib Axes, got ndarray"),
    ],
)
def test_what_would_be_drawn_wrongly_is_refused(series, options, message):
    with pytest.raises(ValueError, match=message):
        show.curves(series, **options)

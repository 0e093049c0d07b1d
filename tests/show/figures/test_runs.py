import pytest

from genlib import show
from genlib.history import History
from genlib.show import palette


def run(**columns):
    """A history of three steps."""
    history = History()
    for step in range(3):
        history.add(10 * (step + 1), {n.replace("__", "/"): v[step] for n, v in columns.items()})
    return history


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


def test_columns_whose_players_are_alike_keep_their_whole_names():
    history = run(loss=[3, 2, 1], loss__loss=[1, 1, 2], generator__loss=[0, 1, 2])
    (losses,) = show.history(history).axes
    labels = [line.get_label() for line in losses.lines]
    assert labels == ["loss", "loss/loss", "generator/loss"]
    assert [list(line.get_ydata()) for line in losses.lines] == [[3, 2, 1], [1, 1, 2], [0, 1, 2]]


@pytest.mark.parametrize("run", [None, {"loss": [1, 2]}, [1, 2]])
def test_what_is_no_history_is_refused(run):
    with pytest.raises(ValueError, match="wanted a History, which fit returns, got"):
        show.history(run)

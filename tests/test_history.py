"""The record of a run."""

import pytest

from genlib import History


def test_columns_keep_their_own_steps() -> None:
    history = History()
    history.add(1, {"loss": 3})
    history.add(2, {"loss": 2, "test": 5})
    assert history.names == ["loss", "test"]
    assert history["loss"] == [3.0, 2.0]
    assert history.steps("test") == [2]
    assert "test" in history
    assert "train" not in history
    assert repr(history) == "History(loss 2, test 5)"


def test_an_unknown_column_is_named_beside_the_known_ones() -> None:
    history = History()
    history.add(1, {"loss": 3})
    with pytest.raises(KeyError, match="no column 'los'; did you mean 'loss'"):
        history["los"]


def test_state_goes_there_and_back() -> None:
    history = History()
    history.add(1, {"loss": 3})
    history.seconds = 2.5
    other = History()
    other.restore(history.state())
    assert other["loss"] == [3.0]
    assert other.steps("loss") == [1]
    assert other.seconds == 2.5

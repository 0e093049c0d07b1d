"""The record of a run."""

import numpy as np
import pytest
import torch

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


@pytest.mark.parametrize(
    "value", [2, np.float32(2), np.int64(2), np.array([2.0]), torch.tensor(2), torch.ones(1) * 2]
)
def test_a_number_of_any_library_becomes_a_python_float(value: object) -> None:
    history = History()
    history.add(1, {"loss": value})
    assert history["loss"] == [2.0]
    assert type(history["loss"][0]) is float


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"good": 1.0, "bad": None}, "'bad' is None, wanted a number"),
        ({"good": 1.0, "bad": "2"}, "'bad' is '2', wanted a number"),
        ({"good": 1.0, "bad": 2j}, "'bad' is 2j, wanted a number"),
        ({"good": 1.0, "bad": torch.ones(2)}, r"'bad' is tensor\(\[1., 1.\]\), wanted a number"),
        ({"good": 1.0, "bad": np.ones(2)}, "'bad' is array"),
        ({"good": 1.0, 3: 1.0}, "a column is called 3"),
        ({"good": 1.0, "step": 1.0}, "a column is called 'step', wanted a name other than 'step'"),
    ],
)
def test_what_is_no_number_is_named_and_nothing_is_added(values: dict, message: str) -> None:
    history = History()
    with pytest.raises(ValueError, match=message):
        history.add(1, values)
    assert history.names == []

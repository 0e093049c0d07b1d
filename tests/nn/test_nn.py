"""Shared layers and helpers."""

import pytest
import torch

from genlib.nn import mlp, one_thread, standard_normal, uniform


def test_mlp_is_linear_after_the_last_hidden_layer() -> None:
    net = mlp([3, 5, 4, 2])
    kinds = [type(layer).__name__ for layer in net]
    assert kinds == ["Linear", "ReLU", "Linear", "ReLU", "Linear"]
    assert net(torch.zeros(7, 3)).shape == (7, 2)
    with pytest.raises(ValueError, match="at least two positive sizes"):
        mlp([3])
    with pytest.raises(ValueError, match="activation='rellu'; did you mean 'relu'"):
        mlp([3, 2], "rellu")


@pytest.mark.parametrize("draw", [standard_normal, uniform])
def test_a_generator_decides_the_draw(draw: object) -> None:
    like = torch.zeros(1, dtype=torch.float64)
    draws = [draw(3, 2, like=like, generator=torch.Generator().manual_seed(1)) for _ in range(2)]
    assert torch.equal(*draws)
    assert draws[0].dtype == torch.float64
    assert draws[0].shape == (3, 2)


def test_one_thread_computes_and_the_others_come_back() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 3
        with pytest.raises(RuntimeError), one_thread():
            torch.zeros(2) @ torch.zeros(3)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)

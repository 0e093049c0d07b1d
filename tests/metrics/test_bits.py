"""Bits a dimension against published pairs, and against a code that can be counted."""

import math

import pytest
import torch

from genlib.metrics import bits_per_dim


def test_nice_on_mnist() -> None:
    # 1980.50 nats in the paper (Dinh et al., 2015, https://arxiv.org/abs/1410.8516) are 4.36 bits.
    assert bits_per_dim(1980.50, (1, 28, 28), levels=256) == pytest.approx(4.356, abs=1e-3)
    assert bits_per_dim(1980.50, 784, levels=256) == pytest.approx(
        (-1980.5 / 784 + math.log(256)) / math.log(2)
    )


def test_even_grey_levels_cost_eight_bits_either_way() -> None:
    # p = 1/256 for each of 12 pixels is a density of 1 on [0, 1].
    assert bits_per_dim(-12 * math.log(256), (3, 2, 2)) == pytest.approx(8)
    assert bits_per_dim(0.0, (3, 2, 2), levels=256) == pytest.approx(8)


def test_a_tensor_keeps_its_shape_and_more_likelihood_is_fewer_bits() -> None:
    bits = bits_per_dim(torch.tensor([-784.0, -392.0]) * math.log(2), (1, 28, 28))
    assert torch.allclose(bits, torch.tensor([1.0, 0.5]))


@pytest.mark.parametrize("shape", [(), 0, (1, 0), (1, 2.5), -3])
def test_sizes_that_are_none_are_refused(shape: object) -> None:
    with pytest.raises(ValueError, match=r"event_shape=.*wanted positive whole numbers"):
        bits_per_dim(-1.0, shape)


def test_one_level_is_refused() -> None:
    with pytest.raises(ValueError, match="levels=1, wanted None or at least 2"):
        bits_per_dim(-1.0, 3, levels=1)

"""Couplings: what is kept, what is moved, by whom, and by how much at most."""

import math

import pytest
import torch
from torch import nn
from torch.autograd.functional import jacobian

from genlib.transforms import AdditiveCoupling, AffineCoupling, checkerboard
from tests.transforms.cases import convolutions, perceptron


class Saying(nn.Module):
    """A network that always says the same, and notes what it saw."""

    def __init__(self, said: torch.Tensor) -> None:
        super().__init__()
        self.said, self.seen = said, None

    def forward(self, kept: torch.Tensor) -> torch.Tensor:
        self.seen = kept
        return self.said.expand(len(kept), *self.said.shape)


def test_an_affine_coupling_by_hand() -> None:
    network = Saying(torch.tensor([10.0, 20.0, 0.5, -0.5]))  # shifts, then logarithms of scales
    coupling = AffineCoupling(network, bound=100.0)
    y, log_det = coupling(torch.tensor([[1.0, 2.0, 3.0, 4.0]]))
    assert torch.equal(network.seen, torch.tensor([[1.0, 2.0]]))
    expected = [1.0, 2.0, 3 * math.exp(0.5) + 10, 4 * math.exp(-0.5) + 20]
    assert torch.allclose(y, torch.tensor([expected]), rtol=1e-4)
    assert abs(log_det) < 1e-6
    network.said = torch.tensor([0.0, 0.0, 0.3, 0.4])
    assert torch.allclose(coupling(y)[1], torch.tensor(0.7), rtol=1e-4)


def test_of_an_odd_number_the_larger_half_is_kept() -> None:
    network = Saying(torch.tensor([1.0]))
    y, _ = AdditiveCoupling(network)(torch.zeros(1, 3))
    assert y.tolist() == [[0.0, 0.0, 1.0]]


def test_a_checkerboard_by_hand() -> None:
    board = checkerboard((2, 3))
    assert board.tolist() == [[True, False, True], [False, True, False]]
    assert torch.equal(checkerboard((2, 3), parity=1), ~board)
    assert checkerboard((4,), parity=1).tolist() == [False, True, False, True]


def test_a_masked_coupling_by_hand() -> None:
    network = Saying(torch.cat([torch.ones(1, 2, 2), torch.full((1, 2, 2), 0.1)]))
    coupling = AffineCoupling(network, checkerboard((2, 2)), event_dims=3)
    z = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    y, log_det = coupling(z)
    assert network.seen.tolist() == [[[[1.0, 0.0], [0.0, 4.0]]]]
    s = 2 * math.tanh(0.05)
    expected = [[1.0, 2 * math.exp(s) + 1], [3 * math.exp(s) + 1, 4.0]]
    assert torch.allclose(y, torch.tensor([[expected]]))
    assert torch.allclose(log_det, torch.tensor(2 * s))  # not of the two that are kept


@pytest.mark.parametrize("mask", [None, checkerboard((2, 2)), checkerboard((2, 2), 1)])
def test_the_jacobian_is_triangular(mask: torch.Tensor | None) -> None:
    torch.manual_seed(0)
    parts = convolutions(1, 2) if mask is None else convolutions(2, 4)
    coupling = AffineCoupling(parts, mask, event_dims=3).double()
    z = torch.randn(1, 2, 2, 2).double()
    matrix = jacobian(lambda flat: coupling(flat.view_as(z))[0].flatten(), z.flatten())
    kept = torch.arange(8) < 4 if mask is None else mask.expand(2, 2, 2).flatten()
    assert torch.equal(matrix[kept], torch.eye(8).double()[kept])
    among_moved = matrix[~kept][:, ~kept]
    assert torch.equal(among_moved, among_moved.diag().diag())
    assert (matrix[~kept][:, kept] != 0).any(1).all()


@pytest.mark.parametrize("raw", [-1e6, 1e6])
def test_scales_are_bounded_in_both_directions(raw: float) -> None:
    coupling = AffineCoupling(Saying(torch.tensor([0.0, raw])), bound=1.5)
    y, log_det = coupling(torch.tensor([[0.0, 1.0]]))
    sign = math.copysign(1, raw)
    assert torch.allclose(log_det, torch.tensor(sign * 1.5))
    assert torch.allclose(y[0, 1], torch.tensor(math.exp(sign * 1.5)))
    assert torch.allclose(coupling.inverse(y)[0], torch.tensor([[0.0, 1.0]]))


def test_near_nought_the_bound_is_not_felt() -> None:
    coupling = AffineCoupling(Saying(torch.tensor([0.0, 0.01])))
    assert torch.allclose(coupling(torch.ones(1, 2))[1], torch.tensor(0.01), rtol=1e-4)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="True and False"):
        AffineCoupling(perceptron(2, 4), torch.ones(2, dtype=torch.bool))
    with pytest.raises(ValueError, match="True and False"):
        AffineCoupling(perceptron(2, 4), torch.tensor([1.0, 0.0]))
    for bound in (0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match=f"bound={bound}, wanted a positive, finite number"):
            AffineCoupling(perceptron(1, 2), bound=bound)
    with pytest.raises(ValueError, match=r"event_dims=2: wanted .* 1 for points"):
        AffineCoupling(perceptron(1, 2), event_dims=2)
    with pytest.raises(ValueError, match="no two halves"):
        AdditiveCoupling(perceptron(1, 1))(torch.zeros(3, 1))
    with pytest.raises(ValueError, match=r"the network returns \(3, 1\), wanted \(3, 2\)"):
        AffineCoupling(perceptron(1, 1))(torch.zeros(3, 2))
    with pytest.raises(ValueError, match=r"the network returns \(3, 2\), wanted \(3, 1\)"):
        AdditiveCoupling(perceptron(1, 2)).inverse(torch.zeros(3, 2))

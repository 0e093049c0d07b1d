"""Transforms of known values: convolution by a matrix, squeeze, order, logit, several scales."""

import math

import pytest
import torch

from genlib.transforms import (
    Chain,
    Conv1x1,
    Flatten,
    Flip,
    Logit,
    MultiScale,
    Permutation,
    Planar,
    Squeeze,
)

# The 1 x 1 convolution


def test_a_convolution_multiplies_every_position_by_the_given_matrix() -> None:
    torch.manual_seed(0)
    matrix = torch.tensor([[0.0, -2.0, 1.0], [3.0, 1.0, 0.5], [1.0, 0.0, 0.0]])
    layer, z = Conv1x1(3, weight=matrix), torch.randn(2, 3, 4, 5)
    assert torch.allclose(layer.weight(), matrix, atol=1e-6)
    assert torch.allclose(layer.inverse_weight() @ matrix, torch.eye(3), atol=1e-5)
    y, log_det = layer(z)
    assert torch.allclose(y, torch.einsum("ij,bjhw->bihw", matrix, z), atol=1e-5)
    expected = 20 * torch.linalg.slogdet(matrix).logabsdet
    assert torch.allclose(log_det, expected.expand(2), rtol=1e-5)
    points = Conv1x1(3, event_dims=1, weight=matrix)
    assert torch.allclose(points(z[0, :, 0, 0])[0], matrix @ z[0, :, 0, 0], atol=1e-5)


def test_a_convolution_starts_as_a_rotation() -> None:
    layer = Conv1x1(6)
    assert torch.allclose(layer.weight() @ layer.weight().T, torch.eye(6), atol=1e-5)
    assert not torch.allclose(layer.weight().abs(), torch.eye(6), atol=0.1)
    assert layer(torch.randn(1, 6, 3, 3))[1].abs() < 1e-4


@torch.no_grad()
def test_a_convolution_stays_invertible_whatever_is_learned() -> None:
    torch.manual_seed(0)
    layer = Conv1x1(4).double()
    for parameter in layer.parameters():
        parameter.normal_(std=2)
    matrix = layer.weight()
    sign, log_det = torch.linalg.slogdet(matrix)
    assert torch.allclose(log_det, layer.log_scale.sum())
    assert sign == torch.linalg.det(layer.permutation).round() * layer.sign.prod()
    layer.lower += torch.ones(4, 4).triu()  # of L only what is below the diagonal counts
    layer.upper += torch.ones(4, 4).tril()
    assert torch.equal(layer.weight(), matrix)


def test_a_singular_matrix_is_refused() -> None:
    singular = torch.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 1.0, 1.0]])
    with pytest.raises(ValueError, match="the weight is singular: its rank is 2, wanted 3"):
        Conv1x1(3, weight=singular)
    with pytest.raises(ValueError, match="not finite"):
        Conv1x1(2, weight=torch.tensor([[1.0, math.nan], [0.0, 1.0]]))
    with pytest.raises(ValueError, match=r"shape \(3, 3\), wanted \(4, 4\)"):
        Conv1x1(4, weight=singular)
    with pytest.raises(ValueError, match=r"Conv1x1 wants \(B, 4, H, W\); this is \(2, 3, 5, 5\)"):
        Conv1x1(4)(torch.zeros(2, 3, 5, 5))


# Squeeze and order


def test_a_squeeze_by_hand() -> None:
    z = torch.arange(16.0).view(1, 1, 4, 4)
    y, log_det = Squeeze()(z)
    assert y.shape == (1, 4, 2, 2)
    assert y[0, :, 0, 0].tolist() == [0.0, 1.0, 4.0, 5.0]
    assert y[0, 0].tolist() == [[0.0, 2.0], [8.0, 10.0]]
    assert log_det.tolist() == [0.0]
    colours = torch.stack([z[0, 0], z[0, 0] + 100])[None]
    assert Squeeze()(colours)[0][0, 4:, 0, 0].tolist() == [100.0, 101.0, 104.0, 105.0]


@pytest.mark.parametrize("shape", [(2, 1, 3, 4), (2, 1, 4, 3)])
def test_an_odd_side_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"H and W even; this is \(2, 1,"):
        Squeeze()(torch.zeros(shape))


def test_a_squeeze_back_wants_four_channels_for_one() -> None:
    with pytest.raises(ValueError, match=r"gives \(B, 4 C, H/2, W/2\); this is \(1, 6, 2, 2\)"):
        Squeeze().inverse(torch.zeros(1, 6, 2, 2))


def test_orders_by_hand() -> None:
    z = torch.tensor([10.0, 11.0, 12.0, 13.0])
    assert Permutation([2, 0, 1, 3])(z)[0].tolist() == [12.0, 10.0, 11.0, 13.0]
    assert Permutation([2, 0, 1, 3]).inverse(z)[0].tolist() == [11.0, 12.0, 10.0, 13.0]
    assert Flip()(z)[0].tolist() == [13.0, 12.0, 11.0, 10.0]
    image = z.view(4, 1, 1).expand(4, 2, 3)[None]
    assert Flip(event_dims=3)(image)[0][0, :, 1, 2].tolist() == [13.0, 12.0, 11.0, 10.0]
    assert Flatten((4, 2, 3))(image)[0].shape == (1, 24)


def test_what_is_no_order_is_refused() -> None:
    for order in ([0, 0, 1], [1, 2, 3]):
        with pytest.raises(ValueError, match="wanted the numbers from 0, each once"):
            Permutation(order)
    with pytest.raises(ValueError, match=r"Permutation wants \(..., 2\); this is \(5, 3\)"):
        Permutation([1, 0])(torch.zeros(5, 3))


# Logit


def test_a_logit_by_hand() -> None:
    z = torch.tensor([[0.0, 0.5, 1.0]], dtype=torch.float64)
    y, log_det = Logit(0.05, event_dims=1)(z)
    end = math.log(0.95 / 0.05)
    assert torch.allclose(y, torch.tensor([[-end, 0.0, end]]).double())
    by_hand = 3 * math.log(0.9) - 2 * math.log(0.05 * 0.95) - math.log(0.25)
    assert torch.allclose(log_det, torch.tensor(by_hand).double())


def test_a_logit_has_its_digits_at_both_ends() -> None:
    tiny = 2.0**-24
    z = torch.tensor([[0.0], [tiny], [100 * tiny], [1 - 100 * tiny], [1 - tiny], [1.0]])
    layer = Logit(1e-6, event_dims=1)
    (y, log_det), (exact, exact_log_det) = layer(z), layer(z.double())
    assert torch.allclose(y.double(), exact, rtol=1e-6)
    assert torch.allclose(log_det.double(), exact_log_det, rtol=1e-6)
    assert torch.allclose(y, -y.flip(0), rtol=1e-6)
    far = torch.tensor([[-1000.0], [1000.0]])
    back, log_det = layer.inverse(far)
    assert torch.allclose(back, torch.tensor([[-1e-6], [1 + 1e-6]]), atol=1e-7)
    assert torch.isfinite(log_det).all()


@pytest.mark.parametrize("alpha", [0.0, 0.5, -1.0, math.nan])
def test_a_logit_keeps_off_the_ends(alpha: float) -> None:
    with pytest.raises(ValueError, match="above 0 and below 1/2"):
        Logit(alpha)


# Several at once


def test_after_a_level_half_of_the_channels_leave() -> None:
    levels = MultiScale([Squeeze(), Squeeze(), Flip(3)], [(4, 4, 4), (8, 2, 2), (4, 2, 2)])
    z = torch.arange(64.0).view(1, 1, 8, 8)
    y, log_det = levels(z)
    first = Squeeze()(z)[0]
    second = Squeeze()(first[:, :2])[0]
    expected = [first[:, 2:], second[:, 4:], second[:, :4].flip(1)]
    assert torch.equal(y, torch.cat([part.flatten(1) for part in expected], 1))
    assert log_det.tolist() == [0.0]
    assert torch.equal(levels.inverse(y)[0], z)


def test_levels_of_other_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="even number of channels"):
        MultiScale([Flip(3), Flip(3)], [(3, 2, 2), (1, 2, 2)])
    with pytest.raises(ValueError, match="0 levels"):
        MultiScale([], [])
    with pytest.raises(ValueError, match=r"gives \(B, 8\); this is \(1, 9\)"):
        MultiScale([Flip(3)], [(2, 2, 2)]).inverse(torch.zeros(1, 9))


def test_a_chain_is_of_steps_without_a_context() -> None:
    with pytest.raises(ValueError, match="0 steps, wanted at least one"):
        Chain()
    with pytest.raises(ValueError, match="none with a context"):
        Chain(Planar(2))

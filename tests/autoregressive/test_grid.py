"""An exact model: float32 makes no error in it, and rounding is over when training begins."""

import copy

import pytest
import torch

from genlib.autoregressive import PixelCNN, grid
from genlib.autoregressive.grid import ACTIVATION, BIAS, TOP, WEIGHT, GridConv2d, GridReLU
from genlib.likelihoods import Categorical, Symbols
from tests.autoregressive.models import built, drawn


def model() -> PixelCNN:
    return built("PixelCNN exact", "binary").float()


def test_float32_makes_no_error() -> None:
    exact, x = model(), drawn(model(), 20)
    with torch.no_grad():
        single = exact.conditionals(x.float())
        double = copy.deepcopy(exact).double().conditionals(x)
    assert torch.equal(single.double(), double)


def test_a_model_that_is_not_exact_makes_errors() -> None:
    """The control: without the grid the same comparison fails."""
    plain, x = built("PixelCNN", "binary").float(), drawn(model(), 20)
    with torch.no_grad():
        single = plain.conditionals(x.float())
        double = copy.deepcopy(plain).double().conditionals(x)
    assert not torch.equal(single.double(), double)


def test_weights_and_biases_are_rounded_in_evaluation_mode_only() -> None:
    layer = GridConv2d(2, 3)
    for steps, rounded, raw in (
        (WEIGHT, layer.kernel, lambda: layer.weight * layer.mask),
        (BIAS, layer.offset, lambda: layer.bias),
    ):
        assert torch.equal(layer.train() and rounded(), raw())
        found = layer.eval() and rounded()
        assert torch.equal(found * steps, (raw() * steps).round())
        assert not torch.equal(found, raw())


def test_activations_are_rounded_and_bounded() -> None:
    x = torch.tensor([-1.0, 0.3, 7.999, 9.0])
    relu = GridReLU().eval()
    assert torch.equal(relu(x), torch.tensor([0.0, round(0.3 * ACTIVATION) / ACTIVATION, TOP, TOP]))
    assert torch.equal(relu.train()(x), torch.tensor([0.0, 0.3, 7.999, TOP]))


def test_rounding_keeps_the_gradient() -> None:
    exact = model()
    x = drawn(exact, 3).float()
    exact.log_prob(x).sum().backward()
    assert exact.blocks[0].masked.weight.grad.abs().max() > 0


def test_the_largest_sum_bounds_all_sums() -> None:
    exact, x, seen = model(), drawn(model(), 50).float(), [0.0]
    for layer in (exact.first, *exact.blocks, exact.hidden, exact.last):
        layer.register_forward_hook(lambda *a: seen.append(a[-1].abs().max().item()))
    with torch.no_grad():
        exact.conditionals(x)
    assert max(seen) <= exact.largest_sum()


@pytest.mark.parametrize("name", ["first", "blocks.0.masked", "blocks.1.widen", "hidden", "last"])
def test_every_layer_counts_in_the_largest_sum(name: str) -> None:
    exact = model()
    before = exact.largest_sum()
    with torch.no_grad():
        exact.get_submodule(name).weight.mul_(1000)
    assert exact.largest_sum() > 5 * before


def test_an_exact_model_in_training_draws_nothing() -> None:
    with pytest.raises(ValueError, match=r"draws in evaluation mode: call eval\(\)"):
        model().train().sample(2)


def test_levels_off_the_grid_are_refused() -> None:
    PixelCNN(4, 1, exact=True, likelihood=Symbols(300, event_dims=3))
    PixelCNN(4, 1, exact=True, likelihood=Categorical(5))
    with pytest.raises(ValueError, match="the 4 levels of Categorical are not multiples of 1/64"):
        PixelCNN(4, 1, exact=True, likelihood=Categorical(4))
    with pytest.raises(ValueError, match="levels that can be counted, not a Gaussian"):
        PixelCNN(4, 1, exact=True, likelihood="gaussian")


def test_what_is_exact_has_room() -> None:
    """Sums are multiples of a weight's step times an activation's, of at most 24 binary digits."""
    assert grid.BIAS == WEIGHT * ACTIVATION
    assert grid.LARGEST * WEIGHT * ACTIVATION == 2.0**24

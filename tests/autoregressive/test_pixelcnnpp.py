"""PixelCNN++: its parts, what each switch takes away, and how little the cache computes."""

import math

import pytest
import torch

from genlib.autoregressive import PixelCNNPP
from genlib.autoregressive.pixelcnnpp_cache import StageCache
from genlib.autoregressive.shifted import Enlarged, ShiftedConv2d, down_right_shifted, down_shifted
from genlib.autoregressive.two_streams import both_signs


def seen(layer: ShiftedConv2d, i: int, j: int) -> torch.Tensor:
    """Return which pixels of a 5 x 5 image reach the output at (i, j), in any channel."""
    x = torch.randn(1, layer.in_channels, 5, 5, requires_grad=True)
    layer(x)[0, :, i, j].sum().backward()
    return (x.grad[0] != 0).any(0)


def rectangle(rows: slice, columns: slice) -> torch.Tensor:
    found = torch.zeros(5, 5, dtype=torch.bool)
    found[rows, columns] = True
    return found


def test_a_shifted_convolution_sees_its_rectangle():
    torch.manual_seed(0)
    assert torch.equal(seen(down_shifted(2, 3), 2, 2), rectangle(slice(1, 3), slice(1, 4)))
    assert torch.equal(seen(down_right_shifted(2, 3), 2, 2), rectangle(slice(1, 3), slice(1, 3)))
    above = ShiftedConv2d(2, 3, rows=2, left=0, right=2, strictly_above=True)
    assert torch.equal(seen(above, 2, 2), rectangle(slice(0, 2), slice(2, 5)))
    assert torch.equal(seen(above, 0, 0), rectangle(slice(0, 0), slice(0, 0)))


@pytest.mark.parametrize("make", [down_shifted, down_right_shifted])
@pytest.mark.parametrize("sides", [(4, 6), (5, 3)])
def test_a_stride_keeps_every_second_row_and_column(make, sides):
    torch.manual_seed(0)
    layer, x = make(2, 3, stride=2), torch.randn(2, 2, *sides)
    found = layer(x)
    layer.stride = (1, 1)
    torch.testing.assert_close(found, layer(x)[:, :, ::2, ::2])


def test_an_enlarged_pixel_becomes_four_and_keeps_its_colours_apart():
    torch.manual_seed(0)
    layer, x = Enlarged(6, groups=3), torch.randn(1, 6, 3, 2)
    found = layer(x, torch.empty(1, 1, 5, 4))
    assert found.shape == (1, 6, 5, 4)
    for i, j in ((0, 0), (1, 0), (2, 1), (4, 3)):
        wanted = x[0, :, i // 2, j // 2] @ layer.kernel()[:, :, i % 2, j % 2] + layer.bias
        torch.testing.assert_close(found[0, :, i, j], wanted)
    colours = torch.arange(6) % 3
    assert torch.equal(layer.kernel()[:, :, 1, 0] != 0, colours[:, None] <= colours)


def test_both_signs_are_kept():
    y = torch.tensor([[2.0, -1.0]])
    low = [math.exp(-2) - 1, math.exp(-1) - 1]
    torch.testing.assert_close(both_signs(y), torch.tensor([[2.0, low[1], low[0], 1.0]]))


def seen_at(i: int, j: int, **options: object) -> torch.Tensor:
    """Return which pixels of an image (7, 6) the conditional of one pixel depends on."""
    torch.manual_seed(0)
    model = PixelCNNPP(6, event_shape=(1, 7, 6), **options).double()
    x = torch.rand(20, 1, 7, 6, dtype=torch.float64).requires_grad_()
    model.conditionals(x)[..., i, j].sum().backward()
    return (x.grad != 0).any(0)[0].flatten()


@pytest.mark.parametrize("options", [{}, {"downsampling": False}, {"stages": 2, "blocks": 2}])
def test_everything_before_a_pixel_is_seen(options):
    for i, j in ((4, 3), (5, 4)):
        assert torch.equal(seen_at(i, j, **options), torch.arange(42) < 6 * i + j)


@pytest.mark.parametrize(("pixel", "first"), [((5, 3), (4, 0)), ((6, 5), (4, 4))])
def test_without_short_cuts_only_what_is_before_its_block_is_seen(pixel, first):
    i, j = first
    assert torch.equal(seen_at(*pixel, short_cuts=False), torch.arange(42) < 6 * i + j)


def test_without_short_cuts_all_passes_through_the_smallest_image():
    for short_cuts in (True, False):
        model = PixelCNNPP(4, event_shape=(1, 6, 6), short_cuts=short_cuts)
        for layer in (model.stage.down.above, model.stage.down.before):
            torch.nn.init.zeros_(layer.weight)
        x = (torch.rand(2, 1, 6, 6) < 0.5).float()
        spread = (model.conditionals(x)[0] - model.conditionals(x)[1]).abs().max()
        assert (spread > 1e-6) == short_cuts


@pytest.mark.parametrize(
    ("downsampling", "wanted"), [(True, {(8, 8), (4, 4), (2, 2)}), (False, {(8, 8)})]
)
def test_without_downsampling_no_layer_sees_a_smaller_image(downsampling, wanted):
    model, sizes = PixelCNNPP(2, downsampling=downsampling, event_shape=(1, 8, 8)), set()
    for layer in model.modules():
        if isinstance(layer, ShiftedConv2d):
            layer.register_forward_hook(lambda _, __, found: sizes.add(tuple(found.shape[2:])))
    model.conditionals(torch.zeros(1, 1, 8, 8))
    assert sizes == wanted


def test_dropout_acts_in_training_alone():
    torch.manual_seed(0)
    model, x = PixelCNNPP(4, dropout=0.5, event_shape=(1, 6, 6)), torch.zeros(2, 1, 6, 6)
    assert not torch.equal(model.conditionals(x), model.conditionals(x))
    model.eval()
    assert torch.equal(model.conditionals(x), model.conditionals(x))
    plain = PixelCNNPP(4, event_shape=(1, 6, 6))
    plain.load_state_dict(model.state_dict())
    assert torch.equal(plain.conditionals(x), model.conditionals(x))


def test_colours_have_a_head_of_their_own():
    model = PixelCNNPP(4, likelihood="logistic-mixture", event_shape=(3, 8, 8))
    assert model.conditionals(torch.zeros(2, 3, 8, 8)).shape == (2, 100, 8, 8)
    assert len(model.places()) == 64


@pytest.mark.parametrize("short_cuts", [True, False])
def test_a_label_reaches_every_gate_and_no_parameter_is_idle(short_cuts):
    torch.manual_seed(0)
    model = PixelCNNPP(4, event_shape=(1, 6, 6), classes=2, short_cuts=short_cuts)
    model.loss(((torch.rand(8, 1, 6, 6) < 0.5).float(), torch.ones(8).long())).backward()
    for name, parameter in model.named_parameters():
        found = parameter.grad[1] if name.endswith("of_label.weight") else parameter.grad
        assert found.abs().sum() > 0, name


@pytest.mark.parametrize(("downsampling", "wanted"), [(True, [20, 6, 2]), (False, [20] * 3)])
def test_a_smaller_image_is_worked_out_at_its_own_pixels_only(downsampling, wanted, monkeypatch):
    model = PixelCNNPP(2, downsampling=downsampling, event_shape=(1, 4, 5))
    cache, counted = model.cache(2), []
    column = StageCache.column
    monkeypatch.setattr(
        StageCache, "column", lambda self, *place: counted.append(self) or column(self, *place)
    )
    for _ in model.places():
        cache.next()
        cache.append(torch.zeros(2, 1, 1, 1))
    stages = [cache.stage, cache.stage.inner.stage, cache.stage.inner.stage.inner.stage]
    assert [counted.count(stage) for stage in stages] == wanted


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"channels": 0}, "positive sizes"),
        ({"stages": 0}, "positive sizes"),
        ({"kernel": 4}, "odd kernel from 3"),
        ({"dropout": 1.0}, r"share in \[0, 1\)"),
    ],
)
def test_what_makes_no_network_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        PixelCNNPP(**wrong)

"""The networks of image-to-image models: shapes, reach, and what passes where."""

import pytest
import torch
from torch import Tensor, nn

from genlib.translation import PatchGAN, ResNet, UNet


def seen_by(network: nn.Module, size: int) -> Tensor:
    """Return which pixels of an image the middle number of the output depends on, (S, S)."""
    x = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    x.requires_grad_()
    scores = network(x)
    scores[..., scores.shape[-2] // 2, scores.shape[-1] // 2].sum().backward()
    return x.grad.abs().sum((0, 1)) > 0


@pytest.mark.parametrize(("halvings", "field", "size"), [(1, 16, 32), (2, 34, 56), (3, 70, 104)])
def test_a_score_sees_a_patch(halvings: int, field: int, size: int) -> None:
    torch.manual_seed(0)
    network = PatchGAN(3, 4, halvings, norm="none")
    assert network.receptive_field == field
    seen = seen_by(network, size)
    for sides in (seen.any(0), seen.any(1)):
        assert sides.sum() == field
        assert seen.sum() == field**2
        at = sides.nonzero().flatten()
        assert at[-1] - at[0] == field - 1


def test_a_norm_lets_the_whole_picture_in() -> None:
    torch.manual_seed(0)
    assert seen_by(PatchGAN(3, 4, 1, norm="instance"), 32).float().mean() > 0.9


def test_scores_of_patches_have_the_shape_of_the_picture() -> None:
    assert PatchGAN(5, 4, 1)(torch.zeros(2, 5, 32, 32)).shape == (2, 14, 14)
    assert PatchGAN(5, 4, 2, outputs=7)(torch.zeros(2, 5, 32, 24)).shape == (2, 7, 6, 4)


@pytest.mark.parametrize("norm", ["batch", "instance", "none"])
@pytest.mark.parametrize("depth", [1, 2, 4])
def test_a_unet_keeps_the_size(norm: str, depth: int) -> None:
    x = torch.randn(2, 1, 32, 64)
    y = UNet(1, 3, 4, depth, norm=norm)(x)
    assert y.shape == (2, 3, 32, 64)
    assert y.abs().max() < 1


def test_skips_hand_details_across() -> None:
    torch.manual_seed(0)
    x = torch.randn(1, 3, 16, 16)
    for skips, changed in ((True, True), (False, False)):
        network = UNet(3, 3, 4, 3, skips=skips, norm="none").eval()
        middle = network.down[1][-2]
        nn.init.zeros_(middle.weight)  # closes the way through the smaller images
        assert torch.equal(network(x), network(x.flip(2))) != changed


def test_dropout_is_noise_and_a_unet_may_be_unbounded() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 3, 16, 16)
    noisy = UNet(3, 3, 8, 3, norm="none", dropout=0.5)
    assert not torch.equal(noisy(x), noisy(x))
    noisy.eval()
    assert torch.equal(noisy(x), noisy(x))
    open_ = UNet(3, 3, 8, 2, norm="none", bounded=False)
    nn.init.constant_(open_.last[-1].bias, 5.0)
    assert open_(x).mean() > 4


def even(network: nn.Module) -> bool:
    """Whether an even picture stays even, so that no pixel can tell where it is."""
    y = network(torch.full((1, 3, 16, 16), 0.3))
    return torch.allclose(y, y[..., :1, :1].expand_as(y), atol=1e-6)


def test_noughts_at_the_edge_tell_where_a_pixel_is_and_mirrors_do_not() -> None:
    torch.manual_seed(0)
    sizes = {"width": 4, "blocks": 2, "halvings": 0, "norm": "none"}
    mirrored, noughts = ResNet(**sizes), ResNet(**sizes, padding="zeros")
    for network in (mirrored, noughts):
        for parameter in network.parameters():
            nn.init.normal_(parameter, 0, 0.3)
    assert even(mirrored)
    assert not even(noughts)


@pytest.mark.parametrize("halvings", [0, 1, 2])
@pytest.mark.parametrize("padding", ["reflect", "zeros"])
def test_a_resnet_keeps_the_size(halvings: int, padding: str) -> None:
    network = ResNet(4, 3, 4, 2, halvings, padding=padding)
    y = network(torch.randn(2, 4, 16, 24))
    assert y.shape == (2, 3, 16, 24)
    assert y.abs().max() <= 1


def test_what_makes_no_network_is_named() -> None:
    with pytest.raises(ValueError, match="no norm 'instanze'; did you mean 'instance'"):
        ResNet(norm="instanze")
    with pytest.raises(ValueError, match="no padding 'mirror'"):
        ResNet(padding="mirror")
    with pytest.raises(ValueError, match="width=0, wanted a positive number"):
        PatchGAN(width=0)
    with pytest.raises(ValueError, match="dropout=1"):
        UNet(dropout=1.0)
    with pytest.raises(ValueError, match="halvings=1, kernel=4: wanted from 0, and odd"):
        ResNet(kernel=4)

"""The convolutional game: shapes, how it starts, and the paper's rules."""

import pytest
import torch
from torch import nn

from genlib import fit
from genlib.gans import DCGAN, R1, DCGANDiscriminator, DCGANGenerator, MinibatchStd, SpectralNorm
from genlib.gans.networks.dcgan import sides


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (3, 64, 64), (2, 4, 4), (1, 14, 14)])
def test_every_size(shape: tuple[int, ...]) -> None:
    model = DCGAN(4, 5, event_shape=shape)
    x = model.sample(3)
    assert x.shape == (3, *shape)
    assert x.abs().max() <= 1
    assert model.scores(x).shape == (3,)


def test_an_image_is_halved_on_its_way() -> None:
    found = {side: sides((1, side, side)) for side in (28, 32, 64, 4)}
    wanted = {28: [7, 14, 28], 32: [4, 8, 16, 32], 64: [4, 8, 16, 32, 64], 4: [2, 4]}
    assert found == wanted
    seen: list[int] = []
    d = DCGANDiscriminator(2, (3, 64, 64))
    for layer in d:
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape[-1]))
    d(torch.zeros(2, 3, 64, 64))
    assert seen == [64, 32, 16, 8, 4]


def test_the_sizes_of_the_paper() -> None:
    g, d = DCGANGenerator(100, 128, (3, 64, 64)), DCGANDiscriminator(128, (3, 64, 64))
    maps = [layer.in_channels for layer in g if isinstance(layer, nn.ConvTranspose2d)]
    assert maps == [1024, 512, 256, 128]
    assert [layer.out_channels for layer in d if isinstance(layer, nn.Conv2d)] == [
        128, 256, 512, 1024, 1,
    ]  # fmt: skip
    area = 4 * 4
    kernels = area * (1024 * 512 + 512 * 256 + 256 * 128)
    scales = 2 * (1024 + 512 + 256 + 128)
    assert count(g) == 100 * 1024 * area + kernels + scales + area * 128 * 3 + 3
    assert count(d) == (
        kernels + 2 * (256 + 512 + 1024) + (area * 3 * 128 + 128) + (area * 1024 + 1)
    )


def count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_the_default_for_digits_has_so_many_weights() -> None:
    model = DCGAN()
    g = 64 * 64 * 49 + 2 * 64 + 16 * 64 * 32 + 2 * 32 + 16 * 32 + 1
    d = (16 * 32 + 32) + 16 * 32 * 64 + 2 * 64 + (49 * 64 + 1)
    assert (count(model.generator), count(model.discriminator)) == (g, d)


def test_batch_norm_stands_everywhere_but_at_the_image() -> None:
    model = DCGAN(event_shape=(3, 64, 64), width=2)
    g, d = ([type(layer) for layer in net] for net in (model.generator, model.discriminator))
    assert g.count(nn.BatchNorm2d) == g.count(nn.ReLU) == 4
    assert g[-2] is nn.ConvTranspose2d
    assert d[:3] == [nn.Conv2d, nn.LeakyReLU, nn.Conv2d]
    assert d.count(nn.BatchNorm2d) == 3
    assert d[-2:] == [nn.Conv2d, nn.Flatten]
    assert {layer.negative_slope for layer in list(model.discriminator)[1::3]} == {0.2}
    bare = DCGAN(batch_norm=False).discriminator
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in bare)
    assert all(layer.bias is not None for layer in bare if isinstance(layer, nn.Conv2d))


def test_it_starts_as_the_paper_says() -> None:
    torch.manual_seed(0)
    model = DCGAN(width=64, event_shape=(1, 32, 32))
    scales = []
    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            error = 5 * 0.02 / layer.weight.numel() ** 0.5
            assert layer.weight.mean().abs() < error
            assert layer.weight.std().item() == pytest.approx(0.02, abs=error)
        elif isinstance(layer, nn.BatchNorm2d):
            scales.append(layer.weight.detach())
        if getattr(layer, "bias", None) is not None:
            assert not layer.bias.any()
    scales = torch.cat(scales)
    assert scales.mean() == pytest.approx(1, abs=0.005)  # and not around 0
    assert scales.std() == pytest.approx(0.02, rel=0.2)


def test_players_are_told_what_the_paper_says() -> None:
    for player in DCGAN().players():
        assert (player.lr, player.betas, player.updates) == (2e-4, (0.5, 0.999), 1)


def test_it_plays_and_samples_from_running_averages() -> None:
    model = DCGAN(4, 8)
    fit(model, torch.rand(16, 1, 28, 28) * 2 - 1, steps=3, batch_size=8, device="cpu",
        progress=False)  # fmt: skip
    codes = model.codes(4)
    alone = torch.cat([model.generator(code[None]) for code in codes])
    torch.testing.assert_close(model.generator(codes), alone)
    assert not model.generator.training


def test_penalties_and_stabilisers_plug_in() -> None:
    model = DCGAN(4, 8, batch_norm=False, penalties=[R1(closed=True)],
                  stabilisers=[SpectralNorm("convolution")])  # fmt: skip
    data = torch.rand(16, 1, 28, 28) * 2 - 1
    fit(model, data, steps=2, batch_size=8, device="cpu", progress=False)
    model = DCGAN(4, 8, stabilisers=[MinibatchStd(4), SpectralNorm()])
    fit(model, data, steps=2, batch_size=8, device="cpu", progress=False)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"event_shape": (28, 28)}, r"event_shape=\(28, 28\), wanted \(C, S, S\)"),
        ({"event_shape": (1, 28, 32)}, r"event_shape=\(1, 28, 32\)"),
        ({"event_shape": (1, 27, 27)}, "doublings of at most 7"),
        ({"event_shape": (1, 36, 36)}, "doublings of at most 7"),
        ({"width": 0}, "width=0"),
        ({"latent": 0}, "latent=0"),
        ({"bounds": (1, -1)}, r"bounds=\(1, -1\)"),
    ],
)
def test_other_sizes_are_refused(arguments: dict, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        DCGAN(**arguments)


def test_he_keeps_the_size_of_scores_without_batch_norm() -> None:
    torch.manual_seed(0)
    x = torch.randn(64, 3, 32, 32)
    paper, he = (DCGANDiscriminator(48, (3, 32, 32), False, std) for std in (0.02, None))
    for layer in he:
        if isinstance(layer, nn.Conv2d) and layer.out_channels > 1:
            wanted = (2 / (1.04 * layer.weight[0].numel())) ** 0.5
            assert layer.weight.std().item() == pytest.approx(wanted, rel=0.05)
    assert paper(x).std() < 0.1 < he(x).std()
    assert DCGAN(batch_norm=False, std=0.5).discriminator[0].weight.std() > 0.4

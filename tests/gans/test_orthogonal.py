"""Filters that are not orthogonal: what they cost, by hand."""

import pytest
import torch
from torch import Tensor, nn

from genlib import fit
from genlib.gans import DCGAN, GAN, OrthogonalRegularisation, SpectralNorm, non_orthogonality
from genlib.nn import spectral_norm


def by_hand(rows: Tensor, diagonal: bool) -> Tensor:
    products = rows @ rows.T
    eye = torch.eye(len(rows), dtype=rows.dtype)
    kept = products - eye if diagonal else products * (1 - eye)
    return kept.square().sum()


@pytest.mark.parametrize("diagonal", [False, True])
def test_it_is_the_overlap_of_different_filters(diagonal: bool) -> None:
    torch.manual_seed(0)
    wide, tall, square = nn.Linear(7, 3), nn.Linear(3, 7), nn.Conv2d(2, 4, 3)
    transposed, table = nn.ConvTranspose2d(2, 5, 2), nn.Embedding(4, 4)
    network = nn.ModuleList([wide, nn.ReLU(), tall, square, transposed, table]).double()
    rows = [wide.weight, tall.weight, square.weight.flatten(1)]
    rows += [transposed.weight.transpose(0, 1).flatten(1)]
    wanted = sum(by_hand(one, diagonal) for one in rows)
    torch.testing.assert_close(non_orthogonality(network, diagonal), wanted)


def test_orthogonal_filters_of_any_length_cost_nothing() -> None:
    layer = nn.Linear(5, 3).double()
    nn.init.orthogonal_(layer.weight)
    assert non_orthogonality(layer, diagonal=True) < 1e-20
    with torch.no_grad():
        layer.weight *= torch.tensor([[1.0], [2.0], [3.0]])
    assert non_orthogonality(layer) < 1e-20
    torch.testing.assert_close(non_orthogonality(layer, diagonal=True).item(), 9.0 + 64.0)


def test_the_generator_pays_and_no_one_else() -> None:
    costs = []
    for stabilisers in ((), (OrthogonalRegularisation(0.5),)):
        torch.manual_seed(0)
        model = GAN(latent=2, event_shape=(2,), hidden=(4,), stabilisers=stabilisers)
        x = torch.zeros(3, 2)
        found = []
        for turn in (model.discriminator_loss, model.generator_loss):
            torch.manual_seed(1)
            found.append(turn(x)[0])
        costs.append(found)
    torch.testing.assert_close(costs[1][0], costs[0][0])
    more = 0.5 * non_orthogonality(model.generator)
    torch.testing.assert_close(costs[1][1], costs[0][1] + more)


def test_normalised_layers_pay_for_the_weights_that_are_trained() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(4, 3).double()
    before = non_orthogonality(layer)
    spectral_norm(layer)
    torch.testing.assert_close(non_orthogonality(layer), before)


def test_filters_become_more_orthogonal() -> None:
    torch.manual_seed(0)
    model = DCGAN(2, 2, event_shape=(1, 4, 4), stabilisers=[OrthogonalRegularisation(1e4)], lr=1e-3)
    before = non_orthogonality(model.generator).item()
    fit(model, torch.zeros(8, 1, 4, 4), steps=40, device="cpu", progress=False)
    assert non_orthogonality(model.generator) < before / 2


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="weight=-1"):
        OrthogonalRegularisation(-1)
    with pytest.raises(ValueError, match="PReLU has no linear layer"):
        GAN(nn.PReLU(), latent=2, event_shape=(2,), stabilisers=[OrthogonalRegularisation()])
    with pytest.raises(ValueError, match="G has transposed convolutions"):
        DCGAN(2, 2, event_shape=(1, 4, 4), stabilisers=[SpectralNorm(generator=True)])

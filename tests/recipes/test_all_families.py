"""Every family on one set of digits: spaces, kinds of numbers, and a whole table."""

import math

import pytest
import torch

from genlib.energy import RBM
from genlib.gans import GAN
from genlib.metrics import Decoder
from genlib.recipes import all_families as recipe
from genlib.recipes.experiments import families


@pytest.mark.parametrize("space", ["binary", "dequantised", "symmetric"])
def test_events_of_a_space_come_back_as_bits(space: str) -> None:
    x = families.bits("test")[:50]
    assert set(x.unique().tolist()) == {0.0, 1.0}
    assert x.shape[1:] == families.EVENT
    there = families.noisy(x) if space == "dequantised" else families.data(space, "test")[:50]
    assert torch.equal(families.as_bits(there, space), x)


def test_a_density_over_boxes_is_a_probability_of_bits() -> None:
    # piecewise constant: 2 p_i on the upper half of a pixel's interval, 2 (1 - p_i) on the lower
    p = torch.tensor([0.1, 0.7, 0.4]).view(1, 1, 1, 3)
    x = torch.tensor([1.0, 0.0, 1.0]).view(1, 1, 1, 3)

    def density(y: torch.Tensor) -> torch.Tensor:
        upper = (y >= 0.5).float()
        return (2 * (upper * p + (1 - upper) * (1 - p))).log().flatten(1).sum(1)

    expected = math.log(0.1 * 0.3 * 0.4)
    for draws in (1, 4):
        assert families.lattice(density, x, draws).item() == pytest.approx(expected, abs=1e-5)


def test_many_draws_in_a_box_are_nearer_than_one() -> None:
    torch.manual_seed(0)
    x = torch.zeros(4000, 1, 1, 1)

    def density(y: torch.Tensor) -> torch.Tensor:  # 8 y on [0, 1/2): all of its mass is there
        return (8 * y).log().flatten(1).sum(1)

    one, many = (families.lattice(density, x, draws).mean().item() for draws in (1, 32))
    assert one == pytest.approx(math.log(4) - 1 - math.log(2), abs=0.08)
    assert many == pytest.approx(0.0, abs=0.02)


def test_the_partition_function_is_found_by_annealing() -> None:
    torch.manual_seed(0)
    model = RBM(8, (1, 4, 4), scale=0.7)
    torch.nn.init.normal_(model.bias)
    torch.nn.init.normal_(model.hidden_bias)
    generator = torch.Generator().manual_seed(1)
    found = families.log_partition(model, temperatures=400, chains=200, generator=generator)
    exact = model.log_partition().item()
    assert found.estimate.item() == pytest.approx(exact, abs=5 * found.error.item() + 0.02)
    assert found.error.item() < 0.05


def test_a_generator_becomes_a_likelihood_by_flips() -> None:
    game = GAN(torch.nn.Sequential(torch.nn.Linear(20, 196), torch.nn.Tanh()), **families.GAME)
    decoder = families.decoder_of(game, 0.1)
    assert isinstance(decoder, Decoder)
    z = torch.randn(3, 20, generator=torch.Generator().manual_seed(0))
    grey = (game.generator(z) + 1) / 2
    chances = torch.sigmoid(decoder.parameters(z)).flatten(1)
    assert torch.allclose(chances, 0.1 + 0.8 * grey, atol=1e-6)


def test_a_trial_foretells_the_steps_of_a_budget() -> None:
    family = families.FAMILIES["MADE"]
    images = [recipe.trained(family, seconds, 0)[2] for seconds in (0.02, 0.4)]
    assert images[0] < images[1]
    assert images[1] % recipe.BATCH == 0


def test_the_table_asks_for_every_family_and_for_the_data() -> None:
    runs = recipe.cases()
    names = {run.family for run in runs}
    assert len(names) >= 20
    assert recipe.REAL in names
    scores = {family.score for family in families.FAMILIES.values()}
    assert {"exact", "importance", "dequantised", "annealed", "partition"} <= scores


@pytest.mark.skipif(not recipe.RECIPE.stored.exists(), reason="no table is stored yet")
def test_the_stored_table_has_every_run() -> None:
    stored = [(row.family, row.seed) for row in recipe.read()]
    assert stored == [(run.family, run.seed) for run in recipe.cases()]

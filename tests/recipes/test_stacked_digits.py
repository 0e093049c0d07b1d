"""Stacks of small digits: how they are made and counted."""

import torch

from genlib.data import load, stacked
from genlib.recipes import stacked_digits as recipe


def test_small_digits_have_an_edge_and_come_back() -> None:
    image = torch.zeros(1, 1, 28, 28)
    image[..., :2, 0] = 1.0
    there = recipe.small(image)
    assert there.shape == (1, 1, 16, 16)
    assert there[0, 0, 1, :3].tolist() == [-1.0, 0.0, -1.0]
    assert (there[..., 0, :] == -1).all()
    for grey in (0.0, 0.25, 1.0):
        flat = torch.full((2, 3, 28, 28), grey)
        assert torch.allclose(recipe.large(recipe.small(flat)), flat, atol=1e-6)


def test_real_stacks_get_the_name_of_their_digits() -> None:
    digits = load("mnist", "test")[:400]
    order = torch.randperm(400, generator=torch.Generator().manual_seed(0))
    colours = torch.stack([digits.labels, digits.labels[order], digits.labels], dim=1)
    x = recipe.small(digits.unit())
    found = recipe.counted(torch.cat([x, x[order], x], dim=1))
    numbers = (colours * torch.tensor([100, 10, 1])).sum(1)
    expected = numbers.bincount(minlength=1000)
    assert (found.counts - expected).abs().sum() < 0.1 * 2 * 400
    assert found.good > 0.9


def test_a_stack_is_three_digits_and_a_model_is_scored_by_its_samples() -> None:
    class Echo:
        device = torch.device("cpu")

        def sample(self, n: int, *, generator: torch.Generator) -> torch.Tensor:
            return stacked(recipe.digits("test")[:n], generator=generator)

    found = dict(recipe.scores(Echo(), images=300))
    modes, sure, kl = found.values()
    assert 230 < modes < 290  # of 1,000 with 300 draws: 259 are expected
    assert sure > 90
    assert 0.9 < kl < 2.0

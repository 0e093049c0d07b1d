"""EM with some labels: it climbs the sum of all parts, and learns from what has no label."""

import pytest
import torch

from genlib.recipes import semi_supervised as recipe


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put ten groups far apart in the place of the digits."""
    generator = torch.Generator().manual_seed(0)
    centres = 1.5 * torch.randn(10, recipe.COMPONENTS, generator=generator, dtype=torch.float64)

    def draw(n: int) -> recipe.Examples:
        labels = torch.arange(n) % 10
        noise = torch.randn(n, recipe.COMPONENTS, generator=generator, dtype=torch.float64)
        return centres[labels] + noise, labels

    made = draw(600), draw(200)
    monkeypatch.setattr(recipe, "digits", lambda: made)


@pytest.mark.usefixtures("pools")
@pytest.mark.parametrize("covariance", ["full", "diagonal"])
def test_em_climbs_and_unlabelled_examples_help_where_the_model_is_right(covariance: str) -> None:
    # Over ten seeds: with four labels a group, on average, some groups of a seed may have none.
    found = [compared(covariance, seed) for seed in range(10)]
    alone, both = torch.tensor(found).mean(0)
    assert 0.005 < alone < 0.05
    assert both < alone / 3


def compared(covariance: str, seed: int) -> tuple[float, float]:
    """Both errors of a run, whose objective has to grow."""
    run = recipe.Run("digits", covariance, labels=40, seed=seed)
    alone, both, objective = recipe.compare(run, iterations=5)
    assert len(objective) == 5
    climbed = torch.tensor(objective).diff()
    assert climbed[0] > 0
    assert climbed.min() > -1e-8
    return alone, both


@pytest.mark.usefixtures("pools")
def test_draws_come_from_the_mixture_of_all_labels() -> None:
    recipe.draws.cache_clear()
    (x, labels), (_, judged) = recipe.draws("diagonal")
    recipe.draws.cache_clear()
    assert x.shape == (recipe.POOL, recipe.COMPONENTS)
    assert len(judged) == recipe.TESTED
    (digits, known), _ = recipe.digits()
    for label in range(10):
        mean = digits[known == label].mean(0)
        assert torch.allclose(x[labels == label].mean(0), mean, atol=0.3)


def test_the_stored_table_is_whole() -> None:
    assert len(recipe.read()) == len(recipe.RECIPE.cases())
    assert recipe.column("both", examples="digits", covariance="full").shape == (30, 5)

"""Games about labels: samples on demand, what they are worth by class, and a whole table."""

import pytest
import torch

from genlib.recipes import conditional_gans as recipe
from genlib.recipes.experiments import labelled


def test_spread_is_the_distance_from_the_mean_of_a_class() -> None:
    label = torch.tensor([0, 0, 1, 1, 1, 2])
    images = torch.tensor([[0.0, 0.0], [2.0, 4.0], [1.0, 1.0], [1.0, 1.0], [1.0, 4.0], [9.0, 9.0]])
    expected = [(2 + 8) ** 0.5, 3**0.5]  # the third class has one example
    assert labelled.spread(images.view(6, 1, 1, 2), label).tolist() == pytest.approx(expected)


def test_a_swap_of_labels_is_seen_by_class_alone() -> None:
    generator = torch.Generator().manual_seed(0)
    label = torch.arange(400) % 2
    x = torch.randn(400, 3, generator=generator) + 4 * label[:, None]
    right, wrong = (labelled.class_distances((x, own), (x, label)) for own in (label, 1 - label))
    assert max(right) < 1e-6
    assert all(40 < distance < 56 for distance in wrong)  # 3 x 4^2


def test_small_images_are_means_of_four_pixels_and_come_back() -> None:
    image = torch.zeros(1, 1, 28, 28)
    image[..., :2, 0] = 1.0
    assert recipe.small(image)[0, 0, 0, :2].tolist() == [0.0, -1.0]
    for grey in (0.0, 0.25, 1.0):
        there = recipe.small(torch.full((2, 1, 28, 28), grey))
        assert torch.allclose(recipe.large(there), torch.full((2, 1, 28, 28), grey), atol=1e-6)


@pytest.mark.parametrize("kind", recipe.KINDS)
def test_the_label_enters_where_the_kind_says(kind: str) -> None:
    game, label = recipe.model(recipe.Run(kind)), torch.arange(4)
    z, x = torch.randn(1, 64).expand(4, -1), torch.randn(1, 1, 14, 14).expand(4, -1, -1, -1)
    game.eval()
    with torch.no_grad():
        differ = [
            not torch.allclose(out, out[:1])
            for out in (game.generator(z, label), game.scores(x, label))
        ]
    expected = {"nowhere": [0, 0], "G alone": [1, 0], "D alone": [0, 1]}
    assert differ == expected.get(kind, [1, kind not in recipe.WEIGHTS])
    again = recipe.model(recipe.Run(kind)).state_dict()
    assert all(torch.equal(again[name], value) for name, value in game.state_dict().items())


def test_samples_have_the_labels_that_are_asked_for() -> None:
    class Echo:
        device = torch.device("cpu")

        def sample(
            self, n: int, *, label: torch.Tensor, generator: torch.Generator
        ) -> torch.Tensor:
            assert n == len(label)
            return label.float().view(n, 1, 1, 1)

    label = torch.arange(1203) % 10
    assert labelled.on_demand(Echo(), label).flatten().tolist() == label.tolist()


def test_the_stored_table_has_every_game() -> None:
    stored = [(row.kind, row.seed) for row in recipe.read()]
    assert stored == [(run.kind, run.seed) for run in recipe.RECIPE.cases()]

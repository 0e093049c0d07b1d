"""Games that grow and games that do not: what is compared, and what a round costs."""

import pytest
import torch

from genlib.recipes import grown_gan
from genlib.recipes import progressive_growing as recipe


def test_padding_is_undone_and_small_digits_come_back_in_their_place() -> None:
    images = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(recipe.unpadded(recipe.padded(images)), images)
    even = torch.full((2, 1, 16, 16), -0.5)
    torch.testing.assert_close(recipe.unpadded(even), torch.full((2, 1, 28, 28), 0.25))
    corner = torch.full((1, 1, 28, 28), 0.0)
    corner[..., :2, :4] = 1.0
    small = torch.nn.functional.avg_pool2d(recipe.padded(corner), 2)
    assert small[0, 0, 1].tolist() == [-1.0, 1.0, 1.0, *[-1.0] * 13]


def test_products_are_those_of_the_layers_in_use() -> None:
    game = recipe.model(recipe.Run("all parts"))  # 32, 16 and 8 channels at 4, 8 and 16 pixels
    game.grow(0)
    first, last = 64 * 32 * 16 + 16 * 9 * 32 * 32, 16 * 32
    judging = 16 * 9 * 33 * 32 + 32 * 16 * 32 + 32
    assert recipe.multiplications(game) == (first + last, 16 * 32 + judging)
    game.grow(1, fading=False)
    second = 64 * 9 * (32 * 16 + 16 * 16)
    assert recipe.multiplications(game) == (first + second + 64 * 16, 64 * 16 + second + judging)
    game.grow(1)  # both colours while it is faded in
    assert recipe.multiplications(game)[0] == first + second + 64 * 16 + last


@pytest.mark.parametrize("kinds", [recipe.GROWING, recipe.PARTS])
def test_games_of_one_seed_start_from_the_same_weights(kinds: dict[str, recipe.Kind]) -> None:
    first, *others = (recipe.model(recipe.Run(kind, 3)) for kind in kinds)
    z = torch.randn(4, 64, generator=torch.Generator().manual_seed(0))
    for kind, other in zip(list(kinds)[1:], others, strict=True):
        if kind != "no pixel norm":  # of the same weights it makes other images
            torch.testing.assert_close(first.generator(z), other.generator(z))
        again = recipe.model(recipe.Run(kind, 3))
        assert all(map(torch.equal, again.parameters(), other.parameters()))


def test_games_at_32_pixels_are_asked_for_about_the_same_work() -> None:
    def work(kind: recipe.Kind, game: object) -> float:
        found = 0
        for part in kind.parts:
            game.grow(part.stage % game.stages, fading=part.fading)
            found += part.units * sum(recipe.multiplications(game))
        return found

    full, *grown = (
        work(kind, recipe.model(recipe.Run(name))) for name, kind in recipe.GROWING.items()
    )
    assert all(0.9 < each / full < 1.0 for each in grown)


def test_a_grown_gan_has_a_phase_a_stage_and_is_judged_without_contrast() -> None:
    assert [phase.name for phase in grown_gan.RECIPE.phases] == [f"stage-{n}" for n in range(4)]
    x, y = torch.rand(2, 8, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    found = grown_gan.distances(x, y)
    assert list(found) == [8, 16, 32]
    assert grown_gan.distances(x, 0.5 * y + 0.1) == pytest.approx(found, rel=1e-4)
    streets = grown_gan.streets("test", 16)
    assert streets.shape == (16, 3, 32, 32)
    assert -1 <= streets.min() < streets.max() <= 1


def test_the_stored_table_has_every_game() -> None:
    stored = [(row.kind, row.seed) for row in recipe.read()]
    cases = [(run.kind, run.seed) for run in recipe.RECIPE.cases()]
    assert list(dict.fromkeys(stored)) == cases
    assert recipe.column("seconds", kind="faded in").diff(dim=1).min() > 0

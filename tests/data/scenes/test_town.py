"""The plan of a town: what lies where."""

import pytest
import torch
from torch import Tensor

from genlib.data.scenes.aerial import shadows
from genlib.data.scenes.camera import blurred, photographed
from genlib.data.scenes.draws import Draws, keys
from genlib.data.scenes.town import BUILDING, GROUND, PARK, ROAD, WATER, Town


@pytest.fixture(scope="module", params=[32, 64])
def town(request: pytest.FixtureRequest) -> Town:
    return Town.drawn(Draws(keys(0, 200)), request.param)


def beside(mask: Tensor) -> Tensor:
    """Return which pixels are or touch a pixel of a mask."""
    return torch.nn.functional.max_pool2d(mask.float(), 3, 1, 1) > 0


def test_every_pixel_is_something_and_every_class_is_common(town: Town) -> None:
    shares = town.labels.flatten().bincount(minlength=5) / town.labels.numel()
    expected = torch.tensor([0.30, 0.36, 0.13, 0.06, 0.15])
    assert (shares - expected).abs().max() < 0.06


def test_nobody_builds_on_roads_or_beside_them_or_on_the_bank(town: Town) -> None:
    house = town.labels == BUILDING
    assert not (house & (town.depth > -1.5)).any()
    paved = (town.down.paved | town.across.paved).expand_as(house)
    assert not (house & beside(paved)).any()
    assert not (house & beside(town.labels == ROAD)).any()


def test_only_houses_are_high(town: Town) -> None:
    assert torch.equal(town.houses.height > 0, town.labels == BUILDING)
    assert town.houses.height.max() == 4


def test_a_roof_has_one_colour_and_one_height(town: Town) -> None:
    house = town.labels == BUILDING
    for one in (town.houses.height, town.houses.roof):
        for axis in (1, 2):
            first, second = (part.narrow(axis, i, house.shape[axis] - 1) for part in (one,)
                             for i in (0, 1))  # fmt: skip
            both = house.narrow(axis, 0, house.shape[axis] - 1) & house.narrow(
                axis, 1, house.shape[axis] - 1
            )
            assert torch.equal(first[both], second[both])


def test_water_is_where_it_is_deep_but_for_bridges(town: Town) -> None:
    wet = town.depth > 0
    assert torch.equal((town.labels == WATER) | (wet & (town.labels == ROAD)), wet)
    for road, other in ((town.down, town.across), (town.across, town.down)):
        alone = road.paved & ~other.paved & wet
        bridged = ((town.labels == ROAD) & alone).sum() / alone.sum()
        assert abs(bridged - 0.6) < 0.12  # the share of roads that have bridges
    dry = ~wet.flatten(1).any(1)
    assert 0.25 < dry.float().mean() < 0.55  # neither river (.45) nor lake (.8) in the picture


def test_roads_begin_nine_to_fifteen_pixels_apart_and_are_two_or_three_wide(town: Town) -> None:
    paved = town.down.paved[:, 0]
    rises = paved[:, 1:] & ~paved[:, :-1]
    for row in rises[:50]:
        gaps = row.nonzero().flatten().diff()
        assert ((gaps >= 9) & (gaps <= 15)).all()
    run = 0
    for value in paved[0].tolist():
        run = run + 1 if value else 0
        assert run <= 3


def test_parks_fill_blocks_between_roads(town: Town) -> None:
    park = town.labels == PARK
    same_row = town.down.block[:, :, 1:] == town.down.block[:, :, :-1]
    inside = same_row & ~town.down.paved[:, :, 1:] & ~town.down.paved[:, :, :-1]
    borders = park[:, :, 1:] & ((town.labels == GROUND) | (town.labels == BUILDING))[:, :, :-1]
    assert not (borders & inside).any()


def test_a_shadow_falls_to_the_lower_right_as_long_as_the_house_is_high() -> None:
    height = torch.zeros(1, 8, 8, dtype=torch.int64)
    height[0, 2, 2] = 3
    assert shadows(height)[0].nonzero().tolist() == [[3, 3], [4, 4], [5, 5]]
    height[0, 4, 4] = 2  # a lower house is in the shade if the other is so much higher
    assert shadows(height)[0].nonzero().tolist() == [[3, 3], [5, 5], [6, 6]]
    height[0, 3, 3] = 2
    assert [4, 4] not in shadows(height)[0].nonzero().tolist()


def test_a_camera_moves_nothing_and_keeps_an_even_surface() -> None:
    point = torch.zeros(1, 3, 5, 5)
    point[:, :, 2, 2] = 1
    seen = blurred(point)
    for flipped in (seen.flip(2), seen.flip(3), seen.mT):
        assert torch.allclose(flipped, seen)
    assert seen.sum() == pytest.approx(3)
    assert seen[0, 0, 2, 2] == pytest.approx(0.36)
    even = photographed(torch.full((500, 3, 8, 8), 0.5), Draws(keys(0, 500))).double() / 255
    assert even.mean().item() == pytest.approx(0.5, abs=0.005)
    channels = even.mean((2, 3))
    assert (channels[:, 0] - channels[:, 1]).std() > 0.015  # each has a tint of its own
    noise = even - even.mean((2, 3), keepdim=True)
    assert noise.std().item() == pytest.approx(0.02, rel=0.05)
    assert even.mean((2, 3)).std().item() == pytest.approx((0.04**2 + 0.03**2) ** 0.5 / 3**0.5,
                                                           rel=0.1)  # fmt: skip

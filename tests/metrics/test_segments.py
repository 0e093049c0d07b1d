"""Label maps against the true ones, and colours against a palette."""

import pytest
import torch

from genlib.data import scenes
from genlib.metrics import intersection_over_union, nearest_colour, pixel_accuracy, quantised

TRUTH = torch.tensor([[[0, 0, 0, 1], [1, 1, 2, 2]]])
FOUND = torch.tensor([[[0, 0, 1, 1], [1, 2, 2, 0]]])


def test_accuracy_and_overlap_by_hand() -> None:
    assert pixel_accuracy(FOUND, TRUTH) == 5 / 8
    found = intersection_over_union(FOUND, TRUTH, 4)
    # 0: both 2 of 4 places in either; 1: 2 of 4; 2: 1 of 3; 3 is nowhere
    assert found[:3].tolist() == pytest.approx([2 / 4, 2 / 4, 1 / 3])
    assert found[3].isnan()


def test_overlap_is_symmetric_and_one_for_equal_maps() -> None:
    a, b = torch.randint(5, (2, 10, 8, 8), generator=torch.Generator().manual_seed(0))
    assert torch.equal(intersection_over_union(a, b, 5), intersection_over_union(b, a, 5))
    assert intersection_over_union(a, a.to(torch.uint8), 5).tolist() == [1.0] * 5
    accuracy = pixel_accuracy(a, b)
    assert accuracy == pytest.approx(0.2, abs=0.06)
    assert intersection_over_union(a, b, 5).mean() == pytest.approx(1 / 9, abs=0.04)


def test_the_nearest_colour_is_found_and_small_differences_vanish() -> None:
    towns = scenes.aerial(20, 16)
    labels, colours = towns.labels.long(), towns.colours.double() / 255
    x = towns.view("map").double() / 255
    noisy = x + 0.1 * (torch.rand(x.shape, generator=torch.Generator().manual_seed(1)) - 0.5)
    assert torch.equal(nearest_colour(noisy, colours), labels)
    assert torch.equal(quantised(noisy, colours), x)
    single = quantised(noisy.float(), colours)
    assert single.dtype == torch.float32


def test_distance_runs_over_all_channels() -> None:
    colours = torch.tensor([[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]])
    pixel = torch.tensor([0.6, 0.3, 0.0]).view(1, 3, 1, 1)  # 0.45 from the first, 0.30 from grey
    assert nearest_colour(pixel, colours).item() == 1


def test_what_is_no_label_map_is_named() -> None:
    with pytest.raises(ValueError, match=r"labels are torch.float32"):
        pixel_accuracy(FOUND.float(), TRUTH)
    with pytest.raises(
        ValueError, match=r"labels \(1, 1, 4\), truth \(1, 2, 4\): wanted one shape"
    ):
        pixel_accuracy(FOUND[:, :1], TRUTH)
    with pytest.raises(ValueError, match="labels from 0 to 2, wanted 0 to 1"):
        intersection_over_union(FOUND, TRUTH, 2)
    with pytest.raises(ValueError, match="classes=0"):
        intersection_over_union(FOUND, TRUTH, 0)
    with pytest.raises(ValueError, match=r"wanted \(N, C, H, W\) and \(K, C\)"):
        nearest_colour(torch.zeros(2, 3, 4, 4), torch.zeros(5, 4))

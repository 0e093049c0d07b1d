"""The recipe of the digit classifier: how images are moved, and what is scored."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from genlib.data import Images
from genlib.recipes import digit_classifier as recipe

PIXELS = torch.randint(256, (300, 2, 5, 4), generator=torch.Generator().manual_seed(0)).byte()


def test_images_are_moved_each_for_itself_and_evenly() -> None:
    torch.manual_seed(0)
    found, padded = recipe.shifted(PIXELS, 1), pad(PIXELS / 255, (1, 1, 1, 1))
    moves = [(down, right) for down in range(3) for right in range(3)]
    windows = torch.stack([padded[:, :, a : a + 5, b : b + 4] for a, b in moves])
    same = (windows == found).flatten(2).all(2)
    assert (same.sum(0) == 1).all()
    assert (same.sum(1) > 15).all()  # 33 of each are to be expected


def test_a_single_image_is_moved_as_well_and_by_nothing_not_at_all() -> None:
    assert recipe.shifted(PIXELS[0]).shape == (2, 5, 4)
    assert torch.equal(recipe.shifted(PIXELS, 0), PIXELS / 255)


@pytest.mark.usefixtures("few_digits")
def test_every_batch_is_moved_anew_and_keeps_its_labels(digits: dict) -> None:
    data = recipe.moving_digits(None)
    (one, labels), (two, _) = data[:8], data[:8]
    assert not torch.equal(one, two)
    assert torch.equal(labels, digits["train"].labels[:8])


class Cautious(nn.Module):
    """Takes an image for the label that its first pixel says, and is the surer the brighter."""

    device = torch.device("cpu")

    def forward(self, x: Tensor) -> Tensor:
        label = (x[:, 0, 0, 0] * 255).round().long()
        return 10 * x[:, 0, 0, 1:2] * nn.functional.one_hot(label, 10)


def test_scores_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    images = torch.zeros(5, 1, 2, 2, dtype=torch.uint8)
    images[:, 0, 0, 0] = torch.tensor([1, 2, 3, 4, 5])
    images[:4, 0, 0, 1] = 255
    data = Images(images, torch.tensor([1, 2, 3, 9, 0]))
    monkeypatch.setattr(recipe, "load", lambda *_: data)
    found = dict(recipe.scores(Cautious()))
    assert len(found) == 6
    *_, last = found
    assert last == "test accuracy, %, 5 images"
    # Three are right and sure, one is wrong and sure, of one it knows nothing: it says 0, rightly.
    assert found[last] == pytest.approx(80)
    assert found["test images surer than 0.9, %, 5 images"] == pytest.approx(80)
    total = math.log(math.exp(10) + 9)
    expected = (3 * (total - 10) + total + math.log(10)) / 5
    assert found["test cross-entropy, nats, 5 images"] == pytest.approx(expected, rel=1e-5)
    assert recipe.held_out(Cautious()) == {"validation": pytest.approx(80)}
    assert list(dict(recipe.scores(Cautious(), images=3)))[-1] == "test accuracy, %, 3 images"

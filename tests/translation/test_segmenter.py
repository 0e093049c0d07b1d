"""Naming every pixel."""

import math

import pytest
import torch
from torch import Tensor, nn

from genlib import fit
from genlib.data import scenes
from genlib.translation import Segmenter

SMALL = {"classes": 3, "event_shape": (3, 8, 8), "width": 4, "depth": 2}


class Channels(nn.Module):
    """Channels are logits."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        return self.a * x


def test_the_cost_is_the_mean_cross_entropy_of_a_pixel() -> None:
    x = torch.zeros(2, 3, 8, 8)
    x[:, 1] = 1.0
    labels = torch.ones(2, 8, 8, dtype=torch.uint8)
    labels[1, :4] = 2
    cost, said = Segmenter(network=Channels(), **SMALL).loss((x, labels))
    total = math.log(2 + math.e)
    assert cost.item() == pytest.approx(total - 0.75)
    assert said["accuracy"].item() == 0.75


def test_it_learns_to_read_photographs() -> None:
    towns = scenes.aerial(256, 16)
    x = towns.pairs("photo", "map").symmetric()[0]
    model = Segmenter(5, (3, 16, 16), 16, 2, lr=3e-3)
    fit(model, (x, towns.labels), steps=80, batch_size=32, device="cpu", progress=False)
    test = scenes.aerial(64, 16, "test")
    found = model.segment(test.pairs("photo", "map").symmetric()[0])
    assert found.shape == test.labels.shape
    assert (found == test.labels).float().mean() > 0.75


def test_what_is_no_segmentation_is_named() -> None:
    model = Segmenter(**SMALL)
    x, labels = torch.zeros(2, 3, 8, 8), torch.zeros(2, 8, 8, dtype=torch.int64)
    model.check((x, labels))
    for wrong in (labels.float(), labels[:1], labels[:, :4]):
        with pytest.raises(ValueError, match=r"wants \(x, labels\).*from 0 to 2; these are"):
            model.check((x, wrong))
    with pytest.raises(ValueError, match="these range from 0 to 3"):
        model.check((x, labels.index_fill(1, torch.tensor([0]), 3)))
    with pytest.raises(ValueError, match=r"wants \(x, labels\)"):
        model.check(x)
    with pytest.raises(ValueError, match="it draws none"):
        model.sample(2)


def test_the_cost_of_a_model_in_double_precision_is_so() -> None:
    model, labels = Segmenter(network=Channels(), **SMALL).double(), torch.ones(2, 8, 8).long()
    assert model.loss((torch.zeros(2, 3, 8, 8).double(), labels))[0].dtype == torch.float64

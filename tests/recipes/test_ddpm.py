"""The digits of denoising diffusion: what is scored, and that scoring leaves the model alone."""

import math

import pytest
import torch
from torch import Tensor, nn

from genlib.diffusion import DDPM
from genlib.recipes import ddpm as recipe


class Blank(nn.Module):
    """Says that the data are zero, whatever the label."""

    def forward(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        return torch.zeros_like(x)


def blank(**options: object) -> DDPM:
    return DDPM(Blank(), target="x0", classes=10, length=20, **options)


def test_the_bound_by_both_variances_is_the_model_s_own() -> None:
    x, nats = torch.rand(3, 1, 28, 28), {}
    model = blank(variance="upper")
    for variance in recipe.VARIANCES:
        torch.manual_seed(0)
        nats[variance] = recipe.bound(model, x, 4, variance)
        torch.manual_seed(0)
        assert nats[variance] == pytest.approx(blank(variance=variance).elbo(x, 4).mean().item())
    assert model.variance == "upper"
    assert nats["lower"] != nats["upper"]


def test_scores_are_of_even_labels_and_of_grey_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    model = blank()
    monkeypatch.setattr(
        model, "sample", lambda n, label, **_: asked.append(label) or torch.rand(n, 1, 28, 28)
    )
    monkeypatch.setattr(recipe, "bound", lambda *_: 784 * math.log(256) - 784 * math.log(2))
    found = list(recipe.scores(model, images=20, draws=1))
    assert torch.cat(asked).bincount().tolist() == [2] * 10
    assert [value for _, value in found[-2:]] == [pytest.approx(1.0)] * 2
    assert all("20" in words for words, _ in found)


def test_what_is_held_out_has_the_same_noise_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "WATCHED", 8)
    model = blank()
    torch.manual_seed(1)
    before = torch.get_rng_state()
    assert recipe.held_out(model) == recipe.held_out(model)
    assert torch.equal(torch.get_rng_state(), before)

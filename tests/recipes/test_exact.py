"""Scores of autoregressive models: the mean over all images, however they are parted."""

import pytest
import torch

from genlib.autoregressive import PixelCNN
from genlib.recipes.experiments import exact


def test_the_log_likelihood_is_the_mean_over_images_whatever_the_parts() -> None:
    torch.manual_seed(0)
    model = PixelCNN(2, 1, event_shape=(1, 3, 3)).eval()
    x = torch.rand(2 * exact.TOGETHER + 7, 1, 3, 3).round()
    with torch.no_grad():
        wanted = model.log_prob(x).mean().item()
    assert exact.log_prob(model, x) == pytest.approx(wanted, abs=1e-5)


def test_how_many_images_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "log_prob", lambda *given: -1.0)
    assert [said for said, _ in exact.scores(PixelCNN(1, 1))] == [
        "validation log-likelihood, nats, 5,000 images",
        "test log-likelihood, nats, 10,000 images",
    ]
    said = [said for said, _ in exact.scores(PixelCNN(1, 1), images=100)]
    assert said[-1] == "test log-likelihood, nats, first 100 images"

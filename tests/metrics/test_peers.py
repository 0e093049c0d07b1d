"""The metrics of samples against torchmetrics and torch-fidelity, on the same features."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kernel_mmd
from torch_fidelity.metric_prc import prc_features_to_metric
from torchmetrics.image.fid import _compute_fid
from torchmetrics.image.kid import poly_mmd

from genlib.metrics import frechet, inception_score, kernel, precision_recall


def noise(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


REAL, FAKE = noise(300, 8), 1.3 * noise(300, 8, 1) + 0.4


def test_the_frechet_distance_is_theirs() -> None:
    found = frechet(REAL, FAKE)
    moments = [part for x in (REAL, FAKE) for part in (x.mean(0), x.T.cov())]
    assert found == pytest.approx(_compute_fid(*moments).item(), rel=1e-9)
    statistics = [fid_features_to_statistics(x) for x in (REAL, FAKE)]
    theirs = fid_statistics_to_metric(*statistics, verbose=False)
    assert found == pytest.approx(theirs["frechet_inception_distance"], rel=1e-9)


def test_the_kernel_distance_is_the_mean_of_theirs_over_the_same_blocks() -> None:
    shuffles = [torch.Generator().manual_seed(seed) for seed in (0, 1)]
    real, fake = (
        x[torch.randperm(300, generator=g)].tensor_split(4)
        for x, g in zip((REAL, FAKE), shuffles, strict=True)
    )
    ours = kernel(REAL, FAKE, blocks=4)
    pairs = list(zip(real, fake, strict=True))
    torchmetrics = [poly_mmd(*pair).item() for pair in pairs]
    fidelity = [kernel_mmd(x.numpy(), y.numpy()) for x, y in pairs]
    assert ours.value == pytest.approx(np.mean(torchmetrics), rel=1e-9)
    assert ours.value == pytest.approx(np.mean(fidelity), rel=1e-9)


def test_precision_and_recall_are_theirs() -> None:
    found = precision_recall(REAL, FAKE, k=3)
    theirs = prc_features_to_metric(  # the fakes come first
        FAKE, REAL, prc_neighborhood=3, prc_batch_size=1000, save_cpu_ram=False, verbose=False
    )
    assert found.precision == pytest.approx(theirs["precision"])
    assert found.recall == pytest.approx(theirs["recall"])


def test_the_inception_score_is_theirs() -> None:
    logits = 3 * noise(400, 10)
    theirs = isc_features_to_metric(logits, splits=1, shuffle=False)
    found = inception_score(logits.softmax(1), splits=1)
    assert found.value == pytest.approx(theirs["inception_score_mean"], rel=1e-9)

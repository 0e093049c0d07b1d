"""What weights are worth: cases by hand, and the error that they state."""

import math

import pytest
import torch

from genlib.metrics import LogWeights


def test_estimate_effective_size_and_error_by_hand() -> None:
    found = LogWeights(torch.tensor([[1.0, 5.0], [3.0, 5.0]]).double().log() - 800)
    assert (found.estimate + 800).tolist() == pytest.approx([math.log(2), math.log(5)])
    assert found.effective.tolist() == pytest.approx([16 / 10, 2])
    # The weights 1 and 3 have mean 2 and variance 2, so their mean has error 1, half of itself.
    assert found.error.tolist() == pytest.approx([0.5, 0], abs=1e-6)


def test_a_single_weight_has_no_error_to_state() -> None:
    found = LogWeights(torch.tensor([[-3.0]]))
    assert found.estimate.item() == -3
    assert found.effective.item() == 1
    assert found.error.item() == math.inf


def test_the_error_is_that_of_repeated_runs() -> None:
    noise = torch.randn(400, 500, generator=torch.Generator().manual_seed(0)).double()
    found = LogWeights(0.5 * noise)
    assert found.error.mean().item() == pytest.approx(found.estimate.std().item(), rel=0.1)

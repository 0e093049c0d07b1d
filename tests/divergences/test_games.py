"""The best discriminator: its formula, its value, that none does better."""

import math

import pytest
import torch

from genlib.divergences import jensen_shannon, optimal_discriminator, value_at_optimum
from tests.divergences.tables import random_tables


def test_optimal_discriminator():
    p, q = random_tables(5)
    torch.testing.assert_close(optimal_discriminator(p.log(), q.log()), p / (p + q))
    far = optimal_discriminator(torch.tensor([0.0, -1e4]), torch.tensor([-1e4, 0.0]))
    assert far.tolist() == [1.0, 0.0]


def test_no_discriminator_has_a_greater_value_than_the_optimal_one():
    p, q = random_tables(20)
    best = value_at_optimum(p, q)

    def value(d):
        return (p * d.log() + q * (1 - d).log()).sum(-1)

    optimal = optimal_discriminator(p.log(), q.log())
    torch.testing.assert_close(value(optimal), best)
    for _ in range(50):
        other = torch.sigmoid(torch.logit(optimal) + torch.randn_like(optimal))
        assert (value(other) <= best).all()


def test_value_at_optimum_in_terms_of_the_divergence():
    p, q = random_tables(20)
    torch.testing.assert_close(value_at_optimum(p, q), 2 * jensen_shannon(p, q) - math.log(4))


@pytest.mark.parametrize(
    ("log_p", "log_q", "message"),
    [
        (0.0, torch.zeros(2), "log_p is float"),
        (torch.zeros(2), torch.zeros(2).long(), "log_q is torch.int64"),
        (torch.zeros(4), torch.zeros(4, 1), r"log_p is \(4,\) and log_q \(4, 1\)"),
    ],
)
def test_log_densities_of_another_kind_are_refused(log_p, log_q, message):
    with pytest.raises(ValueError, match=message):
        optimal_discriminator(log_p, log_q)

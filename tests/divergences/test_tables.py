"""Tables: numbers by hand, invariants, refusals."""

import math

import pytest
import torch
from torch.distributions import Normal

from genlib.divergences import f_divergence, jensen_shannon, kl, total_variation, value_at_optimum
from tests.divergences.tables import random_tables, table


def test_kl_by_hand():
    p, q = table(0.5, 0.5), table(0.25, 0.75)
    assert kl(p, q).item() == pytest.approx(0.5 * math.log(2) + 0.5 * math.log(2 / 3))
    assert kl(table(1.0, 0.0), p).item() == pytest.approx(math.log(2))
    assert kl(p, table(1.0, 0.0)).item() == math.inf


def test_jensen_shannon_and_total_variation_by_hand():
    p, q = table(0.5, 0.5, 0.0), table(0.0, 0.5, 0.5)
    assert jensen_shannon(p, q).item() == pytest.approx(math.log(2) / 2)
    assert total_variation(p, q).item() == pytest.approx(0.5)


def test_invariants_of_tables():
    p, q = random_tables(100)
    js = jensen_shannon(p, q)
    assert (kl(p, q) >= 0).all()
    assert ((js >= 0) & (js <= math.log(2))).all()
    torch.testing.assert_close(js, jensen_shannon(q, p))
    torch.testing.assert_close(total_variation(p, q), total_variation(q, p))
    assert (total_variation(p, q) ** 2 <= kl(p, q) / 2).all()  # Pinsker
    assert jensen_shannon(p, p).abs().max() < 1e-12
    shuffled = torch.randperm(7)
    torch.testing.assert_close(js, jensen_shannon(p[:, shuffled], q[:, shuffled]))


def test_disjoint_tables_are_as_far_apart_as_can_be():
    p, q = table(0.3, 0.7, 0.0, 0.0), table(0.0, 0.0, 0.1, 0.9)
    assert jensen_shannon(p, q).item() == pytest.approx(math.log(2))
    assert total_variation(p, q).item() == 1
    assert value_at_optimum(p, q).item() == 0


def test_densities_on_a_grid():
    x = torch.linspace(-12, 12, 4801, dtype=torch.float64)
    cell = (x[1] - x[0]).item()
    p, q = Normal(0.5, 1.0).log_prob(x).exp(), Normal(-0.5, 2.0).log_prob(x).exp()
    wanted = torch.distributions.kl_divergence(Normal(0.5, 1.0), Normal(-0.5, 2.0)).item()
    assert kl(p, q, cell).item() == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("divergence", [kl, jensen_shannon, total_variation, value_at_optimum])
@pytest.mark.parametrize(
    ("p", "q", "complaint"),
    [
        (table(0.5, 0.4), table(0.5, 0.5), "sums to 0.9, wanted 1"),
        (table(0.5, 0.5), table(1.2, -0.2), "negative entries, the smallest -0.2"),
        (torch.tensor([1, 0]), table(0.5, 0.5), "int64"),
    ],
)
def test_what_is_no_distribution_is_refused(divergence, p, q, complaint):
    with pytest.raises(ValueError, match=complaint):
        divergence(p, q)


def test_tables_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match=r"p is \(2,\) and q \(3,\)"):
        kl(table(0.5, 0.5), table(0.5, 0.25, 0.25))


@pytest.mark.parametrize("distance", [kl, jensen_shannon, total_variation, value_at_optimum])
def test_tables_of_unequal_length_or_with_nan_are_refused(distance):
    with pytest.raises(ValueError, match=r"p is \(3,\) and q \(4,\)"):
        distance(torch.ones(3) / 3, torch.ones(4) / 4)
    with pytest.raises(ValueError, match="p sums to nan"):
        distance(torch.tensor([0.5, math.nan]), torch.ones(2) / 2)


# Csiszar's family


def test_one_formula_for_all_of_the_family():
    p, q = random_tables(100)
    torch.testing.assert_close(f_divergence(p, q, lambda t: t * t.log()), kl(p, q))
    torch.testing.assert_close(f_divergence(p, q, lambda t: -t.log()), kl(q, p))
    torch.testing.assert_close(
        f_divergence(p, q, lambda t: (t - 1).abs() / 2), total_variation(p, q)
    )
    chi_squared = ((p - q) ** 2 / q).sum(-1)
    torch.testing.assert_close(f_divergence(p, q, lambda t: (t - 1) ** 2), chi_squared)


def test_where_neither_distribution_is_nothing_is_added():
    p, q = table(0.5, 0.5, 0.0), table(0.25, 0.75, 0.0)
    assert f_divergence(p, q, lambda t: t * t.log()).item() == pytest.approx(kl(p, q).item())


def test_a_ratio_that_is_infinite_is_refused():
    with pytest.raises(ValueError, match="q is 0 where p is not"):
        f_divergence(table(0.5, 0.5), table(1.0, 0.0), lambda t: (t - 1) ** 2)


def test_a_ratio_of_zero_takes_the_limit_of_f_or_is_refused():
    p, q = table(0.0, 1.0), table(0.5, 0.5)
    wanted = kl(p, q).item()
    assert f_divergence(p, q, lambda t: torch.xlogy(t, t)).item() == pytest.approx(wanted)
    assert f_divergence(p, q, lambda t: -t.log()).item() == math.inf  # KL(q || p), as it should be
    with pytest.raises(ValueError, match=r"f is NaN at the ratio 0.*xlogy"):
        f_divergence(p, q, lambda t: t * t.log())


@pytest.mark.parametrize(
    "f", [lambda t: 1.0, lambda t: t.sum(), lambda t: None, 3, "kl"], ids=range(5)
)
def test_f_gives_a_value_for_each_ratio(f):
    p, q = table(0.25, 0.75), table(0.5, 0.5)
    with pytest.raises(ValueError, match=r"f .*wanted (a function|\(2,\))"):
        f_divergence(p, q, f)


# Odd inputs


TINY = torch.tensor(1.4e-45)  # the smallest number that float32 holds: half of it is 0


def test_the_smallest_number_does_not_make_a_divergence_infinite():
    p, q = torch.stack([1 - TINY, TINY]), torch.tensor([1.0, 0.0])
    assert jensen_shannon(p, q).item() == pytest.approx(0, abs=1e-7)
    assert jensen_shannon(q, p).item() == pytest.approx(0, abs=1e-7)
    assert kl(q, p).item() == pytest.approx(0, abs=1e-7)
    assert kl(p, q).item() == math.inf  # some mass lies where q has none


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_tails_of_two_bells_in_either_precision(dtype):
    # The tails run through the smallest numbers down to 0, at different places for each.
    x = torch.linspace(-30, 30, 60_001, dtype=torch.float64)
    log_p, log_q = Normal(-0.5, 1.0).log_prob(x), Normal(0.5, 1.0).log_prob(x)
    cell = (x[1] - x[0]).item()
    found = jensen_shannon(log_p.to(dtype).exp(), log_q.to(dtype).exp(), cell)
    weighted = log_p.exp() * (2 * torch.sigmoid(log_p - log_q)).log()
    wanted = (weighted + log_q.exp() * (2 * torch.sigmoid(log_q - log_p)).log()).sum() * cell / 2
    assert found.item() == pytest.approx(wanted.item(), abs=1e-6)


DISTANCES = [kl, jensen_shannon, total_variation, value_at_optimum]


@pytest.mark.parametrize("distance", DISTANCES)
def test_equal_tables_with_zeros_are_no_distance_apart(distance):
    p = table(0.0, 0.25, 0.75)
    nothing = -math.log(4) if distance is value_at_optimum else 0.0
    assert distance(p, p).item() == pytest.approx(nothing, abs=1e-12)
    assert kl(p, table(0.25, 0.0, 0.75)).item() == math.inf


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize(
    ("p", "q", "cell", "message"),
    [
        ([0.5, 0.5], table(0.5, 0.5), 1.0, "p is list, wanted a tensor"),
        (table(0.5, 0.5), None, 1.0, "q is NoneType, wanted a tensor"),
        (table(0.5, 0.5).bool(), table(0.5, 0.5), 1.0, "bool"),
        (table(math.inf, 0.5), table(0.5, 0.5), 1.0, "sums to inf"),
        (table(0.5, 0.5), table(0.5, 0.5), 0.0, "cell=0.0"),
        (table(0.5, 0.5), table(0.5, 0.5), -1.0, "cell=-1.0"),
        (table(0.5, 0.5), table(0.5, 0.5), math.nan, "cell=nan"),
        (table(0.5, 0.5), table(0.5, 0.5), "1", "cell='1'"),
        (table(0.5, 0.5).expand(2, 2), table(0.5, 0.5).expand(3, 2), 1.0, "do not go together"),
        (table(1.0).squeeze(), table(1.0).squeeze(), 1.0, r"p is \(\)"),
        (table(), table(), 1.0, "sums to 0"),
        (table(0.5, 0.5).to("meta"), table(0.5, 0.5), 1.0, "meta and q on cpu"),
    ],
)
def test_arguments_of_another_kind_are_refused(distance, p, q, cell, message):
    with pytest.raises(ValueError, match=message):
        distance(p, q, cell)


def test_one_table_goes_with_a_batch_of_others():
    p, q = random_tables(5)
    torch.testing.assert_close(kl(p, q[0]), torch.stack([kl(row, q[0]) for row in p]))
    assert kl(p[:0], q[:0]).shape == (0,)
    assert kl(p, q, torch.tensor(1.0)).shape == (5,)

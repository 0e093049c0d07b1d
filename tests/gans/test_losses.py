"""The players' costs: numbers by hand, derivatives, extreme logits, refusals."""

import math

import pytest
import torch

from genlib.gans import (
    AdversarialLoss,
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Relativistic,
    Wasserstein,
)

APART = [Minimax(), NonSaturating(), LeastSquares(), Hinge(), Wasserstein()]
ALL = [*APART, Relativistic()]
CLASSIFIERS = [Minimax(), NonSaturating()]
LOG3 = math.log(3)  # the logit of 3/4


def logits(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("loss", CLASSIFIERS)
def test_discriminator_by_hand(loss):
    # D = 3/4 and 1/4 on data, 1/4 on the fake: -(log 3/4 + log 1/4)/2 - log 3/4
    cost = loss.discriminator(logits(LOG3, -LOG3), logits(-LOG3))
    assert cost.item() == pytest.approx(-(math.log(3 / 16)) / 2 - math.log(3 / 4), abs=1e-12)


def test_generator_by_hand():
    fake = logits(LOG3, 0.0)  # D = 3/4 and 1/2
    minimax = (math.log(1 / 4) + math.log(1 / 2)) / 2
    non_saturating = -(math.log(3 / 4) + math.log(1 / 2)) / 2
    assert Minimax().generator(fake).item() == pytest.approx(minimax, abs=1e-12)
    assert NonSaturating().generator(fake).item() == pytest.approx(non_saturating, abs=1e-12)


def test_minimax_is_zero_sum():
    real, fake = torch.randn(2, 50, dtype=torch.float64)
    more = torch.randn(50, dtype=torch.float64)
    loss = Minimax()
    rise = loss.discriminator(real, more) - loss.discriminator(real, fake)
    fall = loss.generator(fake) - loss.generator(more)
    assert rise.item() == pytest.approx(fall.item(), abs=1e-12)


def test_minimax_is_not_the_non_saturating_cost():
    fake = logits(-5.0)
    assert Minimax().generator(fake) < 0 < NonSaturating().generator(fake)


@pytest.mark.parametrize("loss", CLASSIFIERS)
def test_an_undecided_discriminator_pays_log_4(loss):
    assert loss.discriminator(logits(0.0), logits(0.0)).item() == pytest.approx(math.log(4))


def test_derivatives_in_the_logit():
    s = torch.linspace(-6, 6, 25, dtype=torch.float64, requires_grad=True)
    probability = torch.sigmoid(s).detach()
    (minimax,) = torch.autograd.grad(Minimax().generator(s) * len(s), s)
    (non_saturating,) = torch.autograd.grad(NonSaturating().generator(s) * len(s), s)
    torch.testing.assert_close(minimax, -probability)
    torch.testing.assert_close(non_saturating, -(1 - probability))


def test_least_squares_by_hand():
    loss = LeastSquares()
    assert loss.discriminator(logits(1.0, 0.0), logits(2.0)).item() == (0.5 + 4) / 2
    assert loss.generator(logits(0.0, 3.0)).item() == (1 + 4) / 2 / 2
    pearson = LeastSquares(fake=-1, real=1, aim=0)
    assert pearson.discriminator(logits(1.0), logits(0.0)).item() == 0.5
    assert pearson.generator(logits(0.0)).item() == 0


def test_hinge_by_hand():
    loss = Hinge()
    assert loss.discriminator(logits(2.0, 0.5), logits(-3.0, 1.0)).item() == 0.25 + 1.0
    assert loss.generator(logits(2.0, -1.0)).item() == -0.5


def test_wasserstein_by_hand():
    loss = Wasserstein()
    assert loss.discriminator(logits(3.0, 1.0), logits(-1.0)).item() == -3.0
    assert loss.generator(logits(2.0, -1.0)).item() == -0.5


@pytest.mark.parametrize(
    ("loss", "best"),
    [
        (Minimax(), lambda p, q: (p / q).log()),
        (NonSaturating(), lambda p, q: (p / q).log()),
        (LeastSquares(), lambda p, q: p / (p + q)),
        (Hinge(), lambda p, q: torch.sign(p - q)),
    ],
)
def test_no_score_beats_the_stated_best_one(loss, best):
    # one event of probability p under the data and q under the samples: J_D is linear in both
    torch.manual_seed(0)
    p, q = torch.rand(2, 20, dtype=torch.float64).unbind()

    def cost(scores):
        zero = logits(0.0)
        alone = loss.discriminator(zero, zero) / 2  # what the other player's term adds at score 0
        data = torch.stack([loss.discriminator(s[None], zero) for s in scores]) - alone
        fake = torch.stack([loss.discriminator(zero, s[None]) for s in scores]) - alone
        return p * data + q * fake

    for noise in (-1.0, -0.1, 0.1, 1.0):
        assert (cost(best(p, q)) <= cost(best(p, q) + noise)).all()


def test_hinge_at_its_best_is_two_less_twice_the_total_variation():
    p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.1, 0.3, 0.6])
    score = torch.sign(p - q)
    best = (p * torch.relu(1 - score) + q * torch.relu(1 + score)).sum()
    assert best.item() == pytest.approx(2 - (p - q).abs().sum().item())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("loss", ALL)
def test_extreme_logits_are_finite(loss, dtype):
    real = torch.tensor([-100.0, 0.0, 100.0], dtype=dtype, requires_grad=True)
    fake = torch.tensor([100.0, 0.0, -100.0], dtype=dtype, requires_grad=True)
    total = loss.discriminator(real, fake) + loss.generator(fake, real)
    total.backward()
    assert torch.isfinite(total)
    assert torch.isfinite(real.grad).all()
    assert torch.isfinite(fake.grad).all()


def test_extreme_logits_keep_their_value():
    assert NonSaturating().generator(torch.tensor([-100.0])).item() == pytest.approx(100)
    assert Minimax().generator(torch.tensor([100.0])).item() == pytest.approx(-100)
    confident = Minimax().discriminator(logits(100.0), logits(-100.0)).item()
    assert confident == pytest.approx(2 * math.exp(-100), rel=1e-9)


@pytest.mark.parametrize("loss", ALL)
def test_every_shape_gives_the_mean_over_all_scores(loss):
    real, fake = torch.randn(2, 6, 1, 2, 2).unbind()
    patches = loss.discriminator(real, fake), loss.generator(fake, real)
    real, fake = real.flatten(), fake.flatten()
    flat = loss.discriminator(real, fake), loss.generator(fake, real)
    torch.testing.assert_close(patches, flat)
    assert all(value.ndim == 0 for value in patches)


@pytest.mark.parametrize("loss", APART)
def test_batches_may_differ_in_length(loss):
    assert torch.isfinite(loss.discriminator(torch.randn(5), torch.randn(3)))


@pytest.mark.parametrize("loss", ALL)
@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (torch.ones(3, dtype=torch.int64), "int64"),
        (torch.empty(0), r"shape \(0,\)"),
        (torch.tensor(1.0), r"shape \(\)"),
        ([0.5], "list"),
    ],
)
def test_what_is_no_batch_of_logits_is_refused(loss, given, complaint):
    with pytest.raises(ValueError, match=complaint):
        loss.generator(given, torch.randn(3))
    with pytest.raises(ValueError, match=complaint):
        loss.discriminator(torch.randn(3), given)
    with pytest.raises(ValueError, match=complaint):
        loss.discriminator(given, torch.randn(3))


@pytest.mark.parametrize("loss", ALL)
def test_logits_of_different_kinds_are_refused(loss):
    with pytest.raises(ValueError, match=r"\(4,\), fake ones \(4, 1\)"):
        loss.discriminator(torch.randn(4), torch.randn(4, 1))


def softplus(*values: float) -> float:
    """The mean of log(1 + e^v), by hand."""
    return sum(math.log1p(math.exp(value)) for value in values) / len(values)


def test_relativistic_by_hand():
    # pairs (1, 0) and (3, 5): data lead by 1 and by -2
    real, fake, loss = logits(1.0, 3.0), logits(0.0, 5.0), Relativistic()
    assert loss.discriminator(real, fake).item() == pytest.approx(softplus(-1, 2), abs=1e-12)
    assert loss.generator(fake, real).item() == pytest.approx(softplus(1, -2), abs=1e-12)


def test_relativistic_pairs_by_place_and_sees_differences_alone():
    real, fake, loss = logits(1.0, 3.0), logits(0.0, 5.0), Relativistic()
    assert loss.discriminator(real, fake) != loss.discriminator(real, fake.flip(0))
    torch.testing.assert_close(
        loss.discriminator(real + 7, fake + 7), loss.discriminator(real, fake)
    )
    assert loss.discriminator(fake, fake).item() == pytest.approx(math.log(2))


def test_relativistic_asks_for_pairs():
    loss = Relativistic()
    assert loss.pairs_real
    assert not any(other.pairs_real for other in APART)
    with pytest.raises(ValueError, match="real=None, wanted scores"):
        loss.generator(torch.randn(3))
    for turn in (loss.discriminator, loss.generator):
        with pytest.raises(ValueError, match=r"\((5|3),\).*pairs them one by one"):
            turn(torch.randn(5), torch.randn(3))
        with pytest.raises(ValueError, match="pairs them one by one"):
            turn(torch.randn(1), torch.randn(3))  # which would broadcast


@pytest.mark.parametrize("wrong", [{"fake": math.nan}, {"real": math.inf}, {"aim": "1"}])
def test_targets_that_are_no_numbers_are_refused(wrong):
    with pytest.raises(ValueError, match=f"LeastSquares: {next(iter(wrong))}=.*finite number"):
        LeastSquares(**wrong)


def test_targets_may_be_negative_and_are_shown():
    assert repr(LeastSquares(fake=-1, real=1, aim=0)) == "LeastSquares(fake=-1, real=1, aim=0)"


def test_a_loss_that_gives_no_costs_says_so():
    class Half(AdversarialLoss):
        pass

    with pytest.raises(NotImplementedError, match="Half gives the generator no cost"):
        Half().generator(torch.randn(3))
    with pytest.raises(NotImplementedError, match="Half gives the discriminator no cost"):
        Half().discriminator(torch.randn(3), torch.randn(3))


def test_verdicts():
    assert Minimax().verdict(torch.tensor([0.0])).item() == 0.5
    assert Wasserstein().verdict(torch.tensor([-7.0])).item() == -7


def test_accuracy_counts_data_and_samples_apart() -> None:
    real, fake = torch.tensor([2.0, 0.6, 0.4, -1.0]), torch.tensor([0.7, 0.3, -1.0, -5.0])
    wanted = {
        Minimax: (3 / 4, 2 / 4), NonSaturating: (3 / 4, 2 / 4), Hinge: (3 / 4, 2 / 4),
        LeastSquares: (2 / 4, 3 / 4),
    }  # fmt: skip
    for kind, (of_real, of_fake) in wanted.items():
        said = kind().accuracy(real, fake)
        assert said == {"real_accuracy": of_real, "fake_accuracy": of_fake}
    upside_down = LeastSquares(fake=1.0, real=0.0).accuracy(real, fake)
    assert upside_down == {"real_accuracy": 2 / 4, "fake_accuracy": 1 / 4}


@pytest.mark.parametrize("loss", [Wasserstein(), Relativistic()], ids=repr)
def test_accuracy_of_scores_that_only_compare_counts_pairs(loss: AdversarialLoss) -> None:
    said = loss.accuracy(torch.tensor([9.0, 1.0, 2.0]), torch.tensor([8.0, 3.0, 1.0]))
    torch.testing.assert_close(said, {"pair_accuracy": torch.tensor(2 / 3)})

"""What a steep discriminator pays: closed forms, per example, in float32, for D alone."""

import math

import pytest
import torch
from torch import Tensor, nn

from genlib import fit
from genlib.gans import GAN, R1, R2, GradientPenalty, Penalty, SharedFakesGAN

W = torch.tensor([[0.6, -1.2, 0.3], [0.1, 2.0, -0.4]])  # of norm 2.46, which is neither 1 nor 1/2
REAL, FAKE = torch.randn(2, 5, 2, 3, generator=torch.Generator().manual_seed(0)).unbind()


def linear(x: Tensor) -> Tensor:
    """The critic w.x, whose gradient is w everywhere."""
    return (x * W).sum((1, 2))


def bowl(x: Tensor) -> Tensor:
    """The critic |x|^2 / 2, whose gradient is x: another slope for each example."""
    return x.square().flatten(1).sum(1) / 2


def small(kind: type[GAN] = GAN, **options: object) -> GAN:
    torch.manual_seed(0)
    return kind(latent=2, event_shape=(3,), bounds=None, hidden=(8,), **options)


def test_a_linear_critic_pays_for_the_norm_of_its_weights() -> None:
    norm = W.norm()
    for real, fake in ((REAL, FAKE), (REAL[:1], 9 * FAKE[:1])):
        for centre in (0.5, 4.0):  # too steep, and not steep enough
            gradient_penalty = GradientPenalty(7, centre)(linear, real, fake)
            torch.testing.assert_close(gradient_penalty, 7 * (norm - centre) ** 2)
        torch.testing.assert_close(R1(3)(linear, real, fake), 1.5 * norm**2)
        torch.testing.assert_close(R2(5)(linear, real, fake), 2.5 * norm**2)


def test_defaults_are_those_of_the_papers() -> None:
    torch.testing.assert_close(GradientPenalty()(linear, REAL, FAKE), 10 * (W.norm() - 1) ** 2)


def test_a_one_sided_penalty_is_for_slopes_above_the_centre_alone() -> None:
    norm = W.norm()
    steep, flat = (GradientPenalty(7, c, one_sided=True)(linear, REAL, FAKE) for c in (0.5, 4.0))
    torch.testing.assert_close(steep, 7 * (norm - 0.5) ** 2)
    assert flat == 0
    # of a batch with both kinds, example by example
    norms = REAL.flatten(1).norm(dim=1)
    middle = norms.median()
    some = GradientPenalty(7, middle.item(), one_sided=True)(bowl, REAL, REAL)
    torch.testing.assert_close(some, 7 * (norms - middle).clamp(min=0).square().mean())
    assert 0 < some < GradientPenalty(7, middle.item())(bowl, REAL, REAL)


def test_a_penalty_centred_at_nought_is_twice_r1_between_data_and_samples() -> None:
    between = GradientPenalty(7, centre=0)(bowl, REAL, REAL)
    torch.testing.assert_close(between, 2 * R1(7)(bowl, REAL, FAKE))
    torch.testing.assert_close(between, 7 * REAL.flatten(1).square().sum(1).mean())


def test_slopes_are_taken_example_by_example_over_all_of_its_numbers() -> None:
    norms = REAL.flatten(1).norm(dim=1)
    between = GradientPenalty(7, centre=0.5)(bowl, REAL, REAL)  # every mixture is the example
    torch.testing.assert_close(between, 7 * (norms - 0.5).square().mean())
    torch.testing.assert_close(R1(3)(bowl, REAL, FAKE), 1.5 * norms.square().mean())
    fakes = FAKE.flatten(1).norm(dim=1)
    torch.testing.assert_close(R2(3)(bowl, REAL, FAKE), 1.5 * fakes.square().mean())


def mixtures(real: Tensor, fake: Tensor) -> Tensor:
    """Where the gradient penalty asks for the slope."""
    asked = []

    def record(x: Tensor) -> Tensor:
        asked.append(x.detach())
        return x.flatten(1).sum(1)

    GradientPenalty()(record, real, fake)
    (x,) = asked
    return x


def test_each_example_is_mixed_by_its_own_uniform_weight() -> None:
    torch.manual_seed(0)
    n = 20_000
    shares = mixtures(torch.ones(n, 1, 2, 2), torch.zeros(n, 1, 2, 2)).flatten(1)
    assert torch.equal(shares, shares[:, :1].expand(n, 4))  # one for all pixels of an example
    ordered = shares[:, 0].sort().values
    assert ordered[0] >= 0
    assert ordered[-1] <= 1
    grid = (torch.arange(n) + 0.5) / n
    assert (ordered - grid).abs().max() < 2.0 / math.sqrt(n)  # Kolmogorov, p below 0.001


def test_an_example_is_mixed_with_the_sample_in_its_place() -> None:
    x = mixtures(REAL, FAKE).flatten(1)
    real, fake = REAL.flatten(1), FAKE.flatten(1)
    share = ((x - fake) * (real - fake)).sum(1) / (real - fake).square().sum(1)
    assert ((share >= 0) & (share <= 1)).all()
    torch.testing.assert_close(x, share[:, None] * real + (1 - share[:, None]) * fake)


def test_a_share_is_the_penalty_at_the_first_of_the_batch() -> None:
    first = len(REAL) // 2
    torch.testing.assert_close(R1(3, share=0.5)(bowl, REAL, FAKE), R1(3)(bowl, REAL[:first], FAKE))
    torch.testing.assert_close(R2(3, share=0.5)(bowl, REAL, FAKE), R2(3)(bowl, REAL, FAKE[:first]))
    torch.testing.assert_close(R1(3, share=1e-6)(bowl, REAL, FAKE), R1(3)(bowl, REAL[:1], FAKE))
    assert repr(R1(3, share=0.5)) == "R1(gamma=3, share=0.5)"


@pytest.mark.parametrize("penalty", [GradientPenalty(), R1(2), R2(2)], ids=repr)
def test_autocast_changes_nothing(penalty: Penalty) -> None:
    critic = nn.Sequential(nn.Flatten(), nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 1))
    torch.manual_seed(1)
    plain = penalty(critic, REAL, FAKE)
    torch.manual_seed(1)
    with torch.autocast("cpu", torch.bfloat16):
        cast = penalty(critic, REAL, FAKE)
        # samples come in bfloat16 there, which is not what the derivative is taken in
        rough = penalty(critic, REAL, FAKE.bfloat16())
    assert cast.dtype == rough.dtype == torch.float32
    assert torch.equal(cast, plain)
    assert torch.isfinite(rough)


@pytest.mark.parametrize("penalty", [GradientPenalty(7, 0.5), R1(3), R2(5)], ids=repr)
def test_the_second_derivative_reaches_the_weights_of_the_critic(penalty: Penalty) -> None:
    w = W.flatten().clone().requires_grad_()
    penalty(lambda x: x.flatten(1) @ w, REAL, FAKE).backward()
    norm = W.norm()
    factor = {"gradient_penalty": 2 * 7 * (norm - 0.5) / norm, "r1": 3, "r2": 5}[penalty.name]
    torch.testing.assert_close(w.grad, factor * W.flatten())


@pytest.mark.parametrize("penalty", [GradientPenalty(), R1(), R2()], ids=repr)
def test_no_gradient_reaches_the_generator(penalty: Penalty) -> None:
    model = small()
    penalty(model.scores, torch.randn(4, 3), model.fakes(4)).backward()
    assert all(p.grad is None for p in model.generator.parameters())
    assert any(p.grad is not None and p.grad.any() for p in model.discriminator.parameters())


def test_a_flat_critic_has_finite_gradients() -> None:
    w = torch.zeros(6, requires_grad=True)
    GradientPenalty()(lambda x: x.flatten(1) @ w, REAL, FAKE).backward()
    assert torch.isfinite(w.grad).all()


@pytest.mark.parametrize("kind", [GAN, SharedFakesGAN])
def test_the_discriminator_pays_them_and_records_each(kind: type[GAN]) -> None:
    penalties = [GradientPenalty(10), R1(0.1), R2(0.2)]
    free, paying, x = small(kind), small(kind, penalties=penalties), torch.randn(6, 3)
    torch.manual_seed(3)
    cost, _ = free.discriminator_loss(x)
    torch.manual_seed(3)
    whole, said = paying.discriminator_loss(x)
    fines = [said[penalty.name] for penalty in penalties]
    assert all(fine > 0 for fine in fines)
    torch.testing.assert_close(whole, cost + sum(fines))
    torch.manual_seed(3)
    fake = paying.generator(torch.randn(6, 2))
    torch.testing.assert_close(said["r2"], R2(0.2)(paying.scores, x, fake))


@pytest.mark.parametrize("precision", [None, "bf16"])
def test_a_game_with_penalties_is_played(precision: str | None) -> None:
    model = small(penalties=[GradientPenalty(), R1()])
    options = {"device": "cpu", "progress": False, "precision": precision}
    history = fit(model, torch.randn(32, 3), steps=4, batch_size=8, **options)
    for name in ("gradient_penalty", "r1"):
        column = history[f"discriminator/{name}"]
        assert len(column) == 4
        assert all(map(math.isfinite, column))
        assert f"generator/{name}" not in history


def test_penalties_flatten_the_discriminator() -> None:
    data, slopes = torch.randn(64, 3) + 3, []
    for gamma in (0.0, 50.0):
        model = small(penalties=[R1(gamma)], lr=1e-2)
        fit(model, data, steps=100, batch_size=32, device="cpu", progress=False)
        slopes.append(R1()(model.scores, data, data).item())
    assert slopes[1] < slopes[0] / 3


def test_a_compiled_game_pays_the_same() -> None:
    game, x = small(penalties=[R1(2.0), GradientPenalty()]), torch.randn(8, 3)
    weights = list(game.discriminator.parameters())
    torch.manual_seed(1)
    cost, said = game.discriminator_loss(x)
    torch.manual_seed(1)
    compiled, told = torch.compile(game.discriminator_loss, backend="aot_eager")(x)
    torch.testing.assert_close(told, said)
    torch.testing.assert_close(
        torch.autograd.grad(compiled, weights), torch.autograd.grad(cost, weights)
    )


def test_double_precision() -> None:
    model = small(penalties=[GradientPenalty(), R2()]).double()
    fit(model, torch.randn(8, 3).double(), steps=2, device="cpu", progress=False)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: GradientPenalty(-1), "GradientPenalty: weight=-1"),
        (lambda: GradientPenalty(centre=math.nan), "centre=nan"),
        (lambda: R1(math.inf), "R1: gamma=inf"),
        (lambda: R2("0.1"), "R2: gamma='0.1'"),
        (lambda: R1(share=0.0), "R1: share=0.0"),
        (lambda: R2(share=1.5), "R2: share=1.5"),
        (lambda: GAN(penalties=R1()), r"penalties=R1\(gamma=1.0\), wanted a list"),
        (lambda: GAN(penalties=[R1]), "wanted a list such as"),
        (lambda: GAN(penalties=[R1(), R1(2)]), r"called \['r1', 'r1'\], wanted different names"),
    ],
)
def test_impossible_penalties_are_refused(make: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make()


def test_no_penalty_takes_the_column_of_another_number() -> None:
    class Loud(Penalty):
        name = "real"

    with pytest.raises(ValueError, match="none of"):
        GAN(penalties=[Loud()])
    with pytest.raises(NotImplementedError, match="Loud gives no penalty"):
        Loud()(linear, REAL, FAKE)

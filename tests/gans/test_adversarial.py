"""A discriminator trained on what misleads it: bounds, direction, and the count of passes."""

import copy
from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from genlib import fit
from genlib.gans import (
    DCGAN,
    GAN,
    R1,
    AdversarialTraining,
    FastGAN,
    FreeAdversarialTraining,
    Hinge,
    InstanceNoise,
    Relativistic,
    SharedFakesGAN,
    SpectralNorm,
    Stabiliser,
)

EPSILON = 0.1


def small(*stabilisers: Stabiliser, **options: object) -> GAN:
    torch.manual_seed(0)
    shape = {"latent": 2, "event_shape": (3,), "bounds": (-1.0, 1.0), "hidden": (6, 5)}
    return GAN(stabilisers=stabilisers, **(shape | options)).double()


def data(n: int = 8) -> Tensor:
    return torch.rand(n, 3, generator=torch.Generator().manual_seed(1)).double() * 2 - 1


def fakes(model: GAN) -> Tensor:
    torch.manual_seed(2)
    return model.fakes(8).detach()


def cost(model: GAN, real: Tensor, fake: Tensor) -> Tensor:
    return model.adversarial_loss.discriminator(model.scores(real), model.scores(fake))


@pytest.mark.parametrize("steps", [1, 4])
def test_changes_stay_within_epsilon_and_bounds_and_cost_the_discriminator(steps: int) -> None:
    model = small(attack := AdversarialTraining(EPSILON, steps))
    real, fake = data(), fakes(model)
    shown_real, shown_fake, label = attack.shown(model, real, fake, None)
    assert label is None
    for origin, shown in ((real, shown_real), (fake, shown_fake)):
        assert 0.5 * EPSILON < (shown - origin).abs().max() <= EPSILON + 1e-12
        assert shown.abs().max() <= 1
        assert not shown.requires_grad
    assert cost(model, shown_real, fake) > cost(model, real, fake)
    assert cost(model, real, shown_fake) > cost(model, real, fake)


def test_one_step_is_epsilon_along_the_sign_of_the_slope() -> None:
    model = small(attack := AdversarialTraining(EPSILON), bounds=None)
    real, fake = data().requires_grad_(), fakes(model).requires_grad_()
    slopes = torch.autograd.grad(cost(model, real, fake), (real, fake))
    shown = attack.shown(model, real, fake, None)
    for origin, seen, slope in zip((real, fake), shown, slopes, strict=False):
        torch.testing.assert_close(seen, (origin + EPSILON * slope.sign()).detach())
    raised = torch.autograd.grad(model.scores(real).sum(), real)[0].sign()
    torch.testing.assert_close(shown[0], (real - EPSILON * raised).detach())  # data look worse


def test_more_steps_find_a_worse_change() -> None:
    class Bowl(nn.Module):
        """Says least of the origin, which one step to the cube's edge leaps over."""

        def __init__(self) -> None:
            super().__init__()
            self.depth = nn.Parameter(torch.ones(()).double())

        def forward(self, x: Tensor) -> Tensor:
            return self.depth * x.square().sum(dim=1)

    model = small(discriminator=Bowl())
    real, fake = 0.1 * data(), fakes(model)
    leap = AdversarialTraining(0.5, samples=False)
    walk = AdversarialTraining(0.5, 50, 0.01, samples=False)
    costs = [cost(model, *attack.shown(model, real, fake, None)[:2]) for attack in (leap, walk)]
    assert costs[1] > cost(model, real, fake) > costs[0]


def test_the_cube_is_around_the_origin_and_not_around_the_last_step() -> None:
    model = small(attack := AdversarialTraining(EPSILON, 5, step=EPSILON), bounds=None)
    real, fake = data(), fakes(model)
    for origin, shown in zip((real, fake), attack.shown(model, real, fake, None), strict=False):
        assert (shown - origin).abs().max() <= EPSILON + 1e-12


def test_samples_can_be_left_alone() -> None:
    model = small(attack := AdversarialTraining(EPSILON, 2, samples=False))
    real, fake = data(), fakes(model)
    shown = attack.shown(model, real, fake, None)
    assert torch.equal(shown[1], fake)
    assert not torch.equal(shown[0], real)


def test_the_discriminator_learns_from_what_is_changed_and_the_generator_does_not() -> None:
    model = small(attack := AdversarialTraining(EPSILON))
    torch.manual_seed(2)
    told, _ = model.discriminator_loss(data())
    shown = attack.shown(model, data(), fakes(model), None)
    torch.testing.assert_close(told, cost(model, *shown[:2]))
    asked: list[Tensor] = []
    model.discriminator.register_forward_pre_hook(lambda _, given: asked.append(given[0]))
    torch.manual_seed(2)
    model.generator_loss(data())
    assert [torch.equal(x, fakes(model)) for x in asked] == [True]


def test_labels_go_with_their_events() -> None:
    class Labelled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.slopes = nn.Parameter(torch.tensor([1.0, -1.0]).double())

        def forward(self, x: Tensor, label: Tensor) -> Tensor:
            return self.slopes[label] * x.sum(dim=1)

    generator = nn.ModuleList([nn.Linear(2, 3)]).double()
    model = small(attack := AdversarialTraining(EPSILON), bounds=None, classes=2,
                  generator=generator, discriminator=Labelled())  # fmt: skip
    label = torch.tensor([0, 1])
    real, _, told = attack.shown(model, data(2), data(2), label)
    assert told is label
    signs = torch.tensor([[-1.0], [1.0]]).double().expand(2, 3)
    torch.testing.assert_close((real - data(2)) / EPSILON, signs)


class Passes:
    """Counts forward and backward passes through a layer of D."""

    def __init__(self, model: GAN) -> None:
        self.forward, self.backward = 0, 0
        layer = list(m for m in model.discriminator.modules() if isinstance(m, nn.Linear))[1]
        layer.register_forward_hook(self.went)
        layer.register_full_backward_hook(self.came)

    def went(self, *_: object) -> None:
        self.forward += 1

    def came(self, *_: object) -> None:
        self.backward += 1


def play(model: GAN, x: Tensor | None = None, **options: object) -> GAN:
    options = {"steps": 1, "batch_size": 8, "device": "cpu", "progress": False} | options
    fit(model, data() if x is None else x, **options)
    return model


@pytest.mark.parametrize(
    ("stabilisers", "turn", "passes"),
    [
        ((), {}, 2),  # data and samples, once each
        ((), {"updates": 3}, 6),
        ((AdversarialTraining(EPSILON, 1),), {}, 4),
        ((AdversarialTraining(EPSILON, 3),), {}, 8),
        ((FreeAdversarialTraining(EPSILON, 3),), {}, 6),  # as three plain updates
    ],
    ids=str,
)
def test_the_free_variant_needs_no_pass_more(stabilisers: tuple, turn: dict, passes: int) -> None:
    model = small(*copy.deepcopy(stabilisers), discriminator_turn=turn)
    counts = Passes(model)
    play(model, only=("discriminator",))
    assert (counts.forward, counts.backward) == (passes, passes)


class Watched(FreeAdversarialTraining):
    """Notes what is shown."""

    def shown(self, game: GAN, real: Tensor, fake: Tensor, label: Tensor | None) -> tuple:
        shown = super().shown(game, real, fake, label)
        noted = [x.detach().clone() for x in shown[:2]]
        slopes = torch.autograd.grad(cost(game, *shown[:2]), shown[:2])
        self.__dict__.setdefault("noted", []).append((noted, [slope.clone() for slope in slopes]))
        return shown


def test_a_batch_is_shown_again_a_step_further_up_each_time() -> None:
    model = play(small(watched := Watched(EPSILON, 3, step=0.06), bounds=None), steps=2)
    assert len(watched.noted) == 6
    rounds = watched.noted[:3], watched.noted[3:]
    for shown in rounds:
        origins = shown[0][0]
        for (before, slopes), (after, _) in pairwise(shown):
            for x, slope, y, origin in zip(before, slopes, after, origins, strict=True):
                moved = x + 0.06 * slope.sign()
                wanted = origin + (moved - origin).clamp(-EPSILON, EPSILON)
                torch.testing.assert_close(y, wanted)
    assert not torch.equal(rounds[0][0][0][1], rounds[1][0][0][1])  # new samples
    first = rounds[1][0][0][0]
    assert any(torch.equal(row, known) for row in first for known in data())  # begins unchanged
    assert model.players()[0].updates == 3


def test_costs_that_nobody_learns_from_are_of_the_batch_given() -> None:
    model = small(FreeAdversarialTraining(EPSILON, 3))
    for x in (data(), -data()):
        torch.manual_seed(2)
        told, _ = model.discriminator_loss(x)
        torch.testing.assert_close(told, cost(model, x, fakes(model)))


def test_without_changes_a_free_round_is_a_batch_shown_again() -> None:
    model = play(small(Watched(0.0, 2)))
    (first, _), (second, _) = model.stabilisers[0].noted
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])


def test_a_copy_begins_without_a_batch() -> None:
    model = small(FreeAdversarialTraining(EPSILON, 3))
    model.discriminator_loss(data())
    assert copy.deepcopy(model).stabilisers[0]._batch is None
    play(model, ema=0.9, steps=3)
    assert model.stabilisers[0]._batch is None


@pytest.mark.parametrize("make", [AdversarialTraining, FreeAdversarialTraining])
@pytest.mark.parametrize("loss", [Hinge(), Relativistic()], ids=repr)
def test_it_plays_beside_others(make: Callable, loss: nn.Module) -> None:
    options = {"loss": loss, "penalties": [R1(closed=True)], "latent": 2, "event_shape": (3,)}
    for kind in (GAN, SharedFakesGAN):
        parts = [InstanceNoise(0.1), SpectralNorm(), make()]
        model = kind(stabilisers=parts, hidden=(4,), **options)
        play(model, data().float(), steps=3)
        assert all(p.isfinite().all() for p in model.parameters())


def test_a_robust_discriminator_is_misled_less() -> None:
    def misled(*stabilisers: Stabiliser) -> float:
        model = small(*stabilisers, lr=5e-3, hidden=(16,), latent=3)
        torch.manual_seed(3)
        x = (0.2 * torch.randn(512, 3).double() + 0.3).clamp(-1, 1)
        play(model, x, steps=150, batch_size=64, only=("discriminator",))
        real, fake = x[:64], model.fakes(64).detach()
        shown = AdversarialTraining(EPSILON, 10).shown(model, real, fake, None)
        return (cost(model, *shown[:2]) - cost(model, real, fake)).item()

    assert misled(AdversarialTraining(EPSILON)) < 0.8 * misled()


def test_fastgan_is_a_dcgan_with_either() -> None:
    free, costly = FastGAN(), FastGAN(0.1, 3, free=False, samples=False, width=4)
    assert free.sample(2).shape == (2, 1, 28, 28)
    assert isinstance(free, DCGAN)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in free.discriminator.modules())
    assert repr(free.stabilisers[0]) == (
        "FreeAdversarialTraining(epsilon=0.03, replays=2, step=0.03)"
    )
    assert repr(costly.stabilisers[0]) == (
        "AdversarialTraining(epsilon=0.1, steps=3, step=0.08333, samples=False)"
    )
    kept = FastGAN(stabilisers=[SpectralNorm()], width=2, event_shape=(1, 4, 4))
    assert [type(one) for one in kept.stabilisers] == [SpectralNorm, FreeAdversarialTraining]


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: AdversarialTraining(-0.1), "AdversarialTraining: epsilon=-0.1"),
        (lambda: AdversarialTraining(steps=0), "steps=0"),
        (lambda: AdversarialTraining(step=-1.0), "step=-1.0"),
        (lambda: FreeAdversarialTraining(replays=0), "replays=0"),
        (
            lambda: small(FreeAdversarialTraining(0.1, 3), discriminator_turn={"updates": 2}),
            "updates=2, wanted 3, the replays of a batch",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make: Callable, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make()

"""Players that judge and are judged on the same samples."""

import copy

import torch

from genlib import fit
from genlib.gans import GAN, SharedFakesGAN


def small(kind: type[GAN], **options: object) -> GAN:
    torch.manual_seed(0)
    return kind(latent=3, hidden=(8,), event_shape=(1, 4, 4), **options)


def test_players_that_share_fakes_get_the_gradients_of_the_same_samples() -> None:
    fresh, shared = small(GAN), small(SharedFakesGAN)
    real = torch.rand(6, 1, 4, 4)
    for player, loss in (("discriminator", "discriminator_loss"), ("generator", "generator_loss")):
        for model in (fresh, shared):
            torch.manual_seed(1)  # the fresh game's two turns get the same codes here
            getattr(model, loss)(real)[0].backward()
        networks = getattr(fresh, player), getattr(shared, player)
        for ours, theirs in zip(*(n.parameters() for n in networks), strict=True):
            assert torch.equal(ours.grad, theirs.grad)
            assert ours.grad.abs().sum() > 0


def test_shared_fakes_are_drawn_once_a_round_and_again_for_a_second_turn_of_g() -> None:
    for updates, passes in ((1, 1), (2, 2)):
        model = small(SharedFakesGAN, generator_turn={"updates": updates})
        calls = []
        model.generator.register_forward_hook(lambda *_, calls=calls: calls.append(1))
        fit(model, torch.rand(8, 1, 4, 4), steps=5, batch_size=4, device="cpu", progress=False)
        assert len(calls) == 5 * passes
        assert model._kept is None


def test_g_moves_in_its_own_turn_only() -> None:
    model = small(SharedFakesGAN, generator_turn={"lr": 1e-30})
    before = [weight.clone() for weight in model.generator.parameters()]
    fit(model, torch.rand(8, 1, 4, 4), steps=9, batch_size=4, device="cpu", progress=False)
    for weight, old in zip(model.generator.parameters(), before, strict=True):
        assert torch.equal(weight, old)
        assert weight.requires_grad


def test_a_copy_has_no_samples_left_over() -> None:
    model = small(SharedFakesGAN)
    model.discriminator_loss(torch.rand(4, 1, 4, 4))  # a turn of D that no turn of G follows
    assert copy.deepcopy(model)._kept is None
    assert len(model.fakes(9)) == 9


def test_samples_that_outlive_a_turn_are_made_outside_what_is_compiled() -> None:
    game, x, compiled = small(SharedFakesGAN), torch.rand(4, 1, 4, 4), []
    game.generator.register_forward_hook(lambda *_: compiled.append(torch.compiler.is_compiling()))
    weights, turns = list(game.parameters()), (game.discriminator_loss, game.generator_loss)
    gradients = []
    for played in (turns, [torch.compile(turn, backend="aot_eager") for turn in turns]):
        torch.manual_seed(1)
        costs = [turn(x)[0] for turn in played]
        gradients.append([torch.autograd.grad(c, weights, allow_unused=True) for c in costs])
    torch.testing.assert_close(gradients[1], gradients[0])
    assert compiled == [False, False]


def test_samples_of_a_run_without_g_are_dropped() -> None:
    model, x = small(SharedFakesGAN), torch.rand(8, 1, 4, 4)
    fit(model, x, steps=1, only=("discriminator",), device="cpu", progress=False)
    model.on_step(0, 1)
    assert model._kept is None


def test_samples_without_a_graph_teach_g_nothing_and_are_drawn_anew() -> None:
    model, x = small(SharedFakesGAN), torch.rand(8, 1, 4, 4)
    with torch.no_grad():
        model.discriminator_loss(x)
    model.generator_loss(x)[0].backward()
    assert all(p.grad is not None and p.grad.any() for p in model.generator.parameters())

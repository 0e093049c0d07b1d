"""BigGAN's parts: where code and label go, truncation and its statistics, what can be left out."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from genlib import fit
from genlib.gans import (
    R1,
    BigGAN,
    BigGANDiscriminator,
    BigGANGenerator,
    Hinge,
    MinibatchStd,
    OrthogonalRegularisation,
    ProjectionDiscriminator,
    SpectralNorm,
)
from genlib.nn import ConditionalBatchNorm2d, ResidualUp, SelfAttention2d, inputs_of

SIZES = {"classes": 3, "width": 2, "event_shape": (1, 8, 8), "shared": 3}  # of one block


def small(**options: object) -> BigGAN:
    torch.manual_seed(0)
    return BigGAN(**(SIZES | {"latent": 5} | options))


def pairs(n: int = 8) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(1)
    return torch.rand(n, 1, 8, 8, generator=draw) * 2 - 1, torch.arange(n) % 3


def play(model: BigGAN, **options: object) -> BigGAN:
    options = {"steps": 2, "batch_size": 4, "device": "cpu", "progress": False} | options
    fit(model, pairs(), **options)
    return model


def test_it_builds_with_no_arguments_and_samples_digits() -> None:
    model = BigGAN()
    x = model.sample(3, label=[3, 1, 2])
    assert x.shape == (3, 1, 28, 28)
    assert x.abs().max() <= 1
    assert isinstance(model.adversarial_loss, Hinge)
    assert isinstance(model.discriminator, ProjectionDiscriminator)
    assert [type(one) for one in model.stabilisers] == [SpectralNorm, OrthogonalRegularisation]
    d, g = model.players()
    assert (d.lr, g.lr) == (8e-4, 2e-4)
    assert BigGAN(discriminator_turn={"lr": 1e-3, "updates": 2}).players()[0].lr == 1e-3


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (3, 16, 16), (2, 4, 4)])
def test_every_size(shape: tuple[int, ...]) -> None:
    g = BigGANGenerator(3, 7, 2, event_shape=shape)
    d = BigGANDiscriminator(3, 2, event_shape=shape)
    label = torch.tensor([0, 2])
    x = g(torch.randn(2, 7), label)
    assert x.shape == (2, *shape)
    assert d(x, label).shape == (2,)


def test_chunks_of_the_code_reach_their_blocks_and_no_others() -> None:
    torch.manual_seed(0)
    g = BigGANGenerator(3, 7, 2, shared=4).double()
    assert g.chunks == [3, 2, 2]
    z, label = torch.randn(2, 7).double(), torch.tensor([1, 2])
    norms = [norm for block in g.blocks for norm in (block.first_norm, block.second_norm)]
    asked: list[Tensor] = []
    for norm in norms:
        norm.register_forward_pre_hook(lambda _, given: asked.append(given[1]))
    with inputs_of(g.start) as given:
        g(z, label)
    assert torch.equal(given[g.start], z[:, :3])
    told = g.embedding(label)
    for seen, chunk in zip(asked, (z[:, 3:5], z[:, 3:5], z[:, 5:], z[:, 5:]), strict=True):
        assert torch.equal(seen, torch.cat([told, chunk], dim=1))
    assert {norm.scale.in_features for norm in norms} == {6}


def test_every_chunk_and_the_label_change_the_image() -> None:
    torch.manual_seed(0)
    g = BigGANGenerator(3, 7, 4).eval()
    z, label = torch.randn(1, 7), torch.tensor([1])
    for i in (0, 3, 5):
        other = z.clone()
        other[0, i] += 1
        assert (g(other, label) - g(z, label)).abs().max() > 1e-4
    assert (g(z, label + 1) - g(z, label)).abs().max() > 1e-4


def test_without_skipping_all_of_the_code_goes_in_at_the_start() -> None:
    g = BigGANGenerator(3, 7, 2, skip=False, shared=4)
    assert g.chunks == [7]
    norms = [m for m in g.modules() if isinstance(m, ConditionalBatchNorm2d)]
    assert {norm.scale.in_features for norm in norms} == {4}


def test_without_a_shared_embedding_every_norm_has_its_table() -> None:
    g = BigGANGenerator(3, 7, 2, skip=False, shared=None)
    norms = [m for m in g.modules() if isinstance(m, ConditionalBatchNorm2d)]
    assert [norm.scale.num_embeddings for norm in norms] == [3] * 4
    assert g(torch.randn(2, 7), torch.tensor([0, 2])).shape == (2, 1, 28, 28)


def test_attention_stands_at_half_the_side_in_both() -> None:
    model = BigGAN(width=2)
    layers = [m for m in model.modules() if isinstance(m, SelfAttention2d)]
    with inputs_of(*layers) as given:
        model.scores(model.sample(2, label=0), torch.tensor([0, 0]))
    assert [tuple(x.shape[1:]) for x in given.values()] == [(4, 14, 14), (2, 14, 14)]
    assert not any(isinstance(m, SelfAttention2d) for m in BigGAN(attention=False).modules())


def test_the_discriminator_sums_over_places() -> None:
    torch.manual_seed(0)
    d = BigGANDiscriminator(3, 2, attention=False, event_shape=(1, 8, 8)).double()
    x, label = pairs()[0].double(), pairs()[1]
    before = d.body[:-1](x)
    assert before.shape == (8, 4, 4, 4)
    assert before.min() >= 0
    torch.testing.assert_close(d.body(x), before.sum(dim=(2, 3)))
    phi = before.sum(dim=(2, 3))
    wanted = phi @ d.last.weight[0] + d.last.bias + (d.embedding.weight[label] * phi).sum(1)
    torch.testing.assert_close(d(x, label), wanted)


def test_weights_start_orthogonal() -> None:
    for network in (BigGANGenerator(width=4), BigGANDiscriminator(width=4)):
        for layer in network.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d | nn.Embedding):
                rows = layer.weight.flatten(1)
                small = rows if len(rows) <= rows.shape[1] else rows.T
                torch.testing.assert_close(
                    small @ small.T, torch.eye(len(small)), rtol=0, atol=1e-5
                )


def test_both_players_stay_normalised_but_for_the_embedding_of_the_generator() -> None:
    model = small()
    assert not parametrize.is_parametrized(model.generator.embedding)
    norm = next(one for one in model.stabilisers if isinstance(one, SpectralNorm))
    for player in ("discriminator", "generator"):
        network = getattr(model, player)
        with torch.no_grad():
            for p in network.parameters():
                p += 0.5 * torch.randn_like(p)
        for _ in range(300):  # the power iteration follows
            norm.after(model, player)
        layers = [m for m in network.modules() if parametrize.is_parametrized(m, "weight")]
        kinds = nn.Linear | nn.Conv2d
        assert len(layers) >= sum(isinstance(m, kinds) for m in network.modules())
        for layer in layers:
            largest = torch.linalg.matrix_norm(layer.weight.flatten(1), 2).item()
            assert largest == pytest.approx(1, abs=0.01)


def test_truncated_codes_stay_within_and_the_others_are_those_of_training() -> None:
    model, seen = small(latent=50), []
    model.generator.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    for truncation in (0.5, None):
        model.sample(200, truncation=truncation, generator=torch.Generator().manual_seed(0))
    assert 0.49 < seen[0].abs().max() <= 0.5
    assert seen[0].std().item() == pytest.approx(0.284, abs=0.01)  # of the truncated normal
    assert seen[1].std().item() == pytest.approx(1, abs=0.03)


def test_samples_repeat_and_differ_less_when_truncated() -> None:
    model = small(latent=12, spectral=False)
    model.collect_statistics(4, generator=torch.Generator().manual_seed(0))

    def draw(truncation: float | None) -> Tensor:
        draws = torch.Generator().manual_seed(3)
        return model.sample(300, label=1, truncation=truncation, generator=draws)

    assert torch.equal(draw(0.3), draw(0.3))
    assert draw(0.1).std(dim=0).mean() < 0.5 * draw(None).std(dim=0).mean()


def test_statistics_are_those_of_codes_as_in_training_and_of_all_labels() -> None:
    model, seen = small(latent=40), []
    model.generator.register_forward_pre_hook(lambda _, given: seen.append(given))
    model.collect_statistics(3, 500, torch.Generator().manual_seed(0))
    assert [len(z) for z, _ in seen] == [500] * 3
    codes, label = torch.cat([z for z, _ in seen]), torch.cat([y for _, y in seen])
    assert codes.std().item() == pytest.approx(1, abs=0.02)
    assert (label.bincount(minlength=3) - 500).abs().max() < 95  # five standard errors
    with torch.no_grad():
        first = [model.generator.start(z[:, : model.generator.chunks[0]]) for z, _ in seen]
    means = torch.stack([x.mean(dim=(0, 2, 3)) for x in first]).mean(0)
    kept = model.generator.blocks[0].first_norm.norm.running_mean
    torch.testing.assert_close(kept, means, rtol=1e-4, atol=1e-5)
    assert model.generator.training


def test_sampling_changes_nothing() -> None:
    model = small()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.sample(4, truncation=0.5)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert model.generator.training


def test_it_can_be_averaged_and_its_average_sampled() -> None:
    model = small()
    history = fit(model, pairs(), steps=3, batch_size=4, ema=0.9, device="cpu", progress=False)
    history.ema.collect_statistics(2, 8)
    assert history.ema.sample(3, label=2, truncation=0.7).isfinite().all()


PARTS: dict[str, dict] = {
    "own tables": {"shared": None, "skip": False},
    "no chunks": {"skip": False},
    "no attention": {"attention": False},
    "no spectral norm": {"spectral": False},
    "no orthogonality": {"orthogonal": 0},
    "R1": {"spectral": False, "penalties": [R1(0.1)]},
    "minibatch": {"stabilisers": [MinibatchStd()]},
}


@pytest.mark.parametrize("name", PARTS)
def test_every_part_can_be_left_out(name: str) -> None:
    model = play(small(**PARTS[name]))
    assert all(p.isfinite().all() for p in model.parameters())
    assert model.sample(2, label=1, truncation=0.5).shape == (2, 1, 8, 8)


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: small(latent=1), "latent=1, wanted at least 2, a number for each chunk"),
        (lambda: small(shared=None), "skip=True wants an embedding beside the chunks"),
        (lambda: small(shared=0), "shared=0, wanted a positive length"),
        (lambda: small(event_shape=(1, 9, 9)), "with S a few doublings"),
        (lambda: small(classes=0), "classes=0"),
        (lambda: small(orthogonal=-1.0), "weight=-1.0"),
        (lambda: small().sample(2, truncation=0.0), "threshold=0.0, wanted a positive"),
        (lambda: small().sample(2, label=3), "labels from 0 to 2"),
        (lambda: small().sample(0), "0 samples asked for"),
        (lambda: small().collect_statistics(0), "0 samples asked for"),
        (lambda: small().discriminator_loss(pairs()[0]), r"classes=3 wants \(x, label\)"),
    ],
)
def test_what_makes_no_sense_is_refused(call: Callable, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()


def test_blocks_are_those_of_the_library() -> None:
    assert all(isinstance(block, ResidualUp) for block in BigGANGenerator().blocks)

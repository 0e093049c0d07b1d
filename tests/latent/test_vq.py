"""The VAE with a codebook: nearest rows, three gradients, an honest bound, its prior."""

import math

import pytest
import torch

import genlib
from genlib.autoregressive import MADE, PixelCNN
from genlib.data import all_binary_images
from genlib.latent import VQVAE
from genlib.likelihoods import Symbols

SHAPE = (1, 2, 2)


def small(**options: object) -> VQVAE:
    """Return a small model: 2 codes from 3 rows of 2 numbers, 2 x 2 images."""
    torch.manual_seed(0)
    sizes = {"codes": 2, "entries": 3, "width": 2, "hidden": (8,), "event_shape": SHAPE}
    return VQVAE(**(sizes | options))


def of_codes(hidden: tuple | None = (512,)) -> MADE:
    """Return a distribution of its codes."""
    return MADE(hidden, event_shape=(2,), likelihood=Symbols(3))


def every_image() -> torch.Tensor:
    """Return all 16 binary images (16, 1, 2, 2)."""
    return all_binary_images(2)


def test_codes_are_the_nearest_rows() -> None:
    model = small()
    codes, y = model.encode(every_image()), model.outputs(every_image())
    for row, output in zip(codes.flatten(), y.flatten(0, 1), strict=True):
        distances = [(output - e).norm() for e in model.codebook.weight]
        assert row == min(range(3), key=distances.__getitem__)


def test_gradients_go_straight_through_to_the_encoder() -> None:
    model, x = small(commitment=0.0), every_image()
    loss, _ = model.loss(x)
    found = torch.autograd.grad(loss, list(model.encoder.parameters()))
    row = model.codebook(model.encode(x)).detach().requires_grad_()
    log_p = model.likelihood.log_prob(x, model.decode(row.flatten(1))).mean()
    (at_row,) = torch.autograd.grad(-log_p, row)
    expected = torch.autograd.grad(model.outputs(x), list(model.encoder.parameters()), at_row)
    assert all(torch.allclose(a, b, atol=1e-7) for a, b in zip(found, expected, strict=True))


def test_the_codebook_moves_towards_the_outputs_alone() -> None:
    model, x = small(), every_image()
    loss, _ = model.loss(x)
    (found,) = torch.autograd.grad(loss, [model.codebook.weight])
    y, k = model.outputs(x).detach(), model.encode(x)
    expected = torch.zeros(3, 2)
    for output, row in zip(y.flatten(0, 1), k.flatten(), strict=True):
        expected[row] += 2 * (model.codebook.weight[row] - output).detach() / 16
    assert torch.allclose(found, expected, atol=1e-6)


def test_commitment_pulls_the_outputs_towards_their_rows() -> None:
    model, x = small(commitment=0.0), every_image()
    free = torch.autograd.grad(model.loss(x)[0], list(model.encoder.parameters()))
    model.commitment = 0.7
    bound = torch.autograd.grad(model.loss(x)[0], list(model.encoder.parameters()))
    y, row = model.outputs(x), model.codebook(model.encode(x)).detach()
    pull = 0.7 * (y - row).square().sum((1, 2)).mean()
    expected = torch.autograd.grad(pull, list(model.encoder.parameters()))
    for more, less, by in zip(bound, free, expected, strict=True):
        assert torch.allclose(more - less, by, atol=1e-6)


@torch.no_grad()
def test_elbo_is_codes_under_the_prior_plus_reconstruction_and_below_the_likelihood() -> None:
    model, x = small(prior=of_codes((12,))), every_image()
    codes = torch.cartesian_prod(torch.arange(3), torch.arange(3))
    given = model.likelihood.log_prob(x, model.decode(model.look_up(codes))[:, None])
    log_joint = given + model.prior.log_prob(codes)[:, None]
    log_p = log_joint.logsumexp(0)
    chosen = (codes[:, None] == model.encode(x)).all(-1).float().argmax(0)
    assert abs(log_p.exp().sum() - 1) < 1e-5
    assert torch.allclose(model.elbo(x), log_joint.gather(0, chosen[None])[0], atol=1e-5)
    assert torch.allclose(model.log_prob(x, samples=7), model.elbo(x), atol=1e-5)
    assert (model.elbo(x) < log_p).all()


def test_without_a_prior_there_is_no_distribution() -> None:
    model, x = small(), every_image()
    for call in (lambda: model.sample(2), lambda: model.elbo(x), lambda: model.log_prob(x)):
        with pytest.raises(ValueError, match="no distribution over its codes"):
            call()
    model.prior = of_codes()
    draws = [model.sample(4, generator=torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    assert draws[0].shape == (4, *SHAPE)
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_training_leaves_the_prior_alone() -> None:
    model = small(prior=of_codes())
    before = {name: value.clone() for name, value in model.state_dict().items()}
    genlib.fit(model, every_image(), steps=3, batch_size=16, device="cpu", progress=False)
    moved = {name for name, value in model.state_dict().items() if not value.equal(before[name])}
    assert "codebook.weight" in moved
    assert not any(name.startswith("prior") for name in moved)


def test_perplexity_counts_the_rows_in_use() -> None:
    model = small(entries=8)
    assert torch.isclose(model.perplexity(torch.tensor([[0, 1], [2, 3]])), torch.tensor(4.0))
    assert torch.isclose(model.perplexity(torch.zeros(5, 2).long()), torch.tensor(1.0))


def test_a_grid_of_codes_may_have_a_pixelcnn_as_its_prior() -> None:
    """Codes (B, 1, 2, 3): what is encoded is what the prior models, and the likelihood is exact."""
    torch.manual_seed(0)
    prior = PixelCNN(4, 1, 3, 4, event_shape=(1, 2, 3), likelihood=Symbols(3, event_dims=3))
    model, x = small(codes=(1, 2, 3), prior=prior), every_image()
    assert model.encode(x).shape == (16, 1, 2, 3)
    genlib.fit(prior, model.encode(x), steps=3, batch_size=16, device="cpu", progress=False)
    codes = torch.cartesian_prod(*[torch.arange(3)] * 6).view(-1, 1, 2, 3)
    with torch.no_grad():
        given = model.likelihood.log_prob(x, model.decode(model.look_up(codes))[:, None])
        log_joint = given + prior.log_prob(codes)[:, None]
        log_p = log_joint.logsumexp(0)
        chosen = (codes[:, None] == model.encode(x)).flatten(2).all(-1).float().argmax(0)
        assert abs(log_p.exp().sum() - 1) < 1e-4
        assert torch.allclose(model.elbo(x), log_joint.gather(0, chosen[None])[0], atol=1e-5)
    draws = [model.sample(3, generator=torch.Generator().manual_seed(1)) for _ in range(2)]
    g = torch.Generator().manual_seed(1)
    z = model.look_up(prior.sample(3, generator=g))
    assert torch.equal(draws[0], draws[1])
    assert torch.equal(draws[0], model.likelihood.sample(model.decode(z), g))


def test_a_grid_of_codes_is_a_list_of_codes_in_rows() -> None:
    """The arrangement has no say in what the network computes."""
    grid, flat, x = small(codes=(1, 2, 3)), small(codes=6), every_image()
    grid.load_state_dict(flat.state_dict())
    assert torch.equal(grid.encode(x).flatten(1), flat.encode(x))
    assert torch.equal(grid.look_up(grid.encode(x)), flat.look_up(flat.encode(x)))
    torch.testing.assert_close(grid.loss(x), flat.loss(x))
    assert torch.equal(grid.reconstruct(x), flat.reconstruct(x))


def test_numbers_that_make_no_model_are_refused() -> None:
    for options in (
        {"codes": 0},
        {"codes": (1, 0, 2)},
        {"entries": 0},
        {"commitment": -1.0},
        {"scale": math.nan},
    ):
        with pytest.raises(ValueError, match="wanted positive numbers"):
            small(**options)
    for options in ({"beta": 2.0}, {"warmup": 0.1}, {"latent": 3}):
        with pytest.raises(TypeError, match="unexpected keyword argument"):
            small(**options)


def test_a_prior_that_is_given_is_part_of_the_model() -> None:
    model, again = (small(prior=of_codes((4,))) for _ in range(2))
    assert {name for name in model.state_dict() if name.startswith("prior.")}
    with torch.no_grad():
        model.prior.network.network[-1].bias.fill_(1.5)
    again.load_state_dict(model.state_dict())
    assert (again.prior.network.network[-1].bias == 1.5).all()

"""The linear decoder of digits and its exact density."""

import torch
from torch.distributions import MultivariateNormal

from genlib.data import load
from genlib.recipes.experiments import decoders


def test_the_linear_decoder_has_the_density_that_it_is_said_to_have() -> None:
    decoder, marginal = decoders.linear_decoder(4, 0.2)
    x = load("mnist", "test").unit()[:5].flatten(1)
    mean = decoder.decode(torch.zeros(1, 4)).double()
    weight = decoder.decode(torch.eye(4)).double() - mean
    precision = torch.eye(4).double() + weight @ weight.T / 0.2**2
    pull = (x - mean) @ weight.T / 0.2**2
    posterior = MultivariateNormal(
        torch.linalg.solve(precision, pull.T).T, precision_matrix=precision
    )
    z = posterior.mean.float()  # Bayes' rule at any code: p(x) = p(x, z) / p(z | x)
    found = decoder.log_joint(x)(z[None])[0] - posterior.log_prob(z.double())
    torch.testing.assert_close(found, marginal.log_prob(x.double()), rtol=0, atol=0.01)


def test_more_codes_are_further_directions() -> None:
    few, many = (decoders.linear_decoder(codes)[0].decode(torch.eye(codes)) for codes in (3, 5))
    mean = decoders.linear_decoder()[0].decode(torch.zeros(1, 10))
    torch.testing.assert_close(few - mean, (many - mean)[-3:])
    across = (many - mean) @ (many - mean).T
    assert (across - across.diag().diag()).abs().max() < 1e-3

"""Training steps without sampling noise: whole distributions over all states, pushed and compared.

A distribution over the ``2**n`` states of n pixels is a vector in the order of ``all_states``.
"""

import math

import torch
from torch import Tensor

from genlib.energy.arguments import check_counts
from genlib.energy.binary import BinaryModel


def negative_log_likelihood(model: BinaryModel, p: Tensor) -> Tensor:
    r"""Return the cross-entropy of p and the model in nats, 0-d.

    .. math:: -\sum_x p(x) \log p_\theta(x) = \sum_x p(x)\, E_\theta(x) + \log Z(\theta).

    Its gradient is exact: :math:`E_p \nabla E - E_{p_\theta} \nabla E`.

    Args:
        model: of n pixels, at most 20.
        p: probabilities, ``(2**n,)``.

    Raises:
        ValueError: if p has another shape.
    """
    p, energies = checked(p, model.units), model.state_energies()
    return p @ energies + torch.logsumexp(-energies, 0)


@torch.no_grad()
def gibbs_sweep(energies: Tensor, p: Tensor) -> Tensor:
    r"""Return the distribution of x after one Gibbs sweep over all pixels, if it was p.

    Drawing pixel i anew moves probability between the two states that differ in it alone,

    .. math:: p'(x) = \big( p(x) + p(x^{(i)}) \big)\,
              \frac{e^{-E(x)}}{e^{-E(x)} + e^{-E(x^{(i)})}}.

    Args:
        energies: E of every state, ``(2**n,)``.
        p: probabilities, of the same shape.

    Raises:
        ValueError: if the shapes differ or are no power of two.
    """
    units = round(math.log2(max(1, energies.numel())))
    checked(energies, units)
    p = checked(p, units)
    for i in range(units):
        pairs = (2**i, 2, -1)  # the axis of size 2 is pixel i
        weights = (-energies.view(pairs)).softmax(1)
        p = (p.view(pairs).sum(1, keepdim=True) * weights).flatten()
    return p


def contrastive_divergence(model: BinaryModel, p: Tensor, steps: int = 1) -> Tensor:
    r"""Return the expected loss of CD-k for data of distribution p, 0-d.

    .. math:: \sum_x \big( p(x) - (p\, T^k)(x) \big)\, E_\theta(x),

    with T one Gibbs sweep; :math:`p\, T^k` is a constant in it. Only its gradient means something.
    Hinton (2002, https://doi.org/10.1162/089976602760128018).

    Args:
        model: of n pixels, at most 20.
        p: probabilities, ``(2**n,)``.
        steps: k.

    Raises:
        ValueError: if p has another shape, or k is not a whole number from 1.
    """
    check_counts(steps=steps)
    ends, energies = checked(p, model.units), model.state_energies()
    for _ in range(steps):
        ends = gibbs_sweep(energies.detach(), ends)
    return (p - ends) @ energies


def checked(p: Tensor, units: int) -> Tensor:
    """Return p if it has a number for each state, else raise ``ValueError``."""
    if p.shape != (2**units,):
        raise ValueError(f"p has shape {tuple(p.shape)}, wanted ({2**units},): one for each state")
    return p

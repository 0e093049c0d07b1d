"""Gradients of expectations whose parameters are in the distribution that is drawn from.

``score_function`` and ``path_derivative`` return values of f at draws of q. Their mean estimates
the expectation, and the gradient of that mean is the estimate of its gradient: call ``backward``.
For discrete draws there are ``gumbel_max``, its relaxation ``gumbel_softmax``, and
``straight_through``. Derived in the chapter "Gradients through sampling".
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.distributions import Distribution

Function = Callable[[Tensor], Tensor]


def leave_one_out(values: Tensor) -> Tensor:
    r"""Subtract from each value the mean of the others.

    .. math:: f_k - \frac1{K-1} \sum_{j \ne k} f_j = \frac K{K-1} \big( f_k - \bar f \big).

    Args:
        values: of K independent draws, ``(K, ...)``.

    Returns:
        a tensor of the same shape, whose sum over the draws is 0.

    Raises:
        ValueError: if there are fewer than two draws.
    """
    draws = len(values) if values.ndim else 0
    if draws < 2:
        raise ValueError(f"values is {tuple(values.shape)}, wanted two draws or more along axis 0")
    return (values - values.mean(0)) * (draws / (draws - 1))


def score_function(f: Function, q: Distribution, samples: int, baseline: bool = True) -> Tensor:
    r"""Return f at draws of q, with the gradient of the score-function estimator.

    .. math::

        \nabla_\theta E_{q_\theta}[f(z)] \approx \frac1K \sum_k
        \big( f(z_k) - b_k \big) \nabla_\theta \log q_\theta(z_k), \qquad z_k \sim q_\theta,

    and :math:`\nabla_\theta f_\theta(z_k)` is added where f itself depends on the parameters. The
    estimate is unbiased for any f, discrete or not. The baseline :math:`b_k` is the mean of f at
    the other draws, or 0.

    Williams (1992, https://doi.org/10.1007/BF00992696); on the baseline Kool, van Hoof and Welling
    (2019, https://openreview.net/forum?id=r1lgTGL5DE).

    Args:
        f: maps draws, ``(K, *batch, *event)``, to values, ``(K, *batch)``.
        q: a distribution whose parameters want a gradient.
        samples: K; two at least with the baseline.
        baseline: whether to subtract it.

    Returns:
        the values of f, ``(K, *batch)``.

    Raises:
        ValueError: if f returns another shape, or K is too small.
    """
    z = q.sample((samples,)).detach()
    return attach_score(f(z), q.log_prob(z), baseline)


def attach_score(values: Tensor, log_q: Tensor, baseline: bool = True) -> Tensor:
    r"""Return the values as they are, with :math:`(f_k - b_k) \nabla \log q_k` as their gradient.

    Their own gradient, if they have one, is kept: it is added. This is ``score_function`` for
    draws that were made elsewhere.

    Args:
        values: f at K independent draws, ``(K, *batch)``.
        log_q: log-probabilities of these draws, of the same shape.
        baseline: whether to subtract the mean of the other draws.

    Raises:
        ValueError: if the shapes differ, or K is too small.
    """
    if values.shape != log_q.shape:
        raise ValueError(f"f returned {tuple(values.shape)}, wanted {tuple(log_q.shape)}")
    weights = leave_one_out(values.detach()) if baseline else values.detach()
    return values + weights * (log_q - log_q.detach())  # the bracket is zero, its gradient is not


def path_derivative(f: Function, q: Distribution, samples: int) -> Tensor:
    r"""Return f at draws that are functions of q's parameters and of parameter-free noise.

    .. math::

        \nabla_\theta E_{q_\theta}[f(z)] \approx \frac1K \sum_k
        \nabla_\theta f\big( g(\theta, \varepsilon_k) \big).

    Unbiased where f is locally Lipschitz (and its slope does not grow too fast); a jump of f leaves
    no trace in it. Kingma and Welling (2014, https://arxiv.org/abs/1312.6114), Rezende, Mohamed and
    Wierstra (2014, https://arxiv.org/abs/1401.4082).

    Args:
        f: maps draws, ``(K, *batch, *event)``, to values, ``(K, *batch)``.
        q: a distribution with ``rsample``.
        samples: K.

    Returns:
        the values of f, ``(K, *batch)``.

    Raises:
        ValueError: if q has no such draws, as discrete distributions have none.
    """
    if not q.has_rsample:
        raise ValueError(f"{type(q).__name__} has no path: use score_function or gumbel_softmax")
    return f(q.rsample((samples,)))


def gumbel(like: Tensor, generator: torch.Generator | None = None) -> Tensor:
    r"""Draw standard Gumbel noise, :math:`-\log E` of a standard exponential, shaped as ``like``.

    >>> gumbel(torch.zeros(2, 3)).shape
    torch.Size([2, 3])
    """
    return -torch.empty_like(like).exponential_(generator=generator).log()


def gumbel_max(logits: Tensor, generator: torch.Generator | None = None) -> Tensor:
    r"""Draw from a categorical distribution: the place of the largest of logit plus noise.

    .. math:: P\Big( k = \arg\max_j (l_j + G_j) \Big) = \frac{e^{l_k}}{\sum_j e^{l_j}}.

    Maddison, Tarlow and Minka (2014, https://arxiv.org/abs/1411.0030).

    Args:
        logits: ``(..., N)``; they need not be normalised.
        generator: of the noise.

    Returns:
        indices, ``(...)``; no gradient passes through them.
    """
    return (logits + gumbel(logits, generator)).argmax(-1)


def gumbel_softmax(
    logits: Tensor,
    temperature: float | Tensor = 1.0,
    hard: bool = False,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Draw a point of the simplex near a corner, differentiable in the logits.

    .. math:: y = \mathrm{softmax}\Big( \frac{l + G}{\tau} \Big).

    Its largest entry is where ``gumbel_max`` of the same noise is, at any temperature. Its
    expectation is not that of the corners, so gradients through it are biased, the less the
    lower the temperature, while their variance grows. Jang, Gu and Poole (2017,
    https://arxiv.org/abs/1611.01144), Maddison, Mnih and Teh (2017,
    https://arxiv.org/abs/1611.00712).

    Args:
        logits: ``(..., N)``.
        temperature: positive; a tensor is not looked at, which would wait for its device.
        hard: return the nearest corner, with the gradient of the soft draw.
        generator: of the noise.

    Returns:
        ``(..., N)``, not negative, of sum 1.

    Raises:
        ValueError: if a temperature, given as a number, is not positive.
    """
    if not isinstance(temperature, Tensor) and not temperature > 0:
        raise ValueError(f"temperature={temperature}, wanted a positive number")
    soft = ((logits + gumbel(logits, generator)) / temperature).softmax(-1)
    if not hard:
        return soft
    return straight_through(F.one_hot(soft.argmax(-1), soft.shape[-1]).to(soft.dtype), soft)


def straight_through(hard: Tensor, soft: Tensor) -> Tensor:
    """Return the value of ``hard`` with the gradient of ``soft``: a biased estimator.

    Bengio, Leonard and Courville (2013, https://arxiv.org/abs/1308.3432).

    Raises:
        ValueError: if the two differ in shape.
    """
    if hard.shape != soft.shape:
        raise ValueError(f"hard is {tuple(hard.shape)} and soft {tuple(soft.shape)}")
    return hard.detach() + (soft - soft.detach())  # the bracket is exactly zero
